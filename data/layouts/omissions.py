"""What lies in a folder of images and is not in the dataset is counted, and said in one line."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from data.archives.passed_over import Kind, PassedOver, hidden_part
from data.layouts.arrangement import Arrangement
from data.names import plain_form, shown, some_of
from data.pixels.images import is_image_name
from data.telling.omission import MOST_NAMED, Omission


def environments(names: Collection[str]) -> set[str]:
    """Return the folders that are virtual environments, as names in an archive tell.

    Examples
    --------
    >>> environments(["cat/1.png", "env/pyvenv.cfg", "env/lib/site-packages/logo.png"])
    {'env'}
    """
    found = set()
    for name in names:
        if "pyvenv.cfg" not in name and "conda-meta" not in name:
            continue
        parts = name.split("/")
        if parts[-1] == "pyvenv.cfg":
            found.add("/".join(parts[:-1]))
        elif "conda-meta" in parts[:-1]:
            found.add("/".join(parts[: parts.index("conda-meta")]))
    return found - {""}


def lies_in(name: str, folders: Collection[str]) -> str | None:
    """Return which of some folders a file lies in, at any depth."""
    if not folders:
        return None
    return next((str(p) for p in PurePosixPath(name).parents if str(p) in folders), None)


def left_out(
    names: Sequence[str],
    used: Collection[str],
    passed: PassedOver,
    unreadable: Mapping[str, str],
    unlabelled: str = "images without a label",
    arrangement: Arrangement | None = None,
) -> tuple[Omission, ...]:
    """Return what is not in the dataset, by kind, most serious first.

    Parameters
    ----------
    names : sequence of str
        All plain files of the source.
    used : collection of str
        The images, also those that cannot be read, and the files with their labels.
    passed : PassedOver
        What else the source holds.
    unreadable : mapping of str to str
        The images that cannot be decoded, and why.
    unlabelled : str
        What images that are not used are called.
    arrangement : Arrangement, optional
        Where the classes are, if folders tell it.
    """
    used, inside = frozenset(used), environments(names) | {*passed.of("virtual environment")}
    hidden = {*passed.of("hidden")}
    rest: list[str] = []
    for name in names:
        if name in used:
            continue
        if part := hidden_part(name):
            hidden.add(part)
        elif not lies_in(name, inside):
            rest.append(name)
    empty: set[str] = set()
    if arrangement:
        full = arrangement.class_folders(used)
        found = {arrangement.class_folder(f"{f}/x") for f in map(plain_form, passed.of("folder"))}
        found |= {arrangement.class_folder(name) for name in rest}
        holds = _above(full)
        empty = {f for f in found - full if f and not hidden_part(f) and not holds(f)}
    special: Kind = "pipe, socket or device"
    kinds: dict[str, Collection[str]] = {
        "folders of a class without an image": empty,
        "images that cannot be read": unreadable,
        unlabelled: [name for name in rest if is_image_name(name)],
        "files without the suffix of an image": [n for n in rest if not is_image_name(n)],
        "hidden files or folders": hidden,
        "virtual environments": inside,
        "dead links": passed.of("dead link"),
        "links in an archive": passed.of("link"),
        "pipes, sockets or devices": passed.of(special),
    }
    return tuple(
        Omission(
            kind,
            len(of),
            tuple(shown(name) for name in sorted(of)[:MOST_NAMED]),
            shown(unreadable[min(unreadable)]) if of is unreadable else "",
        )
        for kind, of in kinds.items()
        if of
    )


def omissions(
    names: Sequence[str],
    images: Collection[str],
    passed: PassedOver,
    unreadable: Mapping[str, str],
    arrangement: Arrangement | None,
) -> str:
    """Return what is not in the dataset, most serious first; an empty text if all is.

    Parameters
    ----------
    names : sequence of str
        All plain files of the source.
    images : collection of str
        Those with the suffix of an image.
    passed : PassedOver
        What else the source holds.
    unreadable : mapping of str to str
        The images that cannot be decoded, and why.
    arrangement : Arrangement or None
        Where the classes are, if that is known.
    """
    special: Kind = "pipe, socket or device"
    images = frozenset(images)
    inside = environments(names) | {*passed.of("virtual environment")}
    hidden = {*passed.of("hidden")}
    besides: list[str] = []
    for name in names:
        if name in images:
            continue
        if part := hidden_part(name):
            hidden.add(part)
        elif not lies_in(name, inside):
            besides.append(name)
    lines: list[str] = []
    if arrangement:
        lines += _in_classes(arrangement, images, besides, passed)
        if lines:
            lines.append("what is to be read must be a PNG, a JPEG or the like, with that suffix")
        besides = [name for name in besides if arrangement.class_folder(name) is None]
    if unreadable:
        why = unreadable[min(unreadable)]
        rest = f"; also {some_of(sorted(unreadable)[1:])}" if len(unreadable) > 1 else ""
        lines.append(f"{_n(len(unreadable), 'image', 'images')} that cannot be read ({why}{rest})")
    counted = (
        ("file without", "files without", besides, " the suffix of an image"),
        ("hidden file or folder", "hidden files or folders", hidden, ""),
        ("virtual environment", "virtual environments", inside, ""),
        ("dead link", "dead links", passed.of("dead link"), ""),
        ("link", "links", passed.of("link"), " in the archive, which only `tar -h` fills"),
        (special, "pipes, sockets or devices", passed.of(special), ""),
    )
    for one, many, of, what in counted:
        if of:
            lines.append(f"{_n(len(of), one, many)}{what} ({some_of(sorted(of))})")
    return "; ".join(lines)


def guessed_names(passed: PassedOver) -> list[str]:
    """Return what is to be said of names whose encoding is a guess; nothing if there are none."""
    guessed = passed.of("name in no known encoding")
    if not guessed:
        return []
    return [
        f"{len(guessed)} names are not in UTF-8 and read as code page 437, as {guessed[0]!r}; if "
        "that is wrong, unpack it and give the folder, or make it anew with names in UTF-8"
    ]


def _in_classes(
    arrangement: Arrangement, images: Collection[str], besides: list[str], passed: PassedOver
) -> Iterable[str]:
    """Yield a line for each folder in the place of a class that lacks images or has other files."""
    n_images: Counter[str | None] = Counter()
    for (folder, slash), n in Counter(name.rpartition("/")[:2] for name in images).items():
        n_images[arrangement.class_folder(f"{folder}{slash}x")] += n
    others: dict[str, list[str]] = {}
    for folder in map(plain_form, passed.of("folder")):
        if not hidden_part(folder) and arrangement.class_folder(f"{folder}/x"):
            others.setdefault(arrangement.class_folder(f"{folder}/x") or "", [])
    for name in besides:
        if folder_of := arrangement.class_folder(name):
            others.setdefault(folder_of, []).append(name)
    holds_classes = _above(n_images)
    for folder, files in sorted(others.items()):
        suffixes = _suffixes(files)
        if not files and holds_classes(folder):
            continue
        if not n_images[folder]:
            holds = f"{_n(len(files), 'file', 'files')}: {suffixes}" if files else "empty"
            yield f"{folder!r}, a folder without an image ({holds})"
        elif files:
            n = n_images[folder] + len(files)
            yield (
                f"{len(files)} of {n} files in {folder!r}, without the suffix of an image "
                f"({suffixes})"
            )


def _above(classes: Iterable[str | None]) -> Callable[[str], bool]:
    """Return a function that says whether classes lie in a folder, which then is none itself."""
    there = sorted(f"{each}/" for each in classes if each is not None)

    def holds(folder: str) -> bool:
        inside = f"{folder}/"
        first = bisect_right(there, inside)
        return first < len(there) and there[first].startswith(inside)

    return holds


def _suffixes(names: Iterable[str]) -> str:
    """Return the suffixes of files, the most frequent first."""
    counts = Counter(PurePosixPath(name).suffix.lower()[:20] or "no suffix" for name in names)
    return some_of([suffix for suffix, _ in counts.most_common()])


def _n(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
