"""The image files of a folder or an archive, with what their paths tell, for a Croissant file."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from data.dataset import Dataset
from data.pixels.images import is_image_name

_DEEPEST = 4
"""Folders above an image that may tell its class or its part."""


def image_records(dataset: Dataset, source: Path) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the file set of a dataset's images and its record set, or None if there is none.

    A record is an image with its path. If the folder at one place of every path tells the class, or
    the part, the record has that, too.

    Parameters
    ----------
    dataset : Dataset
        The images.
    source : Path
        The folder or the archive that they were loaded from.
    """
    named = {part: getattr(dataset, f"names_{part}") for part in dataset.parts}
    names = [name for each in named.values() for name in each or ()]
    is_folder = source.is_dir()
    if (
        not all(named.values())
        or not (is_folder or source.is_file())
        or not all(map(is_image_name, names))
        or (is_folder and not all((source / name).is_file() for name in names))
    ):
        return None
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    classes = [
        dataset.class_names[label]
        for part in named
        for label in getattr(dataset, f"labels_{part}").tolist()
    ]
    parts = [part for part, each in named.items() for _ in each]
    fields = [
        _field("image", "The image.", "sc:ImageObject", {"fileProperty": "content"}),
        _field("path", "Its path.", "sc:Text", {"fileProperty": "fullpath"}),
    ]
    if depth := _place(folders, classes, lambda folder, name: folder == name):
        # No reference to classes/name: a reader that joins the two replaces the path by the class.
        fields.append(_of_path("class", "The name of its class, as in classes/name.", depth))
    if len(named) > 1 and (depth := _place(folders, parts, _tells(folders, parts))):
        fields.append(_of_path("part", "The folder of its part.", depth))
    return _file_set(names, None if is_folder else source.name), {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "The images, and what their paths tell.",
        "field": fields,
    }


def _file_set(names: Iterable[str], archive: str | None) -> dict[str, Any]:
    suffixes = sorted({PurePosixPath(name).suffix for name in names})
    kinds = sorted({mimetypes.guess_type(f"image{each}")[0] or "image/*" for each in suffixes})
    contained = {} if archive is None else {"containedIn": {"@id": archive}}
    return {
        "@type": "cr:FileSet",
        "@id": "image-files",
        "name": "image-files",
        "description": "The image files; without an archive, they lie beside this description.",
        **contained,
        "encodingFormat": kinds[0] if len(kinds) == 1 else kinds,
        "includes": [f"*{each}" for each in suffixes],
    }


def _place(
    folders: Sequence[tuple[str, ...]], values: Sequence[str], is_of: Callable[[str, str], bool]
) -> int:
    """Return how far above every image the folder lies that tells its value; 0 if none does."""
    for depth in range(1, _DEEPEST + 1):
        if all(
            len(path) >= depth and is_of(path[-depth], value)
            for path, value in zip(folders, values, strict=True)
        ):
            return depth
    return 0


def _tells(folders: Sequence[tuple[str, ...]], parts: Sequence[str]) -> Callable[[str, str], bool]:
    """Return whether a folder is of one part alone: its name is that of no other part's."""
    found: dict[str, set[str]] = {}
    for path, part in zip(folders, parts, strict=True):
        for folder in set(path):
            found.setdefault(folder, set()).add(part)
    return lambda folder, part: found[folder] == {part}


def _of_path(name: str, said: str, depth: int) -> dict[str, Any]:
    """Return a field that is the name of a folder so far above the image."""
    field = _field(name, said, "sc:Text", {"fileProperty": "fullpath"})
    regex = rf"^(?:.*/)?([^/]+){'/[^/]+' * depth}$"
    field["source"]["transform"] = {"regex": regex}
    return field


def _field(name: str, said: str, kind: str, extract: dict[str, str]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"images/{name}",
        "name": f"images/{name}",
        "description": said,
        "dataType": kind,
        "source": {"fileSet": {"@id": "image-files"}, "extract": extract},
    }
