from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command

from data import Dataset, load_dataset
from pipelines import compare, studies
from pipelines.cli import app
from pipelines.comparison.spec import Comparison
from pipelines.running.cells import contract
from pipelines.studies import STUDIES
from pipelines.studies.page.prose import Prose
from pipelines.studies.registry import chosen
from pipelines.studies.running import run_study
from tests.readme_blocks import code_blocks

ROOT = Path(__file__).parents[2]
README = (ROOT / "pipelines" / "README.md").read_text(encoding="utf-8")


def test_the_toml_is_a_comparison() -> None:
    block, _ = code_blocks(README, "toml")
    spec = Comparison.from_dict(tomllib.loads(block))
    assert spec.rows == ("hog", "hog+color", "hog-views")


def test_everything_that_is_named_can_be_compared(tiny: Dataset) -> None:
    _, block = code_blocks(README, "toml")
    spec = Comparison.from_dict(tomllib.loads(block))
    report = compare(spec, dataset=tiny, cache=False)
    assert [cell.model for cell in report.cells] == ["linear", "svc", "bag", "vote"]
    assert {cell.status for cell in report.cells} == {"done"}
    assert report.cells[2].chosen[0].keys() == {"words.n_words", "linear.alpha"}


@pytest.mark.usefixtures("few_builtin")
def test_the_python_runs_and_prints_every_cell() -> None:
    block, *_ = code_blocks(README, "python")
    printed, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        exec(compile(block, "README.md", "exec"), {"__name__": "example"})
    assert said.getvalue() == ""
    lines = [line.split() for line in printed.getvalue().splitlines()]
    assert [line[:2] for line in lines] == [
        ["color", "knn"],
        ["color", "ridge"],
        ["mean", "knn"],
        ["mean", "ridge"],
    ]
    assert all(0.1 < float(line[2]) < 0.9 for line in lines)


def test_the_contract_is_that_of_the_code() -> None:
    _, block, *_ = code_blocks(README, "python")
    assert len(block.splitlines()) < 15
    shown = set(re.findall(r"^ {4}(?:def )?(\w+)[(:]", block, re.MULTILINE))
    protocols = (
        contract.TakesValidation,
        contract.ChoosesByItself,
        contract.SharesWork,
        contract.Forgets,
        contract.TellsEpochs,
    )
    written = {
        name
        for protocol in protocols
        for name in (*protocol.__annotations__, *vars(protocol))
        if not name.startswith("_")
    }
    assert shown == written


def test_a_report_can_be_asked(tmp_path: Path) -> None:
    (block,) = (each for each in code_blocks(README, "python") if "load_report" in each)
    block = block.replace('"accuracy.png"', repr(str(tmp_path / "accuracy.png")))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.chdir(ROOT):
        exec(compile(block, "README.md", "exec"), {})
    first, best, *rest = printed.getvalue().splitlines()
    assert first.startswith("<Report 'Built-in images'")
    assert "/".join(best.split()[:2]) in first
    assert rest[-1] == "True"
    assert (tmp_path / "accuracy.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("without_pages")
def test_a_saved_model_is_a_classifier(tiny: Dataset, tmp_path: Path) -> None:
    (block,) = (each for each in code_blocks(README, "python") if "load_model" in each)
    for i, (image, label) in enumerate(zip(tiny.images_test, tiny.labels_test, strict=True)):
        folder = tmp_path / "photos" / tiny.class_names[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{i}.png")
    spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.chdir(tmp_path):
        photos = load_dataset("photos", image_size=32)
        report = compare(spec, dataset=photos, out="runs/photos", save_model=True, cache=False)
        exec(compile(block, "README.md", "exec"), {})
    named, names, shape, right = printed.getvalue().splitlines()
    assert named.startswith("<SavedModel color × knn")
    assert set(re.findall(r"'(.)'", names)) <= {"a", "b", "c"}
    assert shape == f"({photos.n_test}, 3)"
    assert float(right) == report.cells[0].accuracy


@pytest.mark.slow
def test_other_processes_run_the_example(tmp_path: Path) -> None:
    block = code_blocks(README, "python")[2]
    (tmp_path / "example.py").write_text(block)
    run = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    here = compare(
        Comparison.from_options(features=["color"], models=["knn"], seeds=[0, 1]), cache=False
    )
    assert run.stdout.strip() == str(here.cells[0].n_correct)


def test_the_studies_are_those_that_there_are() -> None:
    table = README.partition("<!-- studies -->")[2].partition("<!-- end of studies -->")[0]
    assert dict(re.findall(r"^\| `(.+)` \| (.+) \|$", table, re.MULTILINE)) == {
        study.name: study.title for study in STUDIES.values()
    }


def test_the_commands_run_studies_with_options_that_exist() -> None:
    known = {o for p in get_command(app).commands["study"].params for o in p.opts}  # type: ignore[attr-defined]
    (block,) = code_blocks(README, "sh")
    for line in block.splitlines():
        command, study, *arguments = shlex.split(line, comments=True)
        assert (command, study) == ("preconv", "study")
        assert {a for a in arguments if a.startswith("--")} <= known
        assert not arguments or chosen(arguments[0])


def test_the_study_of_ones_own_finds_what_it_claims(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies, "STUDIES", {})
    *_, block = code_blocks(README, "python")
    module = ModuleType("own")
    sys.modules["own"] = module
    try:
        exec(compile(block, "README.md", "exec"), module.__dict__)
    finally:
        del sys.modules["own"]
    (study,) = studies.STUDIES.values()
    prose = Prose.of(study.text)
    assert prose.claim.endswith("fitted to.")
    assert [block.kind for block in prose.blocks] == ["text", "equation"]
    assert prose.source
    images = np.repeat(np.repeat(tiny.images_train, 4, axis=1), 4, axis=2)
    larger = Dataset(
        "larger",
        images[:40],
        tiny.labels_train[:40],
        images[40:],
        tiny.labels_train[40:],
        tiny.class_names,
    )
    outcome = run_study(study, larger)
    assert outcome.error == ""
    assert outcome.holds
    assert outcome.pictures == ()
