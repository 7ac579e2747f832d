"""Write the figures and pictures of the site's pages anew: `python -m tests.docs.keep`.

Figures come from the kept reports, and pictures from the built-in images. Nothing is run again.
"""

from __future__ import annotations

from docs.drawing import draw_all
from tests.docs.figures import ROOT, with_figures

if __name__ == "__main__":
    for path in sorted((ROOT / "docs").rglob("*.md")):
        before = path.read_text(encoding="utf-8")
        if (after := with_figures(before)) != before:
            path.write_text(after, encoding="utf-8")
            print(path.relative_to(ROOT))
    for name in draw_all(ROOT / "docs" / "pictures"):
        print("docs/pictures", name)
