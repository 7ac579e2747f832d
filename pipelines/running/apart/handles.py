"""Handles to arrays that lie with workers, and not in files of the process that asks."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.running.apart.moving import Content, NotHereError
from pipelines.running.apart.shelves import shelf_of
from pipelines.running.environment import pinned_threads
from pipelines.running.matrices import Array, Handle, Matrix
from pipelines.running.tasks import blocks, features_of, side_by_side


@dataclass(frozen=True)
class Block:
    """Some rows of a matrix of features.

    Parameters
    ----------
    name : str
    first : int
        Its first row in the matrix.
    shape : tuple of int
    where : str
        The address of the worker that has it; "" if that worker is gone.
    kept : bool
        Whether an earlier run made it.
    """

    name: str
    first: int
    shape: tuple[int, ...]
    where: str
    kept: bool = False

    @property
    def stop(self) -> int:
        """The row after its last one."""
        return self.first + self.shape[0]


@dataclass(frozen=True, eq=False)
class Placed(Handle):
    """A handle to an array that was placed on workers, by its content."""

    run: str = ""
    content: Content | None = None

    def open(self) -> Array:
        """Return the array, read-only, on a worker."""
        assert self.content is not None
        whole = shelf_of(self.run).given(self.content)
        return whole if self.rows is None else whole[self.rows]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        assert self.content is not None
        n_images, *rest = self.content.shape
        return (len(range(n_images)[self.rows or slice(None)]), *rest)


@dataclass(frozen=True, eq=False)
class Spread(Handle):
    """A handle to a matrix of features whose blocks lie with the workers that made them.

    It holds what the blocks were made of. So a block whose worker is gone is made again by the
    worker that needs it, and has the same bits.

    Parameters
    ----------
    run : str
    matrix : str
        Its name; those of its blocks begin with it.
    blocks : tuple of Block
        In the order of their rows.
    extractor : transformer
        Fitted.
    images : Handle
    """

    run: str = ""
    matrix: str = ""
    blocks: tuple[Block, ...] = ()
    extractor: Any = None
    images: Handle | None = None

    def open(self) -> Array:
        """Return the matrix, on a worker: it is put together there when it is first needed."""
        return shelf_of(self.run).whole(self.matrix, self.shape, self._pieces())

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the matrix."""
        return (self.blocks[-1].stop, *self.blocks[0].shape[1:])

    def _pieces(self) -> Iterator[Array]:
        shelf = shelf_of(self.run)
        for block in self.blocks:
            rows = shelf.rows(block.name, block.shape, block.where)
            if rows is not None:
                yield from rows
            elif shelf.makes:
                yield self._made_again(block)
            else:
                raise NotHereError(block.name)

    def _made_again(self, block: Block) -> Matrix:
        assert self.images is not None
        images = self.images.open()[block.first : block.stop]
        with pinned_threads():
            rows = features_of(self.extractor, images)
        shelf_of(self.run).keep(block.name, rows)
        return rows


@dataclass(frozen=True, eq=False)
class Columns(Handle):
    """A handle to the columns of several matrices side by side, put together where it is opened."""

    run: str = ""
    matrix: str = ""
    parts: tuple[Handle, ...] = ()

    def open(self) -> Array:
        """Return the matrix, on a worker."""
        matrices = [part.open() for part in self.parts]
        row_bytes = sum(matrix[:1].nbytes for matrix in matrices)
        pieces = (
            side_by_side([matrix[rows] for matrix in matrices])
            for rows in blocks(len(matrices[0]), row_bytes)
        )
        return shelf_of(self.run).whole(self.matrix, self.shape, pieces)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the matrix."""
        shapes = [part.shape for part in self.parts]
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


def make_block(
    run: str,
    name: str,
    extractor: Any,
    images: Handle,
    first: int,
    stop: int,
    key: str | None = None,
) -> tuple[Block, float]:
    """Make the features of images `first` to `stop`, which stay on this worker; return seconds.

    With a key they stay for later runs, too.
    """
    with pinned_threads():
        some = images.open()[first:stop]
        started = time.perf_counter()
        rows = features_of(extractor, some)
        seconds = time.perf_counter() - started
    shelf = shelf_of(run)
    shelf.keep(name, rows, key, seconds)
    return Block(name, first, rows.shape, shelf.address), seconds


@dataclass(frozen=True)
class FileThere:
    """A file that a task is to write, and the process that asks is to have; a path on a worker."""

    run: str
    name: str

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return _path_there, (self.run, self.name)


def _path_there(run: str, name: str) -> Path:
    return shelf_of(run).folder / name


def name_of_matrix() -> str:
    """Return a new name for a matrix of a run."""
    return f"matrix-{secrets.token_hex(8)}"


def n_bytes_of(handle: Handle) -> int:
    """Return how many bytes a matrix of features takes in memory; 0 of images and labels."""
    return 0 if handle.given or isinstance(handle, Placed) else 4 * math.prod(handle.shape)


def where_it_is(handle: Any, there: set[str]) -> Any:
    """Return a handle without the addresses of workers that are gone."""
    if isinstance(handle, Spread):
        found = tuple(
            block if block.where in there else replace(block, where="") for block in handle.blocks
        )
        return replace(handle, blocks=found)
    return handle
