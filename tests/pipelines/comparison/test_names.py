from __future__ import annotations

from inspect import isabstract, signature

import pytest

import features
import models
from data import Dataset
from pipelines import compare
from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS, Entry
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError

ALL = EXTRACTORS | CLASSIFIERS

# A spec has these by a key of its own: `views`, and `image_size` with `fit`.
BY_A_KEY = {"Views", "ViewsClassifier", "Resize"}
"""Around others: a spec asks for them with `views` beside an extractor."""


def test_every_public_extractor_and_classifier_is_known_by_its_name() -> None:
    for package, registry in ((features, EXTRACTORS), (models, CLASSIFIERS)):
        listed = {name: getattr(package, name) for name in {*package.__all__} - BY_A_KEY}
        public = {
            name: kind
            for name, kind in listed.items()
            if hasattr(kind, "fit") and not isabstract(kind)
        }
        assert len(public) > 1
        assert public.items() <= {name: entry.kind for name, entry in registry.items()}.items()
    assert all(entry.kind.__name__ == name for name, entry in ALL.items())


@pytest.mark.parametrize("name", ALL)
def test_no_spec_can_name_a_file_or_print_or_seed(name: str) -> None:
    table, key = ("features", "extractor") if name in EXTRACTORS else ("models", "classifier")
    for parameter in signature(ALL[name].kind).parameters:
        words = ("path", "file", "folder", "dir", "checkpoint", "memory", "callback", "verbose")
        if parameter in {"random_state", "warm_start"} or any(w in parameter for w in words):
            with pytest.raises(SpecError, match="the run sets that itself"):
                Comparison.from_dict({table: {"x": {key: name, parameter: 1}}})


def test_a_spec_names_texture_and_residuals(tiny: Dataset) -> None:
    features = {
        "patterns": {"extractor": "LocalBinaryPatterns", "radius": [1, 2], "n_points": [8, 12]},
        "pairs": {"extractor": "CoOccurrence", "properties": ["contrast", "correlation"]},
        "vlad": {"extractor": "VLAD", "n_words": 2, "patch_size": 4, "n_samples": 500},
        "layers": {
            "extractor": "ConvolutionalKernelNetwork",
            "n_filters": [2, 3],
            "n_samples": 500,
        },
        "all": {"union": ["patterns", "pairs", "vlad"]},
    }
    models = {"linear": {"classifier": "LinearClassifier", "loss": "squared"}}
    spec = Comparison.from_dict({"features": features, "models": models})
    report = compare(spec, dataset=tiny)
    assert {cell.features: (cell.status, cell.dim) for cell in report.cells} == {
        "patterns": ("done", 10 + 14),
        "pairs": ("done", 2 * 4),
        "vlad": ("done", 2 * 24),
        "layers": ("done", 3),
        "all": ("done", 24 + 8 + 48),
    }


def test_defaults_are_parameters() -> None:
    for entry in ALL.values():
        assert entry.defaults.keys() <= signature(entry.kind).parameters.keys()


def test_a_classifier_is_added_by_one_entry(monkeypatch: pytest.MonkeyPatch, tiny: Dataset) -> None:
    entry = Entry("sklearn.linear_model.RidgeClassifier", {"alpha": 7.0})
    monkeypatch.setitem(CLASSIFIERS, "RidgeClassifier", entry)
    spec = Comparison.from_dict(
        {
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"ridge": {"classifier": "RidgeClassifier", "choose": {"alpha": [1, 10]}}},
        }
    )
    (cell,) = compare(spec, dataset=tiny).cells
    assert cell.status == "done"
    assert cell.chosen[0]["alpha"] in (1, 10)
    fixed = {"models": {"ridge": {"classifier": "RidgeClassifier"}}}
    plan = make_plan(Comparison.from_dict(spec.to_dict() | fixed))
    assert plan.candidates(("raw", "ridge"), 0)[0][1].alpha == 7.0
