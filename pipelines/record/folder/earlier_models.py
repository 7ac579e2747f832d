"""Models that were saved before a run: none is lost, and none passes for one of the new report."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.errors import SpecError

MODEL = "model.skops"
MODELS = "models"

_OLD = ".old"
_OF_ALL = "its files now end in .old.skops"


def models_in(folder: Path) -> dict[str, list[Path]]:
    """Return the models that a folder holds under the names that a run uses: the best, and all."""
    best, every = folder / MODEL, sorted((folder / MODELS).glob("*.skops"))
    return {
        MODEL: [best] if best.exists() else [],
        MODELS: [model for model in every if not model.stem.endswith(_OLD)],
    }


class EarlierModels:
    """The models that a folder holds when a run begins.

    Before the report of the run stands beside them, they are renamed. Where the run saves a model
    under such a name, the earlier one is removed, but not before the new one is whole.

    Parameters
    ----------
    folder : Path
        Of the report.
    replaced : mapping of str to bool
        Whether the run saves `MODEL`, and `MODELS`, in place of those of an earlier report.
    stay : bool
        Whether the earlier report is one of the same comparison. Then what is replaced keeps its
        name until it is.
    """

    def __init__(self, folder: Path, replaced: Mapping[str, bool], *, stay: bool) -> None:
        self._folder, self._replaced, self._stay = folder, replaced, stay
        self._renamed: dict[Path, Path] = {}

    def make_way(self) -> None:
        """Rename what does not belong to the report that is about to be written.

        Raises
        ------
        SpecError
            If that cannot be; the message names the file.
        """
        for name, replaced in self._replaced.items():
            if not (replaced and self._stay):
                self._rename(name)

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Remove the models in whose place the block has written new ones, once it has ended."""
        if self._replaced[MODELS]:  # a pairing that was saved then may have failed now
            self._rename(MODELS)
        yield
        for model, old in self._renamed.items():
            if model.exists():
                with suppress(OSError):
                    old.unlink()
        if not all(model.exists() for model in self._renamed):
            _say(self._folder / MODELS, _OF_ALL)

    def _rename(self, name: str) -> None:
        place, replaced = self._folder / name, self._replaced[name]
        if name == MODELS and place.is_symlink():  # what is elsewhere is left alone
            return
        found: dict[Path, Path] = {}
        for model in models_in(self._folder)[name]:
            found[model] = _free(model)
            try:
                model.rename(found[model])
            except OSError as error:
                raise SpecError(
                    f"{model}: of an earlier comparison, and cannot be moved: {error}"
                ) from None
        if replaced:
            self._renamed |= found
        elif found:
            _say(place, _OF_ALL if name == MODELS else f"it is now {found[place].name}")


def _free(model: Path) -> Path:
    """Return a name for a model that is set aside, under which none lies yet."""
    old, number = model.with_stem(f"{model.stem}{_OLD}"), 1
    while old.exists():
        number += 1
        old = model.with_stem(f"{model.stem}-{number}{_OLD}")
    return old


def _say(place: Path, now: str) -> None:
    warnings.warn(f"{place} was of an earlier comparison: {now}", RuntimeWarning, stacklevel=6)
