"""Waves and noise against SciPy's."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import RegularGridInterpolator
from scipy.signal import sawtooth

from data.builtin.draws import Draws
from data.builtin.patterns import SIDE_PX, noise, steps, triangle_wave


def test_triangle_wave_is_scipys() -> None:
    phase = np.linspace(-3, 3, 501)
    # SciPy's wave starts at its lowest point too, with period 2π.
    expected = sawtooth(2 * np.pi * phase, width=0.5)
    np.testing.assert_allclose(triangle_wave(phase), expected, atol=1e-12)


def test_noise_interpolates_its_lattice() -> None:
    words = np.random.PCG64(3).random_raw(2 * 11).reshape(2, 11)
    lattice = Draws(words).lattice(9, 9)
    at = (np.arange(SIDE_PX) + 0.5) / 4
    rows, columns = np.meshgrid(at, at, indexing="ij")
    for image, corners in zip(noise(Draws(words), cell_px=4), lattice, strict=True):
        expected = RegularGridInterpolator((np.arange(9.0), np.arange(9.0)), corners)
        np.testing.assert_allclose(image, expected((rows, columns)), atol=1e-12)


def test_steps_runs_from_none_to_all() -> None:
    assert steps(np.array([-9.0, -0.1, 0.0, 0.1, 9.0]), 2.0).tolist() == [0, 0.3, 0.5, 0.7, 1]
