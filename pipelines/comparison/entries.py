"""The tables of a spec: an extractor, a union or a classifier, checked against its class."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from inspect import signature
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

from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS, Entry

CellName = tuple[str, str]
"""(features, model): the place of a cell in the grid."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]

# The run sets these parameters itself, so a spec cannot: `random_state` follows the seeds, nothing
# is printed, no fit starts from an earlier one, and no spec names a file to write.
_DECIDED_BY_THE_RUN = frozenset({"random_state", "verbose", "warm_start", "checkpoint"})
_LONGEST = 1000
_DEEPEST = 4
_MOST_CHOICES = 1000
MOST_THREADS = 256


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
    """One extractor: a registered class and its parameters.

    With `alone = false` it is only a part of unions, not a row of its own. With `views`, models
    learn from several views of each image, and predict by the mean over them. `shift` is how far
    the shifted views are moved, in pixels.
    """

    extractor: str
    parameters: dict[str, Any] = {}
    alone: bool = True
    views: Literal[1, 2, 10] = 1
    shift: Annotated[int, Field(ge=0, le=4096, strict=True)] = 3

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        return _gather_parameters(given, {"extractor", "alone", "views", "shift"})

    @model_validator(mode="after")
    def _check(self) -> Extractor:
        _check_parameters("extractor", self.extractor, EXTRACTORS, self.parameters)
        if "shift" in self.model_fields_set and self.views != 10:
            raise ValueError("shift: only ten views are shifted; add views = 10")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the table as TOML has it."""
        own: dict[str, Any] = {} if self.alone else {"alone": False}
        if self.views > 1:
            own["views"] = self.views
        if self.views == 10:
            own["shift"] = self.shift
        return {"extractor": self.extractor, **own, **plain(self.parameters)}


class Union(Table):
    """Several extractors of the spec, side by side."""

    union: tuple[Name, ...] = Field(min_length=2, max_length=100)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as TOML has it."""
        return {"union": list(self.union)}


class Classifier(Table):
    """One classifier: a registered class, its parameters, and those to choose.

    `choose` maps a parameter to the values that are tried on the validation part; several
    parameters make a grid. `on` maps the name of a row to the parameters that differ there.
    """

    classifier: str
    parameters: dict[str, Any] = {}
    choose: dict[str, tuple[Any, ...]] = {}
    on: dict[str, dict[str, Any]] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        return _gather_parameters(given, {"classifier", "choose", "on"})

    @field_validator("choose", mode="before")
    @classmethod
    def _lists(cls, choose: Any) -> Any:
        if not isinstance(choose, Mapping) or not all(
            isinstance(values, list | tuple) and values for values in choose.values()
        ):
            raise ValueError("choose maps parameters to lists of values, as in {alpha = [0.1, 1]}")
        return {key: tuple(_value(v) for v in values) for key, values in choose.items()}

    @field_validator("on")
    @classmethod
    def _values(cls, on: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {row: {k: _value(v) for k, v in changes.items()} for row, changes in on.items()}

    @model_validator(mode="after")
    def _check(self) -> Classifier:
        for names in (self.parameters, self.choose, *self.on.values()):
            _check_parameters("classifier", self.classifier, CLASSIFIERS, names)
        if both := sorted(self.parameters.keys() & self.choose.keys()):
            raise ValueError(f"{', '.join(both)}: given a value and to be chosen; keep one")
        n_choices = math.prod(map(len, self.choose.values()))
        if n_choices > _MOST_CHOICES:
            raise ValueError(f"choose: {n_choices:,} combinations; at most {_MOST_CHOICES:,}")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the table as TOML has it."""
        extra = {key: value for key in ("choose", "on") if (value := plain(getattr(self, key)))}
        return {"classifier": self.classifier, **plain(self.parameters), **extra}


def _kind(table: Any) -> str:
    """Return which of the two tables of `features` this is."""
    is_union = "union" in table if isinstance(table, Mapping) else isinstance(table, Union)
    return "union" if is_union else "extractor"


Features = Annotated[
    Annotated[Extractor, Tag("extractor")] | Annotated[Union, Tag("union")], Discriminator(_kind)
]


def check_names(what: str, given: Iterable[str], valid: Collection[str]) -> None:
    """Raise ValueError for names that are not valid, listing those that are."""
    if unknown := [name for name in given if name not in valid]:
        raise ValueError(
            f"unknown {what}: {', '.join(map(str, unknown))}; valid: {', '.join(valid) or 'none'}"
        )


def plain(value: Any) -> Any:
    """Return a value of a spec with lists for tuples, as TOML and JSON have it."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


def _gather_parameters(given: Any, own: set[str]) -> Any:
    """Return a table in which all other keys than its own are moved under `parameters`."""
    if not isinstance(given, Mapping) or "parameters" in given:
        return given
    parameters = {key: _value(value) for key, value in given.items() if key not in own}
    return {key: given[key] for key in given if key in own} | {"parameters": parameters}


def _check_parameters(
    kind: str, name: str, registry: Mapping[str, Entry], given: Mapping[str, Any]
) -> None:
    """Raise ValueError unless the class is registered and its constructor takes the parameters."""
    check_names(kind, [name], registry)
    withheld = registry[name].withheld
    takes = signature(registry[name].kind).parameters.keys() - _DECIDED_BY_THE_RUN - withheld
    if unfit := [key for key in given if key in withheld]:
        raise ValueError(f"{', '.join(unfit)}: only a classifier made in Python can have that")
    if decided := [key for key in given if key in _DECIDED_BY_THE_RUN]:
        raise ValueError(f"{', '.join(decided)}: the run sets that itself; remove it")
    check_names(f"parameter of {name}", given, sorted(takes))
    asked = given.get("n_jobs")
    for threads in asked if isinstance(asked, tuple) else (asked,):
        if isinstance(threads, int) and threads > MOST_THREADS:
            raise ValueError(f"n_jobs: at most {MOST_THREADS} threads, got {threads}")


def _value(value: Any, depth: int = 0) -> Any:
    """Return a parameter's value with tuples for lists; raise ValueError for what no spec holds."""
    if depth > _DEEPEST:
        raise ValueError(f"parameters nest at most {_DEEPEST} deep")
    if isinstance(value, list | tuple) and len(value) <= _LONGEST:
        return tuple(_value(each, depth + 1) for each in value)
    if isinstance(value, Mapping) and len(value) <= _LONGEST and all(map(_is_text, value)):
        return {key: _value(each, depth + 1) for key, each in value.items()}
    if value is None or isinstance(value, bool) or _is_text(value):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(
        "a parameter is true, false, a finite number, a short text, or a list or table of those, "
        f"got {str(value)[:80]!r}"
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST
