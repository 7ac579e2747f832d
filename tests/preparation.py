"""What workers of the checks prepare from two ends, so that each thing is prepared by one of them.

The first import of a test file rewrites its assertions, and the first use of a loop compiles it.
Both are kept on disk, where the other workers find them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

Thing = TypeVar("Thing")


def from_its_end(things: Sequence[Thing], worker: int) -> Sequence[Thing]:
    """Return all things, in the order in which a worker prepares them."""
    return things[::-1] if worker % 2 else things


def worker_of_all(config: pytest.Config) -> int | None:
    """Return the number of a worker; None where not all tests are run, or by no workers."""
    name = getattr(config, "workerinput", {}).get("workerid")
    if name is None or list(config.args) != list(config.getini("testpaths")):
        return None
    return int(str(name).removeprefix("gw"))


def modules_of_tests(root: Path) -> list[str]:
    """Return the names of all files of tests, as pytest imports them."""
    paths = sorted(path.relative_to(root) for path in (root / "tests").rglob("test_*.py"))
    return [".".join(path.with_suffix("").parts) for path in paths]


def import_tests(root: Path, worker: int) -> None:
    """Import all files of tests."""
    for name in from_its_end(modules_of_tests(root), worker):
        import_module(name)


def loops() -> list[partial[Any]]:
    """Return what compiles each loop, or loads it."""
    from numba import float32

    from features.extraction import compiled
    from models.layers import loops as layers
    from models.optimization import fused
    from models.training import pixels

    number: np.dtype[np.floating] = np.dtype(np.float32)
    return [
        partial(fused._kernel, number),
        *(partial(layers._compiled, loop, number) for loop in layers._signatures(float32)),
        *(partial(pixels._compiled, loop, number) for loop in pixels._signatures(float32)),
        *(partial(compiled.compiled, loop) for loop in compiled._signatures()),
    ]


def compile_loops(worker: int) -> None:
    """Compile all loops that are not kept yet."""
    for compile_it in from_its_end(loops(), worker):
        compile_it()
