from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.system.claims import only_here


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_one_alone_works_in_a_folder_until_it_ends(tmp_path: Path) -> None:
    with only_here(tmp_path) as first:
        with only_here(tmp_path) as second:
            assert (first, second) == (True, False)
        with only_here(tmp_path) as third:  # the second one has not ended the first one's turn
            assert not third
    with only_here(tmp_path) as again:
        assert again
    assert not list(tmp_path.iterdir())


def test_without_locks_or_a_folder_nobody_is_kept_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with only_here(tmp_path / "none") as alone:
        assert alone
    monkeypatch.setattr("data.system.claims.fcntl", None)
    with only_here(tmp_path) as first, only_here(tmp_path) as second:
        assert first
        assert second
