from __future__ import annotations

import os
import pickle
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from data.keeping.array_files import read_array, write_array, write_rows
from data.keeping.claimed_folder import ClaimedFolder
from pipelines.running.matrices import Handle, Workspace

ARRAY = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_a_handle_is_small_wherever_it_goes(workspace: Workspace) -> None:
    handle = workspace.hold(np.zeros((1000, 1000)), "zeros")
    assert len(pickle.dumps(handle)) < 500
    there = pickle.loads(pickle.dumps(handle))
    assert there.key == "zeros"
    assert np.array_equal(there.open(), handle.open())


def test_what_is_opened_cannot_be_changed(workspace: Workspace) -> None:
    for handle in (workspace.hold(ARRAY), Handle(None, held=ARRAY)):
        assert not handle.open().flags.writeable
        assert np.array_equal(handle.open(), ARRAY)
    assert ARRAY.flags.writeable


def test_rows_are_written_into_what_was_begun(workspace: Workspace) -> None:
    begun = workspace.begin((4, 3), "key")
    assert begun is not None
    assert begun.path is not None
    write_rows(begun.path, 0, ARRAY)
    assert np.array_equal(begun.open(), ARRAY)


def test_a_link_outlives_the_file(workspace: Workspace, tmp_path: Path) -> None:
    write_array(tmp_path / "kept.npy", ARRAY)
    handle = workspace.link(tmp_path / "kept.npy", "key")
    (tmp_path / "kept.npy").unlink()
    assert np.array_equal(handle.open(), ARRAY)


def test_a_file_that_another_run_has_just_removed_is_taken_from_its_map(
    workspace: Workspace, tmp_path: Path
) -> None:
    write_array(tmp_path / "kept.npy", ARRAY)
    mapped = read_array(tmp_path / "kept.npy")
    (tmp_path / "kept.npy").unlink()
    handle = workspace.link(tmp_path / "kept.npy", "key", mapped)
    assert handle.path is not None
    assert np.array_equal(handle.open(), ARRAY)


def test_where_no_link_can_be_the_file_is_opened(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError("another disk")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_array(tmp_path / "kept.npy", ARRAY)
    handle = workspace.link(tmp_path / "kept.npy")
    assert handle.path is None
    assert np.array_equal(handle.open(), ARRAY)


def test_what_is_released_and_what_is_left_goes(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as workspace:
        one, _ = workspace.hold(ARRAY), workspace.hold(ARRAY)
        assert workspace.folder is not None
        assert len(list(workspace.folder.glob("*.npy"))) == 2
        workspace.release(one)
        assert len(list(workspace.folder.glob("*.npy"))) == 1
        write_array(tmp_path / "mine.npy", ARRAY)
        workspace.release(Handle(None, tmp_path / "mine.npy"))
    assert list((tmp_path / "w").iterdir()) == []
    assert (tmp_path / "mine.npy").exists()


def test_without_room_arrays_stay_in_memory(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3))
    with pytest.warns(RuntimeWarning, match="in memory instead: 48 bytes are needed, 3 are free"):
        handle = workspace.hold(ARRAY)
    assert handle.held is ARRAY
    assert workspace.begin((4, 3)) is None  # said once


def test_what_a_killed_run_left_is_swept_and_what_is_alive_is_not(tmp_path: Path) -> None:
    home = tmp_path / "workspaces"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    here = socket.gethostname()
    left = home / f"running-{here}-{dead.pid}-abcd"
    # Of the last, a name that begins as this machine's and a number that is not of a process here.
    others = [
        home / f"running-elsewhere-{dead.pid}-abcd",
        home / "something else",
        home / f"running-{here}-{dead.pid}-1-abcd",
    ]
    for folder in (left, *others):
        folder.mkdir(parents=True)
        (folder / "a.npy").write_bytes(b"x")
    with Workspace(home) as first:
        assert not left.exists()
        with Workspace(home):
            assert first.folder is not None
            assert first.folder.exists()
    assert sorted(home.iterdir()) == sorted(others)


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_a_number_that_another_process_has_now_keeps_nothing(tmp_path: Path) -> None:
    here = socket.gethostname()
    mine = ClaimedFolder.make(tmp_path / f"running-{here}-{os.getpid()}-abcd")
    # A container of the same name and machine, whose process numbers mean nothing here.
    theirs = ClaimedFolder.make(tmp_path / f"running-{here}-4194304-abcd")
    far = tmp_path / "running-elsewhere-1-abcd"
    of_far = ClaimedFolder.make(far)
    with Workspace(tmp_path):
        assert mine.path.exists()
        assert theirs.path.exists()
    for folder in (mine, theirs, of_far):
        folder._close()  # as the end of its process does
    with Workspace(tmp_path):
        assert not mine.path.exists()
        assert not theirs.path.exists()
        assert far.exists()
    os.utime(far, (time.time() - 10**6,) * 2)
    with Workspace(tmp_path):
        assert not far.exists()
