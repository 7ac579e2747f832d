"""What becomes of a source, so that nobody has to guess what a comparison will see."""

from __future__ import annotations

import html
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.dataset import Dataset
from data.description.croissant import croissant
from data.errors import DataError, DataWarning, UnequalSizesError
from data.loading import load_and_tell
from data.options import ClassFrom, Labels
from data.pixels.images import Size
from data.pixels.resizing import Fit
from data.telling.tally import Tally

_TRIED_SIZE = 32
_MOST_KINDS = 10
_UNEVEN = 1.5


@dataclass(frozen=True)
class Inspection:
    """What a source is read as.

    Parameters
    ----------
    dataset : Dataset
        The images. If they are of several sizes and none was asked for, they are 32×32 pixels here.
    layout : str
        How the files are laid out; empty for a dataset that has a name.
    kinds : dict of str to int
        How many image files there are of each kind, as `"RGB 32×48"`; the most frequent first.
        Empty where the source holds arrays.
    size_needed : bool
        Whether `image_size` must be set, because the images are of several sizes.
    said : tuple of str
        What loading them warns of.
    source : str, default ""
        What they were loaded from.

    Examples
    --------
    >>> from data import inspect_source
    >>> print(inspect_source("builtin").to_dict()["duplicates"]["n_test_in_train"])
    0
    """

    dataset: Dataset
    layout: str
    kinds: dict[str, int]
    size_needed: bool
    said: tuple[str, ...]
    source: str = ""

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many images each part has of each class."""
        dataset, found = self.dataset, {}
        for part in dataset.parts:
            n = np.bincount(getattr(dataset, f"labels_{part}"), minlength=dataset.n_classes)
            found[part] = dict(zip(dataset.class_names, n.tolist(), strict=True))
        return found

    @property
    def imbalance(self) -> float:
        """How many times as many training images the largest class has as the smallest; 1: even."""
        n = [*self.counts["train"].values()]
        return max(n) / min(n) if min(n) else float("inf")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON takes it.

        Returns
        -------
        dict
            `name`, `sha256`, `layout`, `image_shape`, `parts` (images by part and class), `kinds`,
            `size_needed`, `imbalance` (None where a class has no training image), `duplicates`,
            `passed_over`, `said`.
        """
        uneven = self.imbalance
        return {
            "name": self.dataset.name,
            "sha256": self.dataset.sha256,
            "layout": self.layout,
            "image_shape": list(self.dataset.image_shape),
            "parts": self.counts,
            "kinds": self.kinds,
            "size_needed": self.size_needed,
            "imbalance": None if np.isinf(uneven) else round(uneven, 3),
            "duplicates": asdict(self.dataset.duplicates),
            "passed_over": [asdict(each) for each in self.dataset.passed_over],
            "said": list(self.said),
        }

    def to_croissant(self) -> dict[str, Any]:
        """Return a Croissant description of the images as JSON-LD takes it.

        Returns
        -------
        dict
            The name, classes, counts and hash of the images, their published files, or the file
            that they came in, and a record set of the image files in a folder or an archive.

        Raises
        ------
        DataError
            If the images are of several sizes: which they will be decides their hash.

        References
        ----------
        MLCommons, Croissant format specification, version 1.0 (2024).
        """
        if self.size_needed:
            raise DataError(
                f"{self.source}: its images are of several sizes: say with --image-size "
                "(image_size in Python) what they are to be, as a comparison of them does"
            )
        return croissant(self.dataset, self.source)

    def __str__(self) -> str:
        """Return it in lines of text."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        dataset, twice = self.dataset, self.dataset.duplicates
        height, width, channels = dataset.image_shape
        colours = "RGB" if channels == 3 else "grey"
        yield f"{dataset.name}: {self.layout or 'a dataset with a name'}"
        if self.size_needed:
            yield (
                "images of several sizes: set --image-size (image_size in Python); shown are "
                f"{height}×{width}, {colours}"
            )
        else:
            yield f"images of {height}×{width} pixels, {colours}"
        counts = self.counts
        yield ", ".join(f"{part}: {sum(n.values()):,}" for part, n in counts.items())
        for name in dataset.class_names:
            yield f"  {name}: {' / '.join(f'{n[name]:,}' for n in counts.values())}"
        if self.imbalance >= _UNEVEN:
            times = f"{self.imbalance:.3g} times as many training images as the smallest"
            yield f"uneven: the largest class has {times}"
        shown = [f"{n:,} {kind}" for kind, n in [*self.kinds.items()][:_MOST_KINDS]]
        more = len(self.kinds) - len(shown)
        if shown:
            yield f"files: {', '.join(shown)}{f' and {more:,} other kinds' if more else ''}"
        repeated = {
            "in the training part": twice.n_train,
            "in the validation part": twice.n_validation,
            "in the test part": twice.n_test,
        }
        shared = {
            "validation images also in training": twice.n_validation_in_train,
            "test images also in validation": twice.n_test_in_validation,
            "test images also in training": twice.n_test_in_train,
        }
        found = [f"{n:,} {where}" for where, n in repeated.items() if n]
        if found:
            yield f"images that repeat an earlier one in every pixel: {', '.join(found)}"
        yield from (f"{n:,} {what}, alike in every pixel" for what, n in shared.items() if n)
        if twice.n_other_class:
            yield f"  {twice.n_other_class:,} of these have another label there"
        yield from (f"passed over: {each}" for each in dataset.passed_over)
        # What was passed over is said above.
        yield from (each for each in self.said if "passed over: " not in each)
        yield f"sha256: {dataset.sha256}"

    def _repr_html_(self) -> str:
        """Return it as HTML for a notebook, with some images of each class."""
        lines = "".join(f"<div>{html.escape(line)}</div>" for line in self._lines())
        return f"{lines}{self.dataset._repr_html_()}"


def inspect_source(
    source: str | Path = "builtin",
    *,
    seed: int = 0,
    image_size: Size = None,
    labels: Labels = "fine",
    class_from: ClassFrom | None = None,
    fit: Fit = "stretch",
    n_train: int | None = None,
    n_test: int | None = None,
) -> Inspection:
    """Return what a source is read as: its layout, parts, classes, sizes, and what is left out.

    Images that cannot be read are left out and listed here; `load_dataset` does so only with
    `skip_unreadable=True`.

    Parameters
    ----------
    source : str or Path, default "builtin"
        What `load_dataset` takes.
    seed : int, default 0
        As `load_dataset` takes it.
    image_size : int or (height, width), optional
        As `load_dataset` takes it.
    labels : {"fine", "coarse"}, default "fine"
        As `load_dataset` takes it.
    class_from : {"first", "last"} or int, optional
        As `load_dataset` takes it.
    fit : {"stretch", "crop", "pad"}, default "stretch"
        As `load_dataset` takes it.
    n_train, n_test : int, optional
        As `load_dataset` takes them.

    Returns
    -------
    Inspection
        Its `str` is a text of some lines, `to_dict()` the same as data.

    Raises
    ------
    DataError
        If the source cannot be read; only images of several sizes are no error here.

    Examples
    --------
    >>> from data import inspect_source
    >>> found = inspect_source("builtin")
    >>> found.counts["test"]["zebra"], found.imbalance
    (100, 1.0)
    """
    tally = Tally()
    options: dict[str, Any] = {
        "seed": seed,
        "labels": labels,
        "class_from": class_from,
        "skip_unreadable": True,
        "fit": fit,
        "n_train": n_train,
        "n_test": n_test,
    }
    size_needed = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        try:
            dataset = load_and_tell(source, tally, image_size=image_size, **options)
        except UnequalSizesError:
            size_needed, tally = True, Tally()
            caught.clear()
            dataset = load_and_tell(source, tally, image_size=_TRIED_SIZE, **options)
    said = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, DataWarning))
    kinds: Counter[str] = Counter()
    for (mode, height, width), n in tally.kinds.items():
        kinds[f"{mode} {height}×{width}"] += n
    return Inspection(
        dataset, tally.layout, dict(kinds.most_common()), size_needed, tuple(said), str(source)
    )
