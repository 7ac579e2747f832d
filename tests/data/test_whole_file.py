from __future__ import annotations

from pathlib import Path

import pytest

from data.whole_file import whole_file, write_whole


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
