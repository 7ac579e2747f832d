"""Compare feature extractors and classifiers on one dataset, and report the result."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from preconv import check_places

if TYPE_CHECKING:
    from pipelines.compare import compare
    from pipelines.comparison.spec import Comparison
    from pipelines.predicting.estimator import SavedModel
    from pipelines.reporting.shown.difference import Difference, diff
    from pipelines.reporting.shown.report import Report, load_report
    from pipelines.reproduction import Reproduction, reproduce
    from pipelines.saved_model import load_model

check_places("data", "features", "models")

__all__ = [
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
]

# Imported when first asked for, so that `preconv --help` answers at once.
_HOMES = {
    "Comparison": "comparison.spec",
    "Difference": "reporting.shown.difference",
    "Report": "reporting.shown.report",
    "Reproduction": "reproduction",
    "SavedModel": "predicting.estimator",
    "compare": "compare",
    "diff": "reporting.shown.difference",
    "load_model": "saved_model",
    "load_report": "reporting.shown.report",
    "reproduce": "reproduction",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"pipelines.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package: `compare` stays the function, also after its module is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
