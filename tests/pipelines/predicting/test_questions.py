from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from data import DataWarning
from pipelines.errors import SavedModelError
from pipelines.predicting.questions import Question, questions

NAMES = ("cat", "dög")


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def asked(folder: Path, *paths: Path) -> list[tuple[str, str | None]]:
    return [(q.path.relative_to(folder).as_posix(), q.true) for q in questions(paths, NAMES)]


def test_folders_of_classes_say_what_is_in_them(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.png", "cat/._1.png", "cat/notes.txt", "do\u0308g/2.jpg", "loose.png")
    found = asked(tmp_path, tmp_path)
    assert found == [("loose.png", None), ("cat/1.png", "cat"), ("do\u0308g/2.jpg", "dög")]
    assert asked(tmp_path, tmp_path / "cat") == [("cat/1.png", None)]


def test_images_deeper_in_the_folder_of_a_class_are_of_that_class(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.png", "cat/2023/may/2.png", "cat/.git/3.png", "dög/cat/4.png")
    assert asked(tmp_path, tmp_path) == [
        ("cat/1.png", "cat"), ("cat/2023/may/2.png", "cat"), ("dög/cat/4.png", "dög"),
    ]  # fmt: skip


def test_a_dead_link_is_asked_about_and_so_found_out(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.png")
    (tmp_path / "cat" / "2.png").symlink_to(tmp_path / "none.png")
    assert asked(tmp_path, tmp_path) == [("cat/1.png", "cat"), ("cat/2.png", "cat")]


def test_folders_of_no_class_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.png", "cow/2.png", ".git/3.png")
    with pytest.warns(DataWarning, match="no name of the model's classes are passed over: cow$"):
        assert asked(tmp_path, tmp_path) == [("cat/1.png", "cat")]
    touch(tmp_path, *(f"{i:02}/2.png" for i in range(11)))
    with pytest.warns(DataWarning, match=r": 00, 01, .*, 09 and 2 more$"):
        questions([tmp_path], NAMES)


def test_a_folder_without_images_is_refused_with_a_way_out(tmp_path: Path) -> None:
    touch(tmp_path, "test/cat/1.png")
    with pytest.raises(SavedModelError, match=r"folder; name a folder in it, as .*test"):
        questions([tmp_path], NAMES)
    touch(tmp_path, "other/cow/1.png")
    with pytest.raises(SavedModelError, match=r"folder; name a folder in it, as .*cow"):
        questions([tmp_path / "other"], NAMES)


def standard_input(content: bytes, monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    return questions([Path("-")], NAMES)


def test_standard_input_is_an_image_or_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "cat/1.png")
    lines = f"a b.png\r\n\n{tmp_path}\nü.png".encode()
    assert standard_input(lines, monkeypatch) == [
        Question(Path("a b.png")),
        Question(tmp_path / "cat" / "1.png", "cat"),
        Question(Path("ü.png")),
    ]
    image = b"\x89PNG\r\n\x1a\n..."
    assert standard_input(image, monkeypatch) == [Question(Path("-"), content=image)]


def test_standard_input_that_is_nothing_or_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = [Question(Path("-"), content=b"")]
    assert standard_input(b" \n", monkeypatch) == nothing
    monkeypatch.setattr("pipelines.predicting.questions.MAX_FILE_BYTES", 3)
    with pytest.raises(SavedModelError, match="larger than 3 bytes"):
        standard_input(b"1234", monkeypatch)
    monkeypatch.setattr("sys.stdin", None)
    assert questions([Path("-")], NAMES) == nothing
