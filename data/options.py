"""What a caller of `load_dataset` can choose reaches every loader in one object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from data.errors import DataError
from data.pixels.resizing import Fit
from data.telling.tally import Tally

Labels = Literal["fine", "coarse"]

ClassFrom = Literal["first", "last"] | int
"""Which folder of a path is the class: the first, the last, or the n-th, counted from 1."""

_DEEPEST = 64


@dataclass(frozen=True)
class LoadOptions:
    """What a caller chooses, besides the source.

    Parameters
    ----------
    seed : int, default 0
        Splits images that have no test part of their own.
    image_size : (height, width), optional
        The size in pixels that all images get. A loader may leave images at their size if they all
        have the same one; they are resized afterwards.
    labels : {"fine", "coarse"}, default "fine"
        Which labels are meant, where there are two kinds.
    class_from : {"first", "last"} or int, optional
        Which folder of an image's path is its class, below the folder of its part; None leaves it
        to the layout.
    skip_unreadable : bool, default False
        Whether images that cannot be read are left out; else they are an error.
    tally : Tally, optional
        Hears what is found on the way.
    fit : {"stretch", "crop", "pad"}, default "stretch"
        How images of other proportions get that size.
    cache : bool, default True
        Whether images may be kept in, and taken from, the cache.
    n_train, n_test : int, optional
        How many images to generate, where the source is generated.
    """

    seed: int = 0
    image_size: tuple[int, int] | None = None
    labels: Labels = "fine"
    class_from: ClassFrom | None = None
    skip_unreadable: bool = False
    tally: Tally | None = None
    fit: Fit = "stretch"
    cache: bool = True
    n_train: int | None = None
    n_test: int | None = None

    def check_labels(self, source: str | Path, known: tuple[Labels, ...]) -> None:
        """Raise unless the labels are of a kind that the source has."""
        if self.labels not in known:
            raise DataError(f'{source}: labels="{self.labels}" is for CIFAR-100 alone')

    def check_levels(self, source: str | Path, what: str, has_levels: bool) -> None:
        """Raise if a folder is chosen as the class, but no folders are the classes."""
        if self.class_from is not None and not has_levels:
            raise DataError(
                f"{source}: class_from={self.class_from!r} is for folders of images, and this is "
                f"{what}; leave it out"
            )

    def check_sizes(self, source: str | Path, is_generated: bool) -> None:
        """Raise if a number of images is asked for, but they are not generated."""
        for name in ("n_train", "n_test"):
            if (n := getattr(self, name)) is not None and not is_generated:
                raise DataError(
                    f'{source}: {name}={n} is for "builtin", which is generated; leave it out'
                )


def checked_class_from(given: object) -> ClassFrom | None:
    """Return what a user gave as `class_from`, a number also as text; None stays None.

    Examples
    --------
    >>> checked_class_from("2"), checked_class_from("last")
    (2, 'last')
    """
    if given is None or given == "first" or given == "last":
        return given
    number = int(given) if isinstance(given, str) and given.isdecimal() else given
    if type(number) is int and 1 <= number <= _DEEPEST:
        return number
    raise DataError(
        f'class_from must be "first", "last" or the number of a folder, 1 … {_DEEPEST}, '
        f"got {given!r}"
    )
