"""What must hold of every file of a run's folder and of the cache, at any moment."""

from __future__ import annotations

import os
import tomllib
import zipfile
from pathlib import Path

import numpy as np

from data.keeping.cache import RunCache
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Report

NAMES = {
    "model.skops", "predictions.npz", "report.html", "report.json", "report.md", "spec.toml",
}  # fmt: skip


def check_folder(out: Path) -> int:
    """Check all that stands in a folder under its own name; return how many files there are."""
    names = {path.name for path in out.glob("[!.]*")}
    assert names <= NAMES
    for name in names:
        path = out / name
        if name == "report.json":
            report = Report.read(path)
            assert {cell.status for cell in report.cells} <= {"done", "pending"}
            if "spec.toml" in names:  # not within the first write, which begins with the report
                kept_predictions(report, path)
        elif name == "predictions.npz":
            with np.load(path, allow_pickle=False) as kept:
                assert all(len(kept[each]) for each in kept.files)
        elif name == "report.html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
        elif name == "model.skops":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
        elif name == "spec.toml":
            assert tomllib.loads(path.read_text(encoding="utf-8"))["models"]
        else:
            assert path.stat().st_size
    return len(names)


def check_cache(folder: Path) -> int:
    """Check every entry of a cache by its hashes; return how many there are."""
    cache = RunCache(folder / "runs", limit_bytes=1 << 30)
    keys = [path.name for path in cache.folder.glob("[!.]*")]
    for key in keys:
        assert cache.get(key) is not None, key
    return len(keys)


def left_behind(*folders: Path) -> list[str]:
    """Return what is no whole file: what is hidden, and workspaces."""
    return [
        os.fspath(path)
        for folder in folders
        for path in (*folder.rglob(".*"), *folder.glob("workspaces/*"))
    ]
