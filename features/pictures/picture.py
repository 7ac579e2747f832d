"""A picture of what an extractor sees, and how one asks any transformer for its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.extraction.resize import Resize


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of what an extractor sees, with the words that belong under it.

    Parameters
    ----------
    caption : str
        A few words, plain text. Pictures that follow each other with one caption are shown
        together.
    image : uint8 array (height, width), (height, width, 1) or (height, width, 3)
        Grey levels, or RGB.

    Raises
    ------
    ValueError
        If the image is no such array.

    Examples
    --------
    >>> import numpy as np
    >>> from features import Picture
    >>> Picture("A dark square", np.zeros((8, 8), dtype=np.uint8)).image.shape
    (8, 8)
    """

    caption: str
    image: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        image = np.asarray(self.image)
        channels = image.shape[2:] or (1,)
        if image.dtype != np.uint8 or image.ndim not in (2, 3) or channels not in ((1,), (3,)):
            raise ValueError(
                f"a feature picture must be uint8 (height, width[, 1 or 3]), "
                f"got {image.dtype} {image.shape}"
            )


def pictures_of(transformer: Any, images: npt.NDArray[Any]) -> list[Picture]:
    """Return the pictures that a fitted transformer of images draws of them.

    A transformer draws in its own method ``pictures(images)``. A `FeatureUnion` has the pictures
    of its parts, and a `Pipeline` those of its first step that is not "passthrough".

    Parameters
    ----------
    transformer : estimator
        Fitted.
    images : uint8 array (n, height, width, channels)
        A few images.

    Returns
    -------
    list of Picture
        Empty for an extractor that says that it has none.

    Raises
    ------
    NotImplementedError
        If the transformer, or a part of it, has no such method.

    Examples
    --------
    >>> import numpy as np
    >>> from features import HOG
    >>> images = np.zeros((2, 32, 32, 3), dtype=np.uint8)
    >>> [picture.image.shape for picture in pictures_of(HOG().fit(images), images)]
    [(128, 128, 3), (128, 128, 3)]
    """
    from sklearn.pipeline import FeatureUnion, Pipeline

    if isinstance(transformer, FeatureUnion):
        parts = [part for _, part in transformer.transformer_list if not isinstance(part, str)]
        return [picture for part in parts for picture in pictures_of(part, images)]
    if isinstance(transformer, Pipeline):
        for _, step in transformer.steps:
            if isinstance(step, Resize):
                images = step.transform(images)
            elif step not in (None, "passthrough"):
                return pictures_of(step, images)
        return []
    if not hasattr(transformer, "pictures"):
        raise draws_nothing(transformer)
    drawn: list[Picture] = transformer.pictures(images)
    return drawn


def draws_nothing(transformer: object) -> NotImplementedError:
    """Return the error that says which transformer does not draw, and what to add to it."""
    return NotImplementedError(
        f"{type(transformer).__name__} draws no pictures of what it sees; "
        "give it a method pictures(images) that returns a list of features.Picture"
    )
