"""The result of one cell with one seed, before it is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of one cell with one seed.

    Parameters
    ----------
    predicted : int64 array (n_test,)
        Labels of the test images.
    scores : float32 array (n_test, n_classes) or None
        Probabilities if `has_probabilities`, else the decision function; None if the classifier
        has neither.
    has_probabilities : bool
    candidate : int
        Which of the candidates was chosen.
    chosen : mapping
        The parameters that were chosen on the validation part.
    refit : mapping
        The parameters that the classifier took over from that fit when it was fitted again, for
        example its number of epochs.
    validation_accuracy : float or None
        Of the chosen classifier; None where nothing was to be chosen, and so nothing held out.
    history : sequence of mapping
        One record an epoch, of the fit on which the choice rests.
    choose_s, fit_s, predict_s : float
        What choosing, fitting on all training images and predicting took, in seconds.
    cached : bool
        Whether it was kept from an earlier run.
    model : Path or None
        The file of the fitted classifier, where it was asked for and could be kept.
    model_error : str
        Why the fitted classifier could not be kept, where it was asked for.
    parts : tuple of str
        The extractors whose features it learned from, where there were several to choose from.
    kernels : str
        How the kernels of the processor that computed it differ from those of the report's
        environment; "" where they do not.
    """

    predicted: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32] | None
    has_probabilities: bool
    candidate: int
    chosen: Mapping[str, Any]
    refit: Mapping[str, Any]
    validation_accuracy: float | None
    history: Sequence[Mapping[str, Any]]
    choose_s: float
    fit_s: float
    predict_s: float
    cached: bool = False
    model: Path | None = None
    model_error: str = ""
    parts: tuple[str, ...] = ()
    kernels: str = ""

    @property
    def confidence(self) -> npt.NDArray[np.float32]:
        """The probability of each prediction, (n_test,); only where there are probabilities."""
        assert self.scores is not None
        assert self.has_probabilities
        confidence: npt.NDArray[np.float32] = self.scores[
            np.arange(len(self.predicted)), self.predicted
        ]
        return confidence
