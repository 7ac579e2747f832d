"""Fitted estimators as bytes without pickle: reading them back makes nothing that is not listed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from data.errors import as_one_line
from pipelines.errors import PackingError, UntrustedError


@cache
def our_classes() -> frozenset[str]:
    """Return the classes of `features` and `models`: what their fitted estimators are made of.

    Making one sets attributes and runs nothing; functions are not among them. skops itself trusts
    scikit-learn's estimators and NumPy's arrays.
    """
    import features
    import models

    return frozenset(
        f"{value.__module__}.{value.__qualname__}"
        for package in (features, models)
        for found in walk_packages(package.__path__, f"{package.__name__}.")
        for value in vars(import_module(found.name)).values()
        if isinstance(value, type)
        and value.__module__ == found.name
        and not issubclass(value, BaseException)
    )


_LARGEST_BYTES = 4 * 2**30


def pack(value: Any) -> bytes:
    """Return an object as bytes; raise PackingError if it holds what only pickle could keep."""
    import skops.io  # not before it is needed: it loads half of SciPy

    try:
        packed: bytes = skops.io.dumps(value)
    except Exception as error:  # an object of unknown make can refuse in any way
        raise PackingError(f"it cannot be kept without pickle: {_short(error)}") from error
    return packed


def is_trusted(packed: bytes) -> bool:
    """Return whether `unpack` takes these bytes."""
    return not _untrusted(packed, ())


def unpack(packed: bytes, *, trusted: Collection[str] = ()) -> Any:
    """Return the object in bytes; raise PackingError, before anything is made, if not trusted."""
    if unknown := _untrusted(packed, trusted):
        raise UntrustedError(
            f"it holds types that are not trusted: {', '.join(unknown[:10])}; "
            "if you know them, name them in load_model(path, trusted=[...])",
            tuple(unknown),
        )
    return _loaded(packed, trusted)


def unpack_own(packed: bytes) -> Any:
    """Return the object in bytes that this very run has made, whatever its types."""
    return _loaded(packed, _untrusted(packed, ()))


def _loaded(packed: bytes, trusted: Collection[str]) -> Any:
    import skops.io

    try:
        return skops.io.loads(packed, trusted=sorted(our_classes() | set(trusted)))
    except Exception as error:  # a hostile file reaches any line of the constructors
        raise PackingError(f"it is damaged: {_short(error)}") from error


def _untrusted(packed: bytes, trusted: Collection[str]) -> list[str]:
    """Return the types in the bytes that nobody vouches for."""
    import skops.io

    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            declared = sum(member.file_size for member in archive.infolist())
        if declared <= _LARGEST_BYTES:
            found = set(skops.io.get_untrusted_types(data=packed))
            return sorted(found - our_classes() - set(trusted))
    except Exception as error:  # whatever a broken or hostile file brings about in a parser
        raise PackingError(f"it is no packed object: {_short(error)}") from error
    raise PackingError(f"it declares {declared:,} bytes; at most {_LARGEST_BYTES:,} are read")


def _short(error: Exception) -> str:
    return as_one_line(error, 200)
