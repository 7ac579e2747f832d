"""Whether anything may be downloaded is said once, for this process and all that it starts."""

from __future__ import annotations

import os

VARIABLE = "PRECONV_OFFLINE"


def is_offline() -> bool:
    """Return whether nothing may be downloaded, as the environment variable PRECONV_OFFLINE says.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict("os.environ", PRECONV_OFFLINE="1"):
    ...     is_offline()
    True
    """
    return os.environ.get(VARIABLE, "").strip().lower() not in ("", "0", "no", "false", "off")


def go_offline() -> None:
    """Forbid downloads from now on, for this process and those that it starts."""
    os.environ[VARIABLE] = "1"
