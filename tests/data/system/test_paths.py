from __future__ import annotations

from pathlib import Path

import pytest

from data.system.paths import expanded


@pytest.mark.parametrize("kind", [str, Path])
def test_a_tilde_at_the_beginning_is_the_home_folder(
    kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert expanded(kind("~/photos")) == tmp_path / "photos"
    assert expanded(kind("photos/~")) == Path("photos/~")
    assert expanded(kind("~nobody-of-this-name/photos")) == Path("~nobody-of-this-name/photos")
