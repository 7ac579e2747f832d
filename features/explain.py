"""Pictures of one image or one codebook: HoG glyphs, colours, words, and where words fire.

Every picture is a uint8 array (height, width, 3). Extractors are given fitted. What the page of a
comparison shows is drawn by the extractors themselves, in their method `pictures`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data.parameters.rules import check, optional, whole
from features.bag_of_visual_words import BagOfVisualWords
from features.color_histogram import ColorHistogram
from features.hog import HOG
from features.pictures.drawing import PAPER, Drawing, beside, enlarged, in_color
from features.words.pictures import code_maps, codebook_sheet, fullest_words
from features.words.vocabulary import Vocabulary

_RULES = {"zoom": whole(1), "n_words": optional(whole(1)), "n_bars": whole(1)}


def hog_picture(image: npt.NDArray[np.uint8], hog: HOG, *, zoom: int = 8) -> Drawing:
    """Return an image, and beside it each cell's votes as strokes along the edges they stand for.

    Parameters
    ----------
    image : uint8 array (height, width, channels)
        One image of the shape that was fitted.
    hog : HOG
        Fitted.
    zoom : int, default 8
        Side of a pixel in the picture.

    Returns
    -------
    uint8 array (height · zoom, 2 · width · zoom + 2, 3)

    Examples
    --------
    >>> image = np.zeros((16, 16, 3), dtype=np.uint8)
    >>> hog_picture(image, HOG().fit(image[None]), zoom=4).shape
    (64, 130, 3)
    """
    _check(zoom=zoom)
    (glyphs,) = hog.glyphs(image[None], zoom=zoom)
    return beside([enlarged(in_color(image), zoom), glyphs])


def color_picture(
    image: npt.NDArray[np.uint8], histogram: ColorHistogram, *, zoom: int = 8, n_bars: int = 24
) -> Drawing:
    """Return an image, and beside it its fullest bins as bars in the mean colour of their pixels.

    Parameters
    ----------
    image : uint8 array (height, width, channels)
        One image of the shape that was fitted.
    histogram : ColorHistogram
        Of which the bins count here and not the grid.
    zoom : int, default 8
        Side of a pixel in the picture.
    n_bars : int, default 24
        Bins shown at most; the fullest is as high as the picture.

    Returns
    -------
    uint8 array (height · zoom, (width + n_bars) · zoom + 2, 3)

    Examples
    --------
    >>> image = np.zeros((4, 4, 3), dtype=np.uint8)
    >>> color_picture(image, ColorHistogram().fit(image[None]), zoom=4, n_bars=5).shape
    (16, 38, 3)
    """
    _check(zoom=zoom, n_bars=n_bars)
    bins = histogram.bin_of_pixels(image[None])[0].ravel()
    pixels = in_color(image).reshape(-1, 3)
    full, counts = np.unique(bins, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:n_bars]
    height = image.shape[0] * zoom
    chart = np.full((height, n_bars * zoom, 3), PAPER, dtype=np.uint8)
    for place, fullest in enumerate(order):
        top = height - round(height * counts[fullest] / counts[order[0]])
        color = pixels[bins == full[fullest]].mean(axis=0)
        chart[top:, place * zoom : (place + 1) * zoom] = color.round()
    return beside([enlarged(in_color(image), zoom), chart])


def codebook_picture(
    bag: BagOfVisualWords, *, size: int = 0, zoom: int = 4, n_words: int | None = None
) -> Drawing:
    """Return the words of a codebook side by side, row by row.

    A word of patches is shown as it is compared, in the whitened space, around a middle grey
    and stretched to full contrast; a word of HoG cells as strokes.

    Parameters
    ----------
    bag : BagOfVisualWords
        Fitted.
    size : int, default 0
        Which of its patch sizes, counted from 0.
    zoom : int, default 4
        Side of a patch's pixel in the picture.
    n_words : int or None, default None
        How many to show, from the first; None shows all.

    Returns
    -------
    uint8 array (height, width, 3)
        As many rows of words as columns, or one fewer.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> codebook_picture(BagOfVisualWords(n_words=4).fit(images)).shape
    (50, 50, 3)
    """
    bag._check_fitted()
    _check(zoom=zoom, n_words=n_words)
    return codebook_sheet(_of_size(bag, size), bag.image_shape_[2], zoom=zoom, n_words=n_words)


def word_maps(
    bag: BagOfVisualWords, image: npt.NDArray[np.uint8], *, size: int = 0
) -> npt.NDArray[np.float32]:
    """Return how much each code is there at each position of an image.

    Its mean over a cell of the grid is the feature, before ``power`` and ``norm`` (with ``mirror``,
    half of it); its mean over everything says how much the word appears in the image.

    Parameters
    ----------
    bag : BagOfVisualWords
        Fitted.
    image : uint8 array (height, width, channels)
        One image of the shape that was fitted.
    size : int, default 0
        Which of its patch sizes, counted from 0.

    Returns
    -------
    float32 array (n_codes, rows, columns)

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> word_maps(BagOfVisualWords(n_words=4).fit(images), images[0]).shape
    (4, 11, 11)
    """
    (checked,) = bag._checked_again([image])
    return code_maps(_of_size(bag, size), checked)


def words_picture(
    bag: BagOfVisualWords,
    image: npt.NDArray[np.uint8],
    *,
    size: int = 0,
    zoom: int = 4,
    n_words: int = 6,
) -> Drawing:
    """Return the words that appear most in an image: where each one fires, its tile, how much.

    The image itself comes first. Brightness goes from a word's smallest code in this image to
    its largest, and a code lights the whole square that was described. The bar beside a tile is
    as long as the word's mean code, that of the first word filling the width.

    Parameters
    ----------
    bag : BagOfVisualWords
        Fitted.
    image : uint8 array (height, width, channels)
        One image of the shape that was fitted.
    size : int, default 0
        Which of its patch sizes, counted from 0.
    zoom : int, default 4
        Side of a pixel in the picture.
    n_words : int, default 6
        How many words to show.

    Returns
    -------
    uint8 array (height, width, 3)

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> words_picture(BagOfVisualWords(n_words=4).fit(images), images[0], n_words=2).shape
    (90, 196, 3)
    """
    _check(zoom=zoom, n_words=n_words)
    (checked,) = bag._checked_again([image])
    return fullest_words(_of_size(bag, size), checked, zoom=zoom, n_words=n_words)


def _check(**given: int | None) -> None:
    check(given, {name: _RULES[name] for name in given})


def _of_size(bag: BagOfVisualWords, size: int) -> Vocabulary:
    """Return the words of one of the patch sizes of a bag."""
    check({"size": size}, {"size": whole(0, len(bag.vocabularies_) - 1)})
    return bag.vocabularies_[size]
