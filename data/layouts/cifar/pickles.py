"""A pickle can run any code, so CIFAR's are read by an unpickler that makes plain records only.

The official files were pickled by Python 2 (byte strings, `numpy.core.multiarray`), people's own
copies by Python 3 (`numpy._core`). Whatever function a file names, the unpickler makes a record of
this module instead. Arrays are put together afterwards, from parts that were checked.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError, as_one_line

# What pickle protocols 1 to 5 write for a dict of texts, integers, lists and arrays.
_OPCODES = """
    PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG1
    BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    BINUNICODE SHORT_BINUNICODE BINUNICODE8
    EMPTY_DICT EMPTY_LIST EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 APPEND APPENDS SETITEM SETITEMS
    BINPUT LONG_BINPUT MEMOIZE BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE BUILD
"""
_INTEGERS = frozenset({"u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"})


def read_cifar_pickle(content: bytes, where: str) -> dict[str, Any]:
    """Return the pickled dict: texts as str, arrays of integers as ndarray, the rest as it is.

    Raises
    ------
    DataError
        If the pickle is damaged or asks for anything that a CIFAR file does not hold.
    """
    try:
        _check_opcodes(content)
        found = _Unpickler(io.BytesIO(content), encoding="bytes").load()
        if not isinstance(found, dict):
            raise pickle.UnpicklingError(f"holds a {type(found).__name__}, not a dict")
        return {_text(key): _plain(value) for key, value in found.items()}
    # pickle, pickletools and the opcodes' own work raise nearly every built-in exception.
    except Exception as error:
        raise DataError(
            f"{where}: not a CIFAR batch, or a damaged or unsafe one "
            f"({as_one_line(error, 250)}); get it anew"
        ) from error


def _check_opcodes(content: bytes) -> None:
    """Raise if a pickle holds an operation that can take more memory or time than its size.

    A memo index makes the unpickler allocate that many entries. A tuple that is used again and
    again can make the hash of a small file take forever.
    """
    allowed = frozenset(_OPCODES.split())
    tuples: set[int] = set()
    n_memoized = 0
    last = ""
    for opcode, argument, position in pickletools.genops(content):
        name = opcode.name
        if name not in allowed:
            raise pickle.UnpicklingError(f"operation {name} at byte {position}")
        if name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            index = n_memoized if argument is None else int(argument)
            if index > len(content):
                raise pickle.UnpicklingError(f"memo index {index} at byte {position}")
            n_memoized += 1
            if last.startswith("TUPLE"):
                tuples.add(index)
        elif name in ("BINGET", "LONG_BINGET") and argument in tuples:
            raise pickle.UnpicklingError(f"a tuple used twice, at byte {position}")
        last = name


class _Dtype:
    """The arguments and the state of a pickled `numpy.dtype`."""

    __slots__ = ("code", "order")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: Any, *_flags: Any) -> None:
        self.code = _text(code)
        self.order = "|"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = _text(state[1])

    def dtype(self) -> np.dtype[np.integer[Any]]:
        if self.code not in _INTEGERS or self.order not in ("|", "<", ">", "="):
            raise pickle.UnpicklingError(f"an array of dtype {self.order!r}, {self.code!r}")
        return np.dtype(self.order + self.code)


class _Array:
    """The parts of a pickled array; an array is made of them only if they fit together."""

    __slots__ = ("content", "dtype", "fortran", "shape")
    __hash__ = None  # type: ignore[assignment]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, self.shape, self.dtype, self.fortran, self.content = state

    def array(self) -> NDArray[np.integer[Any]]:
        shape, content = self.shape, self.content
        if isinstance(content, str):
            content = content.encode("latin-1")
        if not (
            isinstance(shape, tuple)
            and 1 <= len(shape) <= 2
            and all(type(side) is int and side >= 0 for side in shape)
            and isinstance(content, (bytes, bytearray))
            and isinstance(self.dtype, _Dtype)
        ):
            raise pickle.UnpicklingError("an array with unfit parts")
        dtype = self.dtype.dtype()
        if math.prod(shape) * dtype.itemsize != len(content):
            raise pickle.UnpicklingError(
                f"an array of shape {shape} and {dtype} with {len(content)} bytes"
            )
        flat = np.frombuffer(content, dtype)
        return flat.reshape(shape, order="F" if self.fortran else "C")


def _reconstruct(_kind: Any, _shape: Any, _code: Any) -> _Array:
    return _Array()


def _frombuffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    array = _Array()
    array.__setstate__((1, shape, dtype, _text(order) == "F", content))
    return array


def _scalar(dtype: _Dtype, content: Any) -> int:
    array = _Array()
    array.__setstate__((1, (1,), dtype, False, content))
    return int(array.array()[0])


def _encode(text: str, encoding: Any) -> bytes:
    if _text(encoding) not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"encoding {encoding!r}")
    return text.encode("latin-1")


class _Callable:
    """One of this module's functions, with nothing on it that a pickle could change."""

    __slots__ = ("make",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make

    def __call__(self, *arguments: Any) -> Any:
        return self.make(*arguments)

    def __setstate__(self, _state: Any) -> None:
        raise pickle.UnpicklingError("a state for a function")


_ALLOWED: dict[str, Callable[..., Any]] = {
    "_codecs.encode": _encode,
    "numpy.dtype": _Dtype,
    "numpy.ndarray": _reconstruct,
    "numpy.core.multiarray._reconstruct": _reconstruct,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.core.numeric._frombuffer": _frombuffer,
    "numpy._core.multiarray._reconstruct": _reconstruct,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy._core.numeric._frombuffer": _frombuffer,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _Callable(_ALLOWED[f"{module}.{name}"])
        except KeyError:
            raise pickle.UnpicklingError(f"asks for {module}.{name}") from None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise pickle.UnpicklingError(f"a {type(value).__name__} where a text belongs")


def _plain(value: Any) -> Any:
    if isinstance(value, _Array):
        return value.array()
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, list):
        return [_text(item) if isinstance(item, bytes) else item for item in value]
    return value
