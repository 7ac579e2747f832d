"""Fitted estimators as bytes without pickle: reading them back makes nothing that is not listed."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Collection
from typing import Any

import skops.io

import features
import models
from pipelines.errors import PackingError


def _our_classes() -> frozenset[str]:
    """Return the classes of `features` and `models`: what their fitted estimators are made of.

    Making one sets attributes and runs nothing; functions are not among them.
    """
    for package in (features, models):
        for public in package.__all__:
            getattr(package, public)  # a package may load its classes when they are asked for
    return frozenset(
        f"{name}.{value.__qualname__}"
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in {features.__name__, models.__name__}
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == name
        if not issubclass(value, BaseException)
    )


# skops itself trusts scikit-learn's estimators and NumPy's arrays.
TRUSTED = _our_classes()

_LARGEST_BYTES = 4 * 2**30


def pack(value: Any) -> bytes:
    """Return an object as bytes; raise PackingError if it holds what only pickle could keep."""
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
        raise PackingError(
            f"it holds types that are not trusted: {', '.join(unknown[:10])}; "
            "if you know them, name them in load_model(path, trusted=[...])"
        )
    try:
        return skops.io.loads(packed, trusted=sorted(TRUSTED | set(trusted)))
    except Exception as error:  # a hostile file reaches any line of the constructors
        raise PackingError(f"it is damaged: {_short(error)}") from error


def _untrusted(packed: bytes, trusted: Collection[str]) -> list[str]:
    """Return the types in the bytes that nobody vouches for."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            declared = sum(member.file_size for member in archive.infolist())
        if declared <= _LARGEST_BYTES:
            found = set(skops.io.get_untrusted_types(data=packed))
            return sorted(found - TRUSTED - set(trusted))
    except Exception as error:  # whatever a broken or hostile file brings about in a parser
        raise PackingError(f"it is no packed object: {_short(error)}") from error
    raise PackingError(f"it declares {declared:,} bytes; at most {_LARGEST_BYTES:,} are read")


def _short(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
