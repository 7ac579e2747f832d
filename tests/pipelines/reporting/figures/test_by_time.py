"""What accuracy against time says of each kind of classifier."""

from __future__ import annotations

from xml.etree import ElementTree

from pipelines.reporting.figures.by_time import by_time


def test_of_equally_accurate_cells_the_quickest_is_the_best_of_its_kind() -> None:
    points = [(60.0, 0.7 + 1e-16, "slow"), (30.0, 0.7, "quick"), (1.0, 0.5, "poor")]
    assert points[0][1] > points[1][1]
    root = ElementTree.fromstring(by_time("t", {"linear": points, "mlp": [(90.0, 0.8, "far")]}))
    says = root.get("aria-label") or ""
    assert says.endswith("The best of each kind: linear 70.0 % in 30 s, mlp 80.0 % in 1 min 30 s.")
