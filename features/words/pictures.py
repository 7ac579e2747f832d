"""Pictures of a vocabulary: its words, where they fire in an image, an image drawn from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.pictures.drawing import (
    MARGIN,
    Drawing,
    Grey,
    bar,
    below,
    beside,
    enlarged,
    in_color,
    sheet,
    stretched,
)
from features.words.distances import LaidOut
from features.words.vocabulary import Vocabulary

Numbers = npt.NDArray[np.float64]

_POSITIONS_AT_ONCE = 4096


def codebook_sheet(
    vocabulary: Vocabulary, n_channels: int, *, zoom: int, n_words: int | None = None
) -> Drawing:
    """Return the words side by side, row by row; the first `n_words` of them, if that is given."""
    words = vocabulary.words[:n_words]
    return sheet([vocabulary.descriptor.tile(word, n_channels, zoom) for word in words])


def code_maps(vocabulary: Vocabulary, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return each code at each position of an image, (n_codes, rows, columns)."""
    described = vocabulary.descriptor(image[None])[0]
    codes = vocabulary.encoder.codes(described.reshape(-1, described.shape[-1]))
    return codes.T.reshape(-1, *described.shape[:2])


def fullest_words(
    vocabulary: Vocabulary, image: npt.NDArray[np.uint8], *, zoom: int, n_words: int = 6
) -> Drawing:
    """Return the words that appear most in an image: where, how they look, and how much."""
    described, encoder = vocabulary.descriptor(image[None])[0], vocabulary.encoder
    vectors = described.reshape(-1, described.shape[-1])
    means = encoder.sums(vectors, [(0, len(vectors))])[0] / len(vectors)
    fullest = np.argsort(-means, kind="stable")[:n_words]
    # The codes of all positions would take gigabytes.
    parts = range(0, len(vectors), _POSITIONS_AT_ONCE)
    fired = [encoder.codes(vectors[i : i + _POSITIONS_AT_ONCE])[:, fullest] for i in parts]
    maps = np.concatenate(fired).T.reshape(-1, *described.shape[:2])
    color = in_color(image)
    columns = [enlarged(color, zoom)]
    for code, map_of_code in zip(fullest, maps, strict=True):
        light = _over_pixels(map_of_code, vocabulary, image.shape[:2])
        # A code that is the same everywhere lights the whole image.
        darkest = light.min() if np.ptp(light) > 0 else 0.0
        light = (light - darkest) / max(light.max() - darkest, 1e-12)
        lit = (color * (0.25 + 0.75 * light[..., None])).astype(np.uint8)
        word, sign = encoder.word_of(int(code))
        tile = vocabulary.descriptor.tile(vocabulary.words[word], image.shape[2], zoom)
        share = float(means[code] / max(means[fullest[0]], 1e-12))
        amount = bar(share, (tile.shape[0], lit.shape[1] * zoom - tile.shape[1] - MARGIN))
        shown = beside([255 - tile if sign == "-" else tile, amount])
        columns.append(below([enlarged(lit, zoom), shown]))
    return beside(columns)


def drawn_from_words(vocabulary: Vocabulary, images: npt.NDArray[Any]) -> list[Drawing]:
    """Return each image with every descriptor replaced by its nearest word.

    The list is empty where descriptors show no pixels.
    """
    descriptor, words, n_channels = vocabulary.descriptor, vocabulary.words, images.shape[3]
    whitening = vocabulary.whitening
    plain = whitening.undone(words) if whitening else words.astype(np.float64)
    squares = descriptor.squares(plain, n_channels)
    if squares is None:
        return []
    laid_out, placed = LaidOut(words, whitening), []
    for image in images:  # one at a time: each has many times as many descriptors as pixels
        vectors = descriptor(image[None])[0]
        nearest, _ = laid_out.nearest(vectors.reshape(-1, vectors.shape[-1]))
        placed.append(nearest.reshape(vectors.shape[:2]))
    drawn = _from_squares(np.stack(placed), squares, descriptor.stride, images.shape)
    return [stretched(each) for each in drawn]


def _from_squares(
    placed: npt.NDArray[np.int64], squares: Numbers, stride: int, shape: tuple[int, ...]
) -> Numbers:
    """Return images of a shape as the mean of the squares that are placed over each pixel."""
    sums, times = np.zeros(shape), np.zeros((*shape[1:3], 1))
    size = squares.shape[1]
    for i in range(placed.shape[1]):
        for j in range(placed.shape[2]):
            inside = np.s_[i * stride : i * stride + size, j * stride : j * stride + size]
            sums[:, *inside] += squares[placed[:, i, j]]
            times[inside] += 1
    middle = sums.sum() / max(times.sum() * shape[0] * shape[3], 1)
    return np.where(times > 0, sums / np.maximum(times, 1), middle)


def _over_pixels(
    fired: npt.NDArray[np.float32], vocabulary: Vocabulary, shape: tuple[int, ...]
) -> Grey:
    """Return a map of positions, spread over the pixels that each position describes."""
    light = np.zeros(shape)
    side, step = vocabulary.descriptor.size, vocabulary.descriptor.stride
    for (row, column), value in np.ndenumerate(fired):
        top, left = row * step, column * step
        square = light[top : top + side, left : left + side]
        np.maximum(square, value, out=square)
    return light
