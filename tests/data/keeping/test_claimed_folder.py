"""A folder that is claimed: by its process as long as that lives, whoever sweeps meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.keeping import claimed_folder
from data.keeping.claimed_folder import ClaimedFolder, remove_abandoned
from data.system.claims import claim, fcntl

pytestmark = pytest.mark.skipif(fcntl is None, reason="there are no such locks here")


def test_a_sweep_between_making_and_locking_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a" / "b"
    swept: list[bool | None] = []

    def claim_late(file: Path) -> int | None:
        if not swept:
            file.touch()
            swept.append(remove_abandoned(path))
        return claim(file)

    monkeypatch.setattr(claimed_folder, "claim", claim_late)
    claimed = ClaimedFolder.make(path)
    assert swept == [True]
    assert remove_abandoned(path) is False
    claimed.remove()
    assert not path.exists()


def test_what_cannot_be_claimed_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: Path) -> int | None:
        raise PermissionError(13, os.strerror(13), str(file))

    monkeypatch.setattr(claimed_folder, "claim", fail)
    with pytest.raises(PermissionError):
        ClaimedFolder.make(tmp_path / "a")
    assert not list(tmp_path.iterdir())
