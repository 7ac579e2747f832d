"""Fitted pairings of a comparison in files without pickle."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.names import disturbs
from data.pixels.resizing import Fit
from data.system.cache_folder import cache_folder
from data.system.memory import gib, memory_left
from data.system.paths import expanded
from data.system.regular_file import why_no_file
from data.system.whole_file import write_whole
from pipelines.comparison.plan import seeded
from pipelines.errors import PackingError, SavedModelError
from pipelines.keeping.estimators import checked_image_shape, place_of
from pipelines.keeping.packing import is_of_older_version, pack, unpack, unpack_own
from pipelines.predicting.estimator import SavedModel
from pipelines.record.report import CellName
from pipelines.running.cells.saving import best_to_save
from pipelines.running.results import Results

LAYOUT = 3
"""Which version of the fields and classes a model file has."""

_MEMORY_PART = 3
"""While it is read, a model takes so many times its file: as bytes, and as arrays."""
_LONGEST_PART = 80
_OTHER_VERSION = (
    "it is a model of another version of preconv; make it again, with the same spec, by "
    "`preconv compare ... --save-models`"
)


class _Content(BaseModel):
    """The fields of a model file."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    title: str
    features: str
    model: str
    class_names: tuple[str, ...] = Field(min_length=1)
    image_shape: tuple[int, int, int]
    extractors: tuple[Any, ...] = Field(min_length=1)
    classifier: Any
    image_fit: Fit = "stretch"


def load_model(path: str | Path, *, trusted: Collection[str] = ()) -> SavedModel:
    """Return the model in a file.

    Parameters
    ----------
    path : str or Path
        A `model.skops` or one of `models/`, which `compare(..., save_model=True)` or
        `save_all_models=True`, or the command's options `--save-models` and
        `--save-all-models`, wrote; or the folder of a `model.skops`.
    trusted : collection of str, default ()
        Types that may be made beyond the extractors and classifiers that a spec can name: those
        of one's own, and others of scikit-learn, as "module.Class". Whoever names a type believes
        what the file says of it.

    Returns
    -------
    SavedModel
        The fitted pairing, a scikit-learn classifier of images.

    Raises
    ------
    SavedModelError
        If the file holds no model, or types that are not trusted; the message names the file.

    Examples
    --------
    >>> load_model("photos/model.skops")
    Traceback (most recent call last):
    pipelines.errors.SavedModelError: photos/model.skops: there is no such file
    """
    path = expanded(path)
    if os.path.isfile(path / "model.skops"):  # noqa: PTH113 - Path's fails for too long a name
        path /= "model.skops"
    try:
        if reason := why_no_file(path):
            raise SavedModelError(f"{path}: {reason}")
        if _MEMORY_PART * (size := path.stat().st_size) > (left := memory_left()):
            raise SavedModelError(
                f"{path}: to read its {gib(size)} takes {gib(_MEMORY_PART * size)} of memory, and "
                f"{gib(left)} are free; free some, or read it on a machine that has more"
            )
        packed = path.read_bytes()
        if is_of_older_version(packed):
            raise SavedModelError(f"{path}: {_OTHER_VERSION}")
        content = unpack(packed, trusted=trusted)
    except (PackingError, OSError) as error:
        raise SavedModelError(f"{path}: no model can be read from it: {error}") from error
    if not isinstance(content, Mapping) or "preconv_model" not in content:
        raise SavedModelError(f"{path}: it holds something else than a model of preconv")
    if content["preconv_model"] != LAYOUT:
        raise SavedModelError(f"{path}: {_OTHER_VERSION}")
    try:
        fields = _Content(**{key: content[key] for key in content if key != "preconv_model"})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fault = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise SavedModelError(f"{path}: its fields are not those of a model: {fault}") from None
    except TypeError as error:
        raise SavedModelError(f"{path}: its fields are not those of a model: {error}") from error
    model = SavedModel(**dict(fields))
    try:
        _check_parts(model)
    except PackingError as error:
        raise SavedModelError(f"{path}: {error}") from error
    return model


def _check_parts(model: SavedModel) -> None:
    """Raise PackingError unless the parts of a model belong together."""
    checked_image_shape(model.image_shape)
    texts = (model.title, model.features, model.model, *model.class_names)
    if any(disturbs(char) for text in texts for char in text):
        raise PackingError("its names hold characters that cannot be shown")
    kinds = [place_of(part) for part in (*model.extractors, model.classifier)]
    if "classifier" in kinds[:-1] or kinds[-1] == "extractor":
        raise PackingError("its fields are not those of a model: extractors, then a classifier")
    if not all(hasattr(each, "transform") for each in model.extractors) or not hasattr(
        model.classifier, "predict"
    ):
        raise PackingError("its fields are not those of a model: extractors, then a classifier")
    n_columns = 0
    for extractor, kind in zip(model.extractors, kinds, strict=False):
        if kind and getattr(extractor, "image_shape_", None) != model.image_shape:
            raise PackingError(f"an extractor of it is not for images of {model.image_shape}")
        n_columns += extractor.n_features_out_ if kind else 0
    if all(kinds) and n_columns != getattr(model.classifier, "n_features_in_", None):
        raise PackingError(f"its extractors make {n_columns:,} values, its classifier takes others")
    classes = np.asarray(getattr(model.classifier, "classes_", ()))
    if kinds[-1] and not len(classes):
        raise PackingError("its classifier is not fitted")
    if classes.size and not (
        classes.ndim == 1
        and classes.dtype.kind in "iu"
        and classes.min() >= 0
        and classes.max() < len(model.class_names)
    ):
        raise PackingError(f"its classes are not among the {len(model.class_names)} that it names")


def best_on_validation(results: Results) -> CellName:
    """Return the cell that is best on the validation part, of those that can be saved."""
    return best_to_save(results)


def save_model_of(cell: CellName, results: Results, path: Path) -> None:
    """Write a pairing, as it was fitted with the first seed.

    Raises
    ------
    SavedModelError
        If it holds what cannot be kept without pickle, or there was no room for it in the cache,
        or it was to be fitted again, and that failed.
    """
    outcome, seed = results.first_outcome(cell), results.plan.seeds[0]
    try:
        if outcome.model is None:
            if outcome.model_error:
                raise PackingError(outcome.model_error)
            if failed := results.errors.get(cell, {}).get(seed):
                raise SavedModelError(
                    f"{' × '.join(cell)} is not saved: the cache has it without its classifier, "
                    f"and to fit it again failed: {failed}"
                )
            # The run had no folder to write it into.
            raise SavedModelError(
                f"{cache_folder()}: {' × '.join(cell)} is not saved: its classifier could not "
                "be written there; make room, or set PRECONV_CACHE to a folder on another disk"
            )
        content = {
            "preconv_model": LAYOUT,
            "title": results.title,
            "features": cell[0],
            "model": cell[1],
            "class_names": list(results.dataset.class_names),
            "image_shape": list(results.dataset.image_shape),
            "extractors": [_fitted(part, seed, results) for part in results.parts_of(cell)],
            "classifier": unpack_own(outcome.model.read_bytes()),
        }
        if fit := results.spec.get("fit"):
            content["image_fit"] = fit
        write_whole(path, pack(content))
    except PackingError as error:
        raise SavedModelError(f"{' × '.join(cell)} is not saved: {error}") from error


def _fitted(part: str, seed: int, results: Results) -> Any:
    """Return a fitted extractor; it is fitted again only if the cache could not hold it."""
    made = results.extractors.get((part, seed))
    if made is not None:
        return made
    return seeded(results.plan.extractors[part], seed).fit(results.dataset.images_to_learn)


def save_all_models(results: Results, folder: Path) -> dict[CellName, str]:
    """Write every finished pairing that can be kept into a folder; return why others are not.

    Raises
    ------
    SavedModelError
        If none can be kept.
    """
    refused: dict[CellName, str] = {}
    # Of all cells, in the order of the plan: no name depends on which ended first, or failed.
    names = model_file_names(results.plan.cells)
    folder.mkdir(parents=True, exist_ok=True)
    for cell in results.done:
        try:
            save_model_of(cell, results, folder / names[cell])
        except SavedModelError as error:
            refused[cell] = str(error)
    if len(refused) == len(results.done):
        raise SavedModelError(f"no model is saved: {next(iter(refused.values()))}")
    return refused


def model_file_names(cells: Sequence[CellName]) -> dict[CellName, str]:
    """Return a file name for each cell that any disk takes, no two alike whatever their case.

    Examples
    --------
    >>> model_file_names([("hog+color", "mlp"), ("a/b", "m"), ("A b", "m")])
    {('hog+color', 'mlp'): 'hog+color--mlp.skops', ('a/b', 'm'): 'a_b--m.skops', \
('A b', 'm'): 'A_b--m-2.skops'}
    """
    found: dict[CellName, str] = {}
    taken: set[str] = set()
    for cell in cells:
        stem = "--".join(re.sub(r"[^A-Za-z0-9_+-]", "_", part)[:_LONGEST_PART] for part in cell)
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        found[cell] = f"{name}.skops"
    return found
