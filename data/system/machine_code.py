"""Machine code of loops, kept on disk until any code that it was made of changes.

A compiled loop holds the code of the helpers that it calls, also of those in other files. numba
looks at the file of the loop alone before it takes kept code. Here a hash of all files beside that
one is part of the key. So a loop and its helpers lie in one folder.

Of several processes that need the same loop at the same time, one compiles it and the others wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from data.system.collector import paused_collector
from data.system.turns import Turn


def machine_code(function: Callable[..., Any], signature: Any, **options: Any) -> Any:
    """Return the machine code of a function; it is kept on disk where that is possible.

    Parameters
    ----------
    function : function
        Its file and those of the helpers that it calls lie in one folder.
    signature : numba signature
        The types of its arguments and of what it returns.
    **options
        Options of `numba.njit`. The machine code never needs Python's lock.

    Returns
    -------
    numba dispatcher
        It takes arguments of these types.
    """
    # Importing numba takes a third of a second, so it is imported where it is needed.
    from numba import njit

    try:
        kept = njit(nogil=True, **options)(function)
        kept._cache = _place_of(function, options)
        try:
            with paused_collector():
                kept.compile(signature)
        finally:
            kept._cache.turn.end()
        kept.disable_compile()
    except Exception:
        # Without a folder to write to, or with a damaged file, it is compiled each time.
        return njit(signature, nogil=True, **options)(function)
    return kept


def _place_of(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Return where numba keeps the code of a function, under a key that holds what made it."""
    from numba.core.caching import FunctionCache

    folder = Path(function.__code__.co_filename).parent
    # A set of names has no order of its own.
    chosen = {name: sorted(v) if isinstance(v, set) else v for name, v in options.items()}
    made_of = f"{_sources(folder)} {sorted(chosen.items())}"

    class Place(FunctionCache):
        turn: Turn

        def load_overload(self, sig: Any, target_context: Any) -> Any:
            inherited: Any = super()
            found = inherited.load_overload(sig, target_context)
            if found is None:
                self.turn.take()  # another process may have made it meanwhile
                found = inherited.load_overload(sig, target_context)
            return found

        def _index_key(self, sig: Any, codegen: Any) -> Any:
            inherited: Any = super()
            return (*inherited._index_key(sig, codegen), made_of)

    made: Any = Place
    place = made(function)
    place.turn = Turn(Path(place.cache_path) / f"{place._impl.filename_base}.turn")
    return place


@cache
def _sources(folder: Path) -> str:
    """Return the sha256 of the source files in a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        total.update(f"{path.name} ".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
