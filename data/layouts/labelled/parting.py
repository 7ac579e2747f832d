"""Labelled images get their order and their parts in one way, whatever their labels come from."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from data.errors import DataError
from data.names import listed
from data.parts import Part

_IN_ORDER: tuple[Part, ...] = ("train", "validation", "test")


class Labelled(NamedTuple):
    """An image of a source with its class.

    `name` is the file's name in the source. `key` is the name that the image keeps: images are
    sorted and split by it, so it does not depend on what the files came in. `part` is None where
    the source does not tell.
    """

    name: str
    key: str
    class_name: str
    part: Part | None = None


def without_lone_part(images: list[Labelled]) -> list[Labelled]:
    """Return the images without a part if all are of one part, as in a train.csv by itself.

    Examples
    --------
    >>> without_lone_part([Labelled("1.png", "1.png", "cat", "train")])[0].part is None
    True
    """
    if len({each.part for each in images}) == 1:
        return [each._replace(part=None) for each in images]
    return images


@dataclass(frozen=True)
class Parted:
    """The names of images in the order of the dataset, with their labels.

    `keys` maps the name of a file to the name that its image keeps. `said` are sentences that a
    user should read.
    """

    class_names: tuple[str, ...]
    train: tuple[tuple[str, int], ...]
    test: tuple[tuple[str, int], ...]
    validation: tuple[tuple[str, int], ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[tuple[str, int], ...]:
        """The names of all images with their labels: training, validation, test."""
        return self.train + self.validation + self.test


def parted(
    images: Iterable[Labelled],
    seed: int,
    where: str,
    *,
    class_names: Sequence[str] | None = None,
    by_class: bool = True,
    complete: bool = True,
) -> Parted:
    """Return the order and the parts of labelled images; errors call their source `where`.

    Without parts, a fifth of each class is for testing: the images whose SHA-256 of
    `seed:class/name` is smallest. So the same images are split in the same way on every machine and
    in every version, and few images change their part when one is added. Without a test part, the
    validation part is the test part.

    Parameters
    ----------
    images : iterable of Labelled
        In the order in which they are kept, if `by_class` is False.
    seed : int
        Of the split.
    where : str
        How errors begin.
    class_names : sequence of str, optional
        All classes in label order. Default: those of the images, sorted.
    by_class : bool, default True
        Whether images are sorted by their class and key.
    complete : bool, default True
        Whether each class must have test images.
    """
    given = sorted(images, key=lambda each: each.key) if by_class else [*images]
    names = tuple(class_names or sorted({each.class_name for each in given}))
    if len(names) < 2:
        raise DataError(f"{where}: one class, {names[0]!r}; two or more are needed")
    parts: dict[Part, list[Labelled]] = defaultdict(list)
    said = []
    if any(each.part for each in given):
        for each in given:
            if each.part is None:
                raise DataError(f"{where}: {each.key!r} is in no part, and others are; give it one")
            parts[each.part].append(each)
        if not parts["train"] or not (parts["test"] or parts["validation"]):
            there = " and ".join(part for part in _IN_ORDER if parts[part])
            raise DataError(
                f"{where}: holds images for {there} alone; a training part and a test or "
                "validation part are needed"
            )
        if not parts["test"]:
            parts["test"] = parts.pop("validation")
            said.append(
                "there is no test part, so the validation part is the test part, and the part to "
                "choose by is taken from the training images"
            )
        missing = _check_classes(parts, where, complete)
        if missing:
            said.append(f"without a test image: {listed(missing)}")
    else:
        for_testing = _split(given, seed, where)
        for each in given:
            parts["test" if each.name in for_testing else "train"].append(each)
    labels = {name: label for label, name in enumerate(names)}
    found = {
        part: tuple((each.name, labels[each.class_name]) for each in parts[part])
        for part in _IN_ORDER
    }
    if by_class:
        found = {part: tuple(sorted(of, key=_label)) for part, of in found.items()}
    return Parted(
        names,
        found["train"],
        found["test"],
        found["validation"],
        {each.name: each.key for each in given},
        tuple(said),
    )


def _label(image: tuple[str, int]) -> int:
    return image[1]


def _split(images: Sequence[Labelled], seed: int, where: str) -> set[str]:
    """Return the names of the images for testing, a fifth of each class."""
    classes: dict[str, list[Labelled]] = defaultdict(list)
    for each in images:
        classes[each.class_name].append(each)
    test: set[str] = set()
    for class_name, members in sorted(classes.items()):
        if len(members) < 2:
            raise DataError(f"{where}: class {class_name!r} has one image, too few to split")
        ranked = sorted(members, key=lambda each: _rank(seed, each))
        test |= {each.name for each in ranked[: max(1, (len(members) + 2) // 5)]}
    return test


def _rank(seed: int, image: Labelled) -> str:
    inside = image.key.startswith(f"{image.class_name}/")
    path = image.key if inside else f"{image.class_name}/{image.key}"
    return hashlib.sha256(f"{seed}:{path}".encode("utf-8", "surrogateescape")).hexdigest()


def _check_classes(
    parts: Mapping[Part, list[Labelled]], where: str, complete: bool
) -> Collection[str]:
    """Return the classes without a test image; raise if a class lacks training images."""
    train, validation, test = (
        {each.class_name for each in parts.get(part, ())} for part in _IN_ORDER
    )
    if complete and train != test:
        raise DataError(f"{where}: in train or in test alone: {listed(train ^ test)}")
    for part, of in (("test", test), ("validation", validation)):
        if only := of - train:
            raise DataError(f"{where}: in {part}, but not in train: {listed(only)}")
    return train - test
