"""Raw bits become numbers exactly, and in the proportions asked for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from data.builtin.draws import Draws


def words(n: int, n_words: int, seed: int = 0) -> NDArray[np.uint64]:
    return np.random.PCG64(seed).random_raw(n * n_words).reshape(n, n_words)


def test_a_uniform_number_is_the_one_numpy_makes_of_the_same_bits() -> None:
    ours = Draws(words(1000, 1, seed=5)).uniform(0, 1)
    theirs = np.random.Generator(np.random.PCG64(5)).random(1000)
    np.testing.assert_array_equal(ours[:, 0, 0], theirs)


def test_uniform_stays_in_its_range_at_both_ends() -> None:
    extremes = np.array([[0], [2**64 - 1]], dtype=np.uint64)
    low, high = Draws(extremes).uniform(-2, 3)[:, 0, 0]
    assert low == -2
    assert 3 - 1e-12 < high < 3


def test_lattice_holds_the_bytes_from_the_lowest_up() -> None:
    given = words(3, 2)
    octets = given.astype("<u8").view(np.uint8).reshape(3, 16)[:, :15]
    expected = octets.reshape(3, 3, 5) / 127.5 - 1
    np.testing.assert_array_equal(Draws(given).lattice(3, 5), expected)
    extremes = Draws(np.array([[255]], dtype=np.uint64)).lattice(1, 2)
    assert extremes.tolist() == [[[1.0, -1.0]]]


def test_choose_keeps_the_proportions() -> None:
    chosen = Draws(words(8000, 1)).choose([1.0, 0.0, 5.0, 2.0])
    shares = np.bincount(chosen, minlength=4) / 8000
    np.testing.assert_allclose(shares, [0.125, 0, 0.625, 0.25], atol=0.02)


def test_chance_is_a_share_of_ones() -> None:
    happened = Draws(words(8000, 1)).chance(0.3)
    assert set(np.unique(happened)) == {0.0, 1.0}
    assert happened.mean() == pytest.approx(0.3, abs=0.02)


def test_colour_varies_about_one_of_the_palette() -> None:
    colours = Draws(words(500, 4)).colour([(10, 100, 200), (200, 100, 10)], spread=9)
    assert colours.shape == (3, 500, 1, 1)
    red, green, blue = colours[:, :, 0, 0]
    assert (np.abs(green - 100) <= 9).all()
    first = red < 100
    assert (np.abs(red - np.where(first, 10, 200)) <= 9).all()
    assert (np.abs(blue - np.where(first, 200, 10)) <= 9).all()
    assert 200 < first.sum() < 300
    assert green.std() > 3


def test_rows_do_not_depend_on_each_other() -> None:
    given = words(4, 8)
    whole, alone = Draws(given), Draws(given[2:3])
    for _ in range(3):
        np.testing.assert_array_equal(whole.uniform(0, 9)[2:3], alone.uniform(0, 9))
    np.testing.assert_array_equal(whole.lattice(4, 4)[2:3], alone.lattice(4, 4))


def test_a_word_is_used_once_and_then_there_are_no_more() -> None:
    draws = Draws(words(1, 3))
    assert len({float(draws.uniform(0, 1)[0, 0, 0]) for _ in range(3)}) == 3
    with pytest.raises(RuntimeError, match="owns 3 words"):
        draws.uniform(0, 1)
