from time import process_time
from xml.etree import ElementTree

import numpy as np
import pytest

from data import load_dataset
from pipelines.studies import load_study
from pipelines.studies.space_warping import HALF, Net, Warping, fit, rings, run


@pytest.fixture(scope="module")
def small() -> Warping:
    return run(load_dataset(), size=0.1)


@pytest.fixture(scope="module")
def flat() -> Warping:
    return run(load_dataset(), size=0.1, folds=False)


def test_all_findings_hold(small: Warping) -> None:
    assert [finding.says for finding in small.findings() if not finding.holds] == []


def test_folding_parts_what_moving_does_not(small: Warping) -> None:
    two, three = small.folds
    assert max(three.plane, three.moved) < 0.7
    assert two.folded < 0.9
    assert three.folded > 0.98


def test_more_units_fit_the_spirals_better(small: Warping) -> None:
    assert small.accuracies[0] < 0.8
    assert small.accuracies[-1] > 0.95
    assert small.nets[0].n_pieces() == 2


def test_weight_decay_shortens_the_boundary(small: Warping) -> None:
    weak, middle, strong = small.strengths
    assert weak.length > 1.1 * middle.length > 1.1 * strong.length
    assert weak.training > middle.training > strong.training + 0.02


def test_without_a_fold_nothing_holds(flat: Warping) -> None:
    assert not any(finding.holds for finding in flat.findings())
    assert flat.folds[1].folded == pytest.approx(flat.folds[1].plane, abs=0.02)
    assert {net.n_pieces() for net in flat.nets} == {1}


def test_without_decay_the_boundary_stays_as_long(small: Warping) -> None:
    free = run(load_dataset(), size=0.1, decays=False)
    assert [finding.holds for finding in free.findings()] == [True, True, True, False, False]
    # All else is as it was, to the last bit.
    assert [f.says for f in free.findings()[:3]] == [f.says for f in small.findings()[:3]]


def _net(W: np.ndarray, b: np.ndarray, v: np.ndarray | None = None, c: float = 0.0) -> Net:
    return Net(W, b, np.ones(len(b)) if v is None else v, c, folds=True)


@pytest.mark.parametrize(
    ("W", "b", "n_pieces"),
    [
        ([[1.0], [0.0]], [0.5], 2),
        ([[1.0], [0.0]], [HALF + 0.1], 1),  # a line outside
        ([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5], 4),  # two that cross
        ([[1.0, 2.0], [0.0, 0.0]], [0.5, -0.5], 3),  # two in parallel
        ([[1.0, 1.0], [1.0, 0.8]], [2.0, -1.0], 3),  # two that cross outside
        ([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [0.0, 0.0, -0.5], 7),
    ],
)
def test_pieces_are_those_that_one_counts_by_hand(
    W: list[list[float]], b: list[float], n_pieces: int
) -> None:
    assert _net(np.array(W), np.array(b)).n_pieces() == n_pieces


@pytest.mark.parametrize("seed", range(4))
def test_pieces_are_the_patterns_of_active_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = _net(rng.normal(size=(2, 6)), rng.normal(0, 0.7, 6))
    axis = np.linspace(-HALF, HALF, 1203)
    square = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    patterns = np.unique((net.moved(square) > 0) @ (1 << np.arange(6)))
    assert net.n_pieces() == len(patterns)


def test_the_length_of_a_boundary_is_that_of_the_lines_it_is_made_of() -> None:
    # |x| + |y| = 1, a square on its corner.
    diamond = _net(np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]]), np.zeros(4), c=-1.0)
    assert diamond.boundary_length() == pytest.approx(4 * np.sqrt(2), rel=0.01)
    assert np.abs(np.concatenate(diamond.boundary())).sum(axis=1) == pytest.approx(1.0, abs=0.02)


def test_the_net_is_the_model_that_was_fitted() -> None:
    points = rings(100, np.random.default_rng(1))
    net = fit(points, 3, 1e-3, 1, folds=True)
    hidden = np.maximum(points.x @ net.W + net.b, 0)
    assert net.score(points.x) == pytest.approx(hidden @ net.v + net.c)
    assert net.accuracy(points) == ((hidden @ net.v + net.c > 0) == points.y).mean()


def test_the_pictures_say_what_they_show(small: Warping) -> None:
    pictures = small.pictures()
    assert len(pictures) == 4
    for picture in pictures:
        svg = ElementTree.fromstring(picture.markup)
        assert svg.tag == "svg"
        assert len(svg.attrib["aria-label"]) > 60
        assert picture.caption.endswith(".")


def test_a_plane_that_is_not_folded_can_be_drawn(flat: Warping) -> None:
    assert len(flat.pictures()) == 4


def test_the_study_has_its_name() -> None:
    assert load_study("space-warping").run is run


@pytest.mark.slow
def test_the_full_size_takes_less_than_a_minute() -> None:
    started = process_time()
    findings = run(load_dataset()).findings()
    assert process_time() - started < 60
    assert [finding.says for finding in findings if not finding.holds] == []
