from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from data import Dataset
from data.keeping.cache import RunCache
from pipelines.cli import app
from pipelines.comparison.spec import Comparison
from pipelines.record.digests import with_digests
from pipelines.record.report import Report

ROOT = Path(__file__).parents[2]

SPEC = """
data = "{data}"
seeds = [0]
[features.raw]
extractor = "RawPixels"
[features.color]
extractor = "ColorHistogram"
bins = 2
[models.knn]
classifier = "KNeighborsClassifier"
[models.linear]
classifier = "LinearClassifier"
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


def folders_of_images(dataset: Dataset, *names: str) -> None:
    """Write folders of a few images, other ones in each."""
    for k, name in enumerate(names):
        for i in range(18):
            folder = Path(name, dataset.class_names[i % 3])
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(dataset.images_train[18 * k + i]).save(folder / f"{i}.png")


@pytest.fixture
def toml(tiny_npz: Path, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(SPEC.format(data=tiny_npz))
    return path


@pytest.fixture
def quick(without_pages: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_comparison_ends_with_a_table_and_the_report(toml: Path, tmp_path: Path) -> None:
    result = run("compare", toml)
    assert result.exit_code == 0
    assert "raw × knn, seed 0 begins" in result.stderr  # no terminal, so lines and no bar
    report = Report.read(tmp_path / "runs" / "tiny" / "report.json")
    for cell in report.cells:
        assert cell.accuracy is not None
        row = next(
            line
            for line in result.stdout.splitlines()
            if cell.features in line and cell.model in line
        )
        assert f"{100 * cell.accuracy:.1f}" in row
        assert f"{cell.dim}" in row
    assert str(Path("runs") / "tiny" / "report.json") in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.usefixtures("quick")
def test_options_narrow_the_spec(toml: Path, tiny_npz: Path, tmp_path: Path) -> None:
    result = run(
        "compare", toml, "--features", "color", "--models", "knn,linear", "--seeds", "3,4",
        "--data", tiny_npz, "--image-size", 4, "--out", tmp_path / "out", "--no-cache",
    )  # fmt: skip
    assert result.exit_code == 0
    report = Report.read(tmp_path / "out" / "report.json")
    assert [(c.features, c.model, c.seeds) for c in report.cells] == [
        ("color", "knn", (3, 4)),
        ("color", "linear", (3, 4)),
    ]
    assert report.dataset.image_shape == (4, 4, 3)
    assert RunCache().size() == (0, 0)


def color_only(*arguments: object) -> Result:
    narrow = ("--features", "color", "--models", "linear", "--seeds", "0")
    return run("compare", *narrow, *arguments)


@pytest.mark.usefixtures("quick")
def test_every_source_has_a_folder_of_its_own(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders_of_images(tiny, "photos.2023", "photos.2024", "photos")
    with zipfile.ZipFile("photos.zip", "w") as archive:
        for path in sorted(Path("photos").rglob("*.png")):
            archive.write(path)
    sources = ["photos", "photos.2023", "photos.2024", "photos.zip"]
    for source in sources:
        assert color_only("--data", source).exit_code == 0
    monkeypatch.chdir("photos")
    assert color_only("--data", ".").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == sources
    assert [path.name for path in Path("runs").iterdir()] == ["photos"]
    monkeypatch.chdir(tmp_path / "photos.2023" / "a")
    assert color_only("--data", "..").exit_code == 0
    assert [path.name for path in Path().iterdir() if path.is_dir()] == ["runs"]
    assert Report.read("runs/photos.2023").spec["data"] == "photos.2023"
    assert not Path("report.json").exists()


@pytest.mark.usefixtures("quick")
def test_another_report_is_replaced_only_when_asked(toml: Path, tiny: Dataset) -> None:
    assert run("compare", toml, "--out", "out").exit_code == 0
    kept = Path("out/report.json").read_bytes()
    assert run("compare", toml, "--out", "out", "--title", "Tiny").exit_code == 0
    folders_of_images(tiny, "photos")
    for narrower in (["--seeds", "1"], ["--features", "raw"], ["--data", "photos"]):
        refused = run("compare", toml, "--out", "out", *narrower)
        assert refused.exit_code == 2
        assert "out: holds a report of " in refused.stderr
        assert "--overwrite" in refused.stderr
    assert Report.read("out/report.json").cells == Report.model_validate_json(kept).cells
    assert run("compare", toml, "--out", "out", "--seeds", "1", "--overwrite").exit_code == 0
    assert Report.read("out/report.json").cells[0].seeds == (1,)


@pytest.mark.usefixtures("quick")
def test_out_is_taken_from_the_home_folder(
    toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    result = run("compare", toml, "--out=~/report", "--features", "raw", "--models", "knn")
    assert result.exit_code == 0
    assert (tmp_path / "home" / "report" / "report.json").exists()
    assert not Path("~").exists()


@pytest.mark.usefixtures("quick")
def test_a_failed_cell_makes_the_status_1(toml: Path, tmp_path: Path) -> None:
    toml.write_text(
        toml.read_text().replace(
            '"KNeighborsClassifier"', '"KNeighborsClassifier"\nn_neighbors = 9_999'
        )
    )
    result = run("compare", toml, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "raw × knn failed: seed 0: ValueError: Expected n_neighbors" in result.stdout
    assert [cell.status for cell in Report.read(tmp_path / "out" / "report.json").cells] == [
        "failed", "done", "failed", "done",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["compare", "none.toml"], "none.toml: no such file"),
        (["compare", "TOML", "--features", "hug"], "unknown features: hug; valid: raw, color"),
        (["compare", "TOML", "--models", "svm"], "unknown models: svm; valid: knn, linear"),
        (["compare", "TOML", "--seeds", "a"], "--seeds takes whole numbers"),
        (["compare", "TOML", "--seeds", "-1"], "options: seeds.0"),
        (["compare", "TOML", "--data", "no/such/folder"], "no/such/folder"),
        (["compare", "TOML", "--data", "cifar11"], "cifar11"),
        (["compare", "TOML", "--out", "TOML"], "cannot be the folder of the report"),
        (["predict", "TOML", "x.png"], "no model can be read from it"),
        (["predict", "none.skops", "x.png"], "none.skops: there is no such file"),
        (["reproduce", "TOML"], "cannot be read as JSON"),
        (["reproduce", "none.json"], "no such file"),
        (["compare", "--bad-option"], "No such option"),
        (["predict"], "Missing argument"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_bad_input_gets_one_message_and_status_2(
    arguments: list[str], says: str, toml: Path
) -> None:
    result = run(*(str(toml) if each == "TOML" else each for each in arguments))
    assert result.exit_code == 2
    assert says in result.stderr + result.stdout
    assert "Traceback" not in result.stderr + result.stdout
    assert not Path("runs").exists()


@pytest.mark.usefixtures("quick")
def test_the_winner_names_new_images(toml: Path, tiny: Dataset, tmp_path: Path) -> None:
    assert run("compare", toml, "--out", "out", "--save-models").exit_code == 0
    for i in range(2):
        Image.fromarray(tiny.images_test[i]).save(tmp_path / f"{i}.png")

    table = run("predict", "out/model.skops", "0.png", "1.png", "--top", 2)
    assert table.exit_code == 0
    assert table.stdout.count("%") == 4

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = run("predict", "out/model.skops", tmp_path, "--json")
    assert "are passed over: out" in " ".join(result.stderr.split())
    assert result.exit_code == 0
    answers = json.loads(result.stdout)
    assert [Path(answer["image"]).name for answer in answers] == ["0.png", "1.png"]
    for answer in answers:
        probabilities = [each["probability"] for each in answer["top"]]
        assert sorted(probabilities, reverse=True) == probabilities
        assert sum(probabilities) == pytest.approx(1, abs=1e-4)
        assert {each["class"] for each in answer["top"]} == {"a", "b", "c"}

    # Another comparison in that folder: a model of the earlier one must not pass for its own.
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        other = run("compare", toml, "--out", "out", "--features", "raw", "--overwrite")
    assert other.exit_code == 0
    assert "it is now model.old.skops" in other.stderr
    assert not (tmp_path / "out" / "model.skops").exists()
    assert run("compare", toml, "--out", "out", "--save-models", "--overwrite").exit_code == 0
    assert run("predict", "out/model.skops", "0.png").exit_code == 0

    (tmp_path / "bad.png").write_text("no image")
    mixed = run("predict", "out/model.skops", "bad.png", "1.png", "--json")
    assert mixed.exit_code == 2
    bad, good = json.loads(mixed.stdout)
    assert bad["image"] == "bad.png"
    assert "cannot be decoded" in bad["error"]
    assert good["image"] == "1.png"
    assert "bad.png" in mixed.stderr


@pytest.mark.usefixtures("quick")
def test_every_model_is_kept_and_marked_on_labelled_folders(toml: Path, tiny: Dataset) -> None:
    assert run("compare", toml, "--out", "out", "--save-all-models").exit_code == 0
    models = sorted(path.name for path in Path("out/models").iterdir())
    pairings = ["color--knn", "color--linear", "raw--knn", "raw--linear"]
    assert models == [f"{name}.skops" for name in pairings]
    assert not Path("out/model.skops").exists()
    for i, (image, label) in enumerate(zip(tiny.images_test, tiny.labels_test, strict=True)):
        folder = Path("photos", tiny.class_names[label])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{i}.png")
    for cell in Report.read("out").cells:
        path = f"out/models/{cell.features}--{cell.model}.skops"
        said = run("predict", path, "photos", "--csv", "--top", 1)
        assert said.exit_code == 0
        assert f"{cell.n_correct[0]} of 40 labelled images right" in said.stderr
        lines = said.stdout.splitlines()
        assert lines[0] == "image,true,class,probability,error"
        assert sum(line.split(",")[1] == line.split(",")[2] for line in lines) == cell.n_correct[0]
    text = run("predict", path, "photos")
    assert "labelled images right" in text.stdout
    assert "true classes by predicted ones" in text.stdout
    assert run("predict", path, "photos", "--csv", "--json").exit_code == 2
    piped = CliRunner().invoke(app, ["predict", path, "-", "--json"], input="photos\nphotos/a")
    answers = json.loads(piped.stdout)
    assert len(answers) == 40 + len(list(Path("photos/a").iterdir()))
    assert {answer.get("true") for answer in answers} == {"a", "b", "c", None}
    content = Path("photos/a").joinpath(sorted(os.listdir("photos/a"))[0]).read_bytes()  # noqa: PTH208
    image = CliRunner().invoke(app, ["predict", path, "-", "--json"], input=content)
    assert [answer["image"] for answer in json.loads(image.stdout)] == ["-"]

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        other = run("compare", toml, "--out", "out", "--features", "raw", "--overwrite")
    assert "out/models was of an earlier comparison" in other.stderr
    found = sorted(path.name for path in Path("out/models").iterdir())
    assert found == [f"{name}.old.skops" for name in pairings]


@pytest.mark.usefixtures("quick")
def test_a_report_is_printed_in_every_form(toml: Path) -> None:
    assert run("compare", toml, "--out", "runs/a", "--features", "raw").exit_code == 0
    table = run("report", "runs/a").stdout
    assert "95 % interval" in table
    rows = list(csv.DictReader(run("report", "runs/a/report.json", "--csv").stdout.splitlines()))
    assert [row["model"] for row in rows] == ["knn", "linear"]
    assert r"\toprule" in run("report", "runs/a", "--latex").stdout
    assert "## Every cell" in run("report", "runs/a", "--markdown").stdout
    Path("page.html").write_text(run("report", "runs/a", "--html").stdout, encoding="utf-8")
    again = run("report", "page.html", "--csv").stdout
    assert again == run("report", "runs/a", "--csv").stdout
    assert run("report", "page.html", "--csv", "--latex").exit_code == 2
    same = run("diff", "runs/a", "page.html")
    assert "2 of 2 cells have the same predictions" in same.stdout
    reproduced = run("reproduce", "page.html", "--data", "tiny.npz")
    assert reproduced.exit_code == 0


@pytest.mark.usefixtures("quick")
def test_a_leaderboard_is_a_table_and_a_page(
    toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("knn", "linear"):
        out = Path("runs", name)
        assert run("compare", toml, "--out", out, "--models", name).exit_code == 0
    shown = run("leaderboard", "runs")
    assert shown.exit_code == 0
    assert "4 cells of 2 reports" in shown.stdout
    assert Path("runs/leaderboard.html").exists()
    rows = json.loads(run("leaderboard", "runs", "--json").stdout)
    assert [row["place"] for row in rows] == [1, 2, 3, 4]
    (Path("runs") / "broken").mkdir()
    (Path("runs") / "broken" / "report.json").write_text("{")
    broken = run("leaderboard", "runs", "--csv", "--out", "elsewhere/page.html")
    assert broken.exit_code == 1
    assert "runs/broken/report.json: cannot be read" in broken.stderr
    assert len(broken.stdout.splitlines()) == 5
    assert Path("elsewhere/page.html").exists()
    assert run("leaderboard", "runs", "--csv", "--json").exit_code == 2
    table = run("leaderboard", "runs", "--budgets", "5", "--out", "page.html")
    assert table.exit_code == 1  # one cannot be read
    assert len(table.stdout.splitlines()) >= 3
    assert all(line.startswith("|") for line in table.stdout.splitlines())
    assert "page.html" in table.stderr
    monkeypatch.setenv("HOME", str(tmp_path))
    Path("runs/leaderboard.html").unlink()
    run("leaderboard", "~/runs")
    assert Path("runs/leaderboard.html").exists()
    assert not Path("~").exists()


@pytest.mark.usefixtures("quick")
def test_reproduce_says_0_1_2_or_3(toml: Path, tiny_npz: Path, tmp_path: Path) -> None:
    assert run("compare", toml, "--out", "out").exit_code == 0
    path = tmp_path / "out" / "report.json"
    same = run("reproduce", path, "--data", tiny_npz)
    assert same.exit_code == 0
    assert "reproduced bit for bit: 4 cells the same" in same.stdout
    assert "not checked: the title, the name of the images, times and sizes" in same.stdout
    one = run("reproduce", path, "--data", tiny_npz, "--only", "raw:knn")
    assert one.exit_code == 0
    assert "1 cell the same" in one.stdout
    two = run("reproduce", path, "--data", tiny_npz, "--only", "raw:knn, color:knn")
    assert "2 cells" in two.stdout

    nowhere = run("reproduce", path)
    assert nowhere.exit_code == 2
    assert "--data" in nowhere.stdout

    content = json.loads(path.read_text())
    content["environment"]["numpy"] = "1.99.0"
    content["cells"][1]["metrics"]["log_loss"] *= 1.0001
    content = with_digests(content)
    path.write_text(json.dumps(content))
    near = run("reproduce", path, "--data", tiny_npz)
    assert near.exit_code == 3
    assert "consistent, in another environment: 3 cells the same, bit for bit, 1 cell" in (
        near.stdout
    )

    path.write_text(path.read_text().replace('"title": "tiny"', '"title": "tidy"'))
    edited = run("reproduce", path, "--data", tiny_npz)
    assert edited.exit_code == 1
    assert "edited" in edited.stdout


@pytest.mark.usefixtures("quick")
def test_diff_says_what_changed(toml: Path) -> None:
    assert run("compare", toml, "--out", "all").exit_code == 0
    assert run("compare", toml, "--out", "one", "--features", "raw").exit_code == 0
    same = run("diff", "all/report.json", "all/report.json").stdout
    assert "Data: the same." in same
    assert "4 of 4 cells have the same predictions" in same
    fewer = run("diff", "all/report.json", "one/report.json").stdout
    assert "features.color" in fewer
    missing = run("diff", "all/report.json", "nowhere.json")
    assert missing.exit_code == 2
    assert "nowhere.json" in missing.stderr


@pytest.mark.usefixtures("quick")
def test_the_cache_is_shown_and_cleared(toml: Path) -> None:
    assert "0 entries" in run("cache").stdout
    run("compare", toml)
    assert "6 entries" in run("cache").stdout
    assert "removed 6 entries" in run("cache", "--clear").stdout
    assert "0 entries" in run("cache").stdout


@pytest.mark.usefixtures("quick")
def test_options_change_the_spec_and_the_report_says_how(toml: Path, tmp_path: Path) -> None:
    result = run(
        "compare", toml, "--limit", 20, "--seeds", 3, "--set", "models.knn.n_neighbors=3", "-q"
    )
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "preconv: one run, with seed 3; for 3 runs write --seeds 0,1,2\n"
    assert "a quick look: at most 20 images of each part" in result.stdout
    folder = tmp_path / "runs" / "tiny"
    report = Report.read(folder / "report.json")
    assert (report.dataset.n_train, report.dataset.n_test) == (20, 20)
    assert report.spec["models"]["knn"]["n_neighbors"] == 3
    # What is written beside the report is the same comparison.
    again = run("compare", folder / "spec.toml", "--out", "again", "-q")
    assert again.exit_code == 0, again.stderr
    assert Report.read(tmp_path / "again" / "report.json").spec == report.spec
    assert run("reproduce", folder, "--data", report.spec["data"], "-q").exit_code == 0


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("models.mpl.max_iter=3", "unknown models in --set: mpl; valid: knn"),
        ("models.knn.neighbours=3", "neighbours"),
        ("nothing", "--set takes KEY=VALUE"),
        ("models..x=3", "models"),
        ("sedes=3", "unknown key: sedes"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_setting_that_cannot_be_is_refused(setting: str, says: str, toml: Path) -> None:
    result = run("compare", toml, "--set", setting)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.usefixtures("quick")
def test_a_dry_run_says_what_would_be_done_and_writes_nothing(toml: Path, tmp_path: Path) -> None:
    result = run("compare", toml, "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "raw features: 192 columns, 75.0 KiB, about" in result.stdout
    assert re.search(r"raw × knn: about .*s\n", result.stdout)
    assert re.search(r"about .* of memory, .* measured on 60 training images", result.stdout)
    assert not (tmp_path / "runs").exists()
    run("compare", toml)
    again = run("compare", toml, "--dry-run").stdout
    assert "raw features: 192 columns, 75.0 KiB, in the cache" in again
    assert "to be saved" not in again
    saving = run("compare", toml, "--dry-run", "--save-all-models").stdout
    assert "to be saved, what the cache has is fitted again: up to" in saving


@pytest.mark.usefixtures("quick")
def test_a_dry_run_refuses_what_the_run_would(toml: Path) -> None:
    def refused(said: str, *options: object) -> None:
        for result in (run("compare", toml, *options), run("compare", toml, *options, "--dry-run")):
            assert result.exit_code == 2
            assert said in result.stderr

    both = ("--workers", "2", "--scheduler", "tcp://127.0.0.1:9")
    refused("--workers and --scheduler: choose one of them", *both)
    refused("it is a file", "--out", toml)
    assert run("compare", toml, "--models", "knn").exit_code == 0
    refused("holds a report of another spec", "--models", "linear")
    replaced = ("--models", "linear", "--overwrite", "--dry-run")
    assert run("compare", toml, *replaced).exit_code == 0


def test_specs_are_listed_and_printed(tmp_path: Path) -> None:
    assert "cifar10-views" in run("spec").stdout
    mine = tmp_path / "my.toml"
    mine.write_text(run("spec", "cifar10").stdout)
    assert Comparison.from_toml(mine) == Comparison.from_options("cifar10")
    unknown = run("spec", "cifar11")
    assert unknown.exit_code == 2
    assert (
        "cifar11: no such spec; there are builtin, builtin-features, builtin-million, cifar10"
        in unknown.stderr
    )


def test_datasets_and_version() -> None:
    assert run("--version").stdout == run("version").stdout
    shown = run("datasets").stdout
    assert all(name in shown for name in ("builtin", "cifar10", "cifar100", "svhn"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("version").stdout.strip() == project["version"]


@pytest.mark.parametrize("command", [["compare"], ["study", "templates"]])
def test_offline_nothing_is_downloaded(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRECONV_OFFLINE", "")
    monkeypatch.setattr("data.named.downloads._download", lambda *_: pytest.fail("downloads"))
    result = run(*command, "--data", "kmnist", "--offline")
    assert result.exit_code == 2
    assert "nothing is downloaded offline; where there is a network, fetch" in result.stderr


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "report.json"
    for content in ('{"schema": "\\u001b[2J"}', '{"\\u001b[2J": 1}'):
        path.write_text(content)
        said = run("reproduce", path)
        assert said.exit_code == 2
        assert "schema" in said.output
        assert "\x1b" not in said.output


def test_help_answers_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pipelines.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'sklearn', 'skimage', 'matplotlib', 'PIL', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"
    assert "reproduce" in said.stdout


SLOW_SPEC = """
data = "{data}"
seeds = [0]
[features.raw]
extractor = "RawPixels"
[models.knn]
classifier = "KNeighborsClassifier"
[models.mlp]
classifier = "MLPClassifier"
hidden_layer_sizes = [64]
max_iter = 1000000
n_iter_no_change = 1000000
"""

# A page takes seconds to draw; the slow forms of the test draw it.
WITHOUT_DRAWING = """
from unittest.mock import patch
from pipelines.__main__ import main
with patch("pipelines.reporting.page.page", lambda *_: "of a run"):
    main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here")
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "how",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_stopped_goes_on_from_there(
    how: signal.Signals, tiny_npz: Path, tmp_path: Path
) -> None:
    toml = tmp_path / "slow.toml"
    toml.write_text(SLOW_SPEC.format(data=tiny_npz))
    out = tmp_path / "out"
    code = ["-c", WITHOUT_DRAWING] if how is signal.SIGINT else ["-m", "pipelines"]
    command = [sys.executable, *code, "compare", str(toml), "--out", str(out)]

    def heed_interrupts() -> None:
        # Whoever runs the tests in the background may have had SIGINT ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (out / "report.json").exists():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(how)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    before = Report.read(out / "report.json")
    assert [cell.status for cell in before.cells] == ["done", "pending"]
    if how is not signal.SIGKILL:
        assert process.returncode == 128 + how
        assert "\nInterrupted. " in said
        assert "goes on from there" in said
        assert "Traceback" not in said
        assert (out / "report.html").exists()

        assert not [path for path in out.iterdir() if path.name.startswith(".")]

    toml.write_text(toml.read_text().replace("1000000", "3"))
    assert run("compare", toml, "--out", out, "--overwrite").exit_code == 0
    after = Report.read(out / "report.json")
    assert [cell.status for cell in after.cells] == ["done", "done"]
    assert [cost.cached for cost in after.measurements.cells] == [True, False]
    assert after.cells[0] == before.cells[0]
    with np.load(out / "predictions.npz") as kept:
        assert "raw/mlp" in kept
