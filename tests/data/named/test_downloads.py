"""Downloads from a server on this machine: whole ones, wrong ones and broken ones."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import numpy as np
import pooch
import pytest

from data import NAMED_DATASETS, DataError, cache_folder, load_dataset
from data.named.downloads import RemoteFile, fetched
from tests.data.samples import CifarCopy, tar_bytes

CONTENT = bytes(range(256)) * 1024


class Handler(BaseHTTPRequestHandler):
    """Serves the content, in the way that the path's folder says."""

    def do_GET(self) -> None:
        requests: list[str] = self.server.requests  # type: ignore[attr-defined]
        requests.append(self.path)
        way = self.path.split("/")[1]
        if way == "missing":
            self.send_error(404)
            return
        body: bytes = self.server.content  # type: ignore[attr-defined]
        if way == "wrong":
            body = body[::-1]
        self.send_response(200)
        if way != "endless":
            self.send_header("Content-Length", str(len(body)))
        if way != "slow-headers":
            self.end_headers()
        if way == "broken":
            self.wfile.write(body[: len(body) // 2])
        elif way in ("slow", "slow-headers"):
            with suppress(OSError):
                start = b"X-A: " if way == "slow-headers" else b""
                for byte in start + body[:100]:
                    self.wfile.write(bytes([byte]))
                    sleep(0.02)
        elif way == "endless":
            for _ in range(100):
                self.wfile.write(body)
        else:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    requests: list[str]
    content = CONTENT

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that hang up."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.requests = []
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def quiet_pooch() -> Iterator[None]:
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(level)


def remote(server: Server, way: str) -> RemoteFile:
    url = f"http://127.0.0.1:{server.server_port}/{way}/pets.tar"
    return RemoteFile(url, len(server.content), hashlib.sha256(server.content).hexdigest())


def in_cache() -> list[str]:
    return sorted(path.name for path in cache_folder().rglob("*") if path.is_file())


def test_downloaded_once(server: Server) -> None:
    file = remote(server, "whole")
    path = fetched(file)
    assert path == cache_folder() / "datasets" / "pets.tar"
    assert path.read_bytes() == CONTENT
    assert fetched(file) == path
    assert server.requests == ["/whole/pets.tar"]
    assert in_cache() == ["pets.tar"]


def test_a_named_dataset_is_downloaded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = CifarCopy(10)
    server.content = tar_bytes(copy.binary(), "w:gz")
    published = replace(NAMED_DATASETS["cifar10"], files=(remote(server, "whole"),))
    monkeypatch.setitem(NAMED_DATASETS, "cifar10", published)
    for _ in range(2):
        dataset = load_dataset("cifar10")
        assert np.array_equal(dataset.images_train, copy.images_train)
    assert server.requests == ["/whole/pets.tar"]
    assert in_cache() == ["pets.tar"]


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("missing", "404"),
        ("wrong", "hash|SHA256"),
        ("broken", "IncompleteRead|Connection"),
        ("endless", f"more than the {len(CONTENT)} bytes"),
    ],
)
def test_nothing_is_kept_of_a_failure(server: Server, way: str, message: str) -> None:
    file = remote(server, way)
    with pytest.raises(
        DataError, match=rf"{way}/pets\.tar: download failed .*({message})"
    ) as caught:
        fetched(file)
    assert f"put it at {cache_folder() / 'datasets' / 'pets.tar'}" in str(caught.value)
    assert in_cache() == []
    assert fetched(remote(server, "whole")).read_bytes() == CONTENT


@pytest.mark.parametrize("way", ["slow", "slow-headers"])
@pytest.mark.parametrize(
    ("limit", "message"),
    [("_LOOK_S", "bytes/s, less than 16384: too slow"), ("_MOST_S", "not done")],
)
def test_a_server_that_is_never_silent_and_never_done_is_given_up(
    server: Server, way: str, limit: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"data.named.downloads.{limit}", 0.3)
    started = monotonic()
    with pytest.raises(DataError, match=f"download failed .*{message}"):
        fetched(remote(server, way))
    assert monotonic() - started < 5
    for _ in range(100):
        if not in_cache():
            break
        sleep(0.05)
    assert in_cache() == []


def test_mirrors_are_tried_in_turn(server: Server) -> None:
    """What brings other bytes, or nothing, is passed over; if all fail, all are named."""
    ways = ("missing", "wrong", "broken", "whole")
    first, *others = (remote(server, way).url for way in ways)
    file = replace(remote(server, "missing"), mirrors=tuple(others), folder="pets")
    assert fetched(file) == cache_folder() / "datasets" / "pets" / "pets.tar"
    assert server.requests == [f"/{way}/pets.tar" for way in ways]
    assert in_cache() == ["pets.tar"]
    fetched(file).unlink()
    with pytest.raises(DataError) as caught:
        fetched(replace(file, mirrors=tuple(others[:1])))
    assert f"{first}: download failed (HTTPError: 404" in str(caught.value)
    assert f"{others[0]}: download failed (ValueError" in str(caught.value)


def test_offline_nothing_is_asked_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(remote(server, "whole"))
    monkeypatch.setenv("PRECONV_OFFLINE", "1")
    assert fetched(remote(server, "whole")).read_bytes() == CONTENT
    with pytest.raises(DataError, match=r"other/pets\.tar: not there, and nothing is downloaded"):
        fetched(replace(remote(server, "whole"), folder="other"))
    assert server.requests == ["/whole/pets.tar"]


def test_no_server() -> None:
    with Server(("127.0.0.1", 0), Handler) as closed:
        file = remote(closed, "whole")
    with pytest.raises(DataError, match=r"download failed .*Connection"):
        fetched(file)
    assert in_cache() == []


def test_another_file_in_its_place_is_left_alone(server: Server) -> None:
    path = cache_folder() / "datasets" / "pets.tar"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    with pytest.raises(DataError, match=r"pets\.tar: not the published pets\.tar .*; remove it"):
        fetched(remote(server, "whole"))
    assert path.read_bytes() == b"mine"
    assert server.requests == []
    path.unlink()
    path.mkdir()
    with pytest.raises(DataError, match="not the published"):
        fetched(remote(server, "whole"))


def test_a_cache_that_cannot_be_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("PRECONV_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="download failed"):
        fetched(remote(server, "whole"))


def test_progress_is_told_on_a_terminal_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched(remote(server, "whole"))
    assert capsys.readouterr().err == ""
    (cache_folder() / "datasets" / "pets.tar").unlink()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    fetched(remote(server, "whole"))
    assert "downloading pets.tar: 0 of 0 MiB" in capsys.readouterr().err
