from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data import load_dataset
from data.archives.member import Member
from data.layouts.labelled import workers
from data.layouts.labelled.batches import Decoded
from data.layouts.labelled.workers import Workers
from tests.data.samples import png, tar_bytes, write_folder

IMAGES = {
    f"{part}/{name}/{n:02}.png": png(np.full((4, 5), 9 * n, np.uint8))
    for part in ("train", "test")
    for name in ("cat", "dog")
    for n in range(9)
}


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let processes decode few files, too; return the pools that are made, None for threads."""
    monkeypatch.setattr(workers, "_MANY_FILES", 1)
    monkeypatch.setattr("data.layouts.labelled.decoding._BATCH_FILES", 10)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    made: list[Any] = []
    processes = Workers._processes

    def noted(self: Workers) -> Any:
        made.append(processes(self))
        return made[-1]

    monkeypatch.setattr(Workers, "_processes", noted)
    return made


def end_of_process(batch: list[Member]) -> Decoded:
    if os.getpid() != int(batch[0].where):
        os._exit(9)
    return Decoded(names=[each.name for each in batch])


@pytest.mark.parametrize("name", [pytest.param("pets", marks=pytest.mark.slow), "pets.tar"])
def test_processes_find_what_threads_find(
    name: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = IMAGES | {"train/dog/10.png": png(np.zeros((4, 5, 3), np.uint8))}
    bad = {"train/cat/x.png": b"no image"}
    folder = write_folder(tmp_path / "pets", files | bad)
    (tmp_path / "pets.tar").write_bytes(tar_bytes(files | bad, "w"))
    with pytest.warns(match=r"x\.png"):
        expected = load_dataset(folder, skip_unreadable=True)
    made = request.getfixturevalue("in_processes")
    monkeypatch.setattr(Workers, "_fall_back", lambda _: pytest.fail("threads went on"))
    with pytest.warns(match=r"x\.png"):
        found = load_dataset(tmp_path / name, skip_unreadable=True)
    assert (found.sha256, found.image_shape) == (expected.sha256, (4, 5, 3))
    assert len(made) == 1
    assert made[0] is not None


def test_processes_that_are_killed_are_done_without(in_processes: list[Any]) -> None:
    batches = [[Member(f"{n}.png", str(os.getpid()), 10)] for n in range(9)]
    with Workers(end_of_process, 9, batches[0]) as pool:
        assert pool._pool is in_processes[0] is not None
        found = [each.names for each in pool.map(iter(batches))]
        assert isinstance(pool._pool, ThreadPoolExecutor)
    assert found == [[f"{n}.png"] for n in range(9)]


@pytest.mark.parametrize(
    ("n_files", "n_bytes", "formats"),
    [(10, 100, {}), (100_000, 100_000, {}), (100_000, 100, {"HEIF": (end_of_process, None)})],
)
def test_few_or_large_images_or_those_of_other_formats_are_decoded_in_threads(
    n_files: int, n_bytes: int, formats: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, opener in formats.items():
        monkeypatch.setitem(Image.OPEN, name, opener)

    def refuse(_: Any) -> None:
        raise AssertionError("no process is needed")

    monkeypatch.setattr(Workers, "_processes", refuse)
    with Workers(lambda batch: Decoded(), n_files, [Member("a", "a", n_bytes)]) as pool:
        assert len(list(pool.map(iter([[], []])))) == 2


def test_grey_images_become_colour_if_a_later_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.layouts.labelled.decoding._BATCH_FILES", 4)
    files = IMAGES | {"test/dog/99.png": png(np.full((4, 5, 3), (1, 2, 3), np.uint8))}
    found = load_dataset(write_folder(tmp_path / "x", files))
    assert found.images_test[-1, 0, 0].tolist() == [1, 2, 3]
    assert found.images_train[3, 1, 1].tolist() == [27, 27, 27]
    assert load_dataset(write_folder(tmp_path / "y", IMAGES)).image_shape == (4, 5, 1)


def test_the_log_tells_how_many_are_done_how_fast_and_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("data.telling.reading_progress._EVERY_S", 0.0)
    folder = write_folder(tmp_path / "x", IMAGES)
    with caplog.at_level(logging.INFO, logger="preconv"):
        load_dataset(folder)
    assert "reading images: 36 of 36, " in caplog.text
    assert " a second, about 0 s to go" in caplog.text
