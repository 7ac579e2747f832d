"""Arrays in files, which tasks open by a handle, and the folder that holds them during a run."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import socket
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data import cache_folder
from data.keeping.array_files import begin_array, read_array, write_array
from data.keeping.claimed_folder import ClaimedFolder, remove_abandoned
from data.keeping.frozen import is_frozen
from data.system.claims import is_running
from pipelines.running.content import check_content

Array = npt.NDArray[Any]
Matrix = npt.NDArray[np.float32]

_PREFIX = "running-"
_ABANDONED_S = 24 * 3600.0


@dataclass(frozen=True, eq=False)
class Handle:
    """A reference to a matrix or to images, for tasks: a file, or the array if there is no file.

    Parameters
    ----------
    key : str or None
        The hash of what the array was made of; None if that cannot be known.
    path : Path or None
        A `.npy` file.
    held : array or None
        The array, where no file could be written.
    rows : slice or None
        Which rows of the file; None for all.
    given : bool
        Whether no task made it: it holds images or labels.
    sha256 : str
        Of the file, which is then checked before it is first read in a process; "" if that is not
        known.
    """

    key: str | None
    path: Path | None = None
    held: Array | None = None
    rows: slice | None = None
    given: bool = False
    sha256: str = ""

    def open(self) -> Array:
        """Return the array, read-only; from a file it is mapped."""
        if self.held is not None:
            view = self.held.view()
            view.setflags(write=False)
            return view
        assert self.path is not None
        if self.sha256:
            check_content(self.path, self.sha256)
        whole = read_array(self.path)
        return whole if self.rows is None else whole[self.rows]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.open().shape


class Workspace:
    """A folder for the arrays of one run, beside the cache; it is removed when the run ends.

    Arrays are written here, or linked here from the cache. So the run still has an array after the
    cache has removed it. The folder of a run that was killed is removed by the next run.

    Parameters
    ----------
    home : Path, optional
        The folder that holds the folders of all runs. Default: the cache folder's "workspaces".

    Examples
    --------
    >>> with Workspace(getfixture("tmp_path")) as workspace:
    ...     workspace.hold(np.arange(3), "numbers").open()
    array([0, 1, 2])
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = cache_folder() / "workspaces" if home is None else home
        self.folder: Path | None = None
        self._claimed: ClaimedFolder | None = None
        self._has_warned = False

    def __enter__(self) -> Workspace:
        _sweep(self.home)
        name = f"{_PREFIX}{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            self._claimed = ClaimedFolder.make(self.home / name)
            self.folder = self._claimed.path
        except OSError as error:
            self.warn(error)
        return self

    def __exit__(self, *error: object) -> None:
        if self._claimed is not None:
            self._claimed.remove()

    def path(self, suffix: str = ".npy") -> Path | None:
        """Return a path for a new file; None if this workspace has no folder."""
        return self.folder and self.folder / f"{secrets.token_hex(8)}{suffix}"

    def hold(self, array: Array, key: str | None = None) -> Handle:
        """Return the handle of an array in a file, which holds the array if it cannot be written.

        An array that is mapped from a file already is linked here, and not copied, where that can
        be.
        """
        path = self.path()
        try:
            if path is not None:
                if (rows := _linked(array, path)) is not None:
                    return Handle(key, path, rows=rows, given=True)
                write_array(path, array)
                return Handle(key, path, given=True)
        except OSError as error:
            assert path is not None
            path.unlink(missing_ok=True)
            self.warn(error)
        return Handle(key, held=array)

    def begin(self, shape: tuple[int, ...], key: str | None = None) -> Handle | None:
        """Return the handle of a float32 matrix whose rows are not written; None without room."""
        path = self.path()
        try:
            if path is not None:
                begin_array(path, shape, np.float32)
                return Handle(key, path)
        except OSError as error:
            self.warn(error)
        return None

    def link(self, file: Path, key: str | None = None, mapped: Array | None = None) -> Handle:
        """Return a handle to a file of the cache that stays readable until the run ends.

        Another run may just have removed the file; what is in it is then taken from `mapped`.
        """
        path = self.path()
        try:
            if path is not None:
                path.hardlink_to(file)
                return Handle(key, path)
        except OSError:
            pass  # another disk, a system without links, or the file is gone
        if mapped is not None and not file.exists():
            return self.hold(mapped, key)
        return Handle(key, held=read_array(file) if mapped is None else mapped)

    def check_there(self) -> None:
        """Raise FileNotFoundError if somebody has removed the folder during the run."""
        if self.folder is not None and not self.folder.is_dir():
            raise FileNotFoundError(
                errno.ENOENT, "this folder of the run was removed while it was used", self.folder
            )

    def release(self, handle: Handle) -> None:
        """Remove the file of a handle that no task will open any more."""
        if handle.path is not None and handle.path.parent == self.folder:
            handle.path.unlink(missing_ok=True)

    def warn(self, error: OSError) -> None:
        """Warn that arrays stay in memory: once, for a full disk stays full."""
        if self._has_warned:
            return
        self._has_warned = True
        warnings.warn(f"{self.home}: in memory instead: {error}", RuntimeWarning, stacklevel=3)


def _linked(array: Array, path: Path) -> slice | None:
    """Link the file that holds all of an array to a path; return its rows there, or None."""
    holder = array
    while isinstance(holder.base, np.ndarray):
        holder = holder.base  # a part of a map is a map itself, and does not know where it begins
    file = getattr(holder, "filename", None)
    # Only of a file that is not written to any more may the name still stand for the same bytes.
    if file is None or not is_frozen(array) or not array.flags.c_contiguous or not array.size:
        return None
    try:
        path.hardlink_to(file)
        whole = read_array(path)
        first, rest = divmod(_place(array) - _place(holder), array[:1].nbytes)
        rows = slice(first, first + len(array))
        alike = whole.dtype == array.dtype and whole.shape[1:] == array.shape[1:]
        if alike and not rest and rows.start >= 0 and rows.stop <= len(whole):
            return rows
    except (OSError, ValueError):
        pass  # another disk, a system without links, or no such file any more
    path.unlink(missing_ok=True)
    return None


def _place(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _sweep(home: Path) -> None:
    """Remove the workspaces of processes that are no more.

    A machine that shares the disk may be unable to see the locks of another one, and its process
    numbers say nothing here: there, what has not changed for a day goes.
    """
    here = socket.gethostname()
    for path in home.glob(f"{_PREFIX}*"):
        found = re.fullmatch(rf"{_PREFIX}(.*)-(\d+)-[0-9a-f]+", path.name)
        if found is None or (found[1] != here and not _is_old(path)):
            continue
        if remove_abandoned(path) is None and found[1] == here and not is_running(int(found[2])):
            shutil.rmtree(path, ignore_errors=True)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _ABANDONED_S
    except OSError:
        return False
