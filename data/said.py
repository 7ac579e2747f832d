"""A warning is of use where the user's own call stands, so it is shown there."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from data.errors import DataWarning

_HERE = f"{Path(__file__).parent}{os.sep}"


def say(text: str) -> None:
    """Warn of something about data, at the first caller that is not a part of this package."""
    level = 2  # of whoever calls this function
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
        level += 1
    warnings.warn(text, DataWarning, stacklevel=level)
