"""Which reader a source wants: the one door through which images come in."""

from __future__ import annotations

import dataclasses
import operator
import os
from pathlib import Path
from typing import Literal

from data.cifar import find_cifar, load_cifar
from data.dataset import Dataset
from data.errors import DataError
from data.image_folders import load_image_folder
from data.images import Size, checked_size, resized_batch
from data.members import members
from data.named import NAMED_DATASETS, load_named
from data.npz import load_npz


def load_dataset(
    source: str | Path = "builtin",
    *,
    seed: int = 0,
    image_size: Size = None,
    labels: Literal["fine", "coarse"] = "fine",
    name: str | None = None,
) -> Dataset:
    """Return the images of a source as a `Dataset`.

    Parameters
    ----------
    source : str or Path
        `"builtin"`, the generated set; a name in `NAMED_DATASETS`, from the cache folder or
        downloaded; or a path: a CIFAR-10 or CIFAR-100 folder or `.tar.gz` (python or binary
        layout), a folder of images or a `.tar`, `.tar.gz` or `.zip` of one, an `.npz`.
    seed : int
        Splits a folder of images that has no `train` and `test`; nothing else depends on it.
    image_size : int or (height, width), optional
        Every image is resized to that in pixels. Without it images keep their size, which must be
        one for all.
    labels : {"fine", "coarse"}
        CIFAR-100's 100 classes or its 20 superclasses.
    name : str, optional
        What reports call the images; by default the source's own name.

    Raises
    ------
    DataError
        If the source is missing, damaged, unsafe or unknown; the message names the file, the
        record or member, and the way out.

    Examples
    --------
    >>> from data import load_dataset
    >>> dataset = load_dataset()
    >>> dataset.image_shape, dataset.n_classes
    ((32, 32, 3), 10)
    """
    size = checked_size(image_size)
    if labels not in ("fine", "coarse"):
        raise DataError(f'labels must be "fine" or "coarse", got {labels!r}')
    try:
        dataset = _load(source, operator.index(seed), size, labels)
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error}") from error
    if size is not None and size != dataset.image_shape[:2]:
        dataset = dataclasses.replace(
            dataset,
            images_train=resized_batch(dataset.images_train, size),
            images_test=resized_batch(dataset.images_test, size),
        )
    return dataset if name is None else dataclasses.replace(dataset, name=name)


def _load(
    source: str | Path, seed: int, size: tuple[int, int] | None, labels: Literal["fine", "coarse"]
) -> Dataset:
    if isinstance(source, str) and source in NAMED_DATASETS:
        return load_named(source, labels)
    if source == "builtin":
        _only_fine(source, labels)
        from data.builtin import generate

        return generate()
    path = Path(os.path.expanduser(source))  # noqa: PTH111  # Path's own fails for "~nobody"
    if not os.fspath(source) or not path.exists():
        names = ", ".join(["builtin", *NAMED_DATASETS])
        raise DataError(f"{source}: no such file or folder, and no known name; known are {names}")
    if not (path.is_dir() or path.is_file()):
        raise DataError(f"{path}: neither a file nor a folder")
    if path.suffix.lower() == ".npz":
        _only_fine(source, labels)
        return load_npz(path)
    names_inside = [member.name for member in members(path)]
    layout = find_cifar(path, names_inside)
    if layout is not None:
        return load_cifar(path, layout, labels)
    _only_fine(source, labels)
    return load_image_folder(path, names_inside, seed=seed, image_size=size, name=_plain_name(path))


def _only_fine(source: str | Path, labels: str) -> None:
    if labels != "fine":
        raise DataError(f'{source}: labels="{labels}" is for CIFAR-100 alone')


def _plain_name(path: Path) -> str:
    name = path.resolve().name
    for suffix in (".tar.gz", ".tgz", ".tar", ".zip"):
        if path.is_file() and name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
