"""What is compared with what: a TOML file or command-line options → a validated, frozen spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from data import NAMED_DATASETS
from data.names import is_name, last_part
from data.pixels.resizing import Fit
from data.system.paths import expanded
from pipelines.comparison.named.lookup import entry_of
from pipelines.comparison.named.valid_names import check_names
from pipelines.comparison.narrowing import narrowed
from pipelines.comparison.parts import circle, parts_of, sizes
from pipelines.comparison.settings import with_settings
from pipelines.comparison.spec_file import found, lines_of, read_toml
from pipelines.comparison.tables.entries import (
    MOST_RUNS,
    Classifier,
    Extractor,
    Features,
    Name,
    Table,
    Union,
)
from pipelines.comparison.tables.values import plain
from pipelines.errors import SpecError

SCHEMA = 1
_LONGEST_REPR = 300
_MOST_INSIDE = 1000

Seed = Annotated[int, Field(ge=0, lt=2**32, strict=True)]
Side = Annotated[int, Field(ge=1, le=4096, strict=True)]
Level = Annotated[int, Field(ge=1, le=64, strict=True)]
MOST_GENERATED = 10**9
Generated = Annotated[int, Field(ge=1, le=MOST_GENERATED, strict=True)]
Times = Annotated[int, Field(ge=1, le=MOST_RUNS, strict=True)]


class Comparison(Table):
    """A comparison as data: every row (features) with every column (models), on one dataset.

    Parameters
    ----------
    schema : {1}, default 1
        The version of the format.
    data : str, default "builtin"
        A registered name, or the path of a file or folder with images.
    title : str or None, default None
        What the report calls the images, at most 200 characters; None is their own name.
    image_size : int, (int, int) or None, default None
        Side, or height and width, in pixels, to which each image is resized; None leaves them.
    fit : {"stretch", "crop", "pad"}, default "stretch"
        How images of other proportions get that size: stretched to it, scaled to cover it and cut
        around the centre, or scaled to lie inside, with black around them.
    skip_unreadable : bool, default False
        Whether images that cannot be read are left out. Else they are an error that lists them.
    limit : int or None, default None
        For a quick look: the largest number of images in each part, drawn by class with
        `data_seed`; None takes all.
    n_train, n_test : int or None, default None
        How many images "builtin" has, which is generated; None are 4,000 and 1,000.
    data_seed : int, default 0
        The seed of the split into a training part and a test part, where the source has none, and
        of the resamples.
    resamples : int or None, default None
        How often the images of all parts are split anew, stratified by class, 2 … 1,000; None
        takes the split as it is.
    folds : int or None, default None
        Instead, into how many folds they are cut, 2 or more: each is tested once.
    repeats : int or None, default None
        How often they are cut into folds, each time anew; None is once.
    labels : {"fine", "coarse"}, default "fine"
        Which of the two kinds of labels CIFAR-100 has.
    class_from : {"first", "last"}, int or None, default None
        Which folder of an image's path is its class: the first below that of the part, the last,
        or the n-th, counted from 1. None is the first.
    seeds : tuple of int, default (0,)
        One run each, no seed twice; 0 … 2³² - 1. With resamples it is one: that of the first
        resample, and each of the others takes the next.
    features : dict of str to table, default {}
        The rows: the table of an extractor or of a union by its name.
    models : dict of str to table, default {}
        The columns: the table of a classifier by its name.

    Raises
    ------
    pydantic.ValidationError
        If a key is unknown or a value is not allowed; `from_dict` and `from_toml` raise SpecError.

    Examples
    --------
    >>> spec = Comparison(
    ...     features={"raw": {"extractor": "RawPixels"}},
    ...     models={"knn": {"classifier": "KNeighborsClassifier", "n_neighbors": 5}},
    ... )
    >>> spec.rows, spec.columns, spec.seeds
    (('raw',), ('knn',), (0,))
    """

    schema_: Literal[1] = Field(alias="schema", default=1)
    data: str = Field("builtin", min_length=1, max_length=4096)
    title: str | None = Field(None, min_length=1, max_length=200)
    image_size: Side | tuple[Side, Side] | None = None
    fit: Fit = "stretch"
    skip_unreadable: Annotated[bool, Field(strict=True)] = False
    limit: Annotated[int, Field(ge=1, strict=True)] | None = None
    n_train: Generated | None = None
    n_test: Generated | None = None
    data_seed: Seed = 0
    resamples: Times | None = None
    folds: Times | None = None
    repeats: Times | None = None
    labels: Literal["fine", "coarse"] = "fine"
    class_from: Literal["first", "last"] | Level | None = None
    seeds: tuple[Seed, ...] = Field((0,), min_length=1, max_length=MOST_RUNS)
    features: dict[Name, Features] = Field({}, max_length=200)
    models: dict[Name, Classifier] = Field({}, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise ValueError(f"a comparison is a table, got {type(given).__name__}")
        valid = ["schema", *(name for name in cls.model_fields if name != "schema_")]
        check_names("key", set(given) - {"schema_"}, valid)
        return dict(given)

    @field_validator("title")
    @classmethod
    def _printable(cls, title: str | None) -> str | None:
        if title is not None and not is_name(title):
            raise ValueError(f"must be printable text on one line, got {title!r}")
        return title

    @field_validator("seeds")
    @classmethod
    def _once(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"each seed once, got {list(seeds)}")
        return seeds

    @model_validator(mode="after")
    def _resampled(self) -> Comparison:
        if self.resamples is not None and self.folds is not None:
            raise ValueError("resamples and folds are two ways to split anew: give one of them")
        if self.repeats is not None and self.folds is None:
            raise ValueError("repeats says how often the images are cut into folds: give folds")
        for key in ("resamples", "folds"):
            if getattr(self, key) == 1:
                raise ValueError(
                    f"{key}: one split shows no spread over splits: give 2 or more, or leave "
                    f"{key} out"
                )
        if self.n_resamples > MOST_RUNS:
            raise ValueError(f"folds × repeats: at most {MOST_RUNS}, got {self.n_resamples}")
        if self.n_resamples and len(self.seeds) > 1:
            raise ValueError(
                "seeds: every resample has a seed of its own: give the first one only, or leave "
                f"seeds out, got {list(self.seeds)}"
            )
        if self.n_resamples and self.runs[-1] >= 2**32:
            raise ValueError(
                f"seeds: must be less than 2³² for every resample, got {self.runs[-1]}"
            )
        return self

    @model_validator(mode="after")
    def _names_meet(self) -> Comparison:
        parts = [name for name, entry in self.features.items() if isinstance(entry, Extractor)]
        for name, entry in self.features.items():
            if isinstance(entry, Union):
                check_names(f"part of features.{name}", entry.union, parts)
                _check_views(name, {part: self.features[part] for part in entry.union})
        for name, model in self.models.items():
            check_names(f"row in models.{name}.on", model.on, [*self.features])
        _check_parts(self.models)
        return self

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the features that are compared."""
        return tuple(
            name for name, entry in self.features.items() if isinstance(entry, Union) or entry.alone
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the models that are compared."""
        return tuple(name for name, entry in self.models.items() if entry.alone)

    @property
    def n_resamples(self) -> int:
        """How often the images are split anew; 0 if the split is taken as it is."""
        return self.resamples or (self.folds or 0) * (self.repeats or 1)

    @property
    def runs(self) -> tuple[int, ...]:
        """The seed of each run: the seeds, or those of the resamples from the first one on."""
        if not self.n_resamples:
            return self.seeds
        return tuple(range(self.seeds[0], self.seeds[0] + self.n_resamples))

    def how_to_load(self) -> dict[str, Any]:
        """Return what `load_dataset` takes beside the source.

        Returns
        -------
        dict
            Its keyword arguments: the seed of the split, the size and how images get it, the
            labels, the classes, whether unreadable images are left out, and how many images are
            generated.
        """
        return {
            "seed": self.data_seed,
            "image_size": self.image_size,
            "labels": self.labels,
            "class_from": self.class_from,
            "fit": self.fit,
            "skip_unreadable": self.skip_unreadable,
            "n_train": self.n_train,
            "n_test": self.n_test,
        }

    @classmethod
    def from_toml(cls, path: str | Path) -> Comparison:
        """Return the comparison in a TOML file.

        A path under `data` is relative to the current folder, as on the command line.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        Comparison
            What the file asks for, checked.

        Raises
        ------
        SpecError
            If the file cannot be read as TOML or is no comparison; the message names the file.
        """
        return cls.from_dict(read_toml(expanded(path)), where=str(path))

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, where: str = "spec") -> Comparison:
        """Return the comparison in a parsed file.

        Parameters
        ----------
        content : mapping
            The keys and tables, as `tomllib` or `json` return them.
        where : str, default "spec"
            How every line of an error starts, for example the path of the file.

        Returns
        -------
        Comparison
            What the content asks for, checked.

        Raises
        ------
        SpecError
            If a key is unknown or a value is not allowed.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise SpecError("\n".join(f"{where}: {line}" for line in lines_of(error))) from None

    @classmethod
    def from_options(
        cls,
        path: str | Path | None = None,
        *,
        data: str | None = None,
        features: Iterable[str] | None = None,
        models: Iterable[str] | None = None,
        seeds: Iterable[int] | None = None,
        image_size: int | tuple[int, int] | None = None,
        limit: int | None = None,
        resamples: int | None = None,
        title: str | None = None,
        settings: Iterable[str] = (),
        class_from: str | int | None = None,
        fit: str | None = None,
        skip_unreadable: bool | None = None,
    ) -> Comparison:
        """Return what the command line asks for: a file, or a spec of this package, narrowed.

        Parameters
        ----------
        path : str or Path, optional
            A TOML file, or the name of a spec of this package, as "cifar10". Default: "builtin".
        data : str, optional
            In place of the spec's data, as `settings` may name them, too. The spec's title is then
            left out, also where `compare` is given other images as `dataset`.
        features, models : iterable of str, optional
            The rows and columns to compare, in this order. Default: all.
        seeds : iterable of int, optional
            In place of the spec's seeds.
        image_size : int or (int, int), optional
            In place of the spec's size: side, or height and width, in pixels.
        limit : int, optional
            In place of the spec's limit, in images a part.
        resamples : int, optional
            How often the images are split anew, in place of the spec's resamples or folds. Without
            `seeds` the first of the spec's seeds is that of the first resample.
        title : str, optional
            In place of the spec's title.
        settings : iterable of str, default ()
            More of the spec's values, each as a line of TOML: `"models.mlp.max_iter = 20"`.
        class_from : {"first", "last"} or int, optional
            In place of the spec's folder that is the class; a number may be a text.
        fit : {"stretch", "crop", "pad"}, optional
            In place of the spec's way to give images their size.
        skip_unreadable : bool, optional
            In place of the spec's.

        Returns
        -------
        Comparison
            The spec with these changes, checked.

        Raises
        ------
        SpecError
            If there is no such file or spec, a name is unknown, or a value is not allowed.
        """
        changes: dict[str, Any] = {}
        settings = [*settings]
        file = found(path or "builtin")
        content = with_settings(read_toml(file), settings)
        said = {setting.partition("=")[0].strip() for setting in settings}
        if data is None and "data" in said:
            data = content["data"]
        if data is not None:
            changes["data"] = data
            if "title" not in said:
                changes["title"] = None
            if data != "builtin" and not said & {"n_train", "n_test"}:
                changes |= {"n_train": None, "n_test": None}
        if seeds is not None:
            changes["seeds"] = tuple(seeds)
        if image_size is not None:
            changes["image_size"] = image_size
        if fit is not None:
            changes["fit"] = fit
        if skip_unreadable is not None:
            changes["skip_unreadable"] = skip_unreadable
        if limit is not None:
            changes["limit"] = limit
        if title is not None:
            changes["title"] = title
        if class_from is not None:
            text = str(class_from)
            changes["class_from"] = int(text) if text.isdecimal() else text
        spec = cls.from_dict(content, where=str(file)).select(features=features, models=models)
        if not changes and resamples is None:
            return spec
        fields = spec._fields()
        if resamples is not None:
            changes = {"seeds": spec.seeds[:1]} | changes | {"resamples": resamples}
            changes |= {"folds": None, "repeats": None}
        if title is not None and data is None and spec.data == cls.model_fields["data"].default:
            fields.pop("data", None)  # the title is for whatever images are brought
        return cls.from_dict(fields | changes, where="options")

    def select(
        self, *, features: Iterable[str] | None = None, models: Iterable[str] | None = None
    ) -> Comparison:
        """Return the comparison of some rows and columns, in the order in which they are named.

        Parameters
        ----------
        features, models : iterable of str, optional
            Names of rows, and of columns. Default: all. A part of a union or of a model may be
            named, too; it is then a row or column of its own.

        Returns
        -------
        Comparison
            A new comparison; the parts that its unions and models need are kept.

        Raises
        ------
        SpecError
            If the comparison has no such row or column.
        """
        rows = self.rows if features is None else tuple(dict.fromkeys(features))
        columns = self.columns if models is None else tuple(dict.fromkeys(models))
        try:
            check_names("features", rows, [*self.features])
            check_names("models", columns, [*self.models])
        except ValueError as error:
            raise SpecError(str(error)) from None
        kept = narrowed(self.features, rows, _parts_of_row)
        tables = {
            name: model.model_copy(
                update={"on": {row: c for row, c in model.on.items() if row in kept}}
            )
            for name, model in narrowed(self.models, columns, _parts_of_model).items()
        }
        return self.from_dict(self._fields() | {"features": kept, "models": tables})

    def __repr__(self) -> str:
        """Return the data and what is compared, on one line."""
        rows, columns = ", ".join(self.rows), ", ".join(self.columns)
        runs = f"seeds {', '.join(map(str, self.seeds))}"
        if self.n_resamples:
            runs = f"{self.n_resamples} resamples"
        text = f"<Comparison of {self.data!r}: {rows} × {columns}; {runs}>"
        return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 4]} …>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from pipelines.comparison.notebook import spec_as_html

        return spec_as_html(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as a report holds it: plain values; of a path to data, the last part.

        Where that is the name of a dataset, "./" stands before it.

        Returns
        -------
        dict
            What `from_dict` takes, without the keys that are None.
        """
        last = last_part(self.data)
        named = last in NAMED_DATASETS and self.data not in NAMED_DATASETS
        top = {
            "schema": SCHEMA,
            "data": f"./{last}" if named else last,
            "title": self.title,
            "image_size": plain(self.image_size),
            # Earlier specs lack these two, so each is written only where it says something.
            "fit": None if self.fit == "stretch" else self.fit,
            "skip_unreadable": self.skip_unreadable or None,
            "limit": self.limit,
            "n_train": self.n_train,
            "n_test": self.n_test,
            "data_seed": self.data_seed,
            "resamples": self.resamples,
            "folds": self.folds,
            "repeats": self.repeats,
            "labels": self.labels,
            "class_from": self.class_from,
            "seeds": list(self.seeds),
        }
        return {key: value for key, value in top.items() if value is not None} | {
            "features": {name: entry.to_dict() for name, entry in self.features.items()},
            "models": {name: entry.to_dict() for name, entry in self.models.items()},
        }

    def _fields(self) -> dict[str, Any]:
        """Return the fields that were given as they are, to build a changed spec from."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _check_views(name: str, parts: Mapping[str, Any]) -> None:
    """Raise ValueError unless all parts of a union are of the same views."""
    seen = {part: (entry.views, entry.shift) for part, entry in parts.items()}
    if len(set(seen.values())) > 1:
        each = ", ".join(f"{part} {n} with shift {shift}" for part, (n, shift) in seen.items())
        raise ValueError(f"features.{name}: its parts must be of the same views, got {each}")


def _check_parts(models: Mapping[str, Classifier]) -> None:
    """Raise ValueError unless all parts of models are other models, and none is its own part."""
    parts: dict[str, tuple[str, ...]] = {}
    for name, model in models.items():
        try:
            parts[name] = _parts_of_model(model)
            check_names("part", parts[name], [*models])
        except ValueError as error:
            raise ValueError(f"models.{name}: {error}") from None
    if path := circle(parts):
        raise ValueError(f"models.{path[0]}: no model is a part of itself: {' → '.join(path)}")
    for name, n_models in sizes(parts).items():
        if n_models > _MOST_INSIDE:
            raise ValueError(
                f"models.{name}: it is made of more than {_MOST_INSIDE:,} models, those of its "
                "parts included; nest fewer"
            )


def _parts_of_model(model: Classifier) -> tuple[str, ...]:
    return tuple(parts_of(model, entry_of("classifier", model.classifier).kind))


def _parts_of_row(entry: Extractor | Union) -> tuple[str, ...]:
    return entry.union if isinstance(entry, Union) else ()
