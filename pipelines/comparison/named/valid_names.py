"""Names that are not valid: the error says which are, and which one was perhaps meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches


def check_names(what: str, given: Iterable[str], valid: Collection[str], more: str = "") -> None:
    """Raise ValueError for names that are not valid, listing those that are.

    Parameters
    ----------
    what : str
        What the names are of.
    given : iterable of str
        The names to check.
    valid : collection of str
        Those that are allowed.
    more : str, default ""
        What else is allowed, for the end of the list.

    Examples
    --------
    >>> check_names("extractor", ["HoG"], ["RawPixels", "HOG"])
    Traceback (most recent call last):
    ValueError: unknown extractor: HoG; valid: RawPixels, HOG; did you mean HOG?
    """
    if unknown := [name for name in given if name not in valid]:
        raise ValueError(
            f"unknown {what}: {', '.join(map(str, unknown))}; valid: {', '.join(valid) or 'none'}"
            f"{more}{meant(unknown, valid)}"
        )


def meant(unknown: Iterable[object], valid: Iterable[str]) -> str:
    """Return the question whether near names were meant; empty where none is near."""
    lower = {name.lower(): name for name in valid}
    near = [
        lower[match]
        for name in unknown
        for match in get_close_matches(str(name)[:100].lower(), lower, n=1)
    ]
    return f"; did you mean {', '.join(dict.fromkeys(near))}?" if near else ""
