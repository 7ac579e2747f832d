"""What figures depend on outside the spec: threads, which are fixed, and versions, recorded."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import threadpoolctl

from data.system.threads import one_blas_thread
from pipelines.keeping.code import DECISIVE, code_sha256

# A float32 product differs in its last bits with the number of threads, and so do nearest
# neighbours at equal distances. What takes long here is cut into fixed tiles, which any number of
# threads share; each tile has one thread of BLAS and of OpenMP.
BLAS_THREADS = 1

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "joblib", "pillow")
_WITH_THREADS = ("scipy.linalg", "sklearn.neighbors")


@contextmanager
def pinned_threads() -> Iterator[None]:
    """Hold BLAS and OpenMP at one thread, in several threads at the same time, too."""
    _load()
    blas, openmp = _libraries(len(sys.modules))
    # OpenMP has a number for each thread, BLAS has one for the process. A BLAS that runs on OpenMP
    # has that of OpenMP, which is put back last.
    with openmp.limit(limits=1), one_blas_thread(blas):
        yield


def environment() -> dict[str, Any]:
    """Return everything outside the spec that figures depend on, one key each."""
    return {
        "preconv": version("preconv"),
        "code": code_sha256(*DECISIVE),
        **surroundings(),
    }


def surroundings() -> dict[str, Any]:
    """Return what figures depend on outside this project: interpreter, libraries, processor."""
    _load()
    blas = [library.info() for library in _libraries(len(sys.modules))[0]]
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "machine": platform.machine(),
        **{name: found for name in _LIBRARIES if (found := _version(name))},
        "simd": sorted({*simd.get("baseline", ()), *simd.get("found", ())}),
        "blas": sorted(
            {
                f"{each['internal_api']} {each['version']} {each.get('architecture', '')}".strip()
                for each in blas
            }
        ),
        "blas_threads": BLAS_THREADS,
        "dtype": "float32",
    }


def differences(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return one line for each way in which two environments differ.

    Examples
    --------
    >>> differences({"numpy": "2.0.0", "python": "3.12.1"}, {"numpy": "2.4.6", "python": "3.12.1"})
    ['numpy: 2.0.0 there, 2.4.6 here']
    """
    return [
        f"{key}: {_shown(recorded.get(key))} there, {_shown(here.get(key))} here"
        for key in dict.fromkeys([*here, *recorded])
        if recorded.get(key) != here.get(key)
    ]


@lru_cache(maxsize=1)
def _libraries(n_modules: int) -> tuple[list[Any], threadpoolctl.ThreadpoolController]:
    """Return the libraries of BLAS and of OpenMP that are loaded with so many modules.

    To look for them takes longer than many a prediction. So it is done anew only after something
    was imported, which may have brought another library.
    """
    found = threadpoolctl.ThreadpoolController()
    return found.select(user_api="blas").lib_controllers, found.select(user_api="openmp")


def _load() -> None:
    """Load the libraries that have threads: limits do not apply to a library loaded later."""
    for name in _WITH_THREADS:
        import_module(name)


@cache
def _version(distribution: str) -> str | None:
    """Return the version of what is installed; its metadata can be long, and are read once."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _shown(value: Any) -> str:
    """Return a recorded value on one short line."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
