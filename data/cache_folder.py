"""Where downloads and kept results live: one folder that the user can move."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the cache folder, which need not exist yet.

    The environment variable `PRECONV_CACHE` names it; without that it is the platform's own place
    for caches (`~/.cache/preconv` on Linux). Downloads lie in its `datasets`, kept results of runs
    in its `runs`.
    """
    chosen = os.environ.get("PRECONV_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("preconv", appauthor=False)
