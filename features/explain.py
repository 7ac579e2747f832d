"""What the features see, as pictures: HoG glyphs, colours, the codebook, where words fire.

Every picture is a uint8 array (height, width, 3). Extractors are given fitted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.bag_of_visual_words import BagOfVisualWords, Vocabulary
from features.color_histogram import ColorHistogram
from features.words.dense_hog import DenseHOG
from features.hog import HOG
from features.words.patches import Patches

Picture = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.floating]

_PAPER, _INK = 255, 40
_LINE_WIDTH = 0.06
_MARGIN = 2


def hog_picture(image: npt.NDArray[np.uint8], hog: HOG, *, zoom: int = 8) -> Picture:
    """An image, and beside it each cell's votes as strokes along the edges they stand for.

    Parameters
    ----------
    image : uint8 array (height, width, channels)
    hog : HOG
    zoom : int
        Side of a pixel in the picture.

    Examples
    --------
    >>> image = np.zeros((16, 16, 3), dtype=np.uint8)
    >>> hog_picture(image, HOG().fit(image[None]), zoom=4).shape
    (64, 130, 3)
    """
    votes = hog.cell_histograms(image[None])[0]
    rows, columns = hog.pixels_per_cell
    glyphs = _glyphs(votes, (rows * zoom, columns * zoom))
    blank = np.zeros((image.shape[0] * zoom, image.shape[1] * zoom))
    blank[: glyphs.shape[0], : glyphs.shape[1]] = glyphs
    return _beside([_enlarged(_in_color(image), zoom), _shades(blank)])


def color_picture(
    image: npt.NDArray[np.uint8], histogram: ColorHistogram, *, zoom: int = 8, n_bars: int = 24
) -> Picture:
    """An image, and beside it its fullest bins as bars, in the mean colour of their pixels.

    Parameters
    ----------
    image : uint8 array (height, width, channels)
    histogram : ColorHistogram
        Of which the bins count here and not the grid.
    zoom : int
        Side of a pixel in the picture.
    n_bars : int
        Bins shown at most; the fullest is as high as the picture.

    Examples
    --------
    >>> image = np.zeros((4, 4, 3), dtype=np.uint8)
    >>> color_picture(image, ColorHistogram().fit(image[None]), zoom=4, n_bars=5).shape
    (16, 38, 3)
    """
    bins = histogram.bin_of_pixels(image[None])[0].ravel()
    pixels = _in_color(image).reshape(-1, 3)
    full, counts = np.unique(bins, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:n_bars]
    height = image.shape[0] * zoom
    chart = np.full((height, n_bars * zoom, 3), _PAPER, dtype=np.uint8)
    for place, fullest in enumerate(order):
        top = height - round(height * counts[fullest] / counts[order[0]])
        color = pixels[bins == full[fullest]].mean(axis=0)
        chart[top:, place * zoom : (place + 1) * zoom] = color.round()
    return _beside([_enlarged(_in_color(image), zoom), chart])


def codebook_picture(
    bag: BagOfVisualWords, *, size: int = 0, zoom: int = 4, n_words: int | None = None
) -> Picture:
    """The words of a codebook side by side, row by row.

    A word of patches is shown as it is compared, in the whitened space, around a middle grey
    and stretched to full contrast; a word of HoG cells as strokes.

    Parameters
    ----------
    bag : BagOfVisualWords
    size : int
        Which of its patch sizes, counted from 0.
    zoom : int
        Side of a patch's pixel in the picture.
    n_words : int, optional
        How many to show, from the first; all by default.
    """
    vocabulary = bag.vocabularies_[size]
    tiles = [
        _word_tile(vocabulary, word, bag.image_shape_[2], zoom)
        for word in vocabulary.words[:n_words]
    ]
    n_columns = int(np.ceil(np.sqrt(len(tiles))))
    side = tiles[0].shape[0] + _MARGIN
    n_rows = -(-len(tiles) // n_columns)
    sheet = np.full((n_rows * side, n_columns * side, 3), _PAPER, dtype=np.uint8)
    for place, tile in enumerate(tiles):
        top, left = (place // n_columns) * side, (place % n_columns) * side
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet[:-_MARGIN, :-_MARGIN]


def word_maps(
    bag: BagOfVisualWords, image: npt.NDArray[np.uint8], *, size: int = 0
) -> npt.NDArray[np.float32]:
    """How much each code is there at each position of an image, (n_codes, rows, columns).

    Its mean over a cell of the grid is the feature (with `mirror`, half of it); its mean over
    everything says how much the word appears in the image.
    """
    vocabulary = bag.vocabularies_[size]
    described = vocabulary.descriptor(image[None])[0]
    codes = vocabulary.encoder.codes(described.reshape(-1, described.shape[-1]))
    return codes.T.reshape(-1, *described.shape[:2])


def words_picture(
    bag: BagOfVisualWords,
    image: npt.NDArray[np.uint8],
    *,
    size: int = 0,
    zoom: int = 4,
    n_words: int = 6,
) -> Picture:
    """The words that appear most in an image: where each one fires, its tile, and how much.

    The image itself comes first. Brightness goes from a word's smallest code in this image to
    its largest, and a code lights the whole square that was described. The bar beside a tile is
    as long as the word's mean code, that of the first word filling the width.

    Parameters
    ----------
    bag : BagOfVisualWords
    image : uint8 array (height, width, channels)
    size : int
        Which of its patch sizes, counted from 0.
    zoom : int
        Side of a pixel in the picture.
    n_words : int
        How many words to show.
    """
    vocabulary = bag.vocabularies_[size]
    maps = word_maps(bag, image, size=size)
    means = maps.mean(axis=(1, 2))
    fullest = np.argsort(-means, kind="stable")[:n_words]
    color = _in_color(image)
    columns = [_enlarged(color, zoom)]
    for code in fullest:
        light = _over_pixels(maps[code], vocabulary, image.shape[:2])
        # A word that fires alike everywhere is alight everywhere.
        darkest = light.min() if np.ptp(light) > 0 else 0.0
        light = (light - darkest) / max(light.max() - darkest, 1e-12)
        lit = (color * (0.25 + 0.75 * light[..., None])).astype(np.uint8)
        word = vocabulary.words[code % vocabulary.encoder.n_words]
        tile = _word_tile(vocabulary, word, image.shape[2], zoom)
        sign = -1 if code >= vocabulary.encoder.n_words else 1
        share = float(means[code] / max(means[fullest[0]], 1e-12))
        bar = _bar(share, (tile.shape[0], lit.shape[1] * zoom - tile.shape[1] - _MARGIN))
        shown = _beside([tile if sign > 0 else 255 - tile, bar])
        columns.append(_below([_enlarged(lit, zoom), shown]))
    return _beside(columns)


def _over_pixels(
    fired: npt.NDArray[np.float32], vocabulary: Vocabulary, shape: tuple[int, ...]
) -> Grey:
    """A map of positions spread over the pixels that each position describes."""
    light = np.zeros(shape)
    side, step = vocabulary.descriptor.size, vocabulary.descriptor.stride
    for (row, column), value in np.ndenumerate(fired):
        top, left = row * step, column * step
        square = light[top : top + side, left : left + side]
        np.maximum(square, value, out=square)
    return light


def _word_tile(
    vocabulary: Vocabulary, word: npt.NDArray[np.float32], n_channels: int, zoom: int
) -> Picture:
    side = vocabulary.descriptor.size
    if isinstance(vocabulary.descriptor, Patches):
        square = word.reshape(side, side, n_channels)
        reach = np.abs(square).max() or 1.0
        return _enlarged(_in_color((127.5 + 127.5 * square / reach).astype(np.uint8)), zoom)
    if isinstance(vocabulary.descriptor, DenseHOG):
        votes = np.maximum(word, 0).reshape(2, 2, -1)
        return _shades(_glyphs(votes, (side // 2 * zoom, side // 2 * zoom)))
    raise ValueError(f"words of {type(vocabulary.descriptor).__name__} have no picture")


def _bar(share: float, shape: tuple[int, int]) -> Picture:
    """A bar over a share of a width, if there is any, half as high as its place."""
    height, width = shape[0], max(shape[1], 0)
    ink = np.zeros((height, width))
    ink[height // 4 : -(height // 4) or None, : round(share * width)] = 1
    return _shades(ink)


def _glyphs(votes: npt.NDArray[np.floating], cell: tuple[int, int]) -> Grey:
    """Strokes for votes (rows, columns, orientations), cells of `cell` pixels, in 0 … 1."""
    rows, columns, n_orientations = votes.shape
    down = (np.arange(cell[0]) + 0.5) / cell[0] - 0.5
    right = (np.arange(cell[1]) + 0.5) / cell[1] - 0.5
    angles = np.pi * (np.arange(n_orientations) + 0.5) / n_orientations
    # An edge runs across its gradient: the stroke's points have no component along it.
    along = np.sin(angles)[:, None, None] * down[:, None] + np.cos(angles)[:, None, None] * right
    inside = np.hypot(down[:, None], right) < 0.48
    strokes = np.clip(1.5 - np.abs(along) / _LINE_WIDTH, 0, 1) * inside
    strength = votes / max(float(votes.max()), 1e-12)
    # The strongest stroke covers weaker ones: a sum would burn out where they meet.
    picture = np.zeros((rows, cell[0], columns, cell[1]))
    for orientation, stroke in enumerate(strokes):
        drawn = strength[:, None, :, None, orientation] * stroke[None, :, None, :]
        np.maximum(picture, drawn, out=picture)
    return picture.reshape(rows * cell[0], columns * cell[1])


def _shades(grey: Grey) -> Picture:
    """0 … 1 from paper to ink."""
    shade = _PAPER - (_PAPER - _INK) * grey
    return np.repeat(shade.round().astype(np.uint8)[..., None], 3, axis=2)


def _in_color(image: npt.NDArray[np.uint8]) -> Picture:
    return image if image.shape[2] == 3 else image.repeat(3, axis=2)


def _enlarged(picture: Picture, zoom: int) -> Picture:
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _beside(pictures: list[Picture]) -> Picture:
    """Side by side, on paper as high as the highest."""
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] + _MARGIN for picture in pictures) - _MARGIN
    out = np.full((height, width, 3), _PAPER, dtype=np.uint8)
    left = 0
    for picture in pictures:
        out[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + _MARGIN
    return out


def _below(pictures: list[Picture]) -> Picture:
    turned = [picture.transpose(1, 0, 2) for picture in pictures]
    return np.ascontiguousarray(_beside(turned).transpose(1, 0, 2))
