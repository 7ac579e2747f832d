"""What a user writes for a path: "~" stands for a home folder, whichever function takes it."""

from __future__ import annotations

import os
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return a path with the home folder for "~"; that of an unknown user stays as it is.

    Examples
    --------
    >>> expanded("~/photos").is_absolute(), str(expanded("~nobody-of-this-name"))
    (True, '~nobody-of-this-name')
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path's fails for an unknown user
