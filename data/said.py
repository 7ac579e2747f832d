"""What a reader has to say of a file is a warning, shown where the user's own code asked for it."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from data.errors import DataWarning

_HOME = str(Path(__file__).parent) + os.sep


def say(where: str | Path, text: str) -> None:
    """Warn of what is special about a source, once for each place that loads it.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as heard:
    ...     warnings.simplefilter("always")
    ...     say("pets.npz", "its labels are one-hot")
    >>> print(heard[0].message)
    pets.npz: its labels are one-hot
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HOME):
        level, frame = level + 1, frame.f_back
    warnings.warn(f"{where}: {text}", DataWarning, stacklevel=level)
