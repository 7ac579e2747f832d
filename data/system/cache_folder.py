"""Downloads and kept results lie in one folder, which the user can move."""

from __future__ import annotations

import os
from pathlib import Path

from data.system.paths import expanded


def cache_folder() -> Path:
    """Return the cache folder, which need not exist yet.

    The environment variable `PRECONV_CACHE` names it. Without that it is the platform's own place
    for caches (`~/.cache/preconv` on Linux). Its folder `datasets` holds downloads, and its folder
    `runs` what runs keep for later ones, and images that are large or took long to load.

    Returns
    -------
    Path
        The absolute path of the folder.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> from data import cache_folder
    >>> with patch.dict("os.environ", PRECONV_CACHE="/large/disk"):
    ...     cache_folder().parts[-2:]
    ('large', 'disk')
    """
    chosen = os.environ.get("PRECONV_CACHE")
    if chosen:
        return expanded(chosen).absolute()
    import platformdirs

    return platformdirs.user_cache_path("preconv", appauthor=False)
