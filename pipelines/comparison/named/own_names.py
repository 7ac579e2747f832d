"""Names of a user's own: classes of a file or module that was imported for it, or installed.

Neither a spec nor a report decides what is imported. Whoever runs a comparison names a file or a
module (`--import`), or has installed a package that offers classes as entry points.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import isabstract
from pathlib import Path
from types import ModuleType
from typing import Any

from data.errors import as_one_line
from data.system.paths import expanded
from pipelines.comparison.named.sklearn_names import sklearn_classifiers
from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS, Entry
from pipelines.errors import SpecError

_GROUPS = {"extractor": "preconv.extractors", "classifier": "preconv.classifiers"}
_METHODS = {"extractor": "transform", "classifier": "predict"}
_REGISTRIES = {"extractor": EXTRACTORS, "classifier": CLASSIFIERS}
_IMPORTED: dict[str, str] = {}
_NOT_OWN = frozenset({"data", "features", "models", "pipelines", "sklearn", "builtins", "typing"})


def import_own(source: str | Path) -> list[str]:
    """Import a file or a module, and return the names that a spec can use from now on.

    They are the names of its public classes that are extractors (with `fit`, `transform` and
    `get_params`) or classifiers (with `fit`, `predict` and `get_params`).

    Parameters
    ----------
    source : str or Path
        The path of a Python file, or the name of a module, as "package.module".

    Returns
    -------
    list of str
        The names.

    Raises
    ------
    SpecError
        If it cannot be imported, holds no such class, or has a name that is taken.

    Examples
    --------
    >>> import_own("flowers.py")
    Traceback (most recent call last):
    pipelines.errors.SpecError: flowers.py: there is no such file
    """
    text = str(source)
    try:
        module = _of_file(expanded(text)) if _is_file(text) else _of_name(text)
    except SpecError:
        raise
    except (Exception, SystemExit) as error:  # the code of a user can fail in any way
        raise SpecError(f"{text}: cannot be imported: {as_one_line(error)}") from error
    found = list(_classes_of(module))
    if not found:
        raise SpecError(
            f"{text}: it has no class of an extractor (fit, transform, get_params) or classifier "
            "(fit, predict, get_params)"
        )
    for kind, name in found:
        _add(kind, name, Entry(f"{module.__name__}.{name}"), text)
    if (key := source_key(text)) not in _IMPORTED:  # a later edit is not what has been loaded
        _IMPORTED[key] = _sha256(Path(module.__file__ or ""))
    return list(dict.fromkeys(name for _, name in found))


def source_key(source: str) -> str:
    """Return what `imported_sources` calls a source, here and on a worker: of a file, its path."""
    return str(expanded(source).resolve()) if _is_file(source) else source


def _is_file(source: str) -> bool:
    return source.endswith(".py") or "/" in source or expanded(source).is_file()


def edited_sources() -> list[str]:
    """Return the files that were imported here and are another state of them by now."""
    return [
        source
        for source, code in _IMPORTED.items()
        if _is_file(source) and _sha256(Path(source)) != code
    ]


def _sha256(path: Path) -> str:
    """Return the hash of a file; "" where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def imported_sources() -> dict[str, str]:
    """Return what was imported here, with the hash of its file then, for other processes."""
    return dict(_IMPORTED)


def installed_entry(kind: str, name: str) -> Entry | None:
    """Return what an installed package offers by a name, not imported yet; None if nothing."""
    path = _installed(kind).get(name)
    return None if path is None else Entry(path)


def installed_names(kind: str) -> list[str]:
    """Return all names that installed packages offer."""
    return sorted(_installed(kind))


@cache
def _installed(kind: str) -> dict[str, str]:
    found = entry_points(group=_GROUPS[kind])
    return {each.name: each.value.replace(":", ".") for each in found}


def _of_file(path: Path) -> ModuleType:
    """Return the module of a file; its folder is then looked in for what it imports."""
    if not path.is_file():
        raise SpecError(f"{path}: there is no such file")
    path = path.resolve()
    name = path.stem
    if not name.isidentifier():
        raise SpecError(f"{path}: {name!r} is no name of a module; rename the file")
    there = sys.modules.get(name)
    if there is not None and _file_of(there) == path:
        return there
    known = find_spec(name) if there is None else there.__spec__
    if known is not None and (known.origin is None or Path(known.origin) != path):
        raise SpecError(f"{path}: another module is called {name!r}; rename the file")
    _look_in(path.parent)
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # classes are pickled by the name of their module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _of_name(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise SpecError(f"{name[:200]}: neither a file FILE.py nor the name of a module")
    _look_in(Path.cwd())
    return import_module(name)


def _look_in(folder: Path) -> None:
    """Add a folder to those in which modules are looked for, behind all others."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _file_of(module: ModuleType) -> Path | None:
    name = getattr(module, "__file__", None)
    return Path(name).resolve() if isinstance(name, str) else None


def _classes_of(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each class that a module offers."""
    offered = getattr(module, "__all__", None)
    for name, value in vars(module).items():
        if not isinstance(value, type) or name.startswith("_") or isabstract(value):
            continue
        is_its = f"{value.__module__}.".startswith(f"{module.__name__}.")
        if name not in offered if offered is not None else not is_its:
            continue
        if value.__module__.partition(".")[0] in _NOT_OWN:
            continue
        for kind, method in _METHODS.items():
            if all(hasattr(value, each) for each in ("fit", method, "get_params")):
                yield kind, name


def _add(kind: str, name: str, entry: Entry, source: str) -> None:
    registry: dict[str, Any] = _REGISTRIES[kind]
    there = registry.get(name)
    if there is None and kind == "classifier":
        there = sklearn_classifiers().get(name)
    if there is not None and there.path != entry.path:
        raise SpecError(
            f"{source}: its class {name} cannot be named, because {there.path} is called so; "
            "rename it"
        )
    registry[name] = entry
