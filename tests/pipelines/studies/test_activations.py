"""The curves are the functions', and depth starves sigmoids of gradient."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.special import expit

from data import load_dataset
from models.perceptron.architecture import ACTIVATIONS
from pipelines.studies import activations as study


@pytest.fixture(scope="module")
def result() -> study.Activations:
    return study.run(load_dataset(), size=0.1)


def test_every_activation_is_there_with_its_own_derivative(result: study.Activations) -> None:
    assert set(result.curves) == set(result.arriving) == set(ACTIVATIONS)
    for name, curve in result.curves.items():
        differences = np.gradient(curve.value, curve.x)
        away_from_corners = np.abs(curve.x) > 0.05
        np.testing.assert_allclose(
            curve.slope[away_from_corners], differences[away_from_corners], atol=2e-2, err_msg=name
        )
    sigmoid = result.curves["logistic"]
    np.testing.assert_allclose(sigmoid.value, expit(sigmoid.x), atol=1e-15)
    assert result.curves["relu"].output_range == (0, study.REACH)


def test_depth_starves_sigmoids_of_gradient(result: study.Activations) -> None:
    starved = result.arriving["logistic"]
    assert starved[-1] < 1e-6 < 1e-3 < starved[1] < 1
    assert result.arriving["relu"][-1] > 0.05
    assert all(values[0] == 1 for values in result.arriving.values())
    assert all(finding.holds for finding in result.findings())


def test_without_depth_nothing_vanishes() -> None:
    flat = study.run(load_dataset(), size=0.1, deep=False)
    assert [finding.holds for finding in flat.findings()] == [True, True, False, False]


def test_the_pictures_name_all(result: study.Activations) -> None:
    for picture in result.pictures():
        assert all(name in picture.markup for name in ACTIVATIONS)


@pytest.mark.slow
def test_at_full_size_all_of_it_holds_within_a_minute() -> None:
    begun = time.perf_counter()
    assert all(finding.holds for finding in study.run(load_dataset()).findings())
    assert time.perf_counter() - begun < 60
