"""Arrays of images and labels are put together to a dataset, from `.npy` files or an `.npz`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from data.archives.member import Member
from data.archives.passed_over import hidden_part
from data.archives.source import Source
from data.archives.zip import zip_members
from data.arrays.building import Batch, as_pixels
from data.arrays.completing import Part, fields_of, with_test_part
from data.arrays.labels import classes_of, plain_texts
from data.arrays.pixels import Reading, TwoReadingsError, channels_last
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.arrays.field_names import Found, sets_of_arrays
from data.layouts.arrays.npy import MAX_ARRAY_BYTES, read_npy
from data.layouts.npz import MAX_CLASSES, is_own, read_own
from data.options import LoadOptions
from data.pixels.images import has_class_folders, is_image_name
from data.telling.omission import MOST_NAMED, Omission
from data.telling.said import say

_EXPECTED = (
    "expected images and labels of each part, as images_train and labels_train, x_train and "
    "y_train, train_images and train_labels, or images and labels"
)


@dataclass(frozen=True)
class ArrayFiles:
    """Which arrays make up a dataset; `packed` is the `.npz` that they are in, inside a source."""

    found: Found
    packed: str = ""
    is_own: bool = False


def find_arrays(source: Source) -> ArrayFiles | None:
    """Return which arrays of a source hold a dataset; None if there are no arrays in it.

    Arrays beside folders of images are no dataset. Of several `.npz` one must be chosen.
    """
    named = source.path.suffix.lower() == ".npz" and not source.path.is_dir()
    arrays = [n for n in source.names if n.lower().endswith((".npy", ".npz"))]
    arrays = [name for name in arrays if not hidden_part(name)]
    plain = [name for name in arrays if name.endswith(".npy")]
    packed = [name for name in arrays if name.lower().endswith(".npz")]
    if (source.kind == "file" and not named) or not (named or arrays):
        return None
    images = [name for name in source.names if is_image_name(name)]
    if not (named or plain or packed) or has_class_folders(images):
        return None
    if named and source.kind == "file":
        raise DataError(
            f"{source.path}: not an .npz, or a damaged one; write it anew with numpy.savez"
        )
    if (plain or named) and (
        found := _one_set(plain, source.path, must=named or not (packed or images))
    ):
        return ArrayFiles(found)
    if images and len(packed) > 1:
        return None
    if len(packed) > 1:
        shown = ", ".join(packed[:10])
        raise DataError(f"{source.path}: holds several .npz ({shown}); give the path of one")
    if not packed:
        return None
    names = [member.name for member in _inside(source, packed[0])]
    if is_own(names):
        return ArrayFiles(Found(), packed[0], is_own=True)
    found = _one_set(names, source.path / packed[0], must=not images)
    return ArrayFiles(found, packed[0]) if found else None


def _one_set(names: list[str], where: Path, must: bool) -> Found | None:
    """Return the only set of arrays that has images and labels."""
    sets = {key: found for key, found in sets_of_arrays(names).items() if found.whole}
    if len(sets) > 1:
        shown = ", ".join(repr(key) for key in sorted(sets)[:10])
        raise DataError(
            f"{where}: holds several sets of images and labels ({shown}); keep the files of one in "
            "a folder of its own, and give that"
        )
    if not sets:
        if not must:
            return None
        shown = ", ".join(repr(name.removesuffix(".npy")[:40]) for name in names[:10])
        raise DataError(f"{where}: holds {shown or 'nothing'}; {_EXPECTED}")
    (found,) = sets.values()
    used = {*found.files}
    found.others = [name for name in names if name not in used]
    return found


def load_arrays(source: Source, files: ArrayFiles, options: LoadOptions) -> Dataset:
    """Return the dataset that arrays make up; classes without names are named by their labels."""
    if files.is_own:
        path = source.path / files.packed
        if source.kind == "folder":
            return read_own(path, path, path.stat().st_size, source.plain_name)
        content = _packed(source, files.packed)
        return read_own(io.BytesIO(content), path, len(content), source.plain_name)
    found = files.found
    members = _inside(source, files.packed) if files.packed else source.members()
    arrays = {member.name: read_npy(member) for member in members if member.name in found.files}
    if len(arrays) < len(found.files):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    name = source.path.resolve().stem if source.path.suffix.lower() == ".npz" else source.plain_name
    try:
        return _dataset(source.path, name, found, arrays, options)
    except TwoReadingsError as error:
        raise DataError(
            f"{source.path}: {error}; read the arrays with numpy.load, give them to "
            "Dataset.from_arrays with that argument, and keep the dataset with data.save_npz"
        ) from error
    except DataError as error:
        raise DataError(f"{source.path}: {error}") from error


def _dataset(
    path: Path, name: str, found: Found, arrays: dict[str, NDArray[Any]], options: LoadOptions
) -> Dataset:
    pairs = found.whole
    batches = {
        part: [_batch(pair["images"].removesuffix(".npy"), arrays[pair["images"]])]
        for part, pair in pairs.items()
    }
    names = None if found.class_names is None else _names(arrays[found.class_names])
    called = {part: pair["labels"].removesuffix(".npy") for part, pair in pairs.items()}
    classes = classes_of({part: arrays[pairs[part]["labels"]] for part in pairs}, names, called)
    pixels = as_pixels(batches, Reading(image_size=options.image_size, fit=options.fit))
    for part in pairs:
        if len(pixels[part]) != len(classes.labels[part]):
            raise DataError(
                f"{batches[part][0].field} has {len(pixels[part])} images, but {called[part]} has "
                f"{len(classes.labels[part])} labels"
            )
    parts = {part: Part(pixels[part], classes.labels[part]) for part in pairs}
    parts, said = with_test_part(parts, classes.names, options.seed)
    notes = [said] if said else []
    if classes.one_hot:
        notes.append(f"its labels are one-hot, read as {len(classes.names)} classes")
    passed: tuple[Omission, ...] = ()
    if found.others:
        shown = tuple(name.removesuffix(".npy") for name in found.others[:MOST_NAMED])
        passed = (Omission("arrays that are no images with labels", len(found.others), shown),)
        notes.append(f"passed over: {passed[0]}")
    if notes:
        say(f"{path}: {'; '.join(notes)}")
    return Dataset(name=name, class_names=classes.names, passed_over=passed, **fields_of(parts))


def _batch(name: str, array: NDArray[Any]) -> Batch:
    return Batch(name, channels_last(array, name, None))


def _names(array: NDArray[Any]) -> list[str]:
    if array.ndim != 1 or array.dtype.kind not in "US":
        raise DataError(
            f"the class names must be texts, one a class, got {array.dtype} {array.shape}"
        )
    if len(array) > MAX_CLASSES:
        raise DataError(f"{len(array):,} class names, expected at most {MAX_CLASSES:,}")
    return [str(name) for name in plain_texts(array, "the class names").tolist()]


def _packed(source: Source, name: str) -> bytes:
    """Return the content of an `.npz` inside a folder or an archive."""
    for member in source.members():
        if member.name == name:
            return member.read(MAX_ARRAY_BYTES)
    raise DataError(f"{source.path}: changed while it was read; read it again")


def _inside(source: Source, name: str) -> Iterator[Member]:
    """Yield the arrays of an `.npz` inside a folder or an archive."""
    if source.kind == "folder":
        return zip_members(source.path / name)
    packed = _packed(source, name)
    size = min(len(packed), source.path.stat().st_size)
    return zip_members(source.path / name, packed=packed, size=size)
