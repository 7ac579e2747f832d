"""Which computation this is: an estimator's parameters and the code behind them, as one hash.

With a hash of the parameters only, the cache would still return what an extractor computed before
it was edited.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from importlib.metadata import packages_distributions, version
from pathlib import Path
from types import MethodType
from typing import Any

import joblib
import numpy as np

from pipelines.keeping.code import code_sha256

# Their versions are part of the environment, which every key holds anyway.
_VERSIONED = frozenset({"builtins", "numpy", "scipy", "sklearn", "joblib"})
_OURS = frozenset({"data", "features", "models", "pipelines"})
_KNOWN = _VERSIONED | _OURS
_KNOWN_BASES = _KNOWN | sys.stdlib_module_names
_PLAIN = (bool, int, float, complex, bytes, type(None), np.generic, np.dtype)
_INSTALLED = tuple(
    Path(path)
    for name, path in sysconfig.get_paths().items()
    if name in {"stdlib", "platstdlib", "purelib", "platlib"}
)


_SEEN: dict[str, tuple[Path, object, bytes]] = {}
"""Of each module: its file, its spec, and the hash of the file."""


def remember_local_code() -> None:
    """Take the files of a user's that are loaded for what they are now, and not after an edit."""
    _local_code()


def identity(estimator: Any) -> str | None:
    """Return a hash of an unfitted estimator and its code; None if it cannot be known.

    What our estimators and scikit-learn's compute follows from their parameters, the data and
    their code. Of others, which may read a file or a global, nothing is known. They say so
    themselves: an attribute or property `cache_key`, a text or an integer, that is another one
    whenever they would compute something else. Everything that an estimator is made of counts:
    estimators and functions among its parameters, and entries that a user added to our registries.

    A class of ours counts by the source of its package, an installed one by its version. All other
    source files that are loaded count together if the estimator uses any of them, because a class
    usually calls functions of other files.
    """
    try:
        parts = list(_parts(estimator, _added_entries()))
        said = [cache_key_of(part) for part in parts if not _is_known(part)]
        if None in said:
            return None
        parameters = joblib.hash(estimator, hash_name="sha1")
        code = [_code_of(module) for module in sorted(set().union(*map(_modules, parts)))]
    except Exception:  # pickling an unknown object can fail in any way; it is not cached then
        return None
    if None in code:
        return None
    return hashlib.sha256(f"{parameters} {said} {code}".encode()).hexdigest()


def own_code(estimators: Iterable[Any]) -> dict[str, str]:
    """Return what stands for the code of a user's own among estimators, where it can be known.

    Returns
    -------
    dict of str to str
        "code of MyExtractor" → the sha256 of the file of that class, or the name and the version of
        an installed package.
    """
    found: dict[str, str] = {}
    for estimator in estimators:
        for part in _parts(estimator, {}):
            kind = part if isinstance(part, type) else type(part)
            if not _is_known(part) and (code := _source_code_of(kind.__module__)):
                found[f"code of {kind.__qualname__}"] = code
    return dict(sorted(found.items()))


def cache_key_of(part: Any) -> str | int | None:
    """Return what an object says of all that it depends on; None if it says nothing."""
    key = getattr(part, "cache_key", None)
    return key if isinstance(key, str | int) and not isinstance(key, bool) else None


def _parts(value: Any, added: Mapping[str, Any]) -> Iterator[Any]:
    """Yield all that a value is made of and that has code, parameters of parameters included."""
    if isinstance(value, str):
        if value in added:
            yield from _parts(added[value], {})
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _parts(pair, added)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _parts(each, added)
    elif isinstance(value, partial):
        yield from _parts((value.func, value.args, value.keywords), added)
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        yield from _parts(value.ravel().tolist(), added)
    elif not isinstance(value, _PLAIN):
        yield value
        if isinstance(value, MethodType):
            yield from _parts(value.__self__, added)
        elif not isinstance(value, type) and hasattr(value, "get_params"):
            yield from _parts(value.get_params(deep=False), added)
        elif not isinstance(value, type) and is_dataclass(value):
            yield from _parts([getattr(value, field.name) for field in fields(value)], added)


def _added_entries() -> dict[str, Any]:
    """Return the entries of our registries that are not ours: name → entry."""
    added = {}
    for module, content in list(sys.modules.items()):
        if module.partition(".")[0] in {"features", "models"}:
            for name, registry in list(vars(content).items()):
                if name.isupper() and isinstance(registry, dict):
                    for key, entry in registry.items():
                        if isinstance(key, str) and not all(map(_is_known, _parts(entry, {}))):
                            added[key] = entry
    return added


def _is_known(part: Any) -> bool:
    """Return whether code is ours, or a library's whose version every key holds."""
    kind = part if isinstance(part, type) else type(part)
    bases = {_top(base.__module__) for base in kind.__mro__[1:]}
    own = {_top(module) for module in (kind.__module__, _defined_in(part)) if module}
    return own <= _KNOWN and bases <= _KNOWN_BASES


def _modules(part: Any) -> set[str]:
    """Return the modules whose code an object is made of."""
    kind = part if isinstance(part, type) else type(part)
    found = {base.__module__ for base in kind.__mro__}
    return found | {module for module in [_defined_in(part)] if module}


def _defined_in(part: Any) -> str | None:
    """Return the module of a function; None of anything else."""
    return getattr(part, "__module__", None) if callable(part) else None


def _top(module: str) -> str:
    return module.partition(".")[0]


def _code_of(module: str) -> str | None:
    """Return what stands for a module's code."""
    top = _top(module)
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


def _source_code_of(module: str) -> str | None:
    """Return what stands for the code of one module that is not ours."""
    path = _source(module)
    if path is None or _top(module) in sys.stdlib_module_names:
        return None
    if not _is_installed(path):
        return _sha256_loaded(module, path).hex()
    distributions = packages_distributions().get(_top(module))
    return f"{distributions[0]} {version(distributions[0])}" if distributions else None


def _local_code() -> str:
    """Return a hash of all source files that are loaded and neither installed nor ours."""
    total = hashlib.sha256()
    for _, digest in sorted(set(_local_files())):
        total.update(digest)
    return f"local {total.hexdigest()}"


def _local_files() -> Iterator[tuple[Path, bytes]]:
    for name in list(sys.modules):
        path = _source(name)
        if path and _top(name) not in _OURS and not _is_installed(path):
            yield path, _sha256_loaded(name, path)


def _sha256_loaded(module: str, path: Path) -> bytes:
    """Return the hash of a module's file as it was when this process first asked for it.

    An edit does not change what is loaded. A module that is loaded again has another `__spec__`.
    """
    spec = getattr(sys.modules[module], "__spec__", None)
    seen = _SEEN.get(module)
    if seen is None or seen[0] != path or seen[1] is not spec:
        seen = _SEEN[module] = path, spec, hashlib.sha256(path.read_bytes()).digest()
    return seen[2]


def _source(module: str) -> Path | None:
    """Return the file that a loaded module was read from."""
    name = getattr(sys.modules.get(module), "__file__", None)
    path = Path(name) if isinstance(name, str) else None
    return path if path and path.suffix == ".py" and path.is_file() else None


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in _INSTALLED)
