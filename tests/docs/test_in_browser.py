"""The site in a real browser: nothing fetched, nothing too wide, and axe-core finds nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.chromium import start

ROOT = Path(__file__).parents[2]
PAGES = (
    "index",
    "start",
    "howto",
    "science",
    "more",
    "benchmarks",
    "command_line/index",
    "command_line/compare",
    "gallery/index",
    "gallery/space-warping",
    "in_depth/features",
    "project/changelog",
    "reference/index",
    "reference/features",
    "reference/features.HOG",
    "reference/pipelines.Comparison",
    "reports/index",
    "reports/cifar10-jpeg",
    "search",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it, where a warning is an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "--fail-on-warning", "--quiet"]
    run = subprocess.run([*command, "docs", out], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from start()


def test_the_wheel_lies_beside_the_page_that_tells_how_to_install(site: Path) -> None:
    (wheel,) = site.glob("*.whl")
    assert f'href="{wheel.name}"' in (site / "install.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    site: Path, browser: Any, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = []
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        for violation in Axe().run(page).response["violations"]:
            places = [node["target"] for node in violation["nodes"]]
            found.append(f"{name}: {violation['id']}: {violation['help']}: {places[:3]}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{name}: is wider than {width} pixels")
    page.close()
    assert found == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_axe_finds_what_is_wrong(browser: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page()
    page.set_content("<html lang='en'><title>A</title><main><h1>A</h1><img src='x.png'></main>")
    assert "image-alt" in [each["id"] for each in Axe().run(page).response["violations"]]
    page.close()
