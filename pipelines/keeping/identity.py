"""Which computation this is: an estimator's parameters and the code behind them, as one hash.

With a hash of the parameters only, the cache would still return what an extractor computed before
it was edited.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import joblib

from pipelines.keeping.code import code_sha256

# Their versions are part of the environment, which every key holds anyway.
_VERSIONED = frozenset({"builtins", "numpy", "scipy", "sklearn", "joblib"})
_OURS = frozenset({"data", "features", "models", "pipelines"})
_INSTALLED = tuple(
    Path(path)
    for name, path in sysconfig.get_paths().items()
    if name in {"stdlib", "platstdlib", "purelib", "platlib"}
)


def identity(estimator: Any) -> str | None:
    """Return a hash of an unfitted estimator and its code; None if some code cannot be found.

    A class of ours counts by the source of its package, an installed one by its version. All other
    source files that are loaded count together if the estimator uses any of them, because a class
    usually calls functions of other files.
    """
    try:
        parameters = joblib.hash(estimator, hash_name="sha1")
        code = [_code_of(top) for top in sorted(_packages(estimator))]
    except Exception:  # pickling an unknown object can fail in any way; it is not cached then
        return None
    if None in code:
        return None
    return hashlib.sha256(f"{parameters} {code}".encode()).hexdigest()


def _packages(value: Any) -> set[str]:
    """Return the modules whose code a value is made of, parameters within parameters included."""
    if isinstance(value, Mapping):
        return {name for each in value.values() for name in _packages(each)}
    if isinstance(value, list | tuple | set):
        return {name for each in value for name in _packages(each)}
    kind = value if isinstance(value, type) else type(value)
    found = {base.__module__ for base in kind.__mro__}
    if callable(value) and hasattr(value, "__module__"):
        found.add(value.__module__)
    if hasattr(value, "get_params") and not isinstance(value, type):
        found |= _packages(value.get_params(deep=False))
    return found


def _code_of(module: str) -> str | None:
    """Return what stands for a module's code."""
    top = module.partition(".")[0]
    if top in _VERSIONED or top in sys.stdlib_module_names:
        return top
    if top in _OURS:
        return f"{top} {code_sha256(top)}"
    path = _source(module)
    if path is None:
        return None
    if not _is_installed(path):
        return _local_code()
    distributions = packages_distributions().get(top)
    return f"{top} {version(distributions[0])}" if distributions else None


def _local_code() -> str:
    """Return a hash of all source files that are loaded and neither installed nor ours."""
    total = hashlib.sha256()
    for path in sorted(set(_local_files())):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return f"local {total.hexdigest()}"


def _local_files() -> Iterator[Path]:
    for name in list(sys.modules):
        path = _source(name)
        if path and name.partition(".")[0] not in _OURS and not _is_installed(path):
            yield path


def _source(module: str) -> Path | None:
    """Return the file that a loaded module was read from."""
    name = getattr(sys.modules.get(module), "__file__", None)
    path = Path(name) if isinstance(name, str) else None
    return path if path and path.suffix == ".py" and path.is_file() else None


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in _INSTALLED)
