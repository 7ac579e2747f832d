"""Views that are made and described tile by tile, by an extractor or by those of a union."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from features.extractor import Features, ImageExtractor, Images

Part = tuple[ImageExtractor, Any]
"""A fitted extractor, and what its features are multiplied by; None for nothing."""


def tiled_parts(transformer: Any) -> list[Part] | None:
    """Return the fitted extractors that a transformer is made of; None if there is anything else.

    Parameters
    ----------
    transformer : estimator
        Fitted.

    Returns
    -------
    list of (ImageExtractor, number or None), or None
        Each extractor with its weight in a union.

    Examples
    --------
    >>> import numpy as np
    >>> from features import RawPixels
    >>> pixels = RawPixels().fit(np.zeros((1, 4, 4, 3), np.uint8))
    >>> tiled_parts(pixels) == [(pixels, None)]
    True
    """
    from sklearn.pipeline import FeatureUnion

    found: list[tuple[Any, Any]] = [(transformer, None)]
    if type(transformer) is FeatureUnion:
        weights = transformer.transformer_weights or {}
        each = [(name, part) for name, part in transformer.transformer_list if part != "drop"]
        found = [(part, weights.get(name)) for name, part in each]
    if all(isinstance(part, ImageExtractor) and part._rows_are_independent() for part, _ in found):
        return found
    return None


def fill_views(parts: Sequence[Part], images: Images, shift: int, out: Features) -> None:
    """Write the features of the views of images into rows.

    Parameters
    ----------
    parts : sequence of (ImageExtractor, number or None)
        As `tiled_parts` returns them.
    images : array (n, height, width, channels)
        Images of the shape that was fitted.
    shift : int
        By how many pixels the views are moved at most.
    out : float32 array (n, n_views, d)
        Overwritten: the columns of the extractors side by side.

    Examples
    --------
    >>> import numpy as np
    >>> from features import RawPixels
    >>> image = np.array([[[[0], [51], [102]]]], dtype=np.uint8)
    >>> out = np.empty((1, 2, 3), dtype=np.float32)
    >>> fill_views([(RawPixels().fit(image), 10)], image, 0, out)
    >>> out
    array([[[0., 2., 4.],
            [4., 2., 0.]]], dtype=float32)
    """
    first = 0
    for part, weight in parts:
        mine = out[:, :, first : first + part.n_features_out_]
        made = partial(part._features_of_views, n_views=out.shape[1], shift=shift)
        part._in_tiles(made, part._checked_again(images), mine)
        if weight is not None:
            mine[:] = mine * weight
        first += part.n_features_out_
