"""What users get: the wheel in an environment that has nothing else, away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from data import Dataset

ROOT = Path(__file__).parents[2]
FOLDER = "Scripts" if os.name == "nt" else "bin"


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run(
        [str(each) for each in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "-o", folder, cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_holds_the_packages_and_what_they_need(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "data",
        "features",
        "models",
        "pipelines",
        "preconv.py",
    }
    for needed in (
        "pipelines/specs/builtin.toml",
        "pipelines/specs/cifar10.toml",
        *(f"{package}/py.typed" for package in ("data", "features", "models", "pipelines")),
    ):
        assert needed in names
    for folder in ("pipelines/reporting/templates", "pipelines/studies/page/templates"):
        assert {f"{folder}/{path.name}" for path in (ROOT / folder).iterdir()} <= set(names)
    assert not [name for name in names if name.startswith("pipelines/reports/")]


@pytest.mark.slow
def test_it_works_in_an_empty_environment(wheel: Path, tiny: Dataset, tmp_path: Path) -> None:
    home, work = tmp_path / "venv", tmp_path / "work"
    work.mkdir()
    venv.create(home, with_pip=True)
    python, preconv = home / FOLDER / "python", home / FOLDER / "preconv"
    constraints = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=work)

    assert run(preconv, "version", cwd=work) == run(python, "-m", "preconv", "version", cwd=work)
    where = run(python, "-c", "import pipelines; print(pipelines.__file__)", cwd=work)
    assert Path(where.strip()).is_relative_to(home)
    for label, name in enumerate(tiny.class_names):
        folder = work / "images" / name
        folder.mkdir(parents=True)
        for i in (tiny.labels_train == label).nonzero()[0]:
            Image.fromarray(tiny.images_train[i]).resize((16, 16)).save(folder / f"{i}.png")
    run(
        preconv, "compare", "--data", "images", "--image-size", 16, "--features", "raw,hog+color",
        "--models", "linear,mlp", "--seeds", 0, "--out", "out", "--save-models", cwd=work,
    )  # fmt: skip
    report = json.loads((work / "out" / "report.json").read_text())
    assert [cell["status"] for cell in report["cells"]] == ["done"] * 4
    assert (work / "out" / "report.html").exists()
    assert (work / "out" / "report.md").exists()
    answers = run(preconv, "predict", "out/model.skops", "images/a", "--json", cwd=work)
    assert {each["class"] for each in json.loads(answers)[0]["top"]} == {"a", "b", "c"}
    run(preconv, "reproduce", "out/report.json", "--data", "images", cwd=work)
    run(preconv, "study", "twenty-lines", "--size", 0.05, cwd=work)
    assert (work / "runs" / "studies" / "twenty-lines.html").exists()
