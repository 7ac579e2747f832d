"""What accuracy against time says of each kind of classifier."""

from __future__ import annotations

from xml.etree import ElementTree

from matplotlib.figure import Figure

from pipelines.reporting.figures.by_time import by_time, paint_by_time


def test_no_two_of_many_kinds_look_alike() -> None:
    kinds = {f"_{i}": [(10.0 + i, 0.5, "a cell")] for i in range(20)}
    axes = Figure().subplots()
    paint_by_time(axes, kinds)
    drawn = [line for line in axes.lines if line.get_markersize() > 0]
    assert len({(line.get_color(), str(line.get_marker())) for line in drawn}) == 20
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text().strip() for text in legend.get_texts()] == [*kinds]


def test_of_equally_accurate_cells_the_quickest_is_the_best_of_its_kind() -> None:
    points = [(60.0, 0.7 + 1e-16, "slow"), (30.0, 0.7, "quick"), (1.0, 0.5, "poor")]
    assert points[0][1] > points[1][1]
    root = ElementTree.fromstring(by_time("t", {"linear": points, "mlp": [(90.0, 0.8, "far")]}))
    says = root.get("aria-label") or ""
    assert says.endswith("The best of each kind: linear 70.0 % in 30 s, mlp 80.0 % in 1 min 30 s.")
