from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from hatch_build import long_description

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_link_of_the_long_description_is_absolute_and_leads_to_a_file() -> None:
    source, tag = PROJECT["urls"]["Source"], f"v{PROJECT['version']}"
    links = re.findall(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)]+)\)", long_description(ROOT))
    assert len(links) >= 20
    for is_image, link in links:
        if not link.startswith(source):
            assert re.match(r"https://|#", link), link
            continue
        kind, version, path = link.removeprefix(f"{source}/").split("/", 2)
        assert version == tag
        assert (ROOT / path.partition("#")[0]).exists()
        assert kind == ("raw" if is_image else "tree" if path.endswith("/") else "blob")


def test_all_else_is_the_readme() -> None:
    home = f"{PROJECT['urls']['Source']}/"
    without = re.sub(rf"{re.escape(home)}(blob|raw|tree)/v[^/]+/", "", long_description(ROOT))
    assert without == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_repository_has_one_address() -> None:
    source = PROJECT["urls"]["Source"]
    assert all(url.startswith(source) for url in PROJECT["urls"].values())
    assert f'repository-code: "{source}"\n' in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_code_stays_and_a_dead_link_is_an_error(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text("```python\nf[0](x)\n```\n[here](#there) [all](.) [out](mailto:a@b)\n")
    assert long_description(tmp_path) == (
        "```python\nf[0](x)\n```\n[here](#there) "
        f"[all]({PROJECT['urls']['Source']}/tree/v{PROJECT['version']}/.) [out](mailto:a@b)\n"
    )
    readme.write_text("[gone](gone.md)")
    with pytest.raises(FileNotFoundError, match=r"gone\.md: the link \[gone\] leads to no file"):
        long_description(tmp_path)
