"""How far accuracies move over resamples: against loops, variances known in closed form, SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap
from threadpoolctl import threadpool_limits

from pipelines.record.significance import resampling
from pipelines.record.significance.resampling import deviations


def made_up(rng: np.random.Generator, n_seeds: int, n_test: int) -> np.ndarray:
    right: np.ndarray = rng.random((n_seeds, n_test)) < rng.random(n_test)
    return right


def literally(right: list[np.ndarray], n_resamples: int, seed: int) -> np.ndarray:
    """The definition, one image and one seed at a time, by the same draws."""
    n = right[0].shape[1]
    images = np.random.default_rng([seed, 0])
    seeds = {len(r): np.random.default_rng([seed, len(r)]) for r in right}
    found = np.empty((len(right), n_resamples))
    for b in range(n_resamples):
        drawn = [int(i) for i in images.integers(n, size=(n,))]
        by_seeds = {k: [int(s) for s in rng.integers(k, size=(k,))] for k, rng in seeds.items()}
        for c, table in enumerate(right):
            k = len(table)
            total = 0.0
            for s in range(k):
                w = 1 + math.sqrt(k / (k - 1)) * (by_seeds[k].count(s) - 1) if k > 1 else 1
                for i in range(n):
                    v = 1 + math.sqrt(n / (n - 1)) * (drawn.count(i) - 1) if n > 1 else 1
                    total += (w * v - 1) * table[s, i]
            found[c, b] = total / (k * n)
    return found


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.integers(1, 8),
    st.integers(0, 2**32 - 1),
)
def test_it_is_its_definition(n_seeds: list[int], n_test: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    right = [made_up(rng, k, n_test) for k in n_seeds]
    found = deviations(right, n_resamples=5, seed=seed)
    np.testing.assert_allclose(found, literally(right, 5, seed), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 1000, 2**16 + 1])
def test_a_lot_is_drawn_as_its_resamples_one_after_the_other(n: int) -> None:
    """The kept intervals are of draws of one resample at a time."""
    several, single = np.random.default_rng([0, n]), np.random.default_rng([0, n])
    for n_resamples in (5, 2):
        found = resampling._times_drawn(several, n, n_resamples)
        one_by_one = [np.bincount(single.integers(n, size=n), minlength=n) for _ in found]
        assert np.array_equal(found, one_by_one)
    assert several.random() == single.random()


def test_seeds_alone_have_the_variance_of_a_mean_of_seeds() -> None:
    """Where all images are alike only seeds vary: s² / k, with k − 1 below s²."""
    for k in (2, 3, 5, 10):
        of_seed = np.arange(k) % 2 == 0
        right = np.repeat(of_seed[:, None], 50, axis=1)
        found = deviations([right], n_resamples=4000)
        assert found.var() == pytest.approx(of_seed.var(ddof=1) / k, rel=0.08)
        assert found.mean() == pytest.approx(0, abs=0.02)


def test_images_alone_have_the_standard_error_of_scipys_bootstrap() -> None:
    right = made_up(np.random.default_rng(0), 1, 300)
    ours = deviations([right], n_resamples=9999).std()
    theirs = bootstrap(
        (right[0].astype(float),), np.mean, random_state=np.random.default_rng(1)
    ).standard_error
    assert ours == pytest.approx(theirs, rel=0.03)
    assert ours == pytest.approx(right.std(ddof=1) / np.sqrt(300), rel=0.02)


def test_cells_share_the_draws() -> None:
    right = made_up(np.random.default_rng(2), 3, 40)
    both = deviations([right, right], n_resamples=50)
    assert np.array_equal(both[0], both[1])
    other = deviations([made_up(np.random.default_rng(3), 2, 40), right], n_resamples=50)
    assert np.array_equal(other[1], both[0])  # whatever else is compared


def test_the_same_bits_for_any_number_of_threads_and_size_of_lots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    right = [made_up(rng, 3, 2500) for _ in range(30)]
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(limits=n_threads):
            found.append(deviations(right, n_resamples=150))
    monkeypatch.setattr(resampling, "_EXACT_IN_FLOAT32", 1000)  # now in float64
    monkeypatch.setattr(resampling, "_AT_ONCE", 7)
    found.append(deviations(right, n_resamples=150))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    assert not np.array_equal(found[0], deviations(right, n_resamples=150, seed=1))


def test_the_size_of_lots_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many images fewer resamples are drawn at once, for the sake of memory."""
    rng = np.random.default_rng(3)
    right = [made_up(rng, n_seeds, 50) for n_seeds in (1, 3, 11)]
    whole = deviations(right, n_resamples=250)
    monkeypatch.setattr(resampling, "_MOST_AT_ONCE", 50 * 7)
    assert (deviations(right, n_resamples=250) == whole).all()
