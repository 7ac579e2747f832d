"""What a comparison found: the data model of `report.json`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = 1

Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CellName = tuple[str, str]
"""(features, model): a cell's place in the grid."""


class Part(BaseModel):
    """One part of a report: immutable, and without a key that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DatasetSummary(Part):
    """Which images were compared on."""

    name: str
    sha256: Sha256
    n_train: Count
    n_test: Count
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]


class Epoch(Part):
    """One point of a learning curve."""

    epoch: Count
    loss: float
    score: float | None = None
    val_loss: float | None = None
    val_score: float | None = None


class Metrics(Part):
    """What a cell's predictions are worth beyond accuracy; means over the seeds."""

    macro_f1: Fraction
    per_class_accuracy: tuple[Fraction, ...]
    top2: Fraction | None = None
    log_loss: float | None = None
    calibration_error: Fraction | None = None


class Cell(Part):
    """One extractor (or union) with one classifier; tuples have one entry a seed."""

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
    metrics: Metrics | None = None
    confusion: tuple[tuple[Count, ...], ...] | None = None
    learning_curves: tuple[tuple[Epoch, ...], ...] = ()
    error: str | None = None

    @property
    def name(self) -> CellName:
        """Return the cell's place in the grid."""
        return self.features, self.model


class PairedDifference(Part):
    """How far apart two cells are on the same test images, and how sure that is."""

    first: CellName
    second: CellName
    difference: Annotated[float, Field(ge=-1, le=1)]
    ci95: tuple[float, float]
    only_first: Count
    only_second: Count
    p_value: Fraction
    p_holm: Fraction


class FeatureCost(Part):
    """What fitting and running one extractor took."""

    features: str
    seed: int
    fit_s: Seconds
    transform_train_s: Seconds
    transform_test_s: Seconds
    cached: bool = False


class CellCost(Part):
    """What choosing, fitting and predicting took in one cell."""

    features: str
    model: str
    seed: int
    choose_s: Seconds
    fit_s: Seconds
    predict_s: Seconds
    cached: bool = False


class Measurements(Part):
    """Times and sizes, which never reproduce exactly."""

    started: str
    total_s: Seconds
    peak_memory_bytes: Count
    features: tuple[FeatureCost, ...] = ()
    cells: tuple[CellCost, ...] = ()


class Report(Part):
    """A whole comparison, as `report.json` holds it."""

    schema_: int = Field(alias="schema", default=SCHEMA)
    preconv: str
    title: str
    dataset: DatasetSummary
    spec: dict[str, Any]
    environment: dict[str, Any]
    cells: tuple[Cell, ...]
    pairs: tuple[PairedDifference, ...] = ()
    measurements: Measurements
    digest: Sha256 | None = None

    def to_json(self) -> str:
        """Return the report as JSON text, its digest made anew."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"digest"})
        content["digest"] = digest(content)
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, path: str | Path) -> Report:
        """Return the report in a file; its digest is kept as found, not checked."""
        return cls.model_validate_json(Path(path).read_bytes())


def digest(content: dict[str, Any]) -> str:
    """Return the sha256 of a report's content as canonical JSON, its `digest` left out."""
    rest = {key: value for key, value in content.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
