"""Backgrounds hold the horizon they are told, and favourites come more often."""

from __future__ import annotations

import numpy as np
import pytest

from data.builtin.drawing import Canvas
from data.builtin.draws import Draws
from data.builtin.scenes import SCENES, clutter, haze, scene, shadow

ALWAYS = 1e9


def draws(n: int, seed: int = 0) -> Draws:
    return Draws(np.random.PCG64(seed).random_raw(n * 200).reshape(n, 200))


def horizons(n: int, row: float = 16.0) -> np.ndarray:
    return np.full((n, 1, 1), row)


def test_a_meadow_is_blue_above_its_horizon_and_green_below() -> None:
    canvas = scene(draws(40), {"meadow": ALWAYS}, horizons(40, row=12.0))
    red, green, blue = canvas.colours
    assert (blue[:, :7].mean(axis=(1, 2)) > red[:, :7].mean(axis=(1, 2))).mean() > 0.9
    assert (green[:, 19:].mean(axis=(1, 2)) > blue[:, 19:].mean(axis=(1, 2))).all()


def test_the_horizon_is_where_it_is_told_to_be() -> None:
    high = scene(draws(40), {"meadow": ALWAYS}, horizons(40, row=5.0)).colours[2]
    low = scene(draws(40), {"meadow": ALWAYS}, horizons(40, row=26.0)).colours[2]
    assert (low[:, 10:20].mean(axis=(1, 2)) > high[:, 10:20].mean(axis=(1, 2)) + 30).all()


def test_every_scene_comes_and_favourites_more_often() -> None:
    means = {
        name: scene(draws(50), {name: ALWAYS}, horizons(50)).colours.mean(axis=(2, 3)).T
        for name in SCENES
    }
    centres = np.stack([values.mean(axis=0) for values in means.values()])
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    assert gaps[~np.eye(len(SCENES), dtype=bool)].min() > 8
    mixed = scene(draws(400), {"snow": 3.0}, horizons(400)).colours.mean(axis=(2, 3)).T
    nearest = np.linalg.norm(mixed[:, None] - centres[None], axis=2).argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(SCENES))
    assert (counts > 0).all()
    assert counts.argmax() == SCENES.index("snow")


@pytest.mark.parametrize("chance", [0.0, 0.4, 1.0])
def test_clutter_comes_in_its_share_of_images(chance: float) -> None:
    canvas = Canvas(np.full((3, 300, 32, 32), 128.0))
    clutter(draws(300), canvas, chance)
    touched = (canvas.colours != 128.0).any(axis=(0, 2, 3)).mean()
    assert touched == pytest.approx(chance, abs=0.08)
    assert not canvas.silhouette.any()


def test_haze_takes_contrast_away() -> None:
    colours = np.random.default_rng(0).uniform(0, 255, (3, 30, 32, 32))
    canvas = Canvas(colours.copy())
    haze(draws(30), canvas)
    kept = canvas.colours.std(axis=(0, 2, 3)) / colours.std(axis=(0, 2, 3))
    assert (kept <= 1.01).all()
    assert 0.6 < kept.min() < 0.8


def test_shadow_darkens_what_it_covers_and_nothing_else() -> None:
    canvas = Canvas(np.full((3, 30, 32, 32), 100.0))
    coverage = np.zeros((30, 32, 32))
    coverage[:, 20:] = 1.0
    shadow(draws(30), canvas, coverage)
    assert (canvas.colours[:, :, :20] == 100.0).all()
    assert (canvas.colours[:, :, 20:] < 100.0).all()
    assert (canvas.colours >= 50.0).all()
