"""The pages of the site hold: code runs, commands exist, figures are those of a report."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from docutils.utils.math.latex2mathml import tex2mathml
from PIL import Image

import features
import models
from data import load_dataset
from docs.drawing import DRAWINGS, PLOTS, draw_all
from pipelines.cli import app
from pipelines.comparison.spec import Comparison
from pipelines.studies import STUDIES
from tests.docs.figures import FIGURE, REPORTS, ROOT, TABLE, with_figures
from tests.readme_blocks import code_blocks

DOCS = ROOT / "docs"
WRITTEN = [
    DOCS / "install.md",
    DOCS / "first_comparison.md",
    DOCS / "glossary.md",
    *sorted(DOCS.glob("howto/*.md")),
    *sorted(DOCS.glob("science/*.md")),
]
TEXTS = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in WRITTEN}
SCIENCE = [name for name in TEXTS if name.startswith("science/")]
RUN_AS_A_WHOLE = [
    name for name in TEXTS if name == "first_comparison.md" or name.startswith("howto/")
]
LONGER = {"bag_of_visual_words", "convolutional_kernel_network", "fisher_vector", "views"}
"""Pages whose code takes half a second or more."""
_READMES = {
    "in_depth/data.md": "data/README.md",
    "in_depth/features.md": "features/README.md",
    "in_depth/models.md": "models/README.md",
    "in_depth/pipelines.md": "pipelines/README.md",
    "project/security.md": "SECURITY.md",
    "project/changelog.md": "CHANGELOG.md",
    "in_depth/kept_reports.md": "pipelines/reports/README.md",
    "project/contributing.md": "CONTRIBUTING.md",
}
_SECTIONS = {"science.md", "howto.md", "gallery/index.md", "reports/index.md", "reference/index.md"}


@pytest.mark.parametrize("name", TEXTS)
def test_figures_are_those_of_the_kept_reports(name: str) -> None:
    assert with_figures(TEXTS[name]) == TEXTS[name], "python -m tests.docs.keep writes them anew"
    assert "??" not in TEXTS[name]


def test_pages_have_figures_to_check() -> None:
    assert sum(len(FIGURE.findall(text)) for text in TEXTS.values()) >= 30
    assert sum(len(TABLE.findall(text)) for text in TEXTS.values()) >= 12


def test_a_wrong_figure_is_found() -> None:
    right = with_figures('[?? %](../reports/cifar10-views.md "bovw-400/mlp")')
    assert re.match(r"\[\d\d\.\d %\]", right)
    assert with_figures(re.sub(r"\[\d", "[0", right)) == right
    with pytest.raises(ValueError, match="not enough values"):
        with_figures('[1 %](../reports/cifar10-views.md "bovw-400/forest")')


def test_every_feature_and_every_model_has_a_page() -> None:
    headings = {re.findall(r"\w+", text)[0] for name, text in TEXTS.items() if name in SCIENCE}
    no_page = {"ImageExtractor", "Picture", "Resize", "ModelError", "ViewsClassifier"}
    assert {*features.__all__, *models.__all__} - no_page <= headings
    for name in SCIENCE:
        for section in ("What it computes", "What is published", "What we measured"):
            if not name.endswith("comparing.md"):
                assert f"## {section}" in TEXTS[name], (name, section)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if Path(name).stem in LONGER else [])
        for name in [*SCIENCE, "install.md"]
    ],
)
def test_the_code_of_a_page_runs(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = code_blocks(TEXTS[name], "python")
    assert blocks or name.endswith("comparing.md")
    known: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, name, "exec"), known)
    printed = capsys.readouterr().out.split("\n")
    said = re.findall(r"^print\(.*\)  # (.*)$", "\n".join(blocks), re.MULTILINE)
    assert said == printed[: len(said)]


def _lines_of_shell(text: str) -> list[str]:
    typed = [line for block in code_blocks(text, "sh") for line in block.splitlines()]
    shown = [line[2:] for block in code_blocks(text, "console") for line in block.splitlines()]
    return [line for line in [*typed, *shown] if re.match(r"(\w+=\S+ )*preconv ", line)]


def test_commands_and_their_options_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    every = [line for text in TEXTS.values() for line in _lines_of_shell(text)]
    assert len(every) >= 40
    for line in every:
        words = shlex.split(re.sub(r"^(\w+=\S+ )+", "", line), comments=True)
        if words[1] == "--version":
            continue
        known = {option for each in commands[words[1]].params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_specs_are_comparisons(tmp_path: Path) -> None:
    specs = [block for text in TEXTS.values() for block in code_blocks(text, "toml")]
    assert len(specs) >= 2
    path = tmp_path / "spec.toml"
    for spec in specs:
        for own, ours in (("Spread", "RawPixels"), ("NearestMean", "LinearClassifier")):
            spec = spec.replace(f'"{own}"', f'"{ours}"')
        path.write_text(spec.replace("choose = { power", "# {"))
        assert Comparison.from_toml(path).models


def test_what_is_cited_has_the_year_of_the_release() -> None:
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    (year,) = re.findall(r"^date-released: (\d{4})-", cited, re.MULTILINE)
    assert re.findall(r"year *= \{(\d+)\}", TEXTS["howto/export_to_a_paper.md"]) == [year]


def test_equations_can_be_drawn() -> None:
    n = 0
    for name, text in TEXTS.items():
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
        for block, line in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", prose, re.DOTALL):
            assert "<math" in tex2mathml((block or line).strip(), as_block=bool(block)), name
            n += 1
    assert n >= 80


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    prose = re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL)
    for link in re.findall(r'\]\(([^)\s]+)(?: "[^"]*")?\)', prose):
        address, _, anchor = link.partition("#")
        if "://" in address:
            continue
        target = os.path.relpath((DOCS / name).parent / address, DOCS) if address else name
        assert _leads_somewhere(Path(target).as_posix(), anchor), link


def _leads_somewhere(target: str, anchor: str) -> bool:
    if target in _SECTIONS:
        return not anchor
    folder, _, file = target.partition("/")
    if folder == "reports":
        return (REPORTS / file.removesuffix(".md") / "report.md").is_file()
    if folder == "gallery":
        return file.removesuffix(".md") in STUDIES
    if folder == "reference":
        module, _, public = file.removesuffix(".md").rpartition(".")
        return public in __import__(module).__all__
    source = ROOT / _READMES[target] if target in _READMES else DOCS / target
    if not source.is_file():
        return False
    return not anchor or anchor in _anchors(source.read_text(encoding="utf-8"))


def _anchors(text: str) -> set[str]:
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_pictures_are_all_there_and_all_shown() -> None:
    shown = set(re.findall(r"\.\./pictures/([\w.]+)", "\n".join(TEXTS.values())))
    assert shown == {*DRAWINGS, *PLOTS} == {path.name for path in (DOCS / "pictures").iterdir()}


@pytest.mark.slow
def test_pictures_are_what_is_drawn_now(tmp_path: Path) -> None:
    draw_all(tmp_path)
    for name in DRAWINGS:
        drawn, kept = (np.asarray(Image.open(f / name)) for f in (tmp_path, DOCS / "pictures"))
        assert drawn.shape == kept.shape, name
        assert np.abs(drawn.astype(int) - kept).mean() < 2, name
    for name in PLOTS:
        now, then = (
            [float(each) for each in re.findall(r"-?\d+\.\d+", (folder / name).read_text("utf-8"))]
            for folder in (tmp_path, DOCS / "pictures")
        )
        assert now == pytest.approx(then, abs=0.1), name


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos in it, and the command."""
    folder = tmp_path_factory.mktemp("home")
    images = load_dataset("builtin", n_train=200, n_test=10, cache=False)
    for place, (image, label) in enumerate(
        zip(images.images_train, images.labels_train, strict=True)
    ):
        if label < 3:
            path = folder / "photos" / images.class_names[label] / f"IMG_{place}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).resize((40, 36)).save(path)
    Image.fromarray(images.images_test[0]).save(folder / "new-photo.jpg")
    (folder / "bin").mkdir()
    command = folder / "bin" / "preconv"
    command.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={ROOT}\n"
        # What a page says for itself comes later, and counts.
        'if [ "$1" = compare ]; then shift\n'
        '  case "$*" in\n'
        "    *--features* | [!-]*) ;;\n"
        '    *) set -- --features color,hog --models linear,knn "$@" ;;\n'
        "  esac\n"
        # All 5,000 images would be drawn for each command, and that takes longest.
        '  case "$*" in\n'
        "    *--data*) ;;\n"
        '    *) set -- --set n_train=300 --set n_test=100 "$@" ;;\n'
        "  esac\n"
        '  set -- compare --limit 100 --seeds 0 "$@"\n'
        "fi\n"
        f'exec {sys.executable} -m pipelines "$@"\n'
    )
    command.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_AS_A_WHOLE)
def test_a_page_can_be_followed_from_top_to_bottom(name: str, home: Path, tmp_path: Path) -> None:
    text = TEXTS[name]
    if "[pandas]" in text:
        pytest.importorskip("pandas")
    found = re.finditer(r"^```(python|sh|toml)\n(.*?)^```\n(.*?)(?=^```|\Z)", text, re.S | re.M)
    environment = {
        **os.environ,
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PRECONV_CACHE": str(home / "cache"),
        "MPLBACKEND": "agg",
    }

    def follow(*command: str) -> None:
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    # Blocks of Python that follow one another are one program; each knows what those above made.
    python, waiting = "", False
    for language, code, after in (each.groups() for each in found):
        if language == "toml":
            (file,) = re.findall(r"Save this as `([\w.]+)`", after)
            (home / file).write_text(code, encoding="utf-8")
        elif language == "python":
            python, waiting = python + code, True
        elif "pip" not in code:
            (home / "page.py").write_text(python, encoding="utf-8")
            if waiting:
                follow(sys.executable, "page.py")
            follow("bash", "-euc", code)
            waiting = False
    if waiting:
        (home / "page.py").write_text(python, encoding="utf-8")
        follow(sys.executable, "page.py")
