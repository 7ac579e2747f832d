"""Every public name of preconv in one module: `from preconv import HOG, MLPClassifier, compare`.

The packages have short names (`data`, `features`, `models`, `pipelines`), which other projects use,
too. Importing this module imports none of them; a name is loaded when it is asked for.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data import *  # noqa: F403
    from features import *  # noqa: F403
    from models import *  # noqa: F403
    from pipelines import *  # noqa: F403

_NAMES = {
    "data": (
        "NAMED_DATASETS",
        "DataError",
        "DataWarning",
        "Dataset",
        "Inspection",
        "Omission",
        "ParameterError",
        "PreconvError",
        "cache_folder",
        "inspect_source",
        "load_dataset",
        "read_image",
        "save_npz",
    ),
    "features": (
        "HOG",
        "VLAD",
        "BagOfVisualWords",
        "CoOccurrence",
        "ColorHistogram",
        "ConvolutionalKernelNetwork",
        "FisherVector",
        "ImageExtractor",
        "LocalBinaryPatterns",
        "Picture",
        "RawPixels",
        "Resize",
        "Views",
    ),
    "models": (
        "KernelClassifier",
        "LinearClassifier",
        "MLPClassifier",
        "ModelError",
        "TaughtClassifier",
        "ViewsClassifier",
    ),
    "pipelines": (
        "Comparison",
        "Difference",
        "Report",
        "Reproduction",
        "SavedModel",
        "compare",
        "diff",
        "load_model",
        "load_report",
        "reproduce",
    ),
}
_HOMES = {name: package for package, names in _NAMES.items() for name in names}

__version__: str

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("preconv")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_package(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def check_places(*names: str) -> None:
    """Raise ImportError if one of our packages would not be imported from its place.

    Our packages call this before they import each other: in the place of one of them may be a
    script of the user's, or a package of another distribution. Nothing is imported.

    Parameters
    ----------
    *names : str
        Names of our packages, as "data".

    Raises
    ------
    ImportError
        If another file would be imported. It names the file, and says what to do.

    Examples
    --------
    >>> check_places("data", "features")
    """
    here = Path(__file__).resolve().parent
    for name in names:
        loaded = sys.modules.get(name)
        spec = find_spec(name) if loaded is None else loaded.__spec__
        if spec is None:  # a module that the user has put there
            places = [getattr(loaded, "__file__", None), *getattr(loaded, "__path__", ())]
        else:
            places = [spec.origin, *(spec.submodule_search_locations or ())]
        found = [Path(place).resolve() for place in places if place]
        if not any(place in (here / name, here / name / "__init__.py") for place in found):
            raise ImportError(
                f"{found[0] if found else name} is in the way: it is imported as {name!r}, where "
                "preconv has a package of that name. Rename it, run from another folder, or "
                "install preconv into an environment of its own."
            )


def _package(name: str) -> Any:
    """Return one of our packages; raise ImportError if somebody else's is in its place."""
    check_places(name)
    return import_module(name)


if __name__ == "__main__":
    _package("pipelines")
    import_module("pipelines.cli").main()
