"""What each extractor of a run sees, as pictures for the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features import Picture
from features.pictures.picture import pictures_of


def feature_pictures(extractor: Any, images: npt.NDArray[np.uint8]) -> list[Picture] | str:
    """Return what a fitted extractor sees in images, or a sentence on why it shows nothing.

    An extractor draws its own pictures, in its method ``pictures(images)``.

    Parameters
    ----------
    extractor
        Fitted.
    images
        A few images, uint8 (n, height, width, channels).
    """
    try:
        return pictures_of(extractor, images)
    except NotImplementedError as error:
        return f"{error}."
