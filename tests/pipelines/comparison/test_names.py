from __future__ import annotations

from inspect import isabstract, signature

import pytest

import features
import models
from pipelines.comparison.names import CLASSIFIERS, DEFAULTS, EXTRACTORS
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError

ALL = EXTRACTORS | CLASSIFIERS

BY_A_KEY = {"Views", "ViewsClassifier"}
"""Around others: a spec asks for them with `views` beside an extractor."""


def test_every_public_extractor_and_classifier_is_known_by_its_name() -> None:
    for package, registry in ((features, EXTRACTORS), (models, CLASSIFIERS)):
        public = {
            name: kind
            for name, kind in vars(package).items()
            if name in {*package.__all__} - BY_A_KEY
            and hasattr(kind, "fit")
            and not isabstract(kind)
        }
        assert len(public) > 1
        assert public.items() <= registry.items()
    assert all(kind.__name__ == name for name, kind in ALL.items())


@pytest.mark.parametrize("name", ALL)
def test_no_spec_can_name_a_file_or_print_or_seed(name: str) -> None:
    table, key = ("features", "extractor") if name in EXTRACTORS else ("models", "classifier")
    for parameter in signature(ALL[name]).parameters:
        words = ("path", "file", "folder", "dir", "checkpoint", "memory", "callback", "verbose")
        if parameter in {"random_state", "warm_start"} or any(w in parameter for w in words):
            with pytest.raises(SpecError, match="the run sets that itself"):
                Comparison.from_dict({table: {"x": {key: name, parameter: 1}}})


def test_defaults_are_parameters() -> None:
    for name, values in DEFAULTS.items():
        assert values.keys() <= signature(ALL[name]).parameters.keys()
