"""What each extractor of a run sees, as pictures for the page."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from features import HOG, BagOfVisualWords, ColorHistogram, Views
from features.color_spaces import CHANNEL_RANGES
from features.explain import codebook_picture, hog_picture, words_picture
from features.grid import grid_boxes, parse_grid
from features.words.patches import Patches
from pipelines.reporting.examples import FeaturePicture

_GLYPHS_PX, _WORDS_PX = 128, 64
_N_WHERE = 3
_N_WORDS = 100

Picture = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]


def feature_pictures(extractor: Any, images: Picture) -> list[FeaturePicture]:
    """Return what a fitted extractor sees in images; nothing for one that is not known here.

    Parameters
    ----------
    extractor
        Fitted.
    images
        A few images, uint8 (n, height, width, channels).
    """
    if isinstance(extractor, Views):
        return feature_pictures(extractor.extractor_, images)
    if isinstance(extractor, HOG):
        said = "Edges by direction, in each cell; colour is lost"
        return [FeaturePicture(said, picture) for picture in _glyphs(extractor, images)]
    if isinstance(extractor, ColorHistogram):
        said = "Its colours, as coarse as the bins; where they were within a grid cell is lost"
        return [FeaturePicture(said, picture) for picture in colours_kept(extractor, images)]
    if isinstance(extractor, BagOfVisualWords):
        return _words_seen(extractor, images)
    return []


def colours_kept(extractor: ColorHistogram, images: Picture) -> list[Picture]:
    """Return each image's pixels with the colours of their bins, sorted within each grid cell.

    Of a spatial pyramid, the last level is drawn.
    """
    n, height, width, n_channels = images.shape
    boxes = grid_boxes(parse_grid(extractor.grid)[-1], height, width)
    colours = _bin_colours(extractor, n_channels)
    features = extractor.transform(images).reshape(n, -1, len(colours))[:, -len(boxes) :]
    shares = features.astype(np.float64) ** (2 if extractor.norm == "hellinger" else 1)
    by_brightness = np.argsort(colours @ np.array([0.299, 0.587, 0.114]), kind="stable")
    pictures = np.zeros((n, height, width, 3), dtype=np.uint8)
    for picture, of_image in zip(pictures, shares, strict=True):
        for box, share in zip(boxes, of_image, strict=True):
            ends = np.round(np.cumsum(share[by_brightness]) / share.sum() * box.area)
            bins = by_brightness[np.searchsorted(ends, np.arange(box.area), side="right")]
            shape = (box.bottom - box.top, box.right - box.left, 3)
            cell = np.round(colours[bins]).astype(np.uint8).reshape(shape)
            picture[box.top : box.bottom, box.left : box.right] = cell
    return list(pictures)


def _bin_colours(extractor: ColorHistogram, n_channels: int) -> Numbers:
    """Return the RGB colour in the middle of each bin, 0 … 255, (n_bins, 3)."""
    from skimage.color import hsv2rgb, lab2rgb

    middles = (np.arange(extractor.bins) + 0.5) / extractor.bins
    if n_channels == 1:
        return np.repeat(255 * middles[:, None], 3, axis=1)
    bins = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1).reshape(-1, 3)
    ranges = CHANNEL_RANGES[extractor.color_space]
    values = bins * [high - low for low, high in ranges] + [low for low, _ in ranges]
    if extractor.color_space == "hsv":
        values = 255 * hsv2rgb(values)
    elif extractor.color_space == "lab":
        with warnings.catch_warnings():
            # Bins outside sRGB have no colour of their own and stay empty.
            warnings.simplefilter("ignore", UserWarning)
            values = 255 * lab2rgb(values)
    return np.clip(values, 0, 255)


def _glyphs(extractor: HOG, images: Picture) -> list[Picture]:
    width = images.shape[2]
    zoom = max(1, _GLYPHS_PX // width)
    return [hog_picture(image, extractor, zoom=zoom)[:, -width * zoom :] for image in images]


def _words_seen(extractor: BagOfVisualWords, images: Picture) -> list[FeaturePicture]:
    """Return images drawn from their nearest words, where words fire, and the codebook."""
    zoom = max(1, _WORDS_PX // images.shape[1])
    sheet = codebook_picture(extractor, zoom=2, n_words=_N_WORDS)
    fires = "The words that appear most in an image, and where: the brighter, the more"
    return [
        *drawn_from_words(extractor, images),
        *(
            FeaturePicture(fires, words_picture(extractor, image, zoom=zoom))
            for image in images[:_N_WHERE]
        ),
        FeaturePicture("Words of the codebook", sheet),
    ]


def drawn_from_words(extractor: BagOfVisualWords, images: Picture) -> list[FeaturePicture]:
    """Return each image with every patch replaced by its nearest word; nothing for other words."""
    vocabulary = extractor.vocabularies_[0]
    patches, words = vocabulary.descriptor, vocabulary.words
    if not isinstance(patches, Patches):
        return []
    vectors = patches(images)
    flat = vectors.reshape(-1, vectors.shape[-1])
    coded = vocabulary.whitening(flat) if vocabulary.whitening else flat
    nearest = np.argmin((words**2).sum(axis=1) - 2 * coded @ words.T, axis=1)
    plain = words.astype(np.float64)
    if vocabulary.whitening:
        inverse = np.linalg.pinv(vocabulary.whitening.matrix.astype(np.float64))
        plain = plain @ inverse + vocabulary.whitening.mean
    shape = (patches.size, patches.size, images.shape[3])
    drawn = _from_patches(plain[nearest].reshape(*vectors.shape[:3], *shape), patches, images)
    said = "Each patch replaced by its nearest visual word"
    if patches.contrast is not None:
        said += ": brightness and contrast are not kept"
    return [FeaturePicture(said, _stretched(picture)) for picture in drawn]


def _from_patches(placed: Numbers, patches: Patches, images: Picture) -> Numbers:
    """Return images as the mean of the patches that cover each pixel."""
    sums, times = np.zeros(images.shape), np.zeros((*images.shape[1:3], 1))
    size, stride = patches.size, patches.stride
    for i in range(placed.shape[1]):
        for j in range(placed.shape[2]):
            inside = np.s_[i * stride : i * stride + size, j * stride : j * stride + size]
            sums[:, *inside] += placed[:, i, j]
            times[inside] += 1
    middle = sums.sum() / max(times.sum() * len(images) * images.shape[3], 1)
    return np.where(times > 0, sums / np.maximum(times, 1), middle)


def _stretched(picture: Numbers) -> Picture:
    """Return a picture with its 1st to 99th percentile over all levels."""
    low, high = np.percentile(picture, [1, 99])
    scaled = (picture - low) / max(high - low, 1e-9)
    levels: Picture = np.round(255 * np.clip(scaled, 0, 1)).astype(np.uint8)
    return levels
