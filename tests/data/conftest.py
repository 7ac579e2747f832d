"""Each way to hold files, in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.data.samples import tar_bytes, write_folder, zip_bytes


@pytest.fixture(params=["folder", "tar", "tar.gz", "zip"])
def pack(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    """Put files into a folder or an archive, each in turn, and return its path."""
    kind: str = request.param

    def packed(files: Mapping[str, bytes]) -> Path:
        path = tmp_path / ("pets" if kind == "folder" else f"pets.{kind}")
        if kind == "folder":
            return write_folder(path, files)
        modes = {"tar": "w", "tar.gz": "w:gz"}
        path.write_bytes(zip_bytes(files) if kind == "zip" else tar_bytes(files, modes[kind]))
        return path

    return packed
