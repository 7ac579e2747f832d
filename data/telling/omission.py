"""What a source holds and a dataset has not is kept with it, so that nothing vanishes unseen."""

from __future__ import annotations

from dataclasses import dataclass

from data.names import some_of

MOST_NAMED = 20


@dataclass(frozen=True)
class Omission:
    """Files of one kind that were passed over.

    Parameters
    ----------
    kind : str
        What they are, in the plural, as `"hidden files or folders"`.
    n : int
        How many there are.
    names : tuple of str
        The first of their names, at most 20.
    why : str, default ""
        What is known beyond that, as the error of the first image that cannot be read.

    Examples
    --------
    >>> str(Omission("dead links", 2, ("cat/1.png", "cat/2.png")))
    'dead links: 2 (cat/1.png, cat/2.png)'
    """

    kind: str
    n: int
    names: tuple[str, ...]
    why: str = ""

    def __str__(self) -> str:
        """Return one line."""
        why = f"; the first: {self.why}" if self.why else ""
        return f"{self.kind}: {self.n:,} ({some_of(self.names, MOST_NAMED, self.n)}{why})"
