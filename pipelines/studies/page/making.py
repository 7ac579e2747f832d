"""How a page was made, and the command that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from data import Dataset
from data.names import last_part
from pipelines.running.environment import surroundings


@dataclass(frozen=True)
class Making:
    """How a page was made: what was asked for, of which images, and with what.

    Parameters
    ----------
    asked
        The name of a study, or "all".
    source
        What `--data` named.
    dataset
        The images that it gave.
    size, seed
        As the studies were given them.
    environment
        Versions and the processor; those of here unless others are given.
    reading
        How the images were read, where that is not the usual way: option → value, or "" for none.
    """

    asked: str
    source: str
    dataset: Dataset
    size: float = 1.0
    seed: int = 0
    environment: dict[str, Any] = field(default_factory=surroundings)
    reading: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The command that makes the page again; of a path to images, the last part."""
        options = {
            "--data": last_part(self.source),
            **self.reading,
            "--size": f"{self.size:g}",
            "--seed": str(self.seed),
        }
        usual = {"--data": "builtin", "--size": "1", "--seed": "0"}
        given = [
            part
            for option, value in options.items()
            if value != usual.get(option)
            for part in ((option, value) if value else (option,))
        ]
        return shlex.join(["preconv", "study", self.asked, *given])
