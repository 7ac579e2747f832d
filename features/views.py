"""Several views of an image: mirrored and shifted, each with features of its own."""

from __future__ import annotations

import itertools

import numpy as np
from sklearn.base import clone

from features.extractor import Features, ImageExtractor, Images
from features.parameters import check_integer

N_VIEWS = (1, 2, 10)


class Views(ImageExtractor):
    """An extractor's features of several views of each image, one view after the other.

    A classifier that takes the views apart (`models.ViewsClassifier`) learns from all of them and
    predicts by their mean: several times as many samples, of which a network makes more than a
    linear classifier can.

    Parameters
    ----------
    extractor : ImageExtractor
        It learns from the images as they are, not from their views.
    n_views : {1, 2, 10}
        The image; and its mirror image; and both, at the centre and moved towards each of the
        four corners.
    shift : int
        By how many pixels down or up, and across. Beyond the border the nearest pixel is repeated.

    Attributes
    ----------
    extractor_ : ImageExtractor
        The extractor, fitted.

    References
    ----------
    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, section 4.1: ten views at the time of testing.

    Examples
    --------
    >>> import numpy as np
    >>> from features import RawPixels
    >>> image = np.array([[[[0], [51], [102]]]], dtype=np.uint8)
    >>> Views(RawPixels(), n_views=2).fit_transform(image)
    array([[0. , 0.2, 0.4, 0.4, 0.2, 0. ]], dtype=float32)
    """

    def __init__(self, extractor: ImageExtractor, *, n_views: int = 10, shift: int = 3) -> None:
        self.extractor = extractor
        self.n_views = n_views
        self.shift = shift

    @property
    def n_jobs(self) -> int | None:  # type: ignore[override]
        """The extractor's."""
        return self.extractor.n_jobs

    def _learn(self, images: Images) -> None:
        if self.n_views not in N_VIEWS:
            raise ValueError(f"n_views must be 1, 2 or 10, got {self.n_views!r}")
        side = min(images.shape[1:3])
        if check_integer("shift", self.shift, least=0) >= side and self.n_views == N_VIEWS[-1]:
            raise ValueError(
                f"shift must be less than the {side} pixels of a side, got {self.shift}"
            )
        self.extractor_: ImageExtractor = clone(self.extractor).fit(images)

    def _features(self, images: Images) -> Features:
        seen = [self.extractor_._features(view) for view in views(images, self.n_views, self.shift)]
        return np.concatenate(seen, axis=1)

    def _names(self) -> list[str]:
        names = self.extractor_.get_feature_names_out()
        return [f"view{view}_{name}" for view in range(self.n_views) for name in names]

    def _images_per_tile(self) -> int:
        return self.extractor_._images_per_tile()

    def _check_images(self, X: object) -> Images:
        return self.extractor._check_images(X)


def views(images: Images, n_views: int, shift: int) -> list[Images]:
    """The views of images (n, height, width, channels), each of that shape and C-contiguous.

    Each place is followed by its mirror image: the centre first, then up or down and left or right.
    """
    _, height, width, _ = images.shape
    corners = itertools.product((-shift, shift), repeat=2) if n_views == N_VIEWS[-1] else ()
    seen = []
    for down, right in ((0, 0), *corners):
        rows = np.clip(np.arange(height) + down, 0, height - 1)
        columns = np.clip(np.arange(width) + right, 0, width - 1)
        moved = images[:, rows[:, None], columns]
        seen.append(np.ascontiguousarray(moved))
        if n_views > 1:
            seen.append(np.ascontiguousarray(moved[:, :, ::-1]))
    return seen
