"""Vectors to labels: linear, kernel and network classifiers, written out in NumPy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from preconv import check_places

if TYPE_CHECKING:
    from models.errors import ModelError
    from models.kernel_classifier import KernelClassifier
    from models.linear_classifier import LinearClassifier
    from models.mlp_classifier import MLPClassifier
    from models.taught_classifier import TaughtClassifier
    from models.views_classifier import ViewsClassifier

check_places("data")

__all__ = [
    "KernelClassifier",
    "LinearClassifier",
    "MLPClassifier",
    "ModelError",
    "TaughtClassifier",
    "ViewsClassifier",
]

_HOMES = {
    "KernelClassifier": "models.kernel_classifier",
    "LinearClassifier": "models.linear_classifier",
    "MLPClassifier": "models.mlp_classifier",
    "ModelError": "models.errors",
    "TaughtClassifier": "models.taught_classifier",
    "ViewsClassifier": "models.views_classifier",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: scikit-learn takes over a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
