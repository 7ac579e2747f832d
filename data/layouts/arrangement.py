"""The path of an image in a folder tells its class and its part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.errors import DataError
from data.layouts.labelled.parting import Labelled, Parted, parted
from data.names import listed, plain_form
from data.options import ClassFrom
from data.parts import PARTS, Part, part_of, part_of_folder

_EXPECTED = (
    "expected train/<class>/<image> and test/<class>/<image>, or <class>/<image>, or a labels.csv "
    "with the columns path and label"
)

Paths = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Arrangement(Parted):
    """The names of images in the order of the dataset, with the labels that their folders give.

    `outer` are the folders around the classes or parts. `unlabelled` are the images of a part
    without folders of classes.
    """

    outer: tuple[str, ...] = ()
    divided: bool = False
    class_from: ClassFrom = "first"
    unlabelled: tuple[str, ...] = ()

    def class_folder(self, name: str) -> str | None:
        """Return the folder of a class, or in the place of one, that holds a file; or None."""
        parts = plain_form(name).split("/")
        n = len(self.outer)
        depth = n + self.divided
        level = 1 if self.class_from == "first" else self.class_from
        if isinstance(level, int):
            stop = depth + level
            inside = len(parts) > stop
        else:
            stop, inside = len(parts) - 1, len(parts) > depth + 1
        inside = inside and tuple(parts[:n]) == self.outer
        if not inside or (self.divided and part_of_folder(parts[depth - 1]) is None):
            return None
        return "/".join(parts[n:stop])

    def class_folders(self, names: Iterable[str]) -> set[str | None]:
        """Return what `class_folder` returns for any of these files."""
        folders = {name.rpartition("/")[:2] for name in names}
        return {self.class_folder(f"{folder}{slash}x") for folder, slash in folders}


def arrange(
    names: Collection[str], seed: int, where: str, class_from: ClassFrom | None = None
) -> Arrangement:
    """Return the order and the labels of images by their paths; errors call their folder `where`.

    Outer folders that hold all images are skipped, unless they have the name of a part. Images are
    sorted by part, class and name, and names are taken in Unicode's form NFC, in whichever form
    they are written. The class is the first folder below that of the part, unless `class_from` says
    another one; folders inside it belong to it. Beside other classes, a folder called `train` or
    `test` is a class.
    """
    if not names:
        raise DataError(f"{where}: no image in it; {_EXPECTED}")
    plain = {plain_form(name): name for name in names}
    if len(plain) < len(names):
        counts = Counter(map(plain_form, names))
        twice = next(form for form, n in counts.items() if n > 1)
        raise DataError(f"{where}: {twice!r} is there more than once; remove all but one")
    paths = {plain[form]: form.split("/") for form in sorted(plain)}
    depth = _wrapping([*paths.values()])
    outer = tuple(next(iter(paths.values()))[:depth])
    paths = {name: parts[depth:] for name, parts in paths.items()}
    divided = _is_divided(paths, where, class_from)
    unlabelled = _unlabelled(paths, where) if divided else ()
    if unlabelled:
        paths = {name: parts for name, parts in paths.items() if name not in unlabelled}
    crossed = not divided and class_from is None and _is_crossed(paths)
    images = [
        Labelled(
            name,
            "/".join(parts),
            _class_of(parts, divided, where, class_from),
            part_of_folder(parts[1 if crossed else 0]) if divided or crossed else None,
        )
        for name, parts in paths.items()
    ]
    found = parted(images, seed, where)
    said = [*found.said]
    if unlabelled:
        said.append(f"{len(unlabelled)} images for testing have no class, and are passed over")
    if class_from is None:
        folders = [parts[divided:-1] for parts in paths.values()]
        said += _said_of_crossed(folders) if crossed else _ambiguity(folders)
    return Arrangement(
        found.class_names,
        found.train,
        found.test,
        found.validation,
        found.keys,
        tuple(said),
        outer,
        divided,
        class_from or "first",
        tuple(unlabelled),
    )


def _class_of(parts: Sequence[str], divided: bool, where: str, class_from: ClassFrom | None) -> str:
    """Return the folder of a path that is the class."""
    folders = parts[divided:-1]
    if not folders:
        path = "/".join(parts)
        raise DataError(f"{where}: {path!r} is out of place; {_EXPECTED}; move it, or remove it")
    if class_from == "last":
        return folders[-1]
    level = class_from if isinstance(class_from, int) else 1
    if len(folders) < level:
        path = "/".join(parts)
        raise DataError(
            f"{where}: {path!r} lies {len(folders)} deep, and class_from={level} asks for "
            f'folder {level}; give a smaller number, or "last" for the folder that holds the image'
        )
    return folders[level - 1]


def _is_divided(paths: Paths, where: str, class_from: ClassFrom | None) -> bool:
    """Return whether the outermost folders are parts, and not classes."""
    folders: dict[Part, list[str]] = defaultdict(list)
    tops = {parts[0] for parts in paths.values()}
    for top in sorted(tops):
        if part := part_of_folder(top):
            folders[part].append(top)
    n_parts = sum(map(len, folders.values()))
    if not n_parts:
        return False
    flat = all(len(parts) == 2 for parts in paths.values())
    if n_parts < len(tops) and (flat or class_from is not None):
        return False
    if any(len(parts) == 1 for parts in paths.values()) and n_parts < len(tops):
        name = next(parts[0] for parts in paths.values() if len(parts) == 1)
        raise DataError(f"{where}: {name!r} is out of place; {_EXPECTED}; move it, or remove it")
    for part, names in folders.items():
        if len(names) > 1:
            raise DataError(
                f"{where}: {listed(names)} are all names of the {part} part; put their images into "
                "one folder"
            )
    if n_parts < len(tops):
        raise DataError(
            f"{where}: holds {listed(tops)}, and {listed(tops - _others(tops))} are taken for "
            f"parts, not for classes; {_EXPECTED}; leave no folder beside the parts, or say "
            'class_from="first" if all of these are classes'
        )
    if flat:
        raise DataError(
            f"{where}: in {listed(tops)} lie images, but no folder for each class; {_EXPECTED}; if "
            "these are the classes, rename them"
        )
    if "train" not in folders or len(folders) < 2:
        raise DataError(
            f"{where}: holds {listed(tops)}, which is taken for a part, not for a class; "
            f"{_EXPECTED}; to have a fifth split off for testing, give the folder inside it, "
            f"{where}/{min(tops)}, of an archive after it is unpacked"
        )
    return True


def _others(tops: Collection[str]) -> set[str]:
    return {top for top in tops if part_of_folder(top) is None}


def _unlabelled(paths: Paths, where: str) -> Collection[str]:
    """Return the images of a test part that has no folders of classes; it has no labels."""
    tests = {name: parts for name, parts in paths.items() if part_of_folder(parts[0]) == "test"}
    classes = {p[1] for p in paths.values() if part_of_folder(p[0]) == "train" and len(p) > 2}
    inside = {parts[1] if len(parts) > 2 else "" for parts in tests.values()}
    if not tests or len(inside) > 1 or inside & classes or len(classes) < 2:
        return ()
    if not any(part_of_folder(parts[0]) == "validation" for parts in paths.values()):
        name = min("/".join(parts) for parts in tests.values())
        raise DataError(
            f"{where}: {name!r} and the other images for testing lie in no folder of a class, so "
            "they have no labels; sort them into folders as in train, write a labels.csv with the "
            "columns path, label and split, or move them away and give the folder of train"
        )
    return frozenset(tests)


def _is_crossed(paths: Paths) -> bool:
    """Return whether each class has folders for the parts: <class>/train/<image>."""
    if not all(len(parts) > 2 for parts in paths.values()):
        return False
    inner = {part_of(parts[1]) for parts in paths.values()}
    return None not in inner and "train" in inner and len(inner) > 1


def _said_of_crossed(folders: Sequence[Sequence[str]]) -> list[str]:
    """Return a sentence if there are folders in the parts, which could be the classes as well."""
    inner = {each[2] for each in folders if len(each) > 2}
    if len(inner) < 2 or not all(len(each) > 2 for each in folders):
        return []
    return [
        f"the classes are the outer folders ({listed({each[0] for each in folders})}), each with "
        f"folders of parts, and the folders in these ({listed(inner)}) belong to them; if these "
        "are the classes, give the folder of one of the outer ones"
    ]


def _ambiguity(folders: Sequence[Sequence[str]]) -> list[str]:
    """Return a sentence if folders inside the classes could be, or are, the classes as well."""
    inner: dict[str, set[str]] = defaultdict(set)
    flat = False
    for each in folders:
        flat |= len(each) < 2
        inner[each[0]].update(each[1:2])
    names = {name for each in inner.values() for name in each}
    if twice := names & {*inner}:
        return [
            f"{listed(twice)} {'is a class' if len(twice) == 1 else 'are classes'} and also the "
            "name of folders inside classes: if the same images lie there again, remove these"
        ]
    if flat or len(names) == 1:  # as of <class>/images/<image>
        return []
    return [
        f"the classes are the outer folders ({listed(inner)}), and the folders in them "
        f'({listed(names)}) belong to them; class_from="last" (--class-from last) makes the inner '
        "ones the classes"
    ]


def _wrapping(paths: list[list[str]]) -> int:
    """Return how many outer folders hold all images, above the classes or parts."""
    depth = 0
    while all(len(p) > depth + 2 and p[depth] == paths[0][depth] for p in paths):
        if part_of(paths[0][depth]) in PARTS:
            break
        depth += 1
    return depth
