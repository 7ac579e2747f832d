"""What is in a folder of images and not in the dataset is said."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tests.data.samples import load_and_hear, png, write_folder, zip_bytes

Pack = Callable[[Mapping[str, bytes]], Path]
FIRST = "train/cat/0.png"
FILES = {
    f"{part}/{pet}/{i}.png": png(np.full((5, 6), 9 * i, np.uint8))
    for part, n in (("train", 5), ("test", 3))
    for pet in ("dog", "cat")
    for i in range(n)
}


def test_other_files_are_passed_over_and_counted(pack: Pack) -> None:
    more = {"README.txt": b"hello", "train/cat/.DS_Store": b"x", "__MACOSX/train/cat/0.png": b"x"}
    path = pack(FILES | more)
    dataset, said = load_and_hear(path)
    assert dataset.n_train == 10
    assert said == (
        f"{path}: passed over: 1 file without the suffix of an image (README.txt); "
        "2 hidden files or folders (__MACOSX, train/cat/.DS_Store)"
    )


def test_a_virtual_environment_is_passed_over(pack: Pack) -> None:
    more = {"env/pyvenv.cfg": b"", "env/lib/site-packages/matplotlib/logo.png": FILES[FIRST]}
    dataset, said = load_and_hear(pack(FILES | more))
    assert dataset.n_train == 10
    assert said.endswith("passed over: 1 virtual environment (env)")


def test_a_class_without_a_readable_suffix_is_named(pack: Pack) -> None:
    more = {f"train/eel/{i}.heic": b"x" for i in range(3)} | {"train/eel/a.HEIC": b"", "x/y": b""}
    more |= {f"train/dog/{i}.png?w=640": b"x" for i in range(7)}
    dataset, said = load_and_hear(pack(FILES | more))
    assert dataset.class_names == ("cat", "dog")
    assert "7 of 12 files in 'train/dog', without the suffix of an image (.png?w=640)" in said
    assert "'train/eel', a folder without an image (4 files: .heic)" in said
    assert "1 file without the suffix of an image (x/y)" in said


def test_folders_above_the_classes_are_not_empty(tmp_path: Path) -> None:
    images = {f"{a}/{b}/{i}.png": FILES[FIRST] for a, b in ("xy", "xz", "vw") for i in range(3)}
    folder = write_folder(tmp_path / "x", images)
    (folder / "x" / "u").mkdir()
    dataset, said = load_and_hear(folder, class_from="last")
    assert dataset.class_names == ("w", "y", "z")
    assert "'x/u', a folder without an image (empty)" in said
    assert "'x'," not in said
    assert [(each.kind, each.names) for each in dataset.passed_over] == [
        ("folders of a class without an image", ("x/u",))
    ]


def test_what_is_passed_over_stays_with_the_dataset(pack: Pack) -> None:
    more = {"README.txt": b"hello", "train/cat/.DS_Store": b"x", "test/dog/Thumbs.db": b"x"}
    more |= {"@eaDir/train/cat/0.png": FILES[FIRST], "train/eel/1.heic": b"x"}
    dataset, _ = load_and_hear(pack(FILES | more))
    assert [(each.kind, each.names) for each in dataset.passed_over] == [
        ("folders of a class without an image", ("train/eel",)),
        ("files without the suffix of an image", ("README.txt", "train/eel/1.heic")),
        ("hidden files or folders", ("@eaDir", "test/dog/Thumbs.db", "train/cat/.DS_Store")),
    ]


def test_names_that_would_disturb_are_written_with_numbers(pack: Pack) -> None:
    more = {
        "train/cat/\x1b[2J.txt": b"",
        "train/cat/\u202egnp.png": b"",
        "train/dog/\x85.png": FILES[FIRST],
    }
    dataset, said = load_and_hear(pack(FILES | more), skip_unreadable=True)
    told = said + str(dataset.passed_over) + str(dataset.names_train)
    assert said.isprintable()
    assert r"train/dog/\u0085.png" in (dataset.names_train or ())
    assert all(text in told for text in (r"\u001b[2J.txt", r"\u202egnp.png"))
    assert all(each.why.isprintable() for each in dataset.passed_over)


def test_an_empty_class_folder_is_named(tmp_path: Path) -> None:
    files = {name.replace("train/", ""): c for name, c in FILES.items() if "train" in name}
    folder = write_folder(tmp_path / "x", files)
    (folder / "eel" / "deeper").mkdir(parents=True)
    entries: dict[str, bytes] = {f"{each}/": b"" for each in ("cat", "eel")}
    (tmp_path / "x.zip").write_bytes(zip_bytes(entries | files))
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(folder, "x")
    for path in (folder, tmp_path / "x.zip", tmp_path / "x.tar"):
        dataset, said = load_and_hear(path)
        assert dataset.class_names == ("cat", "dog")
        assert "'eel', a folder without an image (empty)" in said
