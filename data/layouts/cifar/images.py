"""The pixels of CIFAR's files go to their places as the files come, so that none need be held."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.keeping.room import Room
from data.layouts.cifar.batches import Batch
from data.layouts.cifar.files import CifarFiles

_SHAPE = (32, 32, 3)


class CifarImages:
    """The images of a copy, training and test, which are filled file by file.

    Parameters
    ----------
    where : str
        How errors call the copy.
    files : CifarFiles
        Its files.
    """

    def __init__(self, where: str, files: CifarFiles) -> None:
        self._where, self._files = where, files
        self._rooms: dict[str, Room] = {}

    def put(self, file: str, batch: Batch) -> Batch:
        """Put the images of a file in their place; return its labels and names, without pixels.

        A training file with another number of records than the first one is left out: it is cut
        off, or the first one is.
        """
        part = "test" if file == self._files.test else "train"
        n = len(batch.pixels)
        n_files = 1 if part == "test" else len(self._files.train)
        if part not in self._rooms:
            what = f"{self._where}: {n * n_files:,} images"
            self._rooms[part] = Room((n * n_files, *_SHAPE), what=what)
        if len(self._rooms[part]) == n * n_files:
            first = 0 if part == "test" else n * self._files.train.index(file)
            planes = batch.pixels.reshape(-1, 3, 32, 32)
            self._rooms[part][first : first + n] = planes.transpose(0, 2, 3, 1)
        return replace(batch, pixels=np.empty((n, 0), np.uint8), labels=batch.labels.copy())

    def part(self, name: Literal["train", "test"]) -> NDArray[np.uint8]:
        """Return the images of a part, after all files; it can be asked for once."""
        return self._rooms[name].array()
