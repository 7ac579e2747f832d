from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from data.system.claims import fcntl
from data.system.turns import Turn

pytestmark = pytest.mark.skipif(fcntl is None, reason="there are no such locks")


def test_the_next_one_waits_until_a_turn_ends_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "loop.turn"
    first, second = Turn(path), Turn(path)
    first.take()
    first.take()  # it has it already
    assert path.exists()
    heard: list[str] = []

    def wait() -> None:
        second.take()
        heard.append("second")
        second.end()

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.1)
    heard.append("first")
    first.end()
    waiting.join(10)
    assert heard == ["first", "second"]
    assert [*path.parent.iterdir()] == []
    first.end()  # it has ended already


def test_one_that_does_not_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    first, second = Turn(tmp_path / "turn"), Turn(tmp_path / "turn")
    first.take()
    began = time.monotonic()
    second.take(0.1)
    assert 0.1 <= time.monotonic() - began < 5
    second.end()
    first.end()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_it_ends_with_its_process(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        Turn(tmp_path / "turn").take()
        os._exit(0)
    os.waitpid(child, 0)
    mine = Turn(tmp_path / "turn")
    began = time.monotonic()
    mine.take()
    assert time.monotonic() - began < 5
    mine.end()


def test_without_a_folder_to_write_to_everybody_has_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    turn = Turn(tmp_path / "file" / "turn")
    turn.take()
    turn.end()
