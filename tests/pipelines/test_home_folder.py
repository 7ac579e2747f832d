"""'~' is the home folder in whatever takes a path; a shell expands it only where it sees it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from data import Dataset, read_image, save_npz
from models import MLPClassifier
from pipelines import Comparison, compare
from pipelines.cli import app

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(here)
    return home


def test_a_spec_and_the_code_in_it(home: Path) -> None:
    (home / "few.toml").write_text("title = 'few'")
    (home / "mine_of_home.py").write_text("raise ValueError('it is read')")
    assert Comparison.from_toml("~/few.toml").title == "few"
    run = CliRunner().invoke
    result = run(app, ["compare", "~/few.toml", "--data", "none"])
    assert "few.toml" not in result.stderr
    result = run(app, ["compare", "--import", "~/mine_of_home.py"])
    assert "it is read" in result.stderr


def test_images_and_datasets(home: Path, tiny: Dataset) -> None:
    Image.fromarray(tiny.images_test[0]).save(home / "a.png")
    assert np.array_equal(read_image("~/a.png"), tiny.images_test[0])
    save_npz(tiny, "~/tiny.npz")
    assert (home / "tiny.npz").exists()
    (home / "pets").mkdir()
    for i in range(4):
        shutil.copy(home / "a.png", home / "pets" / f"{i}.png")
    table = {"path": [f"{i}.png" for i in range(4)], "label": ["a", "b"] * 2}
    assert Dataset.from_table(table, "~/pets", split=None).n_train == 2


def test_what_a_saved_model_is_asked_about(home: Path, tiny: Dataset) -> None:
    Image.fromarray(tiny.images_test[0]).save(home / "a.png")
    spec = Comparison.from_options(features=["raw"], models=["knn"], seeds=[0])
    compare(spec, dataset=tiny, out="~/run", save_model=True, cache=False)
    run = CliRunner().invoke
    for result in (
        run(app, ["predict", "~/run/model.skops", "~/a.png"]),
        run(app, ["predict", "~/run/model.skops", "-"], input=b"~/a.png\n"),
    ):
        assert result.exit_code == 0, result.stderr


def test_a_checkpoint(home: Path, tiny: Dataset) -> None:
    X = tiny.images_train.reshape(tiny.n_train, -1) / 255
    net = MLPClassifier((4,), max_iter=1, n_iter_no_change=1, random_state=0)
    net.set_params(checkpoint="~/net.npz").fit(X, tiny.labels_train)
    assert (home / "net.npz").exists()
    assert not Path("~").exists()
