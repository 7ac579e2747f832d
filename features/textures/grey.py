"""The grey level of each pixel, the same for every feature of texture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

# Those of `skimage.color.rgb2gray`, in units of 1/10,000.
_WEIGHTS = (2125, 7154, 721)


def grey_levels(images: Bytes) -> Bytes:
    """Return the grey level of each pixel: 0.2125 red + 0.7154 green + 0.0721 blue, rounded.

    The weights are those of `skimage.color.rgb2gray`. Sums are taken in integers and a half is
    rounded up, so that the levels are the same on every machine. Of an image with one channel,
    they are its pixels.

    Parameters
    ----------
    images : uint8 array (n, height, width, channels)
        One or three channels.

    Returns
    -------
    uint8 array (n, height, width)
        C-contiguous.

    Examples
    --------
    >>> grey_levels(np.array([[[[255, 255, 255], [255, 0, 0]]]], dtype=np.uint8))
    array([[[255,  54]]], dtype=uint8)
    """
    if images.shape[3] == 1:
        return np.ascontiguousarray(images[..., 0])
    sums = np.full(images.shape[:3], 5000, dtype=np.uint32)
    for channel, weight in enumerate(_WEIGHTS):
        sums += np.multiply(images[..., channel], np.uint32(weight), dtype=np.uint32)
    return (sums // np.uint32(10_000)).astype(np.uint8)
