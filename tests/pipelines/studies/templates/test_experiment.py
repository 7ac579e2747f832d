from __future__ import annotations

import time

import pytest

from data import Dataset, load_dataset
from data.builtin import CLASS_NAMES
from data.builtin.kinds import KINDS
from pipelines.studies.templates.experiment import LINEAR, MLP, ONE, TWO, OneTemplateAClass, run
from pipelines.studies.templates.pictures import pictures


def test_the_classes_that_face_one_way_are_found(templates: OneTemplateAClass) -> None:
    found = {templates.class_names[label] for label in templates.two_posed}
    assert {"horse", "bird", "fish", "car", "sailboat", "truck"} <= found
    assert found <= {name for name, kind in KINDS.items() if kind.mirrored}
    assert templates.n_test == 100 * len(found)


def test_two_poses_cost_the_linear_classifier_and_the_second_layer_pays(
    templates: OneTemplateAClass,
) -> None:
    assert templates.accuracy[LINEAR, TWO] < templates.accuracy[LINEAR, ONE] - 0.03
    assert templates.accuracy[MLP, TWO] > templates.accuracy[MLP, ONE] - 0.03
    bought = {p: templates.accuracy[MLP, p] - templates.accuracy[LINEAR, p] for p in (ONE, TWO)}
    assert bought[TWO] > bought[ONE] + 0.02
    assert all(finding.holds for finding in templates.findings())


def test_the_horse_has_two_heads_and_a_hidden_unit_one(templates: OneTemplateAClass) -> None:
    horse = CLASS_NAMES.index("horse")
    assert templates.shown == horse
    assert templates.symmetry(TWO)[horse] > 0.8
    assert templates.symmetry(ONE)[horse] < 0.5
    assert templates.turned[LINEAR] < 0.1
    assert templates.turned[MLP] > 0.6


@pytest.mark.slow
def test_nothing_is_found_in_one_pose(dataset: Dataset) -> None:
    result = run(dataset, size=0.1, mirrored=False)
    assert result.accuracy[LINEAR, TWO] == result.accuracy[LINEAR, ONE]
    assert [finding.holds for finding in result.findings()] == [False] * 3


def test_other_images_are_taken_as_they_come(tiny: Dataset) -> None:
    result = run(tiny, size=0.1)
    assert len(result.two_posed) >= 2
    assert result.templates[TWO].shape == (3, 8, 8)
    assert len(pictures(result)) == 3


def test_a_class_without_test_images_is_not_mirrored(tiny: Dataset) -> None:
    there = tiny.labels_test > 0
    images, labels = tiny.images_test[there], tiny.labels_test[there]
    learned = tiny.images_train, tiny.labels_train
    result = run(Dataset("few", *learned, images, labels, tiny.class_names), size=0.1)
    assert result.two_posed == (1, 2)
    assert "nan" not in " ".join(finding.says for finding in result.findings())


@pytest.mark.slow
def test_the_full_size_holds_in_under_a_minute() -> None:
    dataset = load_dataset()
    start = time.process_time()
    result = run(dataset)
    assert time.process_time() - start < 60
    assert [finding.holds for finding in result.findings()] == [True] * 3
    assert result.accuracy[LINEAR, TWO] < result.accuracy[LINEAR, ONE] - 0.04
