"""An `.npz` keeps decoded images, so that they load fast; sizes are checked before it is read."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from data.archives.member import ALWAYS_ALLOWED_BYTES, MAX_RATIO
from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.arrays.npy import npy_header, rows_in
from data.options import LoadOptions
from data.system.memory import is_large
from data.system.paths import expanded
from data.system.whole_file import whole_file

_NEEDED = ("images_train", "labels_train", "images_test", "labels_test", "class_names")
_ARRAYS = ("images_validation", "labels_validation")
_NAMES = ("names_train", "names_test", "names_validation")
_OPTIONAL = ("name", "sha256", *_ARRAYS, *_NAMES)
_TEXTS = ("class_names", "name", "sha256", *_NAMES)
MAX_CLASSES = 1 << 20


def save_npz(dataset: Dataset, path: str | Path) -> None:
    """Write a dataset as a compressed `.npz` file, which `load_dataset` reads.

    The file appears under its name only when it is whole. It replaces a file of that name.

    Parameters
    ----------
    dataset : Dataset
        The images, labels and class names; the name, the sha256 and the images' own names are
        written with them.
    path : str or Path
        The file to write. Its name must end in `.npz`, and its folder must exist.

    Raises
    ------
    DataError
        If the name does not end in `.npz`.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from data import load_dataset, save_npz
    >>> from data.builtin import generate
    >>> dataset = generate(n_train=20, n_test=10)
    >>> with TemporaryDirectory() as folder:
    ...     save_npz(dataset, Path(folder, "few.npz"))
    ...     load_dataset(Path(folder, "few.npz")).sha256 == dataset.sha256
    True
    """
    target = expanded(path)
    if target.suffix.lower() != ".npz":
        raise DataError(f"{target}: the name must end in .npz")
    known = {field: getattr(dataset, field) for field in (*_NEEDED, *_OPTIONAL)}
    fields: dict[str, Any] = {f: np.asarray(v) for f, v in known.items() if v is not None}
    with whole_file(target) as aside, aside.open("wb") as file:
        np.savez_compressed(file, **fields)


def is_npz(source: Source) -> Literal[True] | None:
    """Return True for an `.npz` of `save_npz`, by the names of its arrays, whatever its own name.

    What is called `.npz` and is no zip counts, too: it is damaged.
    """
    if source.kind == "zip":
        return True if is_own(source.names) else None
    named = source.path.suffix.lower() == ".npz" and source.kind == "file"
    return True if named else None


def is_own(names: Iterable[str]) -> bool:
    """Return whether arrays of these names are such as `save_npz` writes, or some of them."""
    fields = {name.removesuffix(".npy") for name in names}
    return "class_names" in fields and bool(fields & {*_NEEDED[:-1]})


def load_npz(source: Source, _found: Literal[True], _options: LoadOptions) -> Dataset:
    """Return the dataset in a file; if the file states a `sha256`, it must be that of the content.

    Needed are `images_train`, `labels_train`, `images_test`, `labels_test` and `class_names`;
    `name`, `sha256`, a validation part and the names of the images are optional.
    """
    path = source.path
    return read_own(path, path, path.stat().st_size, path.stem)


def read_own(file: Path | IO[bytes], path: Path, size: int, name: str) -> Dataset:
    """Return the dataset in a file of this size in bytes, which errors call `path`."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = _entries(path, archive, size)
            found = {field: _array(path, archive, *entry) for field, entry in entries.items()}
        _check_texts(path, found)
        texts = {field: found[field].tolist() for field in _TEXTS if field in found}
    except DataError:
        raise
    # zipfile, zlib and numpy's header parser raise nearly every built-in exception.
    except Exception as error:
        raise DataError(
            f"{path}: not an .npz, or a damaged one ({error}); write it anew with "
            "data.save_npz or numpy.savez"
        ) from error
    arrays = (found[field] for field in _NEEDED if field not in _TEXTS)
    more = {f: found[f] for f in _ARRAYS if f in found}
    more |= {f: texts[f] for f in _NAMES if f in texts}
    named = texts.get("name", name), *arrays, texts["class_names"]
    dataset = Dataset.of_file(path, *named, **more)
    if texts.get("sha256", dataset.sha256) != dataset.sha256:
        raise DataError(f"{path}: its content has not the sha256 that it says; get it anew")
    return dataset


def _entries(
    path: Path, archive: zipfile.ZipFile, size: int
) -> dict[str, tuple[str, zipfile.ZipInfo]]:
    """Return field → (field, entry); other fields and sizes beyond those of images are refused."""
    fields = [entry.filename.removesuffix(".npy") for entry in archive.infolist()]
    known = {*_NEEDED, *_OPTIONAL}
    if len(set(fields)) < len(fields) or not set(_NEEDED) <= set(fields) <= known:
        shown = ", ".join(repr(field[:40]) for field in fields[:10])
        raise DataError(
            f"{path}: holds {shown or 'nothing'}; expected {', '.join(_NEEDED)}, "
            f"and perhaps {', '.join(_OPTIONAL)}"
        )
    n_bytes = sum(entry.file_size for entry in archive.infolist())
    if n_bytes > max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * size):
        raise DataError(
            f"{path}: decompresses to {n_bytes} bytes, more than {MAX_RATIO} times its size, as "
            "images never do; write it uncompressed if you trust it"
        )
    return dict(zip(fields, zip(fields, archive.infolist(), strict=True), strict=True))


def _array(
    path: Path, archive: zipfile.ZipFile, field: str, entry: zipfile.ZipInfo
) -> NDArray[Any]:
    """Return one field's array, if its header agrees with the size of its member."""
    # bz2 and LZMA can make gigabytes of one small read.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(
            f"{path}: {field} is neither stored nor deflated; write it with numpy.savez"
        )
    with archive.open(entry) as file:
        shape, is_fortran, dtype = npy_header(file)
        n_bytes = file.tell() + math.prod(shape) * dtype.itemsize
    expected = "U" if field in _TEXTS else "ui"
    if dtype.kind not in expected or dtype.subdtype is not None or not dtype.itemsize:
        kind = "text: numpy.array(names, dtype=str)" if field in _TEXTS else "integers"
        raise DataError(f"{path}: {field} must be {kind}, got {dtype}")
    if n_bytes != entry.file_size:
        raise DataError(
            f"{path}: {field} declares shape {shape} of {dtype}, {n_bytes} bytes in all, but its "
            f"member has {entry.file_size}; write it anew"
        )
    with archive.open(entry) as file:
        if is_large(n_bytes) and field not in _TEXTS:
            npy_header(file)
            return rows_in(file, shape, is_fortran, dtype, f"{path}: {field}")
        return np.asarray(npy.read_array(file, allow_pickle=False))


def _check_texts(path: Path, found: dict[str, NDArray[Any]]) -> None:
    """Raise if there are more texts than images or classes; as Python's own they take much room."""
    most = {"class_names": (MAX_CLASSES, f"at most {MAX_CLASSES:,} texts")}
    most |= dict.fromkeys(("name", "sha256"), (1, "a printable text"))
    for part in ("train", "test", "validation"):
        n = math.prod(found[f"images_{part}"].shape[:1]) if f"images_{part}" in found else 0
        most[f"names_{part}"] = n, f"{n:,} texts, one an image"
    for field, (limit, expected) in most.items():
        if field in found and (n := found[field].size) > limit:
            raise DataError(f"{path}: {field} must be {expected}, got {n:,} of them")


def array_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and dtype of an `.npy`, before anything is allocated for its content.

    Raises
    ------
    ValueError
        If it is not of a version that NumPy writes for plain arrays, or its header is damaged.
    """
    shape, _, dtype = npy_header(file)
    return shape, dtype
