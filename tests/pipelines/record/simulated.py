"""Comparisons whose true differences are known: of the methods, and of these runs of them.

A cell is right on an image where ease of the image + taste of the method + luck of the seed + luck
of both exceeds a threshold; all four are normal, so the true accuracies are known. The taste, and
`seeds_matter` times the luck, are such that two cells of some 60 % differ as those of the built-in
report do on 1,000 test images: by 1.5 points of standard error from the images, 1.1 points from
seed to seed, and 1.0 point from both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from pipelines.record.report import PairedDifference
from pipelines.record.significance.statistics import paired_differences

TASTE, LUCK, OF_BOTH = 1.0, 0.03, 0.3


@dataclass(frozen=True)
class Simulated:
    """The rates of some simulated comparisons."""

    methods: float
    """Comparisons in which all intervals hold the methods' true differences."""
    runs: float
    """Comparisons in which all intervals hold the true differences of these runs."""
    alarms: float
    """Comparisons in which two methods of the same accuracy are told apart."""


def simulated(
    n_seeds: int,
    *,
    n_comparisons: int,
    seeds_matter: float = 1.0,
    equal: bool = False,
    n_cells: int = 10,
    n_test: int = 1000,
    n_resamples: int = 499,
) -> Simulated:
    """Return how often statements about all pairs of a comparison are right.

    Parameters
    ----------
    n_seeds, n_cells, n_test
        The size of a comparison.
    n_comparisons, n_resamples
        How much is simulated.
    seeds_matter
        By how much more seeds matter than on the built-in images.
    equal
        Whether all methods are right on 60 % of all images; else from 50 to 80 %.
    """
    rng = np.random.default_rng([n_seeds, n_cells, n_test, int(100 * seeds_matter), equal])
    accuracy = np.full(n_cells, 0.6) if equal else np.linspace(0.5, 0.8, n_cells)
    luck = LUCK * seeds_matter
    among_images = 1.0 + TASTE**2 + OF_BOTH**2
    threshold = -norm.ppf(accuracy) * np.sqrt(among_images + luck**2)
    outcomes = []
    for comparison in range(n_comparisons):
        of_seed = luck * rng.standard_normal((n_cells, n_seeds))
        score = (
            rng.standard_normal(n_test, dtype=np.float32)
            + TASTE * rng.standard_normal((n_cells, 1, n_test), dtype=np.float32)
            + OF_BOTH * rng.standard_normal((n_cells, n_seeds, n_test), dtype=np.float32)
            + (of_seed - threshold[:, None])[..., None]
        )
        of_runs = norm.cdf((of_seed - threshold[:, None]) / np.sqrt(among_images)).mean(axis=1)
        pairs = paired_differences(
            {(f"f{i}", "m"): (score[i] <= 0).astype(np.int64) for i in range(n_cells)},
            np.zeros(n_test, dtype=np.int64),
            n_resamples=n_resamples,
            seed=comparison,
        )
        outcomes.append(
            [
                _all_hold(pairs, accuracy),
                _all_hold(pairs, of_runs),
                equal and any(pair.told_apart for pair in pairs),
            ]
        )
    return Simulated(*np.mean(outcomes, axis=0).tolist())


def _all_hold(pairs: tuple[PairedDifference, ...], accuracy: np.ndarray) -> bool:
    def true(name: tuple[str, str]) -> float:
        return float(accuracy[int(name[0][1:])])

    return all(
        pair.ci95[0] <= true(pair.first) - true(pair.second) <= pair.ci95[1] for pair in pairs
    )
