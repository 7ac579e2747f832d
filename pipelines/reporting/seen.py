"""Pictures of what an extractor keeps of an image, drawn from its features alone."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from features import HOG, BagOfVisualWords, ColorHistogram
from features.color_spaces import CHANNEL_RANGES
from features.grid import grid_boxes, parse_grid
from features.patches import Patches
from pipelines.reporting.examples import FeaturePicture

_PICTURE_PX = 112
_SHEET = (6, 24)  # rows and columns of visual words

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
    if isinstance(extractor, HOG):
        return [
            FeaturePicture("Edges by direction, in each cell; colour is lost", picture)
            for picture in hog_glyphs(extractor, images)
        ]
    if isinstance(extractor, ColorHistogram):
        said = "Its colours, as coarse as the bins; where they were within a grid cell is lost"
        return [FeaturePicture(said, picture) for picture in colours_kept(extractor, images)]
    if isinstance(extractor, BagOfVisualWords):
        return _words_seen(extractor, images)
    return []


def hog_glyphs(extractor: HOG, images: Picture) -> list[Picture]:
    """Return a picture of each image with a star in each cell, a ray for each orientation.

    A ray is as bright as the cell's normalised vote, mean over the blocks that hold the cell, and
    lies along the edge, across the gradient.
    """
    block_rows, block_columns = extractor.cells_per_block
    n_orientations = extractor.orientations
    height, width = images.shape[1:3]
    rows, columns = height // extractor.pixels_per_cell[0], width // extractor.pixels_per_cell[1]
    shape = (rows - block_rows + 1, columns - block_columns + 1, block_rows, block_columns)
    blocks = extractor.transform(images).reshape(len(images), *shape, n_orientations)
    votes = np.zeros((len(images), rows, columns, n_orientations))
    times = np.zeros((rows, columns, 1))
    for i in range(block_rows):
        for j in range(block_columns):
            inside = np.s_[i : i + shape[0], j : j + shape[1]]
            votes[:, *inside] += blocks[:, :, :, i, j]
            times[inside] += 1
    votes /= times
    side = max(7, _PICTURE_PX // max(rows, columns))
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    angles = np.pi * (np.arange(n_orientations) + 0.5) / n_orientations
    across = np.cos(angles)[:, None, None] * x + np.sin(angles)[:, None, None] * y
    rays = np.exp(-(across**2)) * (np.hypot(x, y) < side / 2)
    drawn = np.einsum("nrco,oyx->nrycx", votes, rays)
    drawn = drawn.reshape(len(images), rows * side, columns * side)
    brightest = np.maximum(drawn.max(axis=(1, 2), keepdims=True), 1e-9)
    return list(np.round(255 * drawn / brightest).astype(np.uint8))


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


def _words_seen(extractor: BagOfVisualWords, images: Picture) -> list[FeaturePicture]:
    """Return the most used words as a sheet, and the images drawn from their nearest words."""
    vocabulary = extractor.vocabularies_[0]
    patches, words = vocabulary.descriptor, vocabulary.words
    if not isinstance(patches, Patches):
        return []
    vectors = patches(images)
    flat = vectors.reshape(-1, vectors.shape[-1])
    coded = vocabulary.whitening(flat) if vocabulary.whitening else flat
    nearest = np.argmin((words**2).sum(axis=1) - 2 * coded @ words.T, axis=1)
    used = np.argsort(-np.bincount(nearest, minlength=len(words)), kind="stable")
    shape = (patches.size, patches.size, images.shape[3])
    sheet = _sheet(words[used[: _SHEET[0] * _SHEET[1]]].reshape(-1, *shape))
    plain = words.astype(np.float64)
    if vocabulary.whitening:
        inverse = np.linalg.pinv(vocabulary.whitening.matrix.astype(np.float64))
        plain = plain @ inverse + vocabulary.whitening.mean
    drawn = _from_patches(plain[nearest].reshape(*vectors.shape[:3], *shape), patches, images)
    said = "Each patch replaced by its nearest visual word"
    if patches.contrast is not None:
        said += ": brightness and contrast are not kept"
    return [
        *(FeaturePicture(said, _stretched(picture)) for picture in drawn),
        FeaturePicture("The visual words these images use most, as the codebook has them", sheet),
    ]


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


def _sheet(words: npt.NDArray[np.float32]) -> Picture:
    """Return words side by side, each stretched over all levels about its own middle."""
    n_columns = min(_SHEET[1], len(words))
    n_rows = -(-len(words) // n_columns)
    size = words.shape[1]
    sheet = np.full((n_rows * (size + 1) - 1, n_columns * (size + 1) - 1, words.shape[3]), 128.0)
    for k, word in enumerate(words):
        top, left = (k // n_columns) * (size + 1), (k % n_columns) * (size + 1)
        largest = max(float(np.abs(word).max()), 1e-9)
        sheet[top : top + size, left : left + size] = 127.5 + 127.5 * word / largest
    return np.round(sheet).astype(np.uint8)


def _stretched(picture: Numbers) -> Picture:
    """Return a picture with its 1st to 99th percentile over all levels."""
    low, high = np.percentile(picture, [1, 99])
    scaled = (picture - low) / max(high - low, 1e-9)
    levels: Picture = np.round(255 * np.clip(scaled, 0, 1)).astype(np.uint8)
    return levels
