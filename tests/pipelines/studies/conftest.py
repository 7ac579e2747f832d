"""Studies that take no time: one that holds, one that does not, one that fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import pytest
from matplotlib.figure import Figure

from data import Dataset
from pipelines.reporting.figures.svg import ACCENT, draw
from pipelines.studies import STUDIES, Finding, Picture

HOSTILE = '</style><script>document.title="owned"</script><img src=x onerror=alert(1)>\x1b[2J'


@dataclass(frozen=True)
class Halved:
    name: str
    half: float
    holds: bool

    def findings(self) -> list[Finding]:
        return [
            Finding(f"Half of it is {self.half:g} & `x < y` holds.", True),
            Finding(f"It's even, to 2e-12, {HOSTILE}.", self.holds),
        ]

    def pictures(self) -> list[Picture]:
        def paint(figure: Figure) -> None:
            figure.add_subplot().plot(np.arange(4.0), color=ACCENT)

        return [
            Picture("It's a line.", draw(f"{self.name}-line", (700, 200), paint, says="A line"))
        ]


def _study(name: str, claim: str, *, holds: bool) -> ModuleType:
    module = ModuleType(f"pipelines.studies.{name}")
    module.__doc__ = (
        f"{claim}\n\nIt's halved: with x < 3,\n\n    y = x / 2\n\nSource: Euclid, book VII."
    )

    def run(dataset: Dataset, size: float = 1.0, seed: int = 0) -> Halved:
        return Halved(name, size / 2 + seed, holds)

    module.run = run  # type: ignore[attr-defined]
    return module


def _failing(error: BaseException) -> ModuleType:
    module = _study("failing", "It fails.", holds=False)

    def run(dataset: Dataset, size: float = 1.0, seed: int = 0) -> Halved:
        raise error

    module.run = run  # type: ignore[attr-defined]
    return module


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Five studies in place of ours; a module that is missing, and an interruption, among them."""
    modules = {
        "holding": _study("holding", "Two is `even` & a < b.", holds=True),
        "not_holding": _study("not_holding", "Three is even.", holds=False),
        "failing": _failing(ValueError(f"no images {HOSTILE}")),
        "interrupted": _failing(KeyboardInterrupt()),
    }
    titles = {
        "holding": "It holds",
        "failing": "It fails",
        "missing": "It is missing",
        "not-holding": "It does not",
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, f"pipelines.studies.{name}", module)
    for name in list(STUDIES):
        monkeypatch.delitem(STUDIES, name)
    for name, title in titles.items():
        monkeypatch.setitem(STUDIES, name, title)
    return titles


@pytest.fixture(autouse=True)
def _studies_in_their_order() -> Iterator[None]:
    """What a test takes out and puts back would stand at the end."""
    before = dict(STUDIES)
    yield
    STUDIES.clear()
    STUDIES.update(before)
