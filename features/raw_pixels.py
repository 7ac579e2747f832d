"""The pixels themselves: the feature that every other one is compared with."""

from __future__ import annotations

import numpy as np

from features.colors.color_spaces import COLOR_SPACES, GREY
from features.colors.loops import byte_shares
from features.extraction.compiled import compiled
from features.extraction.rowwise import RowwiseExtractor
from features.extractor import Features, Images
from features.pictures.picture import Picture

_MANY = 1 << 17
"""For fewer values it does not pay to load the compiled loop; both divide to the same bits."""


class RawPixels(RowwiseExtractor):
    """Every pixel value divided by 255, row by row, channel fastest.

    Parameters
    ----------
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Examples
    --------
    >>> import numpy as np
    >>> from features import RawPixels
    >>> RawPixels().fit_transform(np.full((1, 1, 2, 1), 51, dtype=np.uint8))
    array([[0.2, 0.2]], dtype=float32)
    """

    def __init__(self, *, n_jobs: int | None = None) -> None:
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        """Learn nothing."""

    def _fill(self, images: Images, out: Features) -> None:
        if images.size < _MANY:
            np.divide(images.reshape(out.shape), np.float32(255), out=out, dtype=np.float32)
        else:
            compiled(byte_shares)(images.reshape(-1), out.reshape(-1))

    def _n_columns(self) -> int:
        height, width, n_channels = self.image_shape_
        return height * width * n_channels

    def _names(self) -> list[str]:
        height, width, n_channels = self.image_shape_
        names = (COLOR_SPACES["rgb"] if n_channels == 3 else GREY).channels
        return [
            f"row{row}_column{column}_{name}"
            for row in range(height)
            for column in range(width)
            for name in names
        ]

    def pictures(self, images: Images) -> list[Picture]:
        """Return no picture: it would be the image itself.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Any images.

        Returns
        -------
        list of Picture
            Empty.
        """
        return []
