from __future__ import annotations

import numpy as np
import pytest

from features.words.dead_words import count_dead_words
from features.words.encodings import ENCODERS
from tests.features.words.learning.test_codebook import clouds


@pytest.mark.parametrize("encoding", list(ENCODERS))
def test_a_word_is_dead_where_all_of_its_codes_are_zero(encoding: str) -> None:
    vectors = clouds()[:3000]
    words = np.concatenate([vectors[:30], vectors[:3] + 500, vectors[:1]])
    encoder = ENCODERS[encoding](words)
    codes = encoder.codes(vectors).reshape(len(vectors), len(encoder.signs), len(words))
    expected = int((codes.max(axis=(0, 1)) == 0).sum())
    assert count_dead_words(encoder, vectors) == expected
    # Far away, or the second of two equal words: no vector is nearest to them.
    assert encoding != "hard" or expected >= 4
