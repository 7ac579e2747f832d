"""The curves are the functions', and depth starves sigmoids of gradient."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.special import expit

from data import Dataset
from models.layers.names import ACTIVATIONS
from pipelines.studies.activations import experiment as study


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


def test_the_ranges_are_those_of_the_functions(result: study.Activations) -> None:
    ranges = {name: curve.output_range for name, curve in result.curves.items()}
    assert ranges["logistic"] == (0, 1)
    assert ranges["tanh"] == (-1, 1)
    assert ranges["relu"] == ranges["maxout"] == (0, np.inf)
    assert ranges["softplus"] == pytest.approx((0, np.inf))
    assert ranges["elu"] == (-1, np.inf)
    assert ranges["identity"] == ranges["leaky_relu"] == (-np.inf, np.inf)
    assert ranges["gelu"] == pytest.approx((-0.17, np.inf), abs=1e-3)
    assert ranges["silu"] == pytest.approx((-0.2785, np.inf), abs=1e-3)


def test_depth_starves_sigmoids_of_gradient(result: study.Activations) -> None:
    starved = result.arriving["logistic"]
    assert starved[-1] < 1e-6 < 1e-3 < starved[1] < 1
    assert result.arriving["relu"][-1] > 0.05
    assert all(values[0] == 1 for values in result.arriving.values())
    assert all(finding.holds for finding in result.findings())


def test_without_depth_nothing_vanishes(tiny: Dataset) -> None:
    flat = study.run(tiny, size=0.1, deep=False)
    assert [finding.holds for finding in flat.findings()] == [True, True, False, False]


def test_a_sigmoid_that_is_none_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tiny: Dataset
) -> None:
    monkeypatch.setitem(ACTIVATIONS, "logistic", ACTIVATIONS["identity"])
    straight = study.run(tiny, size=0.1)
    assert [finding.holds for finding in straight.findings()] == [False] * 4


def test_a_corner_is_no_virtue(result: study.Activations) -> None:
    assert result.curves["logistic"].largest_jump < 0.01
    assert result.curves["relu"].largest_jump == 1


@pytest.mark.slow
def test_at_full_size_all_of_it_holds_within_a_minute(tiny: Dataset) -> None:
    begun = time.process_time()
    assert all(finding.holds for finding in study.run(tiny).findings())
    assert time.process_time() - begun < 60
