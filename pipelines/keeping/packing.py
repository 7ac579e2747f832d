"""Fitted estimators as bytes without pickle: a file never decides which code runs.

The estimators of the closed list (`keeping.estimators`) are kept as parameters and learned arrays.
An object of any other class is kept as its attributes, or by skops, and is made only if whoever
reads the bytes names its class. All of the bytes are checked before anything is made.
"""

from __future__ import annotations

import copyreg
import io
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from data.errors import PreconvError, as_one_line
from pipelines.comparison.tables.parameters import check_values
from pipelines.errors import PackingError, UntrustedError
from pipelines.keeping.bundle import INDEX, Bundle, bundled, checked_members, is_plain
from pipelines.keeping.estimators import (
    Place,
    check_parameters,
    is_fitted,
    kept_estimators,
    kept_name,
)

_DEEPEST = 50
_PLAIN = (bool, int, float, str)


def pack(value: Any) -> bytes:
    """Return an object as bytes; raise PackingError if it holds what only pickle could keep."""
    members: list[Any] = []
    try:
        return bundled(_written(value, members), members)
    except PackingError:
        raise
    except Exception as error:  # an object of unknown make can refuse in any way
        raise PackingError(f"it cannot be kept without pickle: {as_one_line(error)}") from error


def is_trusted(packed: bytes) -> bool:
    """Return whether `unpack` takes these bytes without a name of a class."""
    return not _foreign(packed)


def is_of_older_version(packed: bytes) -> bool:
    """Return whether bytes are of a version that kept everything by skops; it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = archive.namelist()
    except Exception:  # zipfile raises nearly every built-in exception
        return False
    return "schema.json" in names and INDEX not in names


def unpack(packed: bytes, *, trusted: Collection[str] = ()) -> Any:
    """Return the object in bytes; raise PackingError, before anything is made, if not trusted."""
    if unknown := sorted(_foreign(packed) - set(trusted)):
        raise UntrustedError(
            f"it holds types that are not trusted: {', '.join(unknown[:10])}; "
            "if you know them, name them in load_model(path, trusted=[...])",
            tuple(unknown),
        )
    bundle = Bundle(packed)
    try:
        return _read(bundle.index, bundle, frozenset(trusted))
    except PackingError:
        raise
    except PreconvError as error:
        raise PackingError(f"it is damaged: {error}") from error
    except Exception as error:  # a hostile file reaches any check
        raise PackingError(f"it is damaged: {as_one_line(error)}") from error


def unpack_own(packed: bytes) -> Any:
    """Return the object in bytes that this very run has made, whatever its types."""
    return unpack(packed, trusted=_foreign(packed))


# Writing. A node of the JSON is a value as it is, a list, or a dict with one of the keys below.


def _written(value: Any, members: list[Any]) -> Any:
    if isinstance(value, np.generic) and value.dtype.kind in "fiubU":
        value = value.item()
    if value is None or type(value) in _PLAIN:
        return value
    if type(value) is list:
        return [_written(each, members) for each in value]
    if type(value) is tuple:
        return {"tuple": [_written(each, members) for each in value]}
    if type(value) is dict:
        return {"dict": [[_written(each, members) for each in item] for item in value.items()]}
    if type(value) is np.ndarray and is_plain(value):
        return {"array": _numbered(value, members)}
    if name := kept_name(value):
        return _written_estimator(name, value, members)
    if _is_only_attributes(type(value)):
        state = value.__getstate__() or {}
        return {"object": _name_of(type(value)), "state": _written(state, members)}
    import skops.io  # not before it is needed: it loads half of SciPy

    content = skops.io.dumps(value)
    _of_skops(content, frozenset(_named_by_skops(content)))  # it writes some that it cannot read
    return {"skops": _numbered(content, members)}


def _written_estimator(name: str, estimator: Any, members: list[Any]) -> Any:
    kept = kept_estimators()[name]
    parameters = kept.parameters(estimator)
    if isinstance(parameters.get("random_state"), np.random.Generator | np.random.RandomState):
        parameters["random_state"] = None  # what it has drawn is learned already
    if "checkpoint" in parameters:
        parameters["checkpoint"] = None  # no file says where another is written
    node = {
        kept.place: name,
        "parameters": {each: _written(value, members) for each, value in parameters.items()},
    }
    if is_fitted(estimator):
        learned = kept.taken(estimator)
        node["learned"] = {each: _written(value, members) for each, value in learned.items()}
    return node


def _numbered(member: Any, members: list[Any]) -> int:
    members.append(member)
    return len(members) - 1


def _is_only_attributes(kind: type) -> bool:
    """Return whether objects of a class are their attributes: no code runs to make one."""
    from sklearn.base import BaseEstimator

    own = {"__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__", "__new__"}
    states = {"__getstate__", "__setstate__"}
    told = [base for base in kind.__mro__ if base is not object]
    return (
        kind.__dictoffset__ != 0
        and not issubclass(kind, type)
        and kind not in copyreg.dispatch_table
        and not any(own & vars(base).keys() or vars(base).get("__slots__") for base in told)
        and not any(states & vars(base).keys() for base in told if base is not BaseEstimator)
        and not any(base.__flags__ & _HEAP_TYPE == 0 for base in told)
    )


_HEAP_TYPE = 1 << 9
"""The flag of a class that was written in Python, not in C."""


# Reading.


def _foreign(packed: bytes) -> frozenset[str]:
    """Return the classes and functions in the bytes that are not of the closed list."""
    bundle = Bundle(packed)
    try:
        return frozenset(_foreign_in(bundle.index, bundle, 0))
    except PackingError:
        raise
    except Exception as error:  # whatever a broken or hostile file brings about
        raise PackingError(f"it is no packed object: {as_one_line(error)}") from error


def _foreign_in(node: Any, bundle: Bundle, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise PackingError(f"it nests more than {_DEEPEST} deep")
    if isinstance(node, list):
        for each in node:
            yield from _foreign_in(each, bundle, depth + 1)
    elif isinstance(node, dict):
        if "object" in node:
            yield str(node["object"])
        if "skops" in node:
            yield from _named_by_skops(bundle.content(node["skops"]))
        else:
            for each in node.values():
                yield from _foreign_in(each, bundle, depth + 1)


def _read(node: Any, bundle: Bundle, trusted: frozenset[str], place: Place = "any") -> Any:
    """Return the value of a node; estimators may be in it where they belong only."""
    if node is None or type(node) in _PLAIN:
        return node
    if type(node) is list:
        return [_read(each, bundle, trusted, place) for each in node]
    match node:
        case {"tuple": list(values), **rest} if not rest:
            return tuple(_read(each, bundle, trusted, place) for each in values)
        case {"dict": list(items), **rest} if not rest:
            pairs = [_read(item, bundle, trusted, place) for item in items]
            table = {_key(key): value for key, value in pairs}
            if len(table) < len(pairs):
                raise PackingError("it gives a key twice")
            return table
        case {"array": number, **rest} if not rest:
            return bundle.array(number)
        case {"extractor": str(), "parameters": dict()}:
            return _estimator("extractor", place, dict(node), bundle, trusted)
        case {"classifier": str(), "parameters": dict()}:
            return _estimator("classifier", place, dict(node), bundle, trusted)
        case {"object": str(name), "state": state, **rest} if not rest and name in trusted:
            return _object(name, _read(state, bundle, trusted))
        case {"skops": number, **rest} if not rest:
            return _of_skops(bundle.content(number), trusted)
    raise PackingError(f"{str(node)[:80]!r} is nothing that it can hold")


def _estimator(
    place: Place, wanted: Place, node: dict[str, Any], bundle: Bundle, trusted: frozenset[str]
) -> Any:
    name = node.pop(place)
    kept = kept_estimators().get(name)
    if kept is None or kept.place != place or wanted not in (place, "any"):
        raise PackingError(f"it holds the {place} {name[:40]!r} where that does not belong")
    if node.keys() - {"parameters", "learned"}:
        raise PackingError(f"{name} has no {str(sorted(node))[:80]}")

    def values(table: Mapping[str, Any]) -> dict[str, Any]:
        places: Mapping[str, Place] = kept.holds
        return {
            key: _read(each, bundle, trusted, places.get(key, "nowhere"))
            for key, each in table.items()
        }

    read = values(node["parameters"])
    check_parameters(name, read)
    estimator = kept.made(read)
    check_values(estimator)
    if "learned" in node:
        kept.given(estimator, values(node["learned"]))
    return estimator


def _object(name: str, state: Any) -> Any:
    """Return an object with these attributes, of a class that is trusted by its name."""
    kind = _found(name)
    if not (isinstance(kind, type) and _is_only_attributes(kind) and isinstance(state, dict)):
        raise PackingError(f"{name} is no class whose objects are their attributes")
    made: Any = object.__new__(kind)
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)  # scikit-learn's own, which looks at the version
    else:
        vars(made).update(state)
    return made


def _found(name: str) -> Any:
    """Return the class of a name "package.module.Class", which may be inside another class."""
    parts = name.split(".")
    for n_modules in range(len(parts) - 1, 0, -1):
        try:
            found = import_module(".".join(parts[:n_modules]))
        except ModuleNotFoundError:
            continue
        for part in parts[n_modules:]:
            found = getattr(found, part)
        return found
    raise PackingError(f"there is no module of {name}")


def _key(key: Any) -> Any:
    if key is None or type(key) in _PLAIN:
        return key
    if type(key) is tuple and all(each is None or type(each) in _PLAIN for each in key):
        return key
    raise PackingError(f"{str(key)[:40]!r} is no key")


# skops: for what is neither plain nor its attributes, and only where its classes are trusted.

_PLAIN_TO_SKOPS = {
    ("DictNode", "builtins.dict"),
    ("ListNode", "builtins.list"),
    ("TupleNode", "builtins.tuple"),
    ("SetNode", "builtins.set"),
    ("JsonNode", "builtins.str"),
    ("BytesNode", "builtins.bytes"),
    ("SliceNode", "builtins.slice"),
    ("NdArrayNode", "numpy.ndarray"),
    *(("TypeNode", f"builtins.{name}") for name in ("str", "int", "float", "bool", "NoneType")),
}


def _named_by_skops(packed: bytes) -> set[str]:
    """Return what skops would make of bytes, beyond plain values; skops trusts much by itself."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        members = checked_members(archive, len(packed))
        schema = json.loads(archive.read(members["schema.json"]))
    named: set[str] = set()
    files: set[tuple[str, str]] = set()

    def walk(node: Any, depth: int) -> None:
        if depth > 2 * _DEEPEST:
            raise PackingError(f"it nests more than {2 * _DEEPEST} deep")
        if isinstance(node, dict):
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            if "__loader__" in node and (node["__loader__"], name) not in _PLAIN_TO_SKOPS:
                named.add(name)
            if "file" in node:
                files.add((str(node["file"]), str(node.get("__id__"))))
        for each in node.values() if isinstance(node, dict) else node:
            if isinstance(each, dict | list):
                walk(each, depth + 1)

    walk(schema, 0)
    if len({file for file, _ in files}) < len(files):
        raise PackingError("it uses one array several times")
    return named


def _of_skops(packed: bytes, trusted: frozenset[str]) -> Any:
    import skops.io

    if unknown := _named_by_skops(packed) - trusted:
        raise UntrustedError(f"it holds {', '.join(sorted(unknown))}", tuple(sorted(unknown)))
    return skops.io.loads(packed, trusted=sorted(trusted))


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
