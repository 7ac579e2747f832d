"""The predictions that are kept beside a report, checked against it when they are read."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from data.layouts.npz import array_header
from data.names import shown
from data.system.regular_file import why_no_file
from data.system.whole_file import whole_file
from pipelines.errors import PredictionsError
from pipelines.record.report import Cell, CellName, Report
from pipelines.record.significance.resampling import Labels

_FILE = "predictions.npz"
_LARGEST_BYTES = 2**28
_RATIO = 10
"""A larger file declares at most so many times its size; predictions pack to a half or so."""
_LONGEST_NAME = 200
_WIDEST = 4 * _LONGEST_NAME  # bytes of one value; no number has as many
_AT_ONCE = 2**20


def kept_predictions(report: Report, beside: str | Path) -> tuple[Labels, dict[CellName, Labels]]:
    """Return the true labels and each finished cell's predictions, (n_seeds, n_test).

    The labels are (n_test,), or (n_seeds, n_test) if the images were split anew for each seed. All
    are integers of the file's own kind, so that they take no more memory than the file declares.

    Parameters
    ----------
    report
        What was read from `beside`.
    beside
        The path of its `report.json`.

    Raises
    ------
    PredictionsError
        If there is no such file there, or if it does not belong to the report: the hashes of its
        predictions and their counts of correct answers must be those in the report.
    """
    path = Path(beside).with_name(_FILE)
    if reason := why_no_file(path):
        raise PredictionsError(f"{path}: {reason}")
    n_test = report.dataset.n_test
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(member.file_size for member in archive.infolist())
            most = max(_LARGEST_BYTES, _RATIO * path.stat().st_size)
            if declared > most:
                raise ValueError(f"it declares {declared:,} bytes; at most {most:,} are read")
            done = _seeds_of_done(report)
            labels = _integers(archive, "labels", _shape_of_labels(report))
            found = {
                name: _integers(archive, "/".join(name), (n_seeds, n_test))
                for name, n_seeds in done.items()
            }
    except Exception as error:  # a broken or hostile file can fail in any line of the parsers
        raise PredictionsError(f"{path}: cannot be read: {str(error)[:200]}") from error
    for cell in report.cells:
        if cell.name in found and not _are_of(cell, found[cell.name], labels):
            raise PredictionsError(f"{path}: not the predictions of this report")
    return labels, found


def kept_tested(report: Report, beside: str | Path) -> npt.NDArray[np.int64]:
    """Return which images of the pool each resample was tested on, (n_resamples, n_test).

    Raises
    ------
    PredictionsError
        If there is no such file, or it does not hold that.
    """
    path = Path(beside).with_name(_FILE)
    try:
        with zipfile.ZipFile(path) as archive:
            found: npt.NDArray[np.int64] = _integers(archive, "tested", _shape_of_labels(report))
    except Exception as error:  # as above
        raise PredictionsError(f"{path}: cannot be read: {str(error)[:200]}") from error
    return found


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of the test images beside a report.

    Parameters
    ----------
    labels : int array (n_test,)
        The true classes.
    predicted : dict of (str, str) to int array (n_seeds, n_test)
        What each finished cell says.
    confidences : dict of (str, str) to float array (n_seeds, n_test)
        The probabilities of that, for cells that have them.
    names : tuple of str or None
        The images' own names.
    """

    labels: Labels
    predicted: dict[CellName, Labels]
    confidences: dict[CellName, npt.NDArray[np.floating[Any]]]
    names: tuple[str, ...] | None


def kept_of_images(report: Report, beside: str | Path) -> Kept:
    """Return all that is kept of the test images, with confidences and names.

    The predictions are checked against the report; confidences and names cannot be.

    Raises
    ------
    PredictionsError
        As `kept_predictions` does, and for a report of resamples, which has no test images that
        all runs share.
    """
    if report.is_resampled:
        raise PredictionsError(
            f"{beside}: every resample has other test images, so their labels cannot be checked "
            "one by one: run the comparison without resamples or folds"
        )
    labels, predicted = kept_predictions(report, beside)
    path = Path(beside).with_name(_FILE)
    n_test = report.dataset.n_test
    try:
        with zipfile.ZipFile(path) as archive:
            there = set(archive.namelist())
            confidences = {
                cell: _numbers(archive, "/".join(("confidence", *cell)), table.shape)
                for cell, table in predicted.items()
                if f"{'/'.join(('confidence', *cell))}.npy" in there
            }
            names = _names(archive, n_test) if "names.npy" in there else None
    except Exception as error:  # as above
        raise PredictionsError(f"{path}: cannot be read: {str(error)[:200]}") from error
    return Kept(labels, predicted, confidences, names)


def predictions_sha256(predicted: Labels) -> str:
    """Return the sha256 of predicted labels as little-endian int64."""
    found = hashlib.sha256()
    for first in range(0, len(predicted), _AT_ONCE):
        found.update(np.ascontiguousarray(predicted[first : first + _AT_ONCE], dtype="<i8").data)
    return found.hexdigest()


def write_predictions(
    path: Path,
    labels: Labels,
    predicted: Mapping[CellName, npt.NDArray[np.int64]],
    confidences: Mapping[CellName, npt.NDArray[np.float32]],
    *,
    n_classes: int,
    names: Sequence[str] | None = None,
    tested: npt.NDArray[np.intp] | None = None,
) -> None:
    """Write the predictions of every finished cell for every test image.

    In the file `labels` are the true ones; `features/model` is (n_seeds, n_test);
    `confidence/features/model` has the probabilities of those predictions, where there are any;
    `names` are the images' own names, where they have names, cut to 200 characters from the left.
    Of resamples, `labels` is (n_resamples, n_test), `tested` the places of these images in the pool
    of all parts (training, validation, test), and `names` those of the pool.
    """
    smallest = np.min_scalar_type(n_classes - 1)
    arrays: dict[str, npt.NDArray[Any]] = {"labels": labels.astype(smallest)}
    if names is not None:
        arrays["names"] = np.array([name[-_LONGEST_NAME:] for name in names], dtype=np.str_)
    if tested is not None:
        arrays["tested"] = tested.astype(np.int64)
    for cell, table in predicted.items():
        arrays["/".join(cell)] = table.astype(smallest)
        if cell in confidences:
            arrays["/".join(("confidence", *cell))] = confidences[cell].astype(np.float16)
    with whole_file(path) as aside, aside.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _seeds_of_done(report: Report) -> dict[CellName, int]:
    """Return how many seeds each finished cell has; raise ValueError where nothing can be kept."""
    done = [cell for cell in report.cells if cell.status == "done"]
    found = {cell.name: len(cell.seeds) for cell in done}
    if len(found) < len(done):
        raise ValueError("the report has a cell more than once")
    if len({"/".join(name) for name in found}) < len(found):
        raise ValueError("the names of two cells are one name here")
    if not report.dataset.n_test or not all(found.values()):
        raise ValueError("the report has no test images, or a cell without seeds")
    return found


def _are_of(cell: Cell, predicted: Labels, labels: Labels) -> bool:
    """Return whether a cell has these predictions' hashes and, by these labels, their counts."""
    hashes = tuple(predictions_sha256(row) for row in predicted)
    counts = tuple(int(n) for n in (predicted == labels).sum(axis=1))
    return hashes == cell.predictions_sha256 and counts == cell.n_correct


def _shape_of_labels(report: Report) -> tuple[int, ...]:
    n_test = report.dataset.n_test
    if not report.is_resampled:
        return (n_test,)
    n_resamples = {len(cell.seeds) for cell in report.cells}
    if len(n_resamples) != 1:
        raise ValueError("the cells of the report have different numbers of resamples")
    return (n_resamples.pop(), n_test)


def _integers(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> Any:
    """Return an array of integers of this shape."""
    values = _array(archive, name, shape, "iu", "integers")
    # Sums of uint64 and int64 would be floats.
    return values.astype(np.int64) if values.dtype == np.uint64 else values


def _numbers(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> Any:
    """Return an array of probabilities of this shape."""
    values = _array(archive, name, shape, "f", "floats")
    if not ((values >= 0) & (values <= 1.001)).all():
        raise ValueError(f"{name} must be probabilities")
    return values


def _names(archive: zipfile.ZipFile, n_test: int) -> tuple[str, ...]:
    """Return the images' names."""
    return tuple(map(shown, _array(archive, "names", (n_test,), "U", "texts").tolist()))


def _array(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], kinds: str, what: str
) -> npt.NDArray[Any]:
    """Return an array; nothing is allocated before its header has this shape and kind."""
    entry = archive.getinfo(f"{name}.npy")
    # bz2 and LZMA can make gigabytes of one small read, whatever size is declared.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(
            f"{name} is neither stored nor deflated; write it with numpy.savez_compressed"
        )
    with archive.open(entry) as file:
        found, kind = array_header(file)
    if found != shape or kind.kind not in kinds or kind.itemsize > _WIDEST:
        raise ValueError(f"{name} must be {what} {shape}, got {kind} {found}")
    with archive.open(entry) as file:
        return np.asarray(npy.read_array(file, allow_pickle=False))
