"""Which images a model is asked about: files, folders, class folders, and standard input."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data import DataWarning
from data.archives.folder import folder_members
from data.archives.passed_over import PassedOver
from data.names import plain_form, some_of
from data.pixels.images import MAX_FILE_BYTES, is_image_name
from data.system.paths import expanded
from pipelines.errors import SavedModelError

STANDARD_INPUT = Path("-")


@dataclass(frozen=True)
class Question:
    """One image that a model is asked about.

    Parameters
    ----------
    path
        The file; "-" for standard input.
    true
        Its class, where the folder that it lies in says so.
    content
        The file's bytes, where they are read already.
    """

    path: Path
    true: str | None = None
    content: bytes | None = None


def questions(paths: Sequence[Path], class_names: Sequence[str]) -> list[Question]:
    """Return what is asked: files, the images in folders, and what standard input says.

    A folder with folders in it that bear names of the model's classes is labelled: the images in
    these, at any depth, have their classes. "-" is standard input: an image, or paths, one a line,
    in UTF-8.

    Raises
    ------
    SavedModelError
        If a folder has no images, or standard input is too large.
    DataError
        If a folder of a class cannot be read.
    """
    classes = {plain_form(name): name for name in class_names}
    found: list[Question] = []
    for path in paths:
        if path == STANDARD_INPUT:
            found += _from_standard_input(classes)
        else:
            found += _of(path, classes)
    return found


def _of(path: Path, classes: dict[str, str]) -> list[Question]:
    path = expanded(path)
    if not os.path.isdir(path):  # noqa: PTH112 - Path's fails for a name that is too long
        return [Question(path)]
    inside = sorted(path.iterdir())
    folders = {each: classes.get(plain_form(each.name)) for each in inside if _is_folder(each)}
    found = [Question(each) for each in inside if each not in folders and _is_image(each)]
    for folder, name in folders.items():
        if name is not None:
            found += [Question(each, name) for each in _images_below(folder)]
    if not found:
        parts = [each.name for each in folders if each.name in ("test", "train")]
        some = parts or [each.name for each in folders]
        hint = f"; name a folder in it, as {path / some[0]}" if some else ""
        raise SavedModelError(f"{path}: there are no images in this folder{hint}")
    others = [folder.name for folder, name in folders.items() if name is None]
    if others:
        warnings.warn(
            f"{path}: folders that bear no name of the model's classes are passed over: "
            f"{some_of(others, 10)}",
            DataWarning,
            stacklevel=3,
        )
    return found


def _images_below(folder: Path) -> list[Path]:
    """Return the images of a class at any depth, which is how a comparison reads its folder."""
    passed = PassedOver()
    names = [member.name for member in folder_members(folder, passed)]
    # What has the name of an image and cannot be read is said when it is asked about.
    names += [*passed.of("dead link"), *passed.of("pipe, socket or device")]
    return sorted(folder / name for name in names if is_image_name(name))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _is_image(path: Path) -> bool:
    return is_image_name(path.name) and not path.is_dir()


def _from_standard_input(classes: dict[str, str]) -> Iterator[Question]:
    stream = getattr(sys.stdin, "buffer", None)
    content: bytes = stream.read(MAX_FILE_BYTES + 1) if stream is not None else b""
    if len(content) > MAX_FILE_BYTES:
        raise SavedModelError(f"standard input: larger than {MAX_FILE_BYTES:,} bytes")
    try:
        text = None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        text = None
    if text is None or not text.strip():
        yield Question(STANDARD_INPUT, content=content.strip() and content)
        return
    for line in text.split("\n"):
        if line.strip():
            yield from _of(Path(line.removesuffix("\r")), classes)
