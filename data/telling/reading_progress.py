"""Reading many images takes a while, so the log says how many are done, how fast, and what is left.

The log is that of `logging.getLogger("preconv.reading")`. It shows nothing unless it is asked to.
"""

from __future__ import annotations

import logging
import time

LOG = logging.getLogger("preconv.reading")

_EVERY_S = 2.0


class ReadingProgress:
    """Tells the log of a source that is read: now and then, and nothing if it is quick.

    Parameters
    ----------
    source : str
        What is read.
    n_images : int
        How many images it has.
    doing : str, default "reading"
        What is done with them.
    """

    def __init__(self, source: str, n_images: int, doing: str = "reading") -> None:
        self._source, self._n, self._doing = source, n_images, doing
        self._begun = self._told = time.perf_counter()

    def tell(self, n_done: int) -> None:
        """Say that so many images are done."""
        now = time.perf_counter()
        if now - self._told < _EVERY_S or not n_done:
            return
        self._told = now
        rate = n_done / (now - self._begun)
        left = (self._n - n_done) / rate
        LOG.info(
            "%s images: %s of %s, %s a second, about %s s to go",
            self._doing,
            *(f"{n:,.0f}" for n in (n_done, self._n, rate, left)),
            extra={"source": self._source},
        )
