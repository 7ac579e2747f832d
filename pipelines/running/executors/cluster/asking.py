"""Workers are asked to do something now, and one that hangs is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

ANSWERS_S = 10.0
"""So long a worker has for a short answer."""


def asked(
    client: Any,
    workers: Collection[str],
    function: Callable[..., Any],
    *arguments: Any,
    seconds: float = ANSWERS_S,
    nanny: bool = False,
) -> dict[str, Any]:
    """Return what workers, or their nannies, answer in time, by address; the others are left out.

    Parameters
    ----------
    client : distributed.Client
    workers : collection of str
        Their addresses.
    function : callable
        Is called there with the arguments.
    *arguments : object
    seconds : float, default `ANSWERS_S`
    nanny : bool, default False
    """
    found: dict[str, Any] = {}

    async def ask(address: str) -> None:
        with suppress(Exception):  # each kind of connection has its own
            answer = client.run(
                function, *arguments, workers=[address], nanny=nanny, on_error="ignore"
            )
            found.update(await asyncio.wait_for(answer, seconds))

    async def ask_all() -> None:
        await asyncio.gather(*map(ask, workers))

    client.sync(ask_all)
    return found
