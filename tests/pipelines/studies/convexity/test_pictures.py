from __future__ import annotations

import numpy as np

from pipelines.studies.convexity import experiment as study
from pipelines.studies.convexity.loss import N_TICKS
from pipelines.studies.convexity.pictures import pictures

T = np.linspace(-1, 1, N_TICKS)
MADE_UP = study.Valleys(
    secants=np.stack([1 + T**2, 2 + T**2]),
    n_down=2,
    least_bend=1e-3,
    network_least_bend=-1e-3,
    ends=np.array([0.731, 0.731]),
    gradient_norm=1e-6,
    descents=(np.array([4.0, 2.0, 0.731]), np.array([9.0, 1.0, 0.8, 0.731])),
    between=np.stack([2.25 - T**2, 1.5 - T**2]),
    network_ends=np.array([0.5, 1.25]),
)


def test_the_picture_names_both() -> None:
    (picture,) = pictures(MADE_UP)
    assert "linear: random secants" in picture.markup
    assert "network: between solutions" in picture.markup
    assert "end in 0.731 to 0.731" in picture.markup
    assert "linear: 2 descents" in picture.markup
    assert "by 1.00 at most" in picture.markup
