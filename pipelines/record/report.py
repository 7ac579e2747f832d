"""What a comparison found: the data model of `report.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from pipelines.comparison.tables.entries import MOST_CELLS
from pipelines.comparison.tables.entries import CellName as CellName
from pipelines.errors import ReportError
from pipelines.record.digests import results_digest, with_digests
from pipelines.record.folder.report_file import read_json, report_text
from pipelines.record.proportion import why_out_of_proportion

SCHEMA = 1
ALPHA = 0.05
"""Cells are told apart at this rate of false alarms, for all pairs of a comparison together."""

Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
Fraction = Annotated[float, Field(ge=0, le=1, strict=True)]
Seconds = Annotated[float, Field(ge=0, strict=True)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PairsStatistic = Literal["mcnemar-holm", "max-t", "corrected-max-t", "corrected-bonferroni-t"]


class Part(BaseModel):
    """One part of a report: it cannot be changed, and it has only the keys that its class names.

    Examples
    --------
    >>> Epoch(epoch=1, loss=2.3).model_dump(exclude_none=True)
    {'epoch': 1, 'loss': 2.3}
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sparse(Part):
    """A part written without what is None, so that an earlier report keeps its digest."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = dump(self)
        return {key: value for key, value in content.items() if value is not None}


class LeftOut(Part):
    """Files of one kind that lie in the source and are not in the data; the first by name."""

    kind: Annotated[str, Field(min_length=1, max_length=200)]
    n: Count
    names: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=20)] = ()


class DatasetSummary(Sparse):
    """Which images were compared on.

    `n_validation` is there only if a validation part came with the images. `n_test_in_train` counts
    the test images that are in the training part, too, alike in every pixel, and
    `n_test_in_validation` those in a validation part. `passed_over` says what else the source
    held. A report has these only if there are some.
    """

    name: str
    sha256: Sha256
    n_train: Count
    n_test: Count
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    n_validation: Annotated[int, Field(ge=1, le=2**53)] | None = None
    n_test_in_train: Count | None = None
    n_test_in_validation: Count | None = None
    passed_over: Annotated[tuple[LeftOut, ...], Field(min_length=1, max_length=100)] | None = None


class Epoch(Part):
    """One point of a learning curve; a loss that is no longer finite is None."""

    epoch: Count
    loss: float | None
    score: float | None = None
    val_loss: float | None = None
    val_score: float | None = None


class Metrics(Part):
    """What a cell's predictions are worth beyond accuracy; means over the seeds.

    A class without a test image has None for its accuracy.
    """

    macro_f1: Fraction
    per_class_accuracy: tuple[Fraction | None, ...]
    top2: Fraction | None = None
    log_loss: float | None = None
    calibration_error: Fraction | None = None


class Cell(Part):
    """One extractor (or union) with one classifier; tuples have one entry a seed.

    The interval is Wilson's for the mean count, rounded, of `n_test`; over resamples it is that of
    the corrected resampled t. The confusion matrix has a
    row for each true class and a column for each predicted one, summed over the seeds.
    """

    features: str
    model: str
    status: Literal["done", "failed", "pending"]
    seeds: tuple[int, ...]
    n_test: Count
    n_correct: tuple[Count, ...] = ()
    accuracy: Fraction | None = None
    accuracy_std: float | None = None
    ci95: tuple[Fraction, Fraction] | None = None
    predictions_sha256: tuple[Sha256, ...] = ()
    dim: Count | None = None
    chosen: tuple[dict[str, Any], ...] = ()
    validation_accuracy: tuple[Fraction, ...] = ()
    metrics: Metrics | None = None
    confusion: tuple[tuple[Count, ...], ...] | None = None
    learning_curves: tuple[tuple[Epoch, ...], ...] = ()
    error: str | None = None

    def __repr__(self) -> str:
        """Return its place in the grid and its accuracy, on one line."""
        done = self.status == "done" and self.accuracy is not None
        said = f"{self.accuracy:.1%}" if done else self.status
        return f"<Cell {self.features[:80]!r}, {self.model[:80]!r}: {said}>"

    __str__ = __repr__

    @property
    def name(self) -> CellName:
        """Return the cell's place in the grid."""
        return self.features, self.model


class PairedDifference(Sparse):
    """How far apart two cells are on the same test images, and how sure that is.

    With `p_adjusted`, interval and p-value are for all pairs together, and the interval excludes
    zero exactly if the two are told apart. Pairs of earlier reports have `p_value` and `p_holm`,
    of another statistic than their interval, which is of the pair alone. `only_first` counts the
    images on which the first is ahead; over resamples, its right answers where the second is wrong.
    """

    first: CellName
    second: CellName
    difference: Annotated[float, Field(ge=-1, le=1)]
    ci95: tuple[float, float]
    only_first: Count
    only_second: Count
    p_adjusted: Fraction | None = None
    p_value: Fraction | None = None
    p_holm: Fraction | None = None

    @property
    def p(self) -> float:
        """Return the p-value that is corrected for all pairs."""
        adjusted = self.p_holm if self.p_adjusted is None else self.p_adjusted
        return 1.0 if adjusted is None else adjusted

    @property
    def told_apart(self) -> bool:
        """Return whether the two cells can be told apart; only this decides it, everywhere."""
        return self.p < ALPHA

    @model_validator(mode="after")
    def _has_a_p_value(self) -> PairedDifference:
        if self.p_adjusted is None and self.p_holm is None:
            raise ValueError("a paired difference has p_adjusted or, in earlier reports, p_holm")
        return self


class FeatureCost(Part):
    """What fitting and running one extractor took."""

    features: str
    seed: int
    fit_s: Seconds
    transform_train_s: Seconds
    transform_test_s: Seconds
    cached: bool = False


class CellCost(Sparse):
    """What choosing, fitting and predicting took in one cell.

    `kernels` says how those of the processor that computed it differ from the environment's; it is
    left out where they do not.
    """

    features: str
    model: str
    seed: int
    choose_s: Seconds
    fit_s: Seconds
    predict_s: Seconds
    cached: bool = False
    kernels: str | None = None


class Measurements(Sparse):
    """Times and sizes, which never reproduce exactly.

    The peak of memory counts mapped files, the pages of which the system may drop; the anonymous
    one does not. The limit is that on anonymous memory, where the process or its container had one.
    """

    started: str
    total_s: Seconds
    peak_memory_bytes: Count
    peak_anonymous_bytes: Count | None = None
    memory_limit_bytes: Count | None = None
    features: tuple[FeatureCost, ...] = ()
    cells: tuple[CellCost, ...] = ()


class Report(Part):
    """A whole comparison, as `report.json` holds it.

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
        How the pairs are compared: "max-t", or "mcnemar-holm" in reports of earlier versions; if
        the images were split anew for each run, "corrected-bonferroni-t", or "corrected-max-t" in
        reports of earlier versions.
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
    >>> report = Report.read("pipelines/reports/builtin/report.json")
    >>> report.dataset.name, report.dataset.n_test, len(report.cells)
    ('builtin', 1000, 20)
    """

    schema_: int = Field(alias="schema", default=SCHEMA)
    preconv: str
    title: str
    dataset: DatasetSummary
    spec: dict[str, Any]
    environment: dict[str, Any]
    cells: tuple[Cell, ...] = Field(max_length=MOST_CELLS)
    pairs_statistic: PairsStatistic = "mcnemar-holm"
    pairs: tuple[PairedDifference, ...] = ()
    measurements: Measurements
    results_digest: Sha256 | None = None
    digest: Sha256 | None = None

    @model_serializer(mode="wrap")
    def _as_it_was_read(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the content; an earlier report, which has not every field, keeps its digest."""
        content: dict[str, Any] = dump(self)
        if self.results_digest is None:
            content.pop("results_digest", None)
        if self.pairs_statistic == "mcnemar-holm":
            content.pop("pairs_statistic", None)
        return content

    @property
    def is_resampled(self) -> bool:
        """Return whether the images were split anew for each run."""
        return self.pairs_statistic.startswith("corrected-")

    def with_results_digest(self) -> Self:
        """Return the report with the hash of what it found.

        Returns
        -------
        Report
            The same content, and `results_digest`.
        """
        content = self.model_dump(mode="json", by_alias=True)
        return self.model_copy(update={"results_digest": results_digest(content)})

    def to_json(self) -> str:
        """Return the report as JSON text, its digests made anew.

        Returns
        -------
        str
            The text of a `report.json`.
        """
        content = with_digests(self.model_dump(mode="json", by_alias=True, exclude={"digest"}))
        return report_text(content)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return the report in a file; its digest is kept as found, not checked.

        Parameters
        ----------
        path : str or Path
            A `report.json`, the page that carries it, or the folder of one of them.

        Returns
        -------
        Report
            What the file holds.

        Raises
        ------
        ReportError
            If the file is no report of this schema.
        """
        return cls.parse(read_json(path), str(path))

    @classmethod
    def parse(cls, content: dict[str, Any], where: str) -> Self:
        """Return the report in JSON that was read.

        Parameters
        ----------
        content : dict
            The object in the file.
        where : str
            How errors start, for example the path of the file.

        Returns
        -------
        Report
            What the content says.

        Raises
        ------
        ReportError
            If the content is no report of this schema.
        """
        schema = content.get("schema")
        if schema != SCHEMA:
            raise ReportError(
                f"{where}: schema {str(schema)[:40]!r}; this version of preconv reads {SCHEMA}"
            )
        try:
            report = cls.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise ReportError(f"{where}: {place}: {first['msg']}") from None
        if why := why_out_of_proportion(report):
            raise ReportError(f"{where}: {why}")
        return report
