from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.words import ENCODERS, Encoder

WORDS = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


@pytest.mark.parametrize("name", list(ENCODERS))
def test_every_code_has_a_name_and_a_word(name: str) -> None:
    encoder = ENCODERS[name](WORDS)
    names = encoder.code_names()
    assert len(set(names)) == len(names) == encoder.n_codes
    for code, said in enumerate(names):
        word, sign = encoder.word_of(code)
        assert said == f"word{word}{sign}"


@pytest.mark.parametrize("name", list(ENCODERS))
def test_values_not_given_are_the_defaults(name: str) -> None:
    encoder: type[Encoder] = ENCODERS[name]
    defaults = {key: parameter.default for key, parameter in encoder.parameters.items()}
    assert encoder(WORDS).options == encoder.checked({}) == defaults
    for key, value in defaults.items():
        changed = encoder(WORDS, **{key: value / 2})
        assert changed.options == defaults | {key: value / 2}
        vectors = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
        assert not np.array_equal(changed.codes(vectors), encoder(WORDS).codes(vectors))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("hard", {"share": 0.4}, "unknown parameter of Hard: share; valid: none"),
        ("soft", {"sigma": 1}, "unknown parameter of Soft: sigma; valid: bandwidth"),
        ("soft", {"bandwidth": 1e7}, r"bandwidth must be a number in .* got 10000000\.0"),
        ("two-sided", {"threshold": -1}, "threshold must be a finite number from 0 .*got -1"),
        ("nearest", {"share": 1}, "share must be .* got 1"),
    ],
)
def test_bad_options_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ENCODERS[name](WORDS, **options)
