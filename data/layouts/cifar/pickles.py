"""A pickle can run any code, so CIFAR's are read by a machine that makes plain records only.

The official files were pickled by Python 2 (byte strings, `numpy.core.multiarray`), people's own
copies by Python 3 (`numpy._core`). Whatever function a file names, a function of this module takes
its place. Arrays are put together afterwards, from parts that were checked.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError, as_one_line
from data.layouts.cifar.machine import Machine, Made

_INTEGERS = frozenset({"u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"})


def read_cifar_pickle(content: bytes, where: str) -> dict[str, Any]:
    """Return the pickled dict: texts as str, arrays of integers as ndarray, the rest as it is.

    What a file holds once is decoded once, however often the file names it.

    Raises
    ------
    DataError
        If the pickle is damaged or asks for anything that a CIFAR file does not hold.
    """
    try:
        reading = _Reading()
        found = Machine(reading.functions(), _set_state).run(content)
        if not (isinstance(found, Made) and isinstance(found.items, dict)):
            raise pickle.UnpicklingError(f"holds a {type(found).__name__}, not a dict")
        return {_text(key): reading.plain(value) for key, value in found.items.items()}
    # pickletools and the operations' own work raise nearly every built-in exception.
    except Exception as error:
        raise DataError(
            f"{where}: not a CIFAR batch, or a damaged or unsafe one "
            f"({as_one_line(error, 250)}); get it anew"
        ) from error


class _Dtype:
    """The arguments and the state of a pickled `numpy.dtype`."""

    __slots__ = ("code", "order")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: Any, *_flags: Any) -> None:
        self.code = _text(code)
        self.order = "|"

    def set_state(self, state: list[Any]) -> None:
        self.order = _text(state[1])

    def dtype(self) -> np.dtype[np.integer[Any]]:
        if self.code not in _INTEGERS or self.order not in ("|", "<", ">", "="):
            raise pickle.UnpicklingError(f"an array of dtype {self.order!r}, {self.code!r}")
        return np.dtype(self.order + self.code)


class _Array:
    """The parts of a pickled array; an array is made of them only if they fit together."""

    __slots__ = ("content", "dtype", "fortran", "shape")
    __hash__ = None  # type: ignore[assignment]

    def set_state(self, state: list[Any]) -> None:
        _version, self.shape, self.dtype, self.fortran, self.content = state

    def array(self) -> NDArray[np.integer[Any]]:
        content = self.content
        sides = self.shape.items if isinstance(self.shape, Made) and self.shape.is_tuple else []
        if not (
            1 <= len(sides) <= 2
            and all(type(side) is int and side >= 0 for side in sides)
            and isinstance(content, (bytes, bytearray))
            and isinstance(self.dtype, _Dtype)
        ):
            raise pickle.UnpicklingError("an array with unfit parts")
        shape = tuple(sides)
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
    array.set_state([1, shape, dtype, _text(order) == "F", content])
    return array


def _scalar(dtype: _Dtype, content: Any) -> int:
    array = _Array()
    array.set_state([1, Made([1], is_tuple=True), dtype, False, content])
    return int(array.array()[0])


def _set_state(value: Any, state: list[Any]) -> None:
    if not isinstance(value, _Dtype | _Array):
        raise pickle.UnpicklingError(f"a state for a {type(value).__name__}")
    value.set_state(state)


class _Reading:
    """What was decoded in reading one file: each text and array of it once."""

    def __init__(self) -> None:
        # The values are kept beside their results, so that no other gets their identity.
        self._done: dict[int, tuple[Any, Any]] = {}

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return what a file may name, as "module.function", and what takes its place."""
        return {
            "_codecs.encode": self._encode,
            "numpy.dtype": _Dtype,
            "numpy.ndarray": _reconstruct,
            "numpy.core.multiarray._reconstruct": _reconstruct,
            "numpy.core.multiarray.scalar": _scalar,
            "numpy.core.numeric._frombuffer": _frombuffer,
            "numpy._core.multiarray._reconstruct": _reconstruct,
            "numpy._core.multiarray.scalar": _scalar,
            "numpy._core.numeric._frombuffer": _frombuffer,
        }

    def plain(self, value: Any) -> Any:
        """Return a value with texts for bytes, and arrays for their parts."""
        if isinstance(value, Made):
            return self._once(value, self._plain_of_made)
        if isinstance(value, _Array):
            return self._once(value, _Array.array)
        return self._once(value, _text) if isinstance(value, bytes) else value

    def _plain_of_made(self, made: Made) -> Any:
        if isinstance(made.items, dict):
            return {key: self.plain(value) for key, value in made.items.items()}
        items = [self.plain(item) for item in made.items]
        return tuple(items) if made.is_tuple else items

    def _encode(self, text: str, encoding: Any) -> bytes:
        if _text(encoding) not in ("latin1", "latin-1"):
            raise pickle.UnpicklingError(f"encoding {_text(encoding)[:20]!r}")
        encoded: bytes = self._once(text, lambda text: text.encode("latin-1"))
        return encoded

    def _once(self, value: Any, decode: Callable[[Any], Any]) -> Any:
        if id(value) not in self._done:
            self._done[id(value)] = value, decode(value)
        return self._done[id(value)][1]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise pickle.UnpicklingError(f"a {type(value).__name__} where a text belongs")
