"""What holds for every study that there is, and what it takes to add one."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data import Dataset, load_dataset
from pipelines import studies
from pipelines.cli import app
from pipelines.studies import STUDIES, Finding, Study, StudyError
from pipelines.studies.page.making import Making
from pipelines.studies.page.prose import Prose
from pipelines.studies.page.writing import page
from pipelines.studies.registry import chosen
from pipelines.studies.running import run_study
from pipelines.studies.study import Deferred

HOME = Path(studies.__file__).parent


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_a_claim_an_equation_and_a_source(name: str) -> None:
    study = STUDIES[name]
    prose = Prose.of(study.text)
    assert study.name == name
    assert study.title
    assert prose.claim.endswith(".")
    assert "\n" not in study.text.strip().partition("\n\n")[0]
    assert [block for block in prose.blocks if block.kind == "equation"]
    assert [block for block in prose.blocks if block.kind == "text"]
    assert prose.source


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_takes_images_size_seed_and_a_switch(name: str) -> None:
    run = STUDIES[name].run
    assert isinstance(run, Deferred)
    dataset, size, seed, *switches = inspect.signature(run.resolve()).parameters.values()
    assert (dataset.name, size.name, seed.name) == ("dataset", "size", "seed")
    assert (size.default, seed.default) == (1.0, 0)
    assert switches
    for switch in switches:
        assert switch.kind is inspect.Parameter.KEYWORD_ONLY
        assert switch.default is True


@pytest.mark.parametrize("name", STUDIES)
def test_the_pictures_of_every_study_are_of_what_its_experiment_returns(name: str) -> None:
    run, pictures = STUDIES[name].run, STUDIES[name].pictures
    assert isinstance(run, Deferred)
    assert isinstance(pictures, Deferred)
    returned = inspect.signature(run.resolve()).return_annotation
    (result,) = inspect.signature(pictures.resolve()).parameters.values()
    assert result.annotation == returned


def test_every_folder_of_a_study_is_in_the_registry() -> None:
    folders = {path.parent.name for path in HOME.glob("*/experiment.py")}
    assert folders == {name.replace("-", "_") for name in STUDIES}


def test_no_experiment_knows_of_pictures() -> None:
    """Neither of those of its study, nor of what draws them."""
    sources = [path for path in HOME.glob("*/*.py") if path.parent.name != "page"]
    drawing = {
        path for path in sources if "pipelines.reporting.figures.svg" in path.read_text("utf-8")
    }
    assert {path.name for path in drawing} == {"pictures.py", "planes.py"}
    for path in set(sources) - drawing:
        text = path.read_text(encoding="utf-8")
        imported = re.findall(r"^\s*(?:from|import) (\S+)", text, re.MULTILINE)
        assert not [name for name in imported if re.search(r"pictures|planes|matplotlib", name)]


def test_a_name_stands_for_one_study_or_for_all() -> None:
    assert chosen("convexity") == [STUDIES["convexity"]]
    assert chosen("all") == list(STUDIES.values())
    for wrong in ("Convexity", "", "../x", "all "):
        with pytest.raises(StudyError, match=r"there is no study .*; there are twenty-lines, "):
            chosen(wrong)


@dataclass(frozen=True)
class Counted:
    n_images: int

    def findings(self) -> list[Finding]:
        return [Finding(f"There are {self.n_images} images.", self.n_images > 0)]


def test_one_entry_adds_a_study(
    tiny_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(dataset: Dataset, size: float = 1.0, seed: int = 0) -> Counted:
        return Counted(dataset.n_train)

    entry = Study("counting", "Counting", "Images can be counted.", run, lambda result: [])
    monkeypatch.setitem(STUDIES, entry.name, entry)
    assert "counting                 Counting" in CliRunner().invoke(app, ["study"]).output
    path = tmp_path / "page.html"
    command = ["study", "counting", "--data", str(tiny_npz), "--out", str(path)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert "There are 60 images." in result.output
    html = path.read_text(encoding="utf-8")
    assert '<section class="study" id="counting">' in html
    assert "<h1>Counting</h1>" in html
    assert "There are 60 images." in html


def test_to_list_the_studies_imports_nothing_that_they_need() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from pipelines.cli import app\n"
        "result = CliRunner().invoke(app, ['study'])\n"
        "assert 'higher-order' in result.output and result.exit_code == 0\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(*sorted(loaded & {'features', 'models', 'matplotlib', 'scipy', 'sklearn'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.slow
def test_small_ones_take_seconds_and_share_a_page_without_clashes() -> None:
    dataset = load_dataset()
    outcomes = [run_study(study, dataset, size=0.1) for study in STUDIES.values()]
    assert [outcome.study.name for outcome in outcomes if outcome.took_s > 5] == []
    assert [outcome.error for outcome in outcomes] == [""] * len(STUDIES)
    html = page(outcomes, Making("all", "builtin", dataset, 0.1))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "$\\mathdefault" not in html
