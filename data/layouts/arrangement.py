"""The path of an image in a folder tells its class and its part, training or test."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from data.dataset import PARTS
from data.errors import DataError
from data.names import plain_form

# Folders of these names hold parts, not classes, even if no part that is expected is beside them.
_PART_NAMES = {*PARTS, "val", "valid", "validation", "dev"}
_EXPECTED = "expected train/<class>/<image> and test/<class>/<image>, or <class>/<image>"


@dataclass(frozen=True)
class Arrangement:
    """The names of images in the order of the dataset, with the labels that their folders give.

    `outer` are the folders around the classes or parts.
    """

    class_names: tuple[str, ...]
    train: tuple[tuple[str, int], ...]
    test: tuple[tuple[str, int], ...]
    outer: tuple[str, ...] = ()
    divided: bool = False

    @property
    def images(self) -> tuple[tuple[str, int], ...]:
        """The names of all images with their labels, in the order of the dataset."""
        return self.train + self.test

    def class_folder(self, name: str) -> str | None:
        """Return the folder of a class, or in the place of one, that holds a file; or None."""
        parts = plain_form(name).split("/")
        depth = len(self.outer) + self.divided
        inside = len(parts) > depth + 1 and tuple(parts[: len(self.outer)]) == self.outer
        fits = inside and not (self.divided and parts[depth - 1] not in PARTS)
        return "/".join(parts[len(self.outer) : depth + 1]) if fits else None


def arrange(names: Collection[str], seed: int, where: str) -> Arrangement:
    """Return the order and the labels of images by their paths; errors call their folder `where`.

    Outer folders that hold all images are skipped, unless they are called `train` or `test`.
    Images are sorted by part, class and name, and names are taken in Unicode's form NFC, in
    whichever form they are written. Without `train` and `test`, a fifth of each class is for
    testing: the images whose SHA-256 of `seed:class/name` is smallest. So the same images are split
    in the same way on every machine and in every version, and few images change their part when one
    is added. Beside other classes, a folder `train` or `test` is a class.
    """
    if not names:
        raise DataError(f"{where}: no image in it; {_EXPECTED}")
    plain = {plain_form(name): name for name in names}
    if len(plain) < len(names):
        forms = [plain_form(name) for name in names]
        twice = next(form for form in forms if forms.count(form) > 1)
        raise DataError(f"{where}: {twice!r} is there more than once; remove all but one")
    paths = {plain[form]: form.split("/") for form in sorted(plain)}
    depth = _wrapping(list(paths.values()))
    outer = tuple(next(iter(paths.values()))[:depth])
    paths = {name: parts[depth:] for name, parts in paths.items()}
    divided = _is_divided(list(paths.values()), where)
    for name, parts in paths.items():
        if len(parts) != (3 if divided else 2):
            raise DataError(
                f"{where}: {name!r} is out of place; {_EXPECTED}; move it, or remove it"
            )
    members: dict[str, dict[str, list[str]]] = {part: defaultdict(list) for part in PARTS}
    if divided:
        for name, (part, class_name, _) in paths.items():
            members[part][class_name].append(name)
    else:
        classes = defaultdict(list)
        for name, (class_name, _) in paths.items():
            classes[class_name].append(name)
        for class_name, images in classes.items():
            if len(images) < 2:
                raise DataError(f"{where}: class {class_name!r} has one image, too few to split")
            ranked = sorted(images, key=lambda name: _rank(seed, paths[name]))
            n_test = max(1, (len(images) + 2) // 5)
            members["test"][class_name] = sorted(ranked[:n_test], key=paths.__getitem__)
            members["train"][class_name] = sorted(ranked[n_test:], key=paths.__getitem__)
    only = members["train"].keys() ^ members["test"].keys()
    if only:
        raise DataError(f"{where}: in train or in test alone: {_listed(only)}")
    class_names = tuple(sorted(members["train"]))
    if len(class_names) < 2:
        raise DataError(f"{where}: one class, {class_names[0]!r}; two or more are needed")
    train, test = (
        tuple(
            (name, label)
            for label, class_name in enumerate(class_names)
            for name in members[part][class_name]
        )
        for part in PARTS
    )
    return Arrangement(class_names, train, test, outer, divided)


def _is_divided(paths: list[list[str]], where: str) -> bool:
    """Return whether the outermost folders are a training part and a test part, and not classes."""
    tops = {parts[0] for parts in paths}
    if tops.isdisjoint(PARTS):
        return False
    flat = all(len(parts) == 2 for parts in paths)
    if flat and not tops <= _PART_NAMES:
        return False
    if flat and tops == set(PARTS):
        raise DataError(
            f"{where}: train and test hold images, but no folder for each class; {_EXPECTED}; if "
            "train and test are the classes, rename them"
        )
    if tops != set(PARTS):
        raise DataError(
            f"{where}: holds {_listed(tops)}, and train and test are taken for parts, not for "
            f"classes; {_EXPECTED}; leave no folder beside the two parts"
        )
    return True


def _wrapping(paths: list[list[str]]) -> int:
    """Return how many outer folders hold all images, above the classes or parts."""
    depth = 0
    while all(len(p) > depth + 2 and p[depth] == paths[0][depth] for p in paths):
        if paths[0][depth] in PARTS:
            break
        depth += 1
    return depth


def _rank(seed: int, parts: list[str]) -> str:
    key = f"{seed}:{'/'.join(parts)}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(key).hexdigest()


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(repr(name) for name in sorted(names)[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
