"""What a worker has of a run, and what it fetches: whole files, checked when they arrive."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.keeping.array_files import read_array, write_array
from pipelines.errors import ContentError
from pipelines.running.apart import moving
from pipelines.running.apart.moving import Content, NotHereError
from pipelines.running.apart.shelf import Shelf
from pipelines.running.matrices import Array

IMAGES = np.arange(60, dtype=np.uint8).reshape(10, 2, 3)


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "CHUNK_BYTES", 24)


@pytest.fixture
def content(tmp_path: Path) -> Content:
    write_array(tmp_path / "images.npy", IMAGES)
    sha256 = hashlib.sha256((tmp_path / "images.npy").read_bytes()).hexdigest()
    return Content(sha256, IMAGES.shape, IMAGES.dtype.str)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, Shelf]]:
    """Two machines: each is asked by the name of its folder."""
    found = {}
    for name in "ab":
        monkeypatch.setenv("PRECONV_CACHE", str(tmp_path / name))
        found[name] = Shelf()
    yield found
    for each in found.values():
        each.close()


def give(shelf: Shelf, content: Content, images: Array) -> None:
    for first, stop in content.chunks():
        shelf.take(content, first, images[first:stop])


def joined(two: dict[str, Shelf], content: Content) -> None:
    """Let the second machine ask the first."""
    two["b"].use(
        "b",
        lambda address, name, first, stop: two[address].read(name, first, stop),
        {content.sha256: ["a"]},
    )


def test_images_go_to_one_worker_and_from_there_to_the_next(
    two: dict[str, Shelf], content: Content
) -> None:
    assert not two["a"].has(content)
    give(two["a"], content, IMAGES)
    joined(two, content)
    assert np.array_equal(two["b"].given(content), IMAGES)
    assert two["b"].fetched_bytes == IMAGES.nbytes
    two["b"].given(content)
    assert two["b"].fetched_bytes == IMAGES.nbytes
    two["b"].drop(content.name)
    assert two["b"].has(content)  # in the cache, for the next run


@pytest.mark.parametrize("limit", ["10", "0"])
def test_what_arrives_is_checked_and_leaves_nothing_if_it_is_wrong(
    two: dict[str, Shelf], content: Content, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", limit)
    shelf = Shelf()
    with pytest.raises(ContentError, match="what arrived is not what was sent"):
        give(shelf, content, IMAGES[::-1])
    assert not shelf.has(content)
    assert [each.name for each in shelf.folder.iterdir() if each.suffix == ".npy"] == []
    shelf.take(content, 0, IMAGES[:4])  # the rest never comes, and it begins anew
    give(shelf, content, IMAGES)
    assert np.array_equal(shelf.given(content), IMAGES)
    shelf.close()
    assert not shelf.folder.exists()


def test_nobody_has_it(two: dict[str, Shelf], content: Content) -> None:
    with pytest.raises(NotHereError, match="no worker has given-"):
        two["b"].given(content)
    joined(two, content)
    with pytest.raises(NotHereError):
        two["b"].given(content)


def test_blocks_stay_and_are_fetched(two: dict[str, Shelf], content: Content) -> None:
    name = "matrix-0123456789abcdef"
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    two["a"].keep(f"{name}-0", rows)
    joined(two, content)
    pieces = two["b"].rows(f"{name}-0", rows.shape, "a")
    assert pieces is not None
    assert np.array_equal(two["b"].whole(name, rows.shape, pieces), rows)
    assert two["b"].rows(f"{name}-1", rows.shape, "a") is None
    assert two["b"].rows(f"{name}-0", rows.shape, "") is None
    for each in two.values():
        each.drop(name)
        assert not list(each.folder.glob("*.npy"))


def test_blocks_of_an_earlier_run_are_found_again(two: dict[str, Shelf]) -> None:
    name, key = "matrix-0123456789abcdef-0", "0" * 64
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    first = two["a"]
    first.keep(name, rows, key, 2.5)
    first.drop("matrix-0123456789abcdef")
    assert first.read(name, 0, 6) is None
    assert first.recalled(name, "1" * 64) is None
    assert first.recalled(name, key) == ((6, 2), 2.5)
    found = first.read(name, 0, 6)
    assert found is not None
    assert np.array_equal(found, rows)
    assert two["b"].recalled(name, key) is None


def test_a_block_that_the_cache_cannot_hold_stays_for_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", "0")
    shelf = Shelf()
    shelf.keep("matrix-0123456789abcdef-0", np.ones((2, 2), np.float32), "0" * 64)
    assert shelf.read("matrix-0123456789abcdef-0", 0, 2) is not None
    shelf.close()


def test_a_name_is_no_path(two: dict[str, Shelf], tmp_path: Path) -> None:
    write_array(tmp_path / "secret.npy", IMAGES)
    path = os.path.relpath(tmp_path / "secret", two["a"].folder)
    assert np.array_equal(read_array(two["a"].path(path)), IMAGES)
    assert two["a"].read(path, 0, 1) is None
    two["a"].drop(path)
    assert (tmp_path / "secret.npy").exists()
