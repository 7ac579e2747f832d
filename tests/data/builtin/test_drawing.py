"""Shapes against slow, literal definitions of what lies inside."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.path import Path

from data.builtin.drawing import Canvas, Frame, blend
from data.builtin.draws import Draws, Plane
from data.builtin.patterns import SIDE_PX

SCALE = 12.0


@pytest.fixture
def frame() -> Frame:
    axis = (np.arange(SIDE_PX) + 0.5 - SIDE_PX / 2) / SCALE
    x, y = np.meshgrid(axis, axis)
    return Frame(x[None], y[None], np.full((1, 1, 1), SCALE))


def points(frame: Frame) -> Plane:
    return np.stack([frame.x[0].ravel(), frame.y[0].ravel()], axis=1)


def assert_covers(coverage: Plane, inside: Plane) -> None:
    """A pixel whose centre lies inside is more than half covered, and the other way round."""
    assert ((coverage >= 0) & (coverage <= 1)).all()
    decided = np.abs(coverage - 0.5) > 1e-9
    np.testing.assert_array_equal(
        (coverage > 0.5)[decided], inside.reshape(coverage.shape)[decided]
    )
    assert 0.02 < inside.mean() < 0.6


def test_ellipse(frame: Frame) -> None:
    x, y = points(frame).T
    inside = ((x - 0.1) / 0.7) ** 2 + ((y + 0.2) / 0.4) ** 2 < 1
    assert_covers(frame.ellipse((0.1, -0.2), 0.7, 0.4), inside)


def test_polygon(frame: Frame) -> None:
    corners = [(-0.8, 0.5), (-0.5, -0.6), (0.4, -0.5), (0.9, 0.3)]
    assert_covers(frame.polygon(*corners), Path(corners).contains_points(points(frame)))


def test_limb_is_the_union_of_discs_along_it(frame: Frame) -> None:
    start, end, radius, end_radius = (-0.6, -0.4), (0.5, 0.3), 0.3, 0.3
    inside = np.zeros(SIDE_PX**2, bool)
    for t in np.linspace(0, 1, 2001):
        centre = (1 - t) * np.array(start) + t * np.array(end)
        reach = (1 - t) * radius + t * end_radius
        inside |= ((points(frame) - centre) ** 2).sum(axis=1) < reach**2
    assert_covers(frame.limb(start, end, radius, end_radius), inside)


def test_limb_tapers(frame: Frame) -> None:
    def thickness(column: int) -> float:
        return float(frame.limb((-0.8, 0.0), (0.8, 0.0), 0.4, 0.1)[0, :, column].sum())

    assert thickness(8) > 1.5 * thickness(24)


def test_edges_are_soft(frame: Frame) -> None:
    coverage = frame.ellipse((0.0, 0.0), 0.5, 0.5)
    between = ((coverage > 0) & (coverage < 1)).sum()
    assert 20 < between < 80
    # A soft edge keeps the area, a hard one only to about a pixel a row.
    assert coverage.sum() == pytest.approx(np.pi * (0.5 * SCALE) ** 2, rel=0.02)


def draws(n: int) -> Draws:
    return Draws(np.random.PCG64(1).random_raw(n * 8).reshape(n, 8))


def test_placed_frames_keep_lengths_and_angles() -> None:
    frame = Frame.placed(draws(50), scale_px=(9.0, 14.0), mirrored=True)
    right = frame.x[:, :, 1:] - frame.x[:, :, :-1], frame.y[:, :, 1:] - frame.y[:, :, :-1]
    down = frame.x[:, 1:] - frame.x[:, :-1], frame.y[:, 1:] - frame.y[:, :-1]
    for step_x, step_y in (right, down):
        length = np.sqrt(step_x**2 + step_y**2) * frame.scale_px
        np.testing.assert_allclose(length, 1.0, atol=1e-12)
    across = right[0][:, :-1] * down[0][:, :, :-1] + right[1][:, :-1] * down[1][:, :, :-1]
    np.testing.assert_allclose(across, 0.0, atol=1e-12)


@pytest.mark.parametrize(("mirrored", "least", "most"), [(True, 60, 140), (False, 200, 200)])
def test_half_of_the_mirrored_objects_face_right(mirrored: bool, least: int, most: int) -> None:
    frame = Frame.placed(draws(200), scale_px=(9.0, 14.0), mirrored=mirrored)
    facing_right = int((frame.x[:, 16, -1] > frame.x[:, 16, 0]).sum())
    assert least <= facing_right <= most


def test_row_px_finds_the_row_of_a_height() -> None:
    frame = Frame.placed(draws(20), scale_px=(9.0, 14.0), mirrored=False)
    row = frame.row_px(0.4)[:, 0, 0]
    for image, at in enumerate(row):
        expected = np.interp(0.4, frame.y[image, :, 16], np.arange(SIDE_PX))
        assert at == pytest.approx(expected, abs=0.5)


def test_paint_lays_one_colour_over_the_other() -> None:
    canvas = Canvas(np.full((3, 1, 2, 2), 100.0))
    coverage = np.array([[[0.0, 0.25], [0.5, 1.0]]])
    canvas.paint(coverage, np.full((3, 1, 1, 1), 200.0))
    assert canvas.colours[0, 0].tolist() == [[100, 125], [150, 200]]
    np.testing.assert_array_equal(canvas.silhouette, coverage)
    canvas.paint(np.ones((1, 2, 2)), np.zeros((3, 1, 1, 1)), solid=False)
    assert not canvas.colours.any()
    np.testing.assert_array_equal(canvas.silhouette, coverage)


def test_blend() -> None:
    assert blend(np.array([10.0]), np.array([20.0]), 0.25).tolist() == [12.5]
