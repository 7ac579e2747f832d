"""Time and check products with the Hessian, and train with a penalty on the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from data import Dataset
from pipelines.reporting.texts.numbers import size as in_units
from pipelines.studies.higher_order.costs import Cost, costs
from pipelines.studies.higher_order.penalty import Warp, warped
from pipelines.studies.study import Finding

PENALTY = 1.0
"""The λ that the findings are about."""


@dataclass(frozen=True)
class CurvatureForLess:
    """What a Hessian-vector product costs, and what a penalty on the gradient's norm does.

    Parameters
    ----------
    costs
        Of networks of rising width; of the first the whole Hessian was put together.
    warps
        Networks trained with rising λ, from 0.
    """

    costs: tuple[Cost, ...]
    warps: tuple[Warp, ...]

    @property
    def without(self) -> Warp:
        """Trained with no penalty."""
        return self.warps[0]

    @property
    def penalised(self) -> Warp:
        """Trained with the penalty that the findings are about."""
        return next(warp for warp in self.warps if warp.penalty == PENALTY)

    @property
    def largest_whole(self) -> tuple[Cost, float]:
        """The largest network whose Hessian was put together, and the seconds that it took."""
        return [(c, c.hessian_s) for c in self.costs if c.hessian_s is not None][-1]

    def findings(self) -> list[Finding]:
        """That it is right, what it costs, and what the penalty does."""
        return [self._right(), self._cheap(), self._flatter(), self._gentler()]

    def _right(self) -> Finding:
        error = max(cost.error for cost in self.costs)
        asymmetry = max(cost.asymmetry for cost in self.costs if cost.asymmetry is not None)
        whole, _ = self.largest_whole
        says = (
            f"H v is within {error:.0e} of a central difference of gradients, and the Hessian put "
            f"together from {whole.n_weights:,} such products is symmetric to {asymmetry:.0e}."
        )
        return Finding(says, error < 1e-6 and asymmetry < 1e-9)

    def _cheap(self) -> Finding:
        last, most = self.costs[-1], max(cost.in_gradients for cost in self.costs)
        whole, whole_s = self.largest_whole
        ratio = whole_s / whole.product_s
        says = (
            f"One product takes the time of {most:.1f} gradients at most. The whole Hessian of "
            f"{whole.n_weights:,} weights took {whole_s:,.2g} s and "
            f"{in_units(whole.hessian_bytes)}, as long as {ratio:,.0f} products"
        )
        if last is not whole:
            says += (
                f"; that of {last.n_weights:,} weights would take {in_units(last.hessian_bytes)}"
            )
        says += "."
        return Finding(says, most < 6 and ratio > whole.n_weights / 10)

    def _flatter(self) -> Finding:
        plain, flat = self.without, self.penalised
        says = (
            f"Trained on overlapping moons with λ = {flat.penalty:g}, the gradient of a batch is "
            f"{flat.gradient:.2f} long, without a penalty {plain.gradient:.2f}; the folds of "
            f"{len(flat.net.b)} units add up to {flat.folding:.0f}, without it to "
            f"{plain.folding:.0f}."
        )
        shorter = flat.gradient < 0.9 * plain.gradient
        return Finding(says, shorter and flat.folding < 0.9 * plain.folding)

    def _gentler(self) -> Finding:
        plain, flat = self.without, self.penalised
        says = (
            f"On average over the plane the slope of the score is {flat.slope:.2f} with the "
            f"penalty, and {plain.slope:.2f} without. Of fresh points {flat.fresh:.1%} are right, "
            f"without the penalty {plain.fresh:.1%}."
        )
        return Finding(says, flat.slope < 0.9 * plain.slope and flat.fresh > plain.fresh - 0.03)


def run(
    dataset: Dataset,
    size: float = 1.0,
    seed: int = 0,
    *,
    products: bool = True,
    penalised: bool = True,
) -> CurvatureForLess:
    """Time products and check them, then train with and without a penalty.

    Parameters
    ----------
    dataset
        Not looked at: the points are made here.
    size
        The part of the nets, draws and epochs that is run, from 0.1 to 1.
    seed
        Decides weights, points and directions.
    products
        False finds each product by way of the whole Hessian.
    penalised
        False leaves the penalty at zero, and so its effect.
    """
    whole = size > 0.5
    rng = np.random.default_rng(seed)
    n_draws, n_epochs = max(2, round(4 * size)), max(120, round(400 * size))
    with threadpool_limits(1, user_api="blas"):
        return CurvatureForLess(
            costs(
                (8, 32, 128, 512) if whole else (8, 32),
                3 if whole else 2,
                rng,
                products=products,
            ),
            tuple(
                warped(penalty, penalty if penalised else 0.0, n_draws, n_epochs, seed)
                for penalty in ((0.0, 0.1, PENALTY, 10.0) if whole else (0.0, PENALTY))
            ),
        )
