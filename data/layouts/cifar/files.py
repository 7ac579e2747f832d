"""The names of the files tell which CIFAR, and which of its two formats, a source holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from data.archives.source import Source
from data.errors import DataError
from data.options import Labels
from data.pixels.images import is_image_name


@dataclass(frozen=True)
class CifarFiles:
    """The files that make up a copy, all in one folder of the source.

    `names` holds, for each kind of label, the file that lists its class names. In a binary record
    the labels stand in that order, one byte each, before the pixels.
    """

    dataset: str
    train: tuple[str, ...]
    test: str
    names: dict[Labels, str]
    pickled: bool
    folder: str = ""

    @property
    def batches(self) -> tuple[str, ...]:
        """The files with images."""
        return (*self.train, self.test)

    def at(self, file: str) -> str:
        """Return a file's path inside the source."""
        return f"{self.folder}/{file}" if self.folder else file


_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
_NAMES_TXT: dict[Labels, str] = {
    "coarse": "coarse_label_names.txt",
    "fine": "fine_label_names.txt",
}
VARIANTS = (
    CifarFiles("cifar10", _BATCHES, "test_batch", {"fine": "batches.meta"}, True),
    CifarFiles(
        "cifar10",
        tuple(f"{batch}.bin" for batch in _BATCHES),
        "test_batch.bin",
        {"fine": "batches.meta.txt"},
        False,
    ),
    CifarFiles("cifar100", ("train",), "test", {"coarse": "meta", "fine": "meta"}, True),
    CifarFiles("cifar100", ("train.bin",), "test.bin", _NAMES_TXT, False),
)


_MAX_FILE_BYTES = 1 << 28
_PICKLE_STARTS = (b"\x80", b"(", b"}")  # of protocols 2 and later, 0 and 1, and 1


def _are_other_files(source: Source, variant: CifarFiles, folder: str) -> bool:
    """Return whether files that are called as pickled batches are none.

    CIFAR-100's batches are `train` and `test`, but so are lists of names beside images. Only a
    source that holds images, too, is looked into.
    """
    if not any(map(is_image_name, source.names)):
        return False
    at = {replace(variant, folder=folder).at(file) for file in variant.batches}
    contents = [m.read(_MAX_FILE_BYTES) for m in source.members() if m.name in at]
    return not any(content.startswith(_PICKLE_STARTS) for content in contents)


def find_cifar(source: Source) -> CifarFiles | None:
    """Return which files of a source make up a copy; None if there is no CIFAR among them."""
    folders: dict[str, set[str]] = defaultdict(set)
    for name in source.names:
        folder, _, file = name.rpartition("/")
        folders[folder].add(file)
    whole, partial = [], []
    for folder, files in sorted(folders.items()):
        for variant in VARIANTS:
            missing = [file for file in variant.batches if file not in files]
            if not missing and variant.pickled and _are_other_files(source, variant, folder):
                continue
            if not missing:
                whole.append(replace(variant, folder=folder))
            elif len(missing) < len(variant.batches) and len(variant.train) > 1:
                lacks = f"{', '.join(missing)} missing beside other CIFAR batches"
                partial.append(f"{source.path}: {lacks}")
    if len(whole) > 1:
        found = " and ".join(f"{w.dataset} in {w.folder or '.'!r}" for w in whole)
        raise DataError(f"{source.path}: holds {found}; name the folder of one of them")
    if partial and not whole:
        raise DataError(partial[0])
    return whole[0] if whole else None
