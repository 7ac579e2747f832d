"""The wheel of this version, beside the pages, for those who have the site and no index."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import SphinxError

ROOT = Path(__file__).resolve().parents[2]
WHEEL = f"preconv-{version('preconv')}-py3-none-any.whl"


class WheelError(SphinxError):
    """The wheel could not be built, or has another name than the page that links to it says."""

    category = "Wheel"


def _link(_: Sphinx, config: Config) -> None:
    config.myst_substitutions["wheel"] = f'<a href="{WHEEL}">the wheel of this version</a>'


def _build(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for earlier in Path(app.outdir).glob("preconv-*.whl"):
        earlier.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    built = subprocess.run(
        [*command, "--directory", str(app.outdir)], cwd=ROOT, capture_output=True, text=True
    )
    if built.returncode or not (Path(app.outdir) / WHEEL).is_file():
        raise WheelError(f"{WHEEL} was not built: {built.stdout}{built.stderr}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the wheel built after the pages and before their links are checked.

    A page links to it with the words {{ wheel }}.
    """
    app.connect("config-inited", _link)
    app.connect("build-finished", _build, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
