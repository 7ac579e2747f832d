"""What a spec may say of resamples, and what they are then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import Dataset
from data.limit import limited
from pipelines.comparison.resampled import images_of, resamples_of, split_of
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError


def asked(**given: Any) -> Comparison:
    return Comparison.from_dict(given)


def test_each_resample_takes_the_next_seed() -> None:
    assert asked(resamples=3).runs == (0, 1, 2)
    assert asked(folds=2, repeats=2, seeds=(7,)).runs == (7, 8, 9, 10)
    assert asked(seeds=(4, 2)).runs == (4, 2)
    assert asked(folds=5).n_resamples == 5
    assert asked().n_resamples == 0


def test_a_spec_without_resamples_is_written_as_before() -> None:
    assert {"resamples", "folds", "repeats"}.isdisjoint(asked().to_dict())
    given = asked(folds=5, repeats=3, seeds=(2,))
    assert Comparison.from_dict(given.to_dict()) == given
    assert "15 resamples" in repr(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"resamples": 1}, "resamples: one split shows no spread over splits: give 2 or more"),
        ({"folds": 1}, "folds: one split shows no spread"),
        ({"resamples": 0}, "resamples: "),
        ({"resamples": 1001}, "resamples: "),
        ({"resamples": "30"}, "resamples: "),
        ({"resamples": 3, "folds": 3}, "give one of them"),
        ({"repeats": 3}, "repeats says how often the images are cut into folds: give folds"),
        ({"folds": 500, "repeats": 3}, "folds × repeats: at most 1000, got 1500"),
        ({"resamples": 3, "seeds": [0, 1]}, "every resample has a seed of its own"),
        ({"resamples": 3, "seeds": [2**32 - 2]}, "must be less than 2³²"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        Comparison.from_dict(given)


def test_the_command_line_puts_resamples_in_place_of_seeds_and_folds(tmp_path: Path) -> None:
    ours = Comparison.from_options("builtin", resamples=4)
    assert (ours.seeds, ours.runs) == ((0,), (0, 1, 2, 3))
    path = tmp_path / "spec.toml"
    path.write_text("folds = 5\nrepeats = 2\n", encoding="utf-8")
    assert Comparison.from_options(path, resamples=4).n_resamples == 4
    assert Comparison.from_options(path).n_resamples == 10
    assert Comparison.from_options(path, resamples=4, seeds=[3]).runs == (3, 4, 5, 6)
    with pytest.raises(SpecError, match="a seed of its own"):
        Comparison.from_options(path, resamples=4, seeds=[0, 1])


def test_the_resamples_are_those_of_the_data_seed(tiny: Dataset) -> None:
    assert resamples_of(asked(), tiny) is None
    found = resamples_of(asked(resamples=2, data_seed=5), tiny)
    folds = resamples_of(asked(folds=4, repeats=2), tiny)
    assert found is not None
    assert folds is not None
    assert (len(found), found.seed, len(folds)) == (2, 5, 8)


def test_the_images_of_a_run_are_those_that_its_spec_leaves_of_a_dataset_as_it_is(
    tiny: Dataset,
) -> None:
    limit = images_of(asked(limit=30, data_seed=5), tiny)
    assert limit.sha256 == limited(tiny, 30, seed=5).sha256 != tiny.sha256
    images = np.array(tiny.images_train)
    edited = replace(tiny, images_train=images)
    found = images_of(asked(), edited)
    images[:] = 0
    assert found.sha256 == tiny.sha256
    assert images_of(asked(), found) is found


def test_the_first_split_is_that_of_the_first_resample(tiny: Dataset) -> None:
    assert split_of(asked(), tiny) == (tiny, None)
    first, resamples = split_of(asked(resamples=2), tiny)
    assert resamples is not None
    assert first.sha256 == resamples[0].sha256 != tiny.sha256
