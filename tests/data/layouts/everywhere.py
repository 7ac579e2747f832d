"""One fixture, held in a folder and in every kind of archive."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data import Dataset, DataWarning, load_dataset
from tests.data.samples import tar_bytes, write_folder, zip_bytes

MODES = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


def held(files: Mapping[str, bytes], folder: Path, name: str = "set") -> Iterator[Path]:
    """Yield a folder of these files, then an archive of each kind."""
    yield write_folder(folder / name, files)
    for kind, mode in MODES.items():
        path = folder / f"{name}.{kind}"
        path.write_bytes(tar_bytes(files, mode))
        yield path
    path = folder / f"{name}.zip"
    path.write_bytes(zip_bytes(files))
    yield path


def load_quietly(path: Path, **options: Any) -> tuple[Dataset, list[str]]:
    """Return a dataset and what is said of it, without the path."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        dataset = load_dataset(path, **options)
    assert all(warning.category is DataWarning for warning in heard)
    return dataset, [str(warning.message).removeprefix(f"{path}: ") for warning in heard]


def loaded_from_everywhere(
    files: Mapping[str, bytes], folder: Path, **options: Any
) -> tuple[Dataset, list[str]]:
    """Return the dataset that a folder and every archive of files hold, and what is said of it."""
    found = [load_quietly(path, **options) for path in held(files, folder)]
    first, said = found[0]
    for dataset, heard in found:
        assert dataset.sha256 == first.sha256
        assert (dataset.name, dataset.passed_over) == (first.name, first.passed_over)
        assert [getattr(dataset, f"names_{part}") for part in dataset.parts] == [
            getattr(first, f"names_{part}") for part in first.parts
        ]
        assert heard == said
    return first, said
