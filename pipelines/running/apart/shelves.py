"""The shelf of each run that this worker takes part in, found by the name of the run."""

from __future__ import annotations

import threading

from pipelines.running.apart.shelf import Shelf

_shelves: dict[str, Shelf] = {}
_makes: dict[str, bool] = {}
_lock = threading.Lock()


def take_part(run: str, *, makes: bool) -> None:
    """Take part in a run; `makes` says whether features may be made here."""
    _makes[run] = makes


def shelf_of(run: str) -> Shelf:
    """Return the shelf of a run, which is made when it is first needed.

    Raises
    ------
    OSError
        If this worker takes no part in it, or cannot write into its cache folder.
    """
    with _lock:
        if run not in _shelves:
            if run not in _makes:
                raise OSError(f"this worker takes no part in {run}")
            _shelves[run] = Shelf(makes=_makes[run])
        return _shelves[run]


def leave(run: str) -> None:
    """Remove what is of a run alone."""
    with _lock:
        _makes.pop(run, None)
        shelf = _shelves.pop(run, None)
    if shelf is not None:
        shelf.close()
