"""Whatever a command is given, it ends with a status and in words, never in a traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import chain, cycle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from data import Dataset, save_npz
from pipelines.cli import COMMANDS, app
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison

TOML = {
    "nothing": "",
    "half": '[features.raw\nextractor = "Raw',
    "deep": "a = " + "[" * 5000,
    "long-number": "seeds = [" + "9" * 5000 + "]",
    "huge-seed": "seeds = [99999999999999999999]",
    "no-seed": "seeds = []",
    "nan": '[models.m]\nclassifier = "LinearClassifier"\nalpha = nan\n',
    "a-date": "data = 1979-05-27T07:32:00Z",
    "nul": 'data = "a\\u0000b"',
    "escape": '"\\u001b[2J" = 1',
    "no-table": "features = 3\nmodels = [1, 2]",
    "no-name": '[features.""]\nextractor = "RawPixels"',
    "itself": '[features.a]\nunion = ["a"]',
    "unknown": '[features.a]\nextractor = "os.system"\n[models.m]\nclassifier = "eval"',
    "twice": "data = 'a'\ndata = 'b'",
    "long-name": f'data = "{"x" * 300}"',
    "other-schema": "schema = 99",
    "infinite": "image_size = [inf, -inf]",
}

JSON = {
    "nothing": "",
    "null": "null",
    "list": "[]",
    "deep": "[" * 100_000,
    "nan": '{"schema": NaN}',
    "twice": '{"schema": 1, "schema": 1}',
    "huge": '{"schema": 1e999}',
    "long-number": '{"schema": ' + "9" * 5000 + "}",
    "surrogate": '{"schema": "\\ud800"}',
    "schema": '{"schema": 1}',
    "half": '{"schema": 1, "cells": [',
    "latin": "{\"é\": 1}",
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of things that are not what they are taken for."""
    monkeypatch.chdir(tmp_path)
    for name, text in TOML.items():
        (tmp_path / f"{name}.toml").write_bytes(text.encode())
    for name, text in JSON.items():
        (tmp_path / f"{name}.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("words")
    (tmp_path / "secret").write_text("words")
    (tmp_path / "secret").chmod(0)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("none")
    (tmp_path / "zeros").write_bytes(bytes(5000))
    (tmp_path / "half.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (tmp_path / "half.npz").write_bytes(b"PK\x05\x06")
    (tmp_path / "half.tar.gz").write_bytes(b"\x1f\x8b" + bytes(40))
    (tmp_path / "half.skops").write_bytes(b"PK\x03\x04" + bytes(40))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    lone = tmp_path / "lone" / "cat"
    lone.mkdir(parents=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(lone / "a.png")
    (tmp_path / "not-utf8-\udcff.toml").write_bytes(b"data = '\xff'")
    save_npz(tiny, tmp_path / "tiny.npz")
    return tmp_path


PATHS = [
    "", " ", ".", "..", "/", "none", "folder", "file", "secret", "closed", "loop", "nowhere",
    "zeros", "half.zip", "half.npz", "half.tar.gz", "half.skops", "picture.png", "lone",
    "not-utf8-\udcff.toml", "none-\udcff", "n" * 300, "n" * 5000, "a\0b", "~nobody/x", "file/x",
    "/dev/null", "/dev/full", "\x1b[2J", "-", "*", "猫", "a\nb", "CON", "\\\\host\\x",
]  # fmt: skip
NO_FOLDERS = ["file", "loop", "n" * 300, "a\0b", "file/x", "/dev/null", "/proc/x"]
WORDS = ["", " ", ",", ",,", "nan", "none", "\0", "\x1b[2J", "猫", "-1", "raw:linear", "x" * 5000]
NUMBERS = ["", " ", "nan", "inf", "-inf", "-1", "0", "1e999", "9" * 5000, "0x10", "1.5", "٣"]


def compared() -> Iterator[list[str]]:
    yield from (["compare", path] for path in [*PATHS, *(f"{name}.toml" for name in TOML)])
    yield from (["compare", "--data", path] for path in PATHS[::3])
    for option in ("--features", "--models", "--seeds", "--title"):
        given = ["--data", "none"] if option in ("--seeds", "--title") else []
        yield from (["compare", *given, option, word] for word in WORDS[::3])
    yield from (["compare", "--data", "none", "--image-size", number] for number in NUMBERS[::3])
    small = ["compare", "--data", "tiny.npz", "--features", "raw", "--models", "knn"]
    yield from ([*small, "--out", path] for path in NO_FOLDERS)


def predicted() -> Iterator[list[str]]:
    yield from (["predict", path, "picture.png", "--json"] for path in PATHS)
    yield from (["predict", "file", "a.png", "--top", number, "--json"] for number in NUMBERS)
    yield from (["predict", *rest, "--json"] for rest in ([], ["file"], ["--nonsense"]))


def reproduced() -> Iterator[list[str]]:
    reports = [*PATHS, *(f"{name}.json" for name in JSON)]
    yield from (["reproduce", path] for path in reports)
    yield from (["reproduce", "schema.json", "--only", word] for word in WORDS)


def told_apart() -> Iterator[list[str]]:
    reports = [*PATHS, *(f"{name}.json" for name in JSON)]
    yield from (["diff", path, "schema.json"] for path in reports)
    yield from (["diff", "schema.json", path] for path in PATHS[::3])


def printed() -> Iterator[list[str]]:
    reports = [*PATHS, *(f"{name}.json" for name in JSON)]
    forms = cycle(["--csv", "--latex", "--markdown", "--html"])
    yield from (["report", path, form] for path, form in zip(reports, forms, strict=False))
    folders = [path for path in PATHS if path not in (".", "..", "/")]
    yield from (["leaderboard", path, "--json"] for path in folders)
    yield from (["leaderboard", "file", "--out", path] for path in PATHS[::4])
    yield ["leaderboard", "folder", "--csv", "--json"]


def studied() -> Iterator[list[str]]:
    yield from (["study", word] for word in WORDS)
    yield from (["study", "templates", "--data", path] for path in PATHS[::3])
    for option in ("--size", "--seed"):
        yield from (["study", "templates", "--data", "none", option, n] for n in NUMBERS)
    yield from (["study", "templates", "--data", "none", "--out", path] for path in PATHS[::2])


def looked_at() -> Iterator[list[str]]:
    # A whole disk would be read to the end.
    sources = [path for path in PATHS if path not in ("/", "..")]
    yield from (["inspect", path, "--json"] for path in sources)
    yield from (["inspect", path] for path in sources[::4])
    yield from (["inspect", "lone", "--fit", word] for word in WORDS)
    sizes = NUMBERS[::3]
    yield from (["inspect", "lone", "--image-size", number, "--json"] for number in sizes)


def held_against() -> Iterator[list[str]]:
    reports = [path for path in [*PATHS, *(f"{name}.json" for name in JSON)] if path != "/"]
    yield from (["check", path, "--json"] for path in reports)
    yield from (["check", "schema.json", "--import", path] for path in PATHS[::4])
    yield from (["doubts", path] for path in reports)
    yield from (["doubts", path, "--csv"] for path in reports[::4])
    yield from (["spec", word] for word in [*WORDS, *PATHS[::3]])


def others() -> Iterator[list[str]]:
    for command in ("", "nonsense", "datasets", "version", "cache", "--nonsense", "\udcff"):
        yield from ([command, word] for word in [*WORDS[::2], "--nonsense", "--json"])


GROUPS = [
    compared, predicted, reproduced, told_apart, printed, studied, looked_at, held_against, others
]  # fmt: skip


def test_every_command_is_given_some() -> None:
    assert {words[0] for group in GROUPS for words in group()} >= {*COMMANDS}


@pytest.mark.parametrize("commands", GROUPS)
@pytest.mark.usefixtures("here")
def test_no_input_ends_in_a_traceback(commands: object) -> None:
    wrong = list(chain(commands()))  # type: ignore[operator]
    assert len(wrong) >= 50
    for words in wrong:
        result = CliRunner().invoke(app, words)
        shown = [word[:80] for word in words]
        assert isinstance(result.exception, SystemExit), (shown, result.exception)
        assert result.exit_code in (1, 2), (shown, result.output)
        assert "Traceback" not in result.output, shown
        assert "a fault of preconv" not in result.output, shown
        assert "\x1b" not in result.output, shown
        assert result.stderr.strip() or result.exit_code == 1 or words[0] == "reproduce", shown
        if "--json" in words:
            json.loads(result.stdout)


@pytest.mark.usefixtures("here", "without_pages")
def test_every_image_has_an_answer_or_an_error() -> None:
    spec = Comparison.from_options(data="tiny.npz", features=["raw"], models=["knn"], seeds=[0])
    compare(spec, out="out", save_model=True, cache=False)
    given = [path for path in PATHS if "\0" not in path]  # which typer refuses
    images = [path for path in given if not os.path.isdir(path or ".")]  # noqa: PTH112
    assert len(images) > 20
    result = CliRunner().invoke(app, ["predict", "out/model.skops", *images, "--json"])
    assert result.exit_code == 2
    answers = json.loads(result.stdout)
    assert isinstance(answers, list), answers
    assert [set(answer) for answer in answers] == [{"image", "error"}] * len(images)


@pytest.mark.parametrize("value", ["", "nan", "much", "1e308", "-1"])
def test_no_setting_ends_in_a_traceback(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", value)
    result = CliRunner().invoke(app, ["cache"])
    assert result.exit_code == (2 if value else 0)
    assert ("PRECONV_CACHE_GIB must be" in result.stderr) == bool(value)


@pytest.mark.parametrize("folder", ["~nobody/x", "", "file/x", "\udcff", "n" * 300])
def test_no_cache_folder_ends_in_a_traceback(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    Path("file").touch()
    monkeypatch.setenv("PRECONV_CACHE", folder)
    result = CliRunner().invoke(app, ["cache"])
    assert result.exit_code == 0
    assert "0 entries" in result.stdout
