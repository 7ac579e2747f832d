"""What a loader learns of a source on the way, for those who ask what became of it."""

from __future__ import annotations

import threading
from collections import Counter


class Tally:
    """The layout of a source, and the sizes and modes that its image files have.

    Attributes
    ----------
    layout : str
        The name of the layout; empty until one is recognised, and for a dataset with a name.
    kinds : Counter of (str, int, int)
        How many image files there are of each mode, height and width in pixels, before they are
        converted and resized. It is empty where a source holds arrays.
    """

    def __init__(self) -> None:
        self.layout = ""
        self.kinds: Counter[tuple[str, int, int]] = Counter()
        self._lock = threading.Lock()

    def count(self, mode: str, height: int, width: int) -> None:
        """Count one image file; threads may do so at once."""
        with self._lock:
            self.kinds[mode, height, width] += 1
