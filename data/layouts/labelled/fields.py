"""Images whose labels are known become a dataset in one way, wherever the labels come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.errors import DataError
from data.keeping.row_sets import taken
from data.layouts.labelled.decoding import Members, decoded
from data.layouts.labelled.parting import Labelled, Parted, parted
from data.layouts.omissions import guessed_names, left_out
from data.names import listed
from data.options import LoadOptions
from data.telling.omission import MOST_NAMED
from data.telling.said import say

Fields = dict[str, Any]

_LOOKED_AT, _DARK = 1000, 16


def labelled_fields(
    source: Source,
    images: Sequence[Labelled],
    options: LoadOptions,
    *,
    members: Members | None = None,
    class_names: Sequence[str] | None = None,
    by_class: bool = True,
    complete: bool = False,
    tables: Collection[str] = (),
    unlabelled: str = "images without a label",
    said: Sequence[str] = (),
) -> Fields:
    """Return what a `Dataset` takes, by name, for images with labels; say what is left out.

    Parameters
    ----------
    source : Source
        The files.
    images : sequence of Labelled
        The images with their labels.
    options : LoadOptions
        What the caller has chosen.
    members : callable () -> iterator of Member, optional
        Yields the files; default: those of the source.
    class_names : sequence of str, optional
        All classes in label order. Default: those of the images, sorted.
    by_class : bool, default True
        Whether images are sorted by class and key; else they stay in order.
    complete : bool, default False
        Whether each class must have test images.
    tables : collection of str
        The files that the labels are from.
    unlabelled : str
        What images that are not among these are called.
    said : sequence of str
        Sentences that the user should read, too.
    """
    _check_names(source.path, images)

    def part(without: Collection[str]) -> Parted:
        if isinstance(without, Mapping):
            _check_classes(source.path, images, without)
        try:
            return parted(
                [each for each in images if each.name not in without],
                options.seed,
                str(source.path),
                class_names=class_names,
                by_class=by_class,
                complete=complete,
            )
        except DataError as error:
            if not isinstance(without, Mapping):
                raise
            why = without[min(without)]
            raise DataError(
                f"{error}, without the {len(without):,} images that cannot be read; the first: "
                f"{why}"
            ) from error

    found, fields, unreadable = read_parted(source.path, members or source.members, part, options)
    used = {each.name for each in images} | {*tables}
    passed = left_out(source.names, used, source.passed_over, unreadable, unlabelled)
    omitted = [f"passed over: {each}" for each in passed]
    dark = _said_of_dark(fields["images_train"])
    for text in (*said, *found.said, *omitted, *guessed_names(source.passed_over), *dark):
        say(f"{source.path}: {text}")
    return fields | {"name": source.plain_name, "passed_over": passed}


def _said_of_dark(images: NDArray[np.uint8]) -> list[str]:
    """Return a sentence if images are so dark that their files must mean another white."""
    top = int(images[:_LOOKED_AT].max(initial=0))
    if not 0 < top <= _DARK:
        return []
    return [
        f"images are nearly black, {top} of 255 at the most, as where values of 12 bits lie in "
        "files of 16; save them with white at the largest value that the files can hold"
    ]


def _check_names(path: Path, images: Sequence[Labelled]) -> None:
    """Raise if an image has two labels or parts, or one of them twice."""
    counts = Counter(each.name for each in images)
    twice = [name for name, n in counts.items() if n > 1]
    if twice:
        raise DataError(
            f"{path}: {listed(twice)} have more than one line with a label or a part; leave one "
            "line for each image"
        )


def _check_classes(path: Path, images: Sequence[Labelled], unreadable: Mapping[str, str]) -> None:
    """Raise if no image of a class can be read."""
    left = {each.class_name for each in images if each.name not in unreadable}
    gone = sorted(
        (each for each in images if each.class_name not in left), key=lambda each: each.key
    )
    if gone:
        lost = gone[0].class_name
        n = sum(each.class_name == lost for each in gone)
        raise DataError(
            f"{path}: none of the {n:,} images of class {lost!r} can be read; the first: "
            f"{unreadable[gone[0].name]}"
        )


def read_parted(
    path: Path,
    members: Members,
    part: Callable[[Collection[str]], Parted],
    options: LoadOptions,
) -> tuple[Parted, Fields, dict[str, str]]:
    """Return the parts, the images in them as a `Dataset` takes them, and what cannot be read.

    Parameters
    ----------
    path : Path
        What errors call the source.
    members : callable () -> iterator of Member
        Yields the files.
    part : callable (collection of str) -> Parted
        Returns the parts without some images. Of those that cannot be read it is given the reasons,
        by name, and it raises if no image of a class is left.
    options : LoadOptions
        What the caller has chosen.
    """
    found = part(())
    rows = {image: row for row, (image, _) in enumerate(found.images)}
    images, unreadable = decoded(path, members, rows, options)
    if unreadable:
        if not options.skip_unreadable:
            raise DataError(_unreadable(path, unreadable, len(rows)))
        found = part(unreadable)
        images = taken(images, np.array([rows[image] for image, _ in found.images]))
    labels = np.array([label for _, label in found.images])
    names = [found.keys.get(image, image) for image, _ in found.images]
    n, m = len(found.train), len(found.train) + len(found.validation)
    cuts = {"train": slice(0, n), "validation": slice(n, m), "test": slice(m, None)}
    if m == n:
        del cuts["validation"]
    fields: Fields = {"class_names": found.class_names}
    for each, cut in cuts.items():
        fields[f"images_{each}"], fields[f"labels_{each}"] = images[cut], labels[cut]
        fields[f"names_{each}"] = names[cut]
    return found, fields, unreadable


def _unreadable(path: Path, unreadable: Mapping[str, str], n_images: int) -> str:
    """Return the error that lists images that cannot be read."""
    shown = [unreadable[name] for name in sorted(unreadable)[:MOST_NAMED]]
    more = len(unreadable) - len(shown)
    lines = [*shown, *([f"… and {more:,} more"] if more else [])]
    return (
        f"{path}: {len(unreadable):,} of {n_images:,} images cannot be read:\n  "
        + "\n  ".join(lines)
        + "\nReplace or remove them, or leave them out: skip_unreadable=True (--skip-unreadable)"
    )
