"""Names inside an archive, and how many bytes may be read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from data import DataError
from data.archives.member import Member, inside
from data.errors import UnreadableImageError


def test_what_is_shorter_or_longer_than_it_says_is_refused() -> None:
    assert Member("a", "x/a", 3, lambda: b"abc").read(3) == b"abc"
    with pytest.raises(DataError, match=r"x/a: 3 bytes, expected at most 2"):
        Member("a", "x/a", 3, lambda: b"abc").read(2)
    with pytest.raises(DataError, match=r"x/a: truncated: 2 of 3 bytes"):
        Member("a", "x/a", 3, lambda: b"ab").read(3)


@pytest.mark.parametrize(
    ("fault", "damaged"), [(errno.EACCES, True), (errno.EMFILE, False), (errno.EIO, False)]
)
def test_a_fault_of_the_system_is_no_damaged_image(
    fault: int, damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr("builtins.open", fail)
    with pytest.raises(DataError, match="x/a: cannot be read: ") as caught:
        Member("a", "x/a", 3).read(3)
    assert isinstance(caught.value, UnreadableImageError) is damaged


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/passwd", "..", "C:/x", "a\\..\\x", "\\x"]
)
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"pets\.tar: member .* leads out of the archive"):
        inside(name, Path("pets.tar"))


@pytest.mark.parametrize(
    ("name", "plain"), [("./a/b", "a/b"), ("a//b", "a/b"), ("a..b/c", "a..b/c"), (".", "")]
)
def test_plain_names(name: str, plain: str) -> None:
    assert inside(name, Path("x")) == plain


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a/" * 65 + "1.png", "has 135 characters and 65 folders, expected at most 8192 and 64"),
        ("a" * 8193, "has 8193 characters and 0 folders"),
        ("a/" * (1 << 19), f"has {1 << 20} characters and {1 << 19} folders"),
    ],
)
def test_names_that_no_file_has_are_refused(name: str, message: str) -> None:
    """To look at all folders of a name takes time with the square of their number."""
    with pytest.raises(DataError, match=rf"pets\.tar: the name of a member {message}") as caught:
        inside(name, Path("pets.tar"))
    assert len(str(caught.value)) < 300
    assert inside("a/" * 64 + "1.png", Path("x")).endswith("a/1.png")
