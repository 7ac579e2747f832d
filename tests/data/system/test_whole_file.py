from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.system.claims import claim, taken_over
from data.system.whole_file import check_writable, sweep, whole_file, write_whole
from tests.faults import Faults, injected


def test_text_and_bytes_are_written(tmp_path: Path) -> None:
    for content, expected in (("Füße\n", "Füße\n".encode()), (b"\x00\xff", b"\x00\xff")):
        write_whole(tmp_path / "file", content)
        assert (tmp_path / "file").read_bytes() == expected
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_what_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    write_whole(tmp_path / "file", "old")

    def interrupted() -> None:
        with whole_file(tmp_path / "file") as aside:
            aside.write_text("half of the n")
            raise error

    with pytest.raises(error):
        interrupted()
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_is_made_and_takes_a_file_or_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    check_writable(folder)
    check_writable(folder)
    assert not list(folder.iterdir())
    with injected(Faults(0, lasting=True)), pytest.raises(OSError, match=r"left on device.*b"):
        check_writable(folder)
    assert not list(folder.iterdir())


posix = pytest.mark.skipif(os.name == "nt", reason="there are no such locks")

KILLED = """
import sys, time
from pathlib import Path
from data.system.whole_file import whole_file
with whole_file(Path(sys.argv[1])) as aside:
    aside.write_text("half of the n")
    print("written", flush=True)
    time.sleep(60)
"""


@posix
def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    mine = tmp_path / ".report.json-2024-notes"  # no name of ours
    mine.write_text("mine")
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            (left,) = tmp_path.glob(f".report.json-{process.pid}-*")
            sweep(path)
            assert left.read_text() == "half of the n"
        finally:
            process.kill()
    write_whole(tmp_path / "other.json", "x")
    assert left.exists()
    write_whole(path, "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        mine.name, "other.json", "report.json",
    ]  # fmt: skip


@posix
def test_a_link_or_a_pipe_in_its_place_leads_nowhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".a-99999999-0123abcd").symlink_to(victim)
    os.mkfifo(tmp_path / ".a-99999999-4567abcd")
    (tmp_path / ".a-99999999-89ababcd").mkdir()
    write_whole(tmp_path / "a", "new")
    assert victim.read_text() == "precious"
    assert (tmp_path / ".a-99999999-89ababcd").is_dir()


def test_without_locks_what_is_old_and_of_no_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.system.claims.fcntl", None)
    names = [f".a-{os.getpid()}-0123abcd", ".a-4194305-0123abcd", ".a-4194305-4567abcd"]
    for name in names:
        (tmp_path / name).touch()
    for name in names[:2]:
        os.utime(tmp_path / name, (time.time() - 10**6,) * 2)
    write_whole(tmp_path / "a", "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["a", names[0], names[2]])


def test_the_longest_name_that_a_disk_takes_is_written(tmp_path: Path) -> None:
    for name in ("n" * 255, "猫" * 85):
        write_whole(tmp_path / name, "x")
        assert (tmp_path / name).read_text() == "x"
    with pytest.raises(OSError, match="too long"):
        write_whole(tmp_path / ("n" * 256), "x")
    assert len(list(tmp_path.iterdir())) == 2


@posix
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="pipe"):
        write_whole(tmp_path / "pipe", "x")
    assert (tmp_path / "pipe").is_fifo()


@posix
def test_a_claim_is_held_until_it_is_closed(tmp_path: Path) -> None:
    descriptor = claim(tmp_path / "a")
    assert descriptor is not None
    with taken_over(tmp_path / "a") as abandoned:
        assert abandoned is False
    os.close(descriptor)
    with taken_over(tmp_path / "a") as abandoned:
        assert abandoned is True
        with taken_over(tmp_path / "a") as twice:
            assert twice is False
    with taken_over(tmp_path / "b") as abandoned:
        assert abandoned is None
