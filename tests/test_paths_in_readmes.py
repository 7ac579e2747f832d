"""A README names files where they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "features", "models", "pipelines")
OTHERS = {"mine.py", "my_script.py"}
"""Files of a reader's own, in examples."""


def unknown(text: str, package: Path) -> list[str]:
    """Return paths of a README that lead to no file, seen from its package or from the root."""
    named = set(re.findall(r"`([\w./-]+\.py)`", text))
    return sorted(
        path
        for path in named - OTHERS
        if not any((home / path).exists() for home in (package, package.parent))
        and ("/" in path or not any(list(home.rglob(path)) for home in (package, ROOT / "tests")))
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_every_path_leads_to_a_file(package: str) -> None:
    home = ROOT / package
    assert unknown((home / "README.md").read_text(encoding="utf-8"), home) == []


def test_a_path_that_leads_nowhere_is_found() -> None:
    text = "`resizing.py`, `pixels/resizing.py`, `data/dataset.py`, `resizing/pixels.py`, `none.py`"
    assert unknown(text, ROOT / "data") == ["none.py", "resizing/pixels.py"]
