"""Checkpoints: a training state as a file of plain arrays, from which a run goes on bit for bit."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from data.system.whole_file import whole_file
from models.errors import ModelError
from models.layers.layer import Array
from models.samples.chosen_rows import ChosenRows, row_blocks
from models.training.loop import TrainingState


def save_checkpoint(
    path: str | Path, state: TrainingState, notes: dict[str, Any] | None = None
) -> None:
    """Write a state and notes to an .npz file, whole or not at all.

    Notes are what JSON can hold, or arrays, which are kept as they are.
    """
    path = Path(path)
    notes = notes or {}
    arrays: dict[str, Array] = {"theta": state.theta}
    arrays |= {f"slot.{name}": slot for name, slot in state.slots.items()}
    arrays |= {f"note.{name}": v for name, v in notes.items() if isinstance(v, np.ndarray)}
    if state.average is not None:
        arrays["average"] = state.average
    if state.order is not None:
        arrays["order"] = state.order
    kind, keys, position, has_gauss, gauss = state.shuffler.get_state(legacy=True)
    arrays["shuffler"] = np.asarray(keys)
    facts = {
        "step": state.step,
        "epoch": state.epoch,
        "rate": state.rate,
        "rng": state.rng.bit_generator.state,
        "shuffler": [kind, position, has_gauss, gauss],
        "notes": {name: v for name, v in notes.items() if not isinstance(v, np.ndarray)},
    }
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    with whole_file(path) as aside, aside.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def load_checkpoint(path: str | Path, state: TrainingState) -> dict[str, Any]:
    """Read a file into a state of the same network and optimiser, and return the notes.

    Raises
    ------
    ModelError
        If the file is no checkpoint, or one of another network or optimiser.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        keys = arrays.pop("shuffler")
        kind, position, has_gauss, gauss = facts["shuffler"]
        if type(position) is not int or not 0 <= position <= len(keys):
            # NumPy reads from there without a look at where its keys end.
            raise ValueError(f"a generator at {position!r} of {len(keys)} keys")
        order = arrays.pop("order", None)
        if order is not None and not (
            order.dtype.kind == "i" and np.array_equal(np.sort(order), np.arange(len(order)))
        ):
            raise ValueError("its order of samples is none")
        state.shuffler.set_state((kind, keys, position, has_gauss, gauss))
        state.rng.bit_generator.state = facts["rng"]
        step, epoch, rate = int(facts["step"]), int(facts["epoch"]), float(facts["rate"])
        notes: dict[str, Any] = dict(facts["notes"])
    except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is not a checkpoint ({error}); delete it to start anew") from None
    wanted = {"theta": state.theta} | {f"slot.{name}": slot for name, slot in state.slots.items()}
    if state.average is not None:
        wanted["average"] = state.average
    for name, target in wanted.items():
        held = arrays.pop(name, None)
        if held is None or held.shape != target.shape or held.dtype != target.dtype:
            got = "nothing" if held is None else f"{held.dtype} {held.shape}"
            raise ModelError(
                f"{path} is of another network: {name} must be {target.dtype} {target.shape}, "
                f"got {got}; delete it to start anew"
            )
        target[:] = held
    state.order = order
    state.step, state.epoch, state.rate = step, epoch, rate
    notes |= {name.removeprefix("note."): array for name, array in arrays.items()}
    return notes


def known_as(value: Any) -> Any:
    """Return plain values that tell a parameter from others, whichever process it is in.

    An array is known by its bytes, a function by its name and what it does, any other object by
    its class and what it holds.

    Examples
    --------
    >>> known_as({"rate": 0.5, "sizes": (3, 4)})
    [('rate', 0.5), ('sizes', [3, 4])]
    """
    if value is None or isinstance(value, str | bytes | bool | int | float | complex):
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        if array.dtype.hasobject:
            return known_as(array.tolist())
        digest = hashlib.blake2b(array.data, digest_size=16).hexdigest()
        return str(array.dtype), np.shape(value), digest
    if isinstance(value, Mapping):
        return sorted(((key, known_as(each)) for key, each in value.items()), key=repr)
    if isinstance(value, list | tuple):
        return [known_as(each) for each in value]
    if isinstance(value, partial):
        return [known_as(each) for each in (value.func, value.args, value.keywords)]
    if isinstance(value, CodeType):
        return value.co_code, known_as(value.co_consts), value.co_names
    if isinstance(value, FunctionType):
        closed = [cell.cell_contents for cell in value.__closure__ or ()]
        said = value.__code__, value.__defaults__, value.__kwdefaults__, closed
        return value.__module__, value.__qualname__, known_as(said)
    if isinstance(value, type):
        return value.__module__, value.__qualname__
    if isinstance(value, MethodType):
        return value.__name__, known_as(value.__self__)
    if isinstance(value, set | frozenset):
        return sorted(map(repr, map(known_as, value)))
    if not hasattr(value, "__dict__"):
        return repr(value)
    return known_as(type(value)), getattr(value, "__name__", None), known_as(vars(value))


def fingerprint(parameters: Mapping[str, Any], *arrays: Array) -> str:
    """Return a digest of what decides a run, parameters and data: the same in every process."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr(known_as(parameters)).encode())
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        if not isinstance(array, ChosenRows):
            digest.update(np.ascontiguousarray(array).data)
            continue
        for rows in row_blocks(array):
            digest.update(np.ascontiguousarray(array[rows]).data)
    return digest.hexdigest()
