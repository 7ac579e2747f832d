"""A report that can be asked: for its best cell, its table, its figures, its confusions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from pydantic import PrivateAttr

from pipelines.errors import MissingExtraError, ReportError
from pipelines.record.comparing.standings import Standings
from pipelines.record.folder.report_file import report_file
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Cell
from pipelines.record.report import Report as Record
from pipelines.reporting.shown.plots import Plots, cell_of, confusion_of
from pipelines.reporting.tables.rows import COLUMNS, tidy_rows
from pipelines.reporting.texts.numbers import percent
from pipelines.reporting.texts.outside_text import one_line

if TYPE_CHECKING:
    import pandas as pd


class Report(Record):
    """What a comparison found: `compare` returns it, and `load_report` reads it.

    It cannot be changed. Its fields are those of `report.json`.

    Parameters
    ----------
    schema : int, default 1
        The version of the format.
    preconv : str
        The version of preconv that made the report.
    title : str
        What the report calls the images.
    dataset : DatasetSummary
        Which images were compared on: their name, hash, counts, shape and classes.
    spec : dict
        The comparison, as `Comparison.to_dict` returns it.
    environment : dict
        What figures depend on outside the spec: versions, processor, BLAS, the hash of the code.
    cells : tuple of Cell
        Every row with every column: its accuracy, interval, metrics and choices.
    pairs_statistic : str, default "mcnemar-holm"
        How the pairs are compared: "max-t", or "mcnemar-holm" in reports of earlier versions; over
        resamples "corrected-bonferroni-t", or "corrected-max-t" in reports of earlier versions.
    pairs : tuple of PairedDifference, default ()
        Every two finished cells, image by image.
    measurements : Measurements
        Times and sizes, which never reproduce exactly.
    results_digest : str or None, default None
        The sha256 of what was found alone, the same in every run; None in earlier reports.
    digest : str or None, default None
        The sha256 of all the rest, 64 hexadecimal digits; None before it is written.

    Raises
    ------
    pydantic.ValidationError
        If a field is missing or not as said above; `parse` and `read` raise ReportError.

    Examples
    --------
    >>> from pipelines import load_report
    >>> report = load_report("pipelines/reports/builtin")
    >>> report.dataset.name, report.dataset.n_test, len(report.cells)
    ('builtin', 1000, 20)
    >>> report.best.model in ("linear", "mlp", "mlp3", "knn")
    True
    >>> report.confusion(report.best.name).shape
    (10, 10)
    """

    _file: Path | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, record: Record, file: Path | None = None) -> Self:
        """Return a record as this class has it.

        Parameters
        ----------
        record : Report
            What was found.
        file : Path, optional
            Where it was read or written; predictions are looked for beside it.

        Returns
        -------
        Report
            The same content.
        """
        fields = {
            field.alias or name: getattr(record, name)
            for name, field in Record.model_fields.items()
        }
        made = cls.model_validate(fields)
        made._file = file
        return made

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return the report in a file, as `load_report` does.

        Parameters
        ----------
        path : str or Path
            A `report.json`, the page that carries it, or the folder of one of them.

        Returns
        -------
        Report
            What the file holds.
        """
        file = report_file(path)
        return cls.of(Record.read(file), file)

    def __eq__(self, other: object) -> bool:
        """Return whether two reports have the same content."""
        if not isinstance(other, Record):
            return NotImplemented
        return self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return what it is of, and the best cell, on one line."""
        done = Standings(self).cells
        said = f"{len(done)} of {len(self.cells)} cells done"
        if self.best is not None:
            said += f", best {_named(self.best)} {percent(self.best.accuracy or 0.0)} %"
        return f"<Report {one_line(self.title)[:80]!r}: {said}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from pipelines.reporting.shown.html import report_as_html

        return report_as_html(self)

    @property
    def best(self) -> Cell | None:
        """The most accurate cell; None if none is finished."""
        return next(iter(Standings(self).cells), None)

    @property
    def plot(self) -> Plots:
        """The figures of the page, as Matplotlib's: `report.plot.accuracy()` and others."""
        return Plots(self)

    def to_frame(self) -> pd.DataFrame:
        """Return the cells as a data frame of pandas, a row for each.

        Returns
        -------
        pandas.DataFrame
            The columns `features`, `model`, `status`, `accuracy`, `low` and `high` (the ends of
            its 95 % interval), `n_test`, `seeds` and more; accuracies are fractions, and costs are
            seconds for one seed.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise MissingExtraError(
                "to_frame() needs pandas: install it with `pip install 'preconv[pandas]'`"
            ) from None
        return pd.DataFrame(tidy_rows(self), columns=list(COLUMNS))

    def confusion(self, cell: str | tuple[str, str]) -> npt.NDArray[np.int64]:
        """Return how often each class was taken for each, summed over the seeds.

        It is counted from the `predictions.npz` beside the report, if that belongs to it;
        otherwise it is what the report says.

        Parameters
        ----------
        cell : str or (str, str)
            The cell, "features/model" or a pair.

        Returns
        -------
        ndarray of int64, shape (n_classes, n_classes)
            A row for each true class, a column for each predicted one, in the order of
            `dataset.class_names`.

        Raises
        ------
        ReportError
            If there is no such cell, or it is not finished.
        PredictionsError
            If the predictions beside the report are not its own, or damaged.
        """
        found = cell_of(self, cell)
        beside = None if self._file is None else self._file.with_name("predictions.npz")
        if found.status != "done" or beside is None or not beside.is_file():
            return np.asarray(confusion_of(found))
        labels, predicted = kept_predictions(self, beside)
        n_classes = len(self.dataset.class_names)
        table = predicted[found.name]
        if min(labels.min(), table.min()) < 0 or max(labels.max(), table.max()) >= n_classes:
            raise ReportError(f"{beside}: it holds labels of classes that the report does not name")
        pairs = n_classes * labels.astype(np.int64) + table
        return np.bincount(pairs.ravel(), minlength=n_classes**2).reshape(n_classes, n_classes)


def load_report(path: str | Path) -> Report:
    """Return the report in a file.

    Nothing in the file is run, and its size and depth are bounded.

    Parameters
    ----------
    path : str or Path
        A `report.json`, the `report.html` that carries it (pages hold no predictions), or the
        folder of one of them.

    Returns
    -------
    Report
        What the file holds; its digest is kept as found. `preconv reproduce` checks it.

    Raises
    ------
    ReportError
        If the file holds no report that can be read.

    Examples
    --------
    >>> report = load_report("pipelines/reports/builtin")
    >>> report.dataset.name, len(report.cells)
    ('builtin', 20)
    """
    return Report.read(path)


def _named(cell: Cell) -> str:
    return one_line("/".join(cell.name))[:80]
