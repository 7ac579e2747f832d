"""The tables of a spec: an extractor, a union or a classifier, checked against its class."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from data.pixels.views import are_shifted
from pipelines.comparison.tables.parameters import check_parameters
from pipelines.comparison.tables.values import frozen, plain

CellName = tuple[str, str]
"""(features, model): the place of a cell in the grid."""

MOST_CELLS, MOST_RUNS = 10_000, 1000
"""Of a comparison, and so of a report: its cells, and the seeds or resamples of each."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]

_MOST_CHOICES = 1000


class Table(BaseModel):
    """One table of a spec: it cannot be changed, and it has only the keys that its class names.

    Examples
    --------
    >>> union = Union(union=("hog", "color"))
    >>> union.union
    ('hog', 'color')
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Extractor(Table):
    """One extractor: a class that has a name, its parameters, and those to choose.

    `choose` maps a parameter to the values that are tried on the validation part, together with
    those of the model. With `alone = false` it is only a part of unions, not a row of its own. With
    `views`, models learn from several views of each image, and predict by the mean over them.
    `shift` is how far the views are moved at most, in pixels.
    """

    extractor: str
    parameters: dict[str, Any] = {}
    choose: dict[str, tuple[Any, ...]] = {}
    alone: bool = True
    views: Literal[1, 2, 5, 9, 10, 18, 25, 50] = 1
    shift: Annotated[int, Field(ge=0, le=4096, strict=True)] = 3

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        return _gather_parameters(given, {"extractor", "choose", "alone", "views", "shift"})

    @field_validator("choose", mode="before")
    @classmethod
    def _lists(cls, choose: Any) -> Any:
        return _lists(choose)

    @model_validator(mode="after")
    def _check(self) -> Extractor:
        for names in (self.parameters, self.choose):
            check_parameters("extractor", self.extractor, names)
        _check_choose(self.choose, self.parameters)
        if "shift" in self.model_fields_set and not are_shifted(self.views):
            raise ValueError("shift: only five views or more are shifted; add views = 10")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the table as TOML has it."""
        own: dict[str, Any] = {} if self.alone else {"alone": False}
        if self.views > 1:
            own["views"] = self.views
        if are_shifted(self.views):
            own["shift"] = self.shift
        choose = {"choose": plain(self.choose)} if self.choose else {}
        return {"extractor": self.extractor, **own, **plain(self.parameters), **choose}


class Union(Table):
    """Several extractors of the spec, side by side."""

    union: tuple[Name, ...] = Field(min_length=2, max_length=100)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as TOML has it."""
        return {"union": list(self.union)}


class Classifier(Table):
    """One classifier: a class that has a name, its parameters, and those to choose.

    `choose` maps a parameter to the values that are tried on the validation part; several
    parameters make a grid. `on` maps the name of a row to the parameters that differ there. With
    `alone = false` it is only a part of other models, not a column of its own.
    """

    classifier: str
    parameters: dict[str, Any] = {}
    choose: dict[str, tuple[Any, ...]] = {}
    on: dict[str, dict[str, Any]] = {}
    alone: bool = True

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        return _gather_parameters(given, {"classifier", "choose", "on", "alone"})

    @field_validator("choose", mode="before")
    @classmethod
    def _lists(cls, choose: Any) -> Any:
        return _lists(choose)

    @field_validator("on")
    @classmethod
    def _values(cls, on: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {row: {k: frozen(v) for k, v in changes.items()} for row, changes in on.items()}

    @model_validator(mode="after")
    def _check(self) -> Classifier:
        for names in (self.parameters, self.choose, *self.on.values()):
            check_parameters("classifier", self.classifier, names)
        _check_choose(self.choose, self.parameters)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the table as TOML has it."""
        extra = {key: value for key in ("choose", "on") if (value := plain(getattr(self, key)))}
        own = {} if self.alone else {"alone": False}
        return {"classifier": self.classifier, **own, **plain(self.parameters), **extra}


def _kind(table: Any) -> str:
    """Return which of the two tables of `features` this is."""
    is_union = "union" in table if isinstance(table, Mapping) else isinstance(table, Union)
    return "union" if is_union else "extractor"


Features = Annotated[
    Annotated[Extractor, Tag("extractor")] | Annotated[Union, Tag("union")], Discriminator(_kind)
]


def _gather_parameters(given: Any, own: set[str]) -> Any:
    """Return a table in which all other keys than its own are moved under `parameters`."""
    if not isinstance(given, Mapping) or "parameters" in given:
        return given
    parameters = {key: frozen(value) for key, value in given.items() if key not in own}
    return {key: given[key] for key in given if key in own} | {"parameters": parameters}


def _lists(choose: Any) -> Any:
    """Return what is to be chosen, its lists as tuples; raise ValueError for anything else."""
    if not isinstance(choose, Mapping) or not all(
        isinstance(values, list | tuple) and values for values in choose.values()
    ):
        raise ValueError("choose maps parameters to lists of values, as in {alpha = [0.1, 1]}")
    return {key: tuple(frozen(v) for v in values) for key, values in choose.items()}


def _check_choose(choose: Mapping[str, tuple[Any, ...]], parameters: Mapping[str, Any]) -> None:
    """Raise ValueError for what is given and to be chosen, and for too large a grid."""
    if both := sorted(parameters.keys() & choose.keys()):
        raise ValueError(f"{', '.join(both)}: given a value and to be chosen; keep one")
    n_choices = math.prod(map(len, choose.values()))
    if n_choices > _MOST_CHOICES:
        raise ValueError(f"choose: {n_choices:,} combinations; at most {_MOST_CHOICES:,}")
