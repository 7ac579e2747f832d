"""Who decodes: threads, for Pillow lets them run at once, or processes for many small files.

Around the decoding itself, Pillow holds the interpreter's lock. Of a small image that is most of
the time, so threads would wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable

from data.archives.member import Member
from data.layouts.labelled.batches import Decoded
from data.pixels.images import has_other_formats
from data.system.pool import Pool

_MANY_FILES = 5000
_SMALL_BYTES = 1 << 15

Batch = list[Member]


class Workers(Pool[Batch, Decoded]):
    """Threads or processes that decode batches, and give them back in the order they came in.

    Formats that the user has registered with Pillow are known in this process alone.

    Parameters
    ----------
    task : callable (list of Member) -> Decoded
        What is done with a batch.
    n_files : int
        How many files there are in all.
    sample : list of Member
        Some of them, whose size tells whether they are small.
    """

    def __init__(self, task: Callable[[Batch], Decoded], n_files: int, sample: Batch) -> None:
        small = sum(each.n_bytes for each in sample) <= _SMALL_BYTES * len(sample)
        in_processes = n_files >= _MANY_FILES and small and not has_other_formats()
        super().__init__(task, in_processes=in_processes)
