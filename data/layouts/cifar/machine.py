"""The part of pickle's machine that CIFAR's files need, with a bound on all that it does.

Python's own unpickler hashes whatever a file names as a key, nests as deep as the file says, and
takes the space for a memo of any size. This one makes plain values, lists, tuples and dicts; a
function that a file names is looked up in a table of the caller's.
"""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Callable, Mapping
from typing import Any

MOST_OPERATIONS = 2_000_000
"""A pickled CIFAR of 50,000 images has a tenth of that; one byte can stand for 200 in memory."""

MOST_KEYS = 1000
_DEEPEST = 8
_KEYS = (str, bytes, int)
_INTEGERS = {"INT", "BININT", "BININT1", "BININT2", "LONG1"}
_BYTES = {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
_TEXTS = {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_AS_THEY_ARE = _INTEGERS | _BYTES | _TEXTS
_PYTHON_2 = frozenset({"BINSTRING", "SHORT_BINSTRING"})
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_SIZES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MARK = object()


class Made:
    """A list, tuple or dict in the making.

    Parameters
    ----------
    items : list or dict
        What is in it; for a tuple it is a list as well.
    is_tuple : bool, default False
        Whether it is a tuple.

    Attributes
    ----------
    depth : int
        How deep it nests, itself included.
    is_inside : bool
        Whether it is in another one, and can change no more.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("depth", "is_inside", "is_tuple", "items")

    def __init__(self, items: list[Any] | dict[Any, Any], *, is_tuple: bool = False) -> None:
        self.items, self.is_tuple = items, is_tuple
        self.depth, self.is_inside = 1, False
        for each in items:
            self._take(each)

    def append(self, value: Any) -> None:
        """Add an item to a list."""
        if self.is_inside or self.is_tuple or not isinstance(self.items, list):
            raise pickle.UnpicklingError("something added to what is no list, or done")
        self._take(value)
        self.items.append(value)

    def set(self, key: Any, value: Any) -> None:
        """Add a pair to a dict, whose key has a hash that takes no time."""
        if self.is_inside or not isinstance(self.items, dict):
            raise pickle.UnpicklingError("a pair added to what is no dict, or done")
        if type(key) not in _KEYS:
            raise pickle.UnpicklingError(f"a {_kind(key)} for a key")
        if len(self.items) >= MOST_KEYS:
            raise pickle.UnpicklingError(f"more than {MOST_KEYS} keys")
        self._take(value)
        self.items[key] = value

    def _take(self, value: Any) -> None:
        if isinstance(value, Made):
            value.is_inside = True
            self.depth = max(self.depth, value.depth + 1)
            if value is self or self.depth > _DEEPEST:
                raise pickle.UnpicklingError(f"values that nest more than {_DEEPEST} deep")


class Machine:
    """Runs the operations of a pickle.

    Parameters
    ----------
    functions : mapping of str to callable
        Name → what is called in place of the function of that name.
    state : callable
        Takes an object that such a function made, and the items of the state to give it.
    """

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]],
        state: Callable[[Any, list[Any]], None],
    ) -> None:
        self.functions, self.state = functions, state
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, content: bytes) -> Any:
        """Return what a pickle holds; every error of a damaged one is pickle's, or a built-in."""
        for n, (opcode, argument, position) in enumerate(pickletools.genops(content)):
            if n >= MOST_OPERATIONS:
                raise pickle.UnpicklingError(f"more than {MOST_OPERATIONS:,} operations")
            if opcode.name == "STOP":
                return self.stack.pop()
            try:
                self._step(opcode.name, argument, len(content))
            except pickle.UnpicklingError as error:
                raise pickle.UnpicklingError(f"{error} at byte {position}") from None
        raise pickle.UnpicklingError("no end")

    def _step(self, name: str, argument: Any, most: int) -> None:
        stack = self.stack
        if name in _AS_THEY_ARE:
            stack.append(argument)
        elif name in _PYTHON_2:
            stack.append(argument.encode("latin-1"))
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._put(len(self.memo) if argument is None else int(argument), most)
        elif name in ("BINGET", "LONG_BINGET"):
            self._get(int(argument))
        elif name == "MARK":
            stack.append(_MARK)
        elif name in ("PROTO", "FRAME"):
            pass
        else:
            self._make(name, argument)

    def _put(self, index: int, most: int) -> None:
        if index > most:
            raise pickle.UnpicklingError(f"memo index {index}")
        self.memo[index] = self.stack[-1]

    def _get(self, index: int) -> None:
        value = self.memo[index]
        if isinstance(value, Made) and value.is_tuple and value.items:
            raise pickle.UnpicklingError("a tuple used twice,")
        self.stack.append(value)

    def _make(self, name: str, argument: Any) -> None:
        stack = self.stack
        match name:
            case "EMPTY_LIST":
                stack.append(Made([]))
            case "EMPTY_DICT":
                stack.append(Made({}))
            case "TUPLE":
                stack.append(Made(self._since_mark(), is_tuple=True))
            case "EMPTY_TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(Made(self._last(_SIZES[name]), is_tuple=True))
            case "APPEND" | "APPENDS":
                items = self._last(1) if name == "APPEND" else self._since_mark()
                for item in items:
                    _made(stack[-1]).append(item)
            case "SETITEM" | "SETITEMS":
                items = self._last(2) if name == "SETITEM" else self._since_mark()
                for key, value in zip(items[::2], items[1::2], strict=True):
                    _made(stack[-1]).set(key, value)
            case "GLOBAL":
                stack.append(self._function(argument.replace(" ", ".")))
            case "STACK_GLOBAL":
                module, function = self._last(2)
                stack.append(self._function(f"{module}.{function}"))
            case "REDUCE":
                function, arguments = self._last(2)
                if not isinstance(function, Function):
                    raise pickle.UnpicklingError(f"a call of a {_kind(function)}")
                stack.append(function.make(*_tuple(arguments)))
            case "BUILD":
                state = _tuple(stack.pop())
                if isinstance(stack[-1], Function):
                    raise pickle.UnpicklingError("a state for a function")
                self.state(stack[-1], state)
            case _:
                raise pickle.UnpicklingError(f"operation {name}")

    def _function(self, name: str) -> Function:
        if name not in self.functions:
            raise pickle.UnpicklingError(f"asks for {name[:80]},")
        return Function(self.functions[name])

    def _last(self, n: int) -> list[Any]:
        if len(self.stack) < n:
            raise pickle.UnpicklingError("too few values")
        items = [self.stack.pop() for _ in range(n)][::-1]
        if any(item is _MARK for item in items):
            raise pickle.UnpicklingError("a mark where a value belongs")
        return items

    def _since_mark(self) -> list[Any]:
        items = []
        while (item := self.stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]


class Function:
    """What stands for a function that a file names."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make


def _made(value: Any) -> Made:
    if not isinstance(value, Made):
        raise pickle.UnpicklingError(f"something added to a {_kind(value)}")
    return value


def _tuple(value: Any) -> list[Any]:
    if not (isinstance(value, Made) and value.is_tuple and isinstance(value.items, list)):
        raise pickle.UnpicklingError(f"a {_kind(value)} where a tuple belongs")
    return value.items


def _kind(value: Any) -> str:
    if isinstance(value, Made):
        return "tuple" if value.is_tuple else type(value.items).__name__
    return "mark" if value is _MARK else type(value).__name__
