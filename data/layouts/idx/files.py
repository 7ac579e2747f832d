"""The names of idx files tell the set, the part and whether they hold images or labels."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from data.archives.passed_over import hidden_part
from data.archives.source import Source
from data.errors import DataError

Kind = Literal["images", "labels"]

_FILE = re.compile(
    r"(?P<set>.*?)[-_.]?(?P<part>train|t10k|test|validation|valid|val)[-_.]?(?P<kind>images|labels)"
    r"[-_.]idx(?P<sides>[134])[-_.]ubyte(?P<packed>\.gz)?",
    re.IGNORECASE,
)
_PARTS = {"train": "train", "t10k": "test", "test": "test"}
_MAPPING = "mapping.txt"


@dataclass
class IdxFiles:
    """The files of one set: `parts` has for each part its images and its labels.

    `mapping` is the file that EMNIST has for its classes.
    """

    name: str = ""
    parts: dict[str, dict[Kind, str]] = field(default_factory=dict)
    mapping: str | None = None

    @property
    def is_emnist(self) -> bool:
        """Whether the images are turned, as those of EMNIST are."""
        return self.name.startswith("emnist")

    @property
    def files(self) -> dict[str, tuple[str, Kind]]:
        """The part and the kind of each file of images or labels."""
        return {
            file: (part, kind) for part, pair in self.parts.items() for kind, file in pair.items()
        }


def find_idx(source: Source) -> IdxFiles | None:
    """Return the files of the only set of a source; None if it has no idx files.

    Where a file is there both packed and not, the one that is not packed is read.

    Raises
    ------
    DataError
        If labels or images are missing, or there are several sets.
    """
    if source.kind == "file":
        return None
    sets: dict[tuple[str, str], IdxFiles] = defaultdict(IdxFiles)
    for name in sorted(source.names):
        folder, _, file = name.rpartition("/")
        fit = _FILE.fullmatch(file)
        if fit is None or hidden_part(name):
            continue
        found = sets[folder, fit["set"].lower()]
        found.name = fit["set"].lower()
        pair = found.parts.setdefault(_PARTS.get(fit["part"].lower(), "validation"), {})
        kind: Kind = "images" if fit["kind"].lower() == "images" else "labels"
        # Sorted, a file stands before its packed twin.
        pair.setdefault(kind, name)
    for (folder, name), found in sets.items():
        mapping = f"{folder}/{name}-{_MAPPING}" if folder else f"{name}-{_MAPPING}"
        found.mapping = mapping if mapping in source.names else None
    whole = [key for key, found in sets.items() if all(len(p) == 2 for p in found.parts.values())]
    if len(whole) > 1:
        shown = ", ".join(repr("/".join(filter(None, key))) for key in sorted(whole)[:10])
        raise DataError(
            f"{source.path}: holds several sets of idx files ({shown}); put the files of one into "
            "a folder of its own, and give that"
        )
    if not whole and sets:
        found = next(iter(sets.values()))
        part, pair = next((p, pair) for p, pair in found.parts.items() if len(pair) < 2)
        (kind,) = pair
        lacks = "labels" if kind == "images" else "images"
        raise DataError(
            f"{source.path}: {pair[kind]} has the {kind} of the {part} part, but its {lacks} are "
            "missing; put them beside it, and give the folder"
        )
    return sets[whole[0]] if whole else None
