"""Gates of a computation, and what each passes back to its inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Values: TypeAlias = tuple[float, ...]

STEP = 0.25
"""Of the difference quotients: a power of two, so that they are without rounding."""


@dataclass(frozen=True)
class Gate:
    """Forward: inputs to outputs. Backward: inputs and upstream gradients to theirs."""

    name: str
    forward: Callable[[Values], Values]
    backward: Callable[[Values, Values], Values]
    inputs: Values
    upstream: Values


GATES = (
    Gate(
        "add", lambda x: (x[0] + x[1],), lambda x, d: (d[0], d[0]),
        inputs=(3, -1), upstream=(4,),
    ),
    Gate(
        "multiply", lambda x: (x[0] * x[1],), lambda x, d: (d[0] * x[1], d[0] * x[0]),
        inputs=(2, -3), upstream=(5,),
    ),
    Gate(
        "copy", lambda x: (x[0], x[0]), lambda x, d: (d[0] + d[1],),
        inputs=(6,), upstream=(3, -1),
    ),
    Gate(
        "max", lambda x: (max(x),), lambda x, d: tuple(d[0] * (each == max(x)) for each in x),
        inputs=(1, 7), upstream=(8,),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Passed:
    """What a gate passes on to its inputs, and what difference quotients say it should."""

    gate: Gate
    passed: Values
    measured: Values


def pass_back(gate: Gate, *, local_gradients: bool) -> Passed:
    """Compare what a gate passes on with central differences of upstream · outputs."""

    def loss(inputs: Values) -> float:
        return sum(d * y for d, y in zip(gate.upstream, gate.forward(inputs), strict=True))

    measured = []
    for i in range(len(gate.inputs)):
        ahead, behind = (
            tuple(x + s * STEP * (i == j) for j, x in enumerate(gate.inputs)) for s in (1, -1)
        )
        measured.append((loss(ahead) - loss(behind)) / (2 * STEP))
    told = gate.backward(gate.inputs, gate.upstream)
    if not local_gradients:
        told = tuple(gate.upstream[0] for _ in gate.inputs)
    return Passed(gate, told, tuple(measured))
