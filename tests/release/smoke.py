"""What must work where preconv is installed and nothing else: `python -I smoke.py` in a new folder.

It is run by the Python of that environment, imports nothing of the tests, and ends with status 1
at the first thing that fails. With `--only-load` it loads everything and runs nothing.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("data", "features", "models", "pipelines")
OPTIONAL = {"dask", "distributed", "pandas", "pyarrow", "IPython"}
FILES = (
    "pipelines/specs/builtin.toml",
    "pipelines/schemas/report-1.schema.json",
    *(f"{package}/py.typed" for package in PACKAGES),
)


def preconv(*arguments: str) -> str:
    """Run the command that was installed; return what it printed."""
    command = [str(Path(sys.executable).with_name("preconv")), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if run.returncode:
        sys.exit(f"preconv {' '.join(arguments)}: status {run.returncode}: {run.stderr[-2000:]}")
    return run.stdout


def names() -> None:
    """Every module and every public name loads, with the dependencies that are asked for alone."""
    import preconv as top

    home = Path(top.__file__).parent
    assert home.is_relative_to(sys.prefix), f"preconv is imported from {home}"
    missing = [name for name in FILES if not (home / name).is_file()]
    assert not missing, f"not installed: {', '.join(missing)}"
    importlib.import_module("features")
    for name in top.__all__:
        getattr(top, name)
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] not in OPTIONAL:
                    raise


def commands() -> None:
    """A small comparison runs, its model predicts, and its report holds and reproduces."""
    assert preconv("--version").strip() == version("preconv")
    module = [sys.executable, "-m", "preconv", "--version"]
    assert subprocess.run(module, capture_output=True, text=True).stdout == preconv("--version")
    preconv(
        "compare", "--features", "raw,hog+color", "--models", "linear,mlp", "--seeds", "0",
        "--limit", "60", "--out", "out", "--save-models", "--no-cache",
    )  # fmt: skip
    report = json.loads(Path("out/report.json").read_text(encoding="utf-8"))
    assert [cell["status"] for cell in report["cells"]] == ["done"] * 4
    assert Path("out/report.html").stat().st_size > 10_000
    preconv("check", "out")
    preconv("reproduce", "out")
    preconv("report", "out", "--latex")
    preconv("study", "twenty-lines", "--size", "0.05")
    assert json.loads(preconv("inspect", "builtin", "--croissant"))["name"] == "builtin"
    make_image()
    (answer,) = json.loads(preconv("predict", "out/model.skops", "image.png", "--json"))
    assert len(answer["top"]) >= 1


def make_image() -> None:
    """Write an image of the size that the model takes."""
    import numpy as np
    from PIL import Image

    Image.fromarray(np.full((32, 32, 3), 127, np.uint8)).save("image.png")


if __name__ == "__main__":
    names()
    if sys.argv[1:] != ["--only-load"]:
        commands()
    print("ok")
