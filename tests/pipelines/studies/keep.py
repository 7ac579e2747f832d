"""Write the kept page of the studies and its two pictures anew: `make keep-studies`."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from data import load_dataset
from pipelines.studies import STUDIES
from pipelines.studies.page.making import Making
from pipelines.studies.page.writing import write_page
from pipelines.studies.running import run_study
from tests.pipelines.chromium import start

FOLDER = Path(__file__).parents[3] / "pipelines" / "reports" / "studies"
PAGE = FOLDER / "index.html"
#: File → the study that has the picture, and which of its pictures it is.
PICTURES = {"templates.png": ("templates", 0), "space-warping.png": ("space-warping", 0)}
_SCALE = 2
"""Pixels of a picture to one of the page."""
_PADDED = """
.picture { max-width: none !important; width: max-content; }
.picture > div { padding: 12px; overflow: visible; }
.picture svg { width: var(--drawn); }
"""


def keep() -> bool:
    """Run every study on the built-in images, write page and pictures; say whether all hold."""
    with contextmanager(start)():
        pass  # without a browser, nothing is begun
    dataset = load_dataset()
    outcomes = []
    for study in STUDIES.values():
        outcomes.append(run_study(study, dataset))
        print(study.name, "holds" if outcomes[-1].holds else "does not hold", flush=True)
    if not all(outcome.holds for outcome in outcomes):
        return False
    write_page(PAGE, outcomes, Making("all", "builtin", dataset))
    keep_pictures()
    return True


def keep_pictures() -> None:
    """Take the two pictures from the kept page."""
    with contextmanager(start)() as browser:
        page = browser.new_page(
            viewport={"width": 1200, "height": 900},
            device_scale_factor=_SCALE,
            color_scheme="light",
        )
        page.goto(PAGE.as_uri())
        page.add_style_tag(content=_PADDED)
        for file, (study, place) in PICTURES.items():
            drawing = page.locator(f"#{study} .picture").nth(place).locator("> div")
            _write(FOLDER / file, drawing.screenshot())


def _write(path: Path, png: bytes) -> None:
    """Write a picture in 128 colours, which is a third of the bytes."""
    picture: Any = (
        Image.open(io.BytesIO(png)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    )
    picture.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(0 if keep() else "a study does not hold, and nothing was written")
