"""Tables of labels beside images."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from data import DataError, Omission, load_dataset
from data.layouts.table.matching import Files
from tests.data.layouts.everywhere import load_quietly, loaded_from_everywhere
from tests.data.samples import png, write_folder, zip_bytes

RNG = np.random.default_rng(3)
IMAGES = {f"images/{i}.png": png(RNG.integers(0, 256, (4, 4, 3), np.uint8)) for i in range(12)}
PARTS = ["train"] * 6 + ["val"] * 3 + ["test"] * 3
ROWS = [(f"images/{i}.png", ("cat", "dog", "eel")[i % 3], PARTS[i]) for i in range(12)]


def table(separator: str = ",", head: str = "path,label,split") -> bytes:
    lines = [head.replace(",", separator), *(separator.join(row) for row in ROWS)]
    return "\r\n".join(lines).encode()


def test_path_label_and_split(tmp_path: Path) -> None:
    dataset, said = loaded_from_everywhere(IMAGES | {"labels.csv": table()}, tmp_path)
    assert said == []
    assert dataset.class_names == ("cat", "dog", "eel")
    assert (dataset.n_train, dataset.n_validation, dataset.n_test) == (6, 3, 3)
    assert dataset.names_validation == ("images/6.png", "images/7.png", "images/8.png")
    assert dataset.labels_train.tolist() == [0, 0, 1, 1, 2, 2]
    assert dataset.names_train is not None
    assert dataset.names_train[:2] == ("images/0.png", "images/3.png")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.tsv", table("\t")),
        ("Labels.csv", b"\xef\xbb\xbf" + table(";", "File_Name,Class,Set")),
        ("annotations.csv", table(head="image,category,subset")),
        ("labels.csv", table().split(b"\r\n", 1)[1]),
        ("labels.csv", table().replace(b"images/", b"").replace(b"val", b"Validation")),
        ("labels.csv", table().replace(b"images/", b"C:\\me\\images\\")),
        ("labels.csv", table().replace(b"images/", b"/home/me/").replace(b".png", b"")),
    ],
)
def test_as_people_write_it(name: str, content: bytes, tmp_path: Path) -> None:
    plain, _ = load_quietly(write_folder(tmp_path / "plain", IMAGES | {"labels.csv": table()}))
    other, said = load_quietly(write_folder(tmp_path / "other", IMAGES | {name: content}))
    assert (other.sha256, other.names_train, said) == (plain.sha256, plain.names_train, [])


def test_a_table_for_each_part(tmp_path: Path) -> None:
    files = dict(IMAGES)
    for part in ("train", "val", "test"):
        lines = ["Filename,Label,ClassName"]
        lines += [f"{path},{label[0]},{label}" for path, label, split in ROWS if split == part]
        files[f"{part}.csv"] = "\n".join(lines).encode()
    plain, _ = load_quietly(write_folder(tmp_path / "plain", IMAGES | {"labels.csv": table()}))
    dataset, said = loaded_from_everywhere(files, tmp_path)
    assert dataset.sha256 == plain.sha256
    assert said == [
        f"{p}.csv: columns that are not read: 'Label'" for p in ("test", "train", "val")
    ]


def test_a_table_in_the_folder_of_each_part(tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for part in ("train", "test"):
        names = [path for path in IMAGES if int(path[7:-4]) % 2 == (part == "test")]
        files |= {f"{part}/{name[7:]}": IMAGES[name] for name in names}
        lines = ["file_name,label", *(f"{name[7:]},{int(name[7:-4]) // 2 % 2}" for name in names)]
        files[f"{part}/metadata.csv"] = "\n".join(lines).encode()
    dataset, said = loaded_from_everywhere(files, tmp_path)
    assert (dataset.n_train, dataset.n_test, said) == (6, 6, [])
    assert dataset.names_test is not None
    assert dataset.names_test[0] == "test/1.png"


def test_without_a_split_it_is_split_as_a_folder_of_classes_is(tmp_path: Path) -> None:
    images = {f"{'ab'[i % 2]}/{i}.png": content for i, content in enumerate(IMAGES.values())}
    folder, _ = load_quietly(write_folder(tmp_path / "folder", images))
    lines = "\n".join(["path,label", *(f"{name},{name[0]}" for name in images)]).encode()
    dataset, _ = loaded_from_everywhere(images | {"labels.csv": lines}, tmp_path)
    assert (dataset.sha256, dataset.names_test) == (folder.sha256, folder.names_test)


def test_names_in_any_form_and_from_any_machine(tmp_path: Path) -> None:
    """The table is typed on one system, the images are packed on another."""
    composed = {f"bilder/é{i}.png": content for i, content in enumerate(IMAGES.values())}
    lines = ["path,label", *(f"{name},{('ü', '猫')[i % 2]}" for i, name in enumerate(composed))]
    text = "\n".join(lines)
    files = composed | {"labels.csv": text.encode()}
    plain, _ = loaded_from_everywhere(files, tmp_path / "composed")
    apart = {unicodedata.normalize("NFD", name): content for name, content in composed.items()}
    dataset, _ = loaded_from_everywhere(apart | {"labels.csv": text.encode()}, tmp_path / "apart")
    other = unicodedata.normalize("NFD", text).encode()
    decomposed, _ = load_quietly(write_folder(tmp_path / "x", composed | {"labels.csv": other}))
    windows = {f"set\\{name}".replace("/", "\\"): content for name, content in files.items()}
    (tmp_path / "w.zip").write_bytes(zip_bytes(windows))
    zipped, said = load_quietly(tmp_path / "w.zip")
    for each in (dataset, decomposed, zipped):
        assert (each.sha256, each.names_train) == (plain.sha256, plain.names_train)
    assert (plain.class_names, said) == (("ü", "猫"), [])


def test_numbers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    lines = ["id,label", *(f"{i},{(10, 9, 2)[i % 3]}" for i in range(12))]
    files = IMAGES | {"trainLabels.csv": "\n".join(lines).encode()}
    dataset, _ = load_quietly(write_folder(tmp_path / "x", files))
    assert dataset.class_names == ("2", "9", "10")


def test_what_no_line_names_is_counted_and_columns_are_named(tmp_path: Path) -> None:
    more = {"images/extra.png": IMAGES["images/0.png"], "notes.md": b"", "Thumbs.db": b""}
    content = table(head="path,label,split").replace(b"split\r\n", b"split,x,y\r\n")
    dataset, said = loaded_from_everywhere(IMAGES | more | {"labels.csv": content}, tmp_path)
    assert said == [
        "labels.csv: columns that are not read: 'x', 'y'",
        "passed over: images without a line in the table of labels: 1 (images/extra.png)",
        "passed over: files without the suffix of an image: 1 (notes.md)",
        "passed over: hidden files or folders: 1 (Thumbs.db)",
    ]
    kind = "images without a line in the table of labels"
    assert dataset.passed_over[0] == Omission(kind, 1, ("images/extra.png",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (table() + b"\r\nimages/99.png,cat,test", "1 of 13 rows name no image .*: 'images/99.png'"),
        (table() + b"\r\nimages/0.png,dog,train", "line 14: .* is 'dog' for train, but .*line 2"),
        (table() + b"\r\nimages/0.png,,train", "line 14: no label; write one"),
        (
            table().replace(b",test", b",7"),
            "line 11: the split must be train, val or test, got '7'",
        ),
        (table(head="pfad,klasse,teil"), r"the columns 'pfad', 'klasse', 'teil'; .*rename them"),
        ("path,label\nimages/é,b".encode("latin-1"), "not in UTF-8 .* save it in UTF-8"),
        (b"path,label\n", "no line with an image"),
        (table().replace(b"dog", b"cat").replace(b"eel", b"cat"), "one class, 'cat'"),
        (table() + b'\r\n"' + bytes(200_000), "line .*field larger than"),
    ],
)
def test_refuses(content: bytes, message: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", IMAGES | {"labels.csv": content})
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(folder)
    assert str(folder) in str(caught.value)


def test_rows_without_an_image_are_counted_and_a_few_are_named(tmp_path: Path) -> None:
    lost = "".join(f"\r\nlost/x{i}.png,cat,test" for i in range(1000))
    folder = write_folder(tmp_path / "x", IMAGES | {"labels.csv": table() + lost.encode()})
    with pytest.raises(DataError, match=r"1,000 of 1,012 rows .*'lost/x19.png' and 980 more"):
        load_dataset(folder)


def parts_of(columns: str = "path,label", test: str | None = None) -> dict[str, bytes]:
    """Return images in two folders of parts, and a table of each beside them."""
    files: dict[str, bytes] = {}
    for i, content in enumerate(IMAGES.values()):
        files[f"{'test' if i > 7 else 'train'}/{i}.png"] = content
    for part in ("train", "test"):
        names = [name for name in files if name.startswith(part)]
        lines = [columns, *(f"{name},{int(name.split('/')[1][:-4]) % 2}" for name in names)]
        files[f"{part}.csv"] = "\n".join(lines).encode()
    return files if test is None else files | {"test.csv": test.encode()}


@pytest.mark.parametrize("test", ["", "height,width\n4,4\n", "label,size\n0,4\n"])
def test_a_part_whose_table_cannot_be_read_is_not_dropped(test: str, tmp_path: Path) -> None:
    assert load_quietly(write_folder(tmp_path / "y", parts_of()))[0].n_test == 4
    folder = write_folder(tmp_path / "x", parts_of(test=test))
    with pytest.raises(
        DataError, match=r"x: test\.csv has the columns '.*'; expected a column path"
    ):
        load_dataset(folder)


def test_test_images_without_labels_are_said(tmp_path: Path) -> None:
    files = parts_of(test="id,width\n8,4\n")
    dataset, said = load_quietly(write_folder(tmp_path / "x", files))
    assert dataset.n_train + dataset.n_test == 8
    assert said[0] == "test.csv has the columns 'id', 'width', not path and label, and is not read"
    files["train.csv"], files["test.csv"] = files["test.csv"], files["train.csv"]
    with pytest.raises(DataError, match=r"y: train\.csv has the columns 'id', 'width'; expected"):
        load_dataset(write_folder(tmp_path / "y", files))


def test_two_tables_of_the_whole(tmp_path: Path) -> None:
    files = {f"site{i % 2}/{i}.png": content for i, content in enumerate(IMAGES.values())}
    for site in "01":
        lines = [f"{name[6:]},{int(name[6:-4]) // 2 % 2}" for name in files if name[4] == site]
        files[f"site{site}/labels.csv"] = "\n".join(["path,label", *lines]).encode()
    folder = write_folder(tmp_path / "x", files)
    with pytest.raises(DataError, match=r"'site0/labels\.csv', 'site1/labels\.csv', and one table"):
        load_dataset(folder)
    assert load_quietly(folder / "site0")[0].n_train == 4


@pytest.mark.parametrize("head", [b"path,label,split,size\n", b""])
def test_an_open_quote_takes_no_rows_with_it(head: bytes, tmp_path: Path) -> None:
    lines = [b",".join(part.encode() for part in row) for row in ROWS]
    if head:
        lines = [line + b",small" for line in lines]
        lines[3] = lines[3].replace(b"small", b'"5 inch')
        lines[8] = lines[8].replace(b"small", b'"6" inch')
    else:
        lines[3] = lines[3].replace(b"train", b'"train')
    content = head + b"\n".join(lines)
    with pytest.raises(
        DataError, match=rf"labels\.csv: line {4 + bool(head)}: .*; look for a quote"
    ):
        load_dataset(write_folder(tmp_path / "x", IMAGES | {"labels.csv": content}))


def test_a_text_with_quotes_beside_folders_of_classes(tmp_path: Path) -> None:
    images = {f"{'ab'[i % 2]}/{i}.png": content for i, content in enumerate(IMAGES.values())}
    more = {"index.txt": b'Hello, "a" and b, "c\n', "train.csv": b"height,width\n1,2\n"}
    dataset, _ = load_quietly(write_folder(tmp_path / "x", images | more))
    assert dataset.class_names == ("a", "b")


def test_a_table_of_something_else_beside_folders_of_classes(tmp_path: Path) -> None:
    images = {f"{'ab'[i % 2]}/{i}.png": content for i, content in enumerate(IMAGES.values())}
    dataset, said = load_quietly(
        write_folder(tmp_path / "x", images | {"index.csv": b"height,width\n1,2\n"})
    )
    assert dataset.class_names == ("a", "b")
    assert said == ["passed over: 1 file without the suffix of an image (index.csv)"]


def numbered(*folders: str, n: int = 6) -> dict[str, bytes]:
    names = [f"{folder}/{i}.png" for folder in folders for i in range(n)]
    return {name: png(RNG.integers(0, 256, (4, 4, 3), np.uint8)) for name in names}


def rows(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_a_missing_image_is_not_taken_from_another_folder(tmp_path: Path) -> None:
    files = numbered("images", "masks")
    lines = [f"images/{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(6)]
    del files["images/3.png"]
    with pytest.raises(DataError, match=r"1 of 6 rows name no image .* 'images/3\.png'"):
        load_dataset(
            write_folder(tmp_path / "x", files | {"labels.csv": rows("path,label", *lines)})
        )


def test_numbers_may_begin_anew_in_each_part(tmp_path: Path) -> None:
    files = numbered("train", "val", "test")
    lines = [f"{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(6)]
    of_parts = {f"{part}.csv": rows("path,label", *lines) for part in ("train", "val", "test")}
    found, said = load_quietly(write_folder(tmp_path / "parts", files | of_parts))
    assert said == []
    assert sorted(found.names_test or ()) == [f"test/{i}.png" for i in range(6)]
    assert sorted(found.names_validation or ()) == [f"val/{i}.png" for i in range(6)]
    split = [f"{line},{part}" for part in ("train", "val", "test") for line in lines]
    one = {"labels.csv": rows("path,label,split", *split)}
    whole, _ = load_quietly(write_folder(tmp_path / "whole", files | one))
    assert whole.sha256 == found.sha256
    # An image of the training part is no image of the test part, whatever its name.
    del files["test/3.png"], files["val/3.png"]
    of_parts["val.csv"] = rows("path,label", *(line for line in lines if line[0] != "3"))
    of_parts["train.csv"] = of_parts["val.csv"]
    with pytest.raises(DataError, match=r"test\.csv: 1 of 6 rows name no image"):
        load_dataset(write_folder(tmp_path / "gone", files | of_parts))


def test_tables_of_the_parts_say_which_images_are_for_testing(tmp_path: Path) -> None:
    files = numbered("images", n=12)
    lines = [f"images/{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(12)]
    files["labels.csv"] = rows("path,label", *lines)
    files["train.csv"] = rows("path,label", *lines[:6])
    one, said = load_quietly(write_folder(tmp_path / "one", files))
    assert "of the tables of labels 'labels.csv' is read, and not 'train.csv'" in said[0]
    files["test.csv"] = rows("path,label", *lines[6:])
    two, said = load_quietly(write_folder(tmp_path / "two", files))
    assert (two.n_train, two.n_test) == (6, 6)
    assert "'test.csv', 'train.csv' are read, and not 'labels.csv'" in said[0]
    assert one.n_test < 6


def test_tables_without_training_images_come_after_that_of_the_whole(tmp_path: Path) -> None:
    files = numbered("images", n=12)
    lines = [f"images/{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(12)]
    files["labels.csv"] = rows("path,label", *lines)
    files["val.csv"] = files["test.csv"] = rows("path,label", *lines[:3])
    whole, said = load_quietly(write_folder(tmp_path / "x", files))
    assert whole.n_train + whole.n_test == 12
    assert "'labels.csv' is read, and not 'test.csv', 'val.csv'" in said[0]


def test_a_table_in_the_folder_of_a_part_finds_no_image_of_another(tmp_path: Path) -> None:
    files = numbered("train", "test")
    lines = [f"{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(6)]
    files["train/metadata.csv"] = rows("path,label", *lines)
    files["test/metadata.csv"] = rows("path,label", *lines[:3], *lines[4:])
    del files["train/3.png"]
    with pytest.raises(DataError, match=r"train/metadata\.csv: 1 of 6 rows name no image"):
        load_dataset(write_folder(tmp_path / "x", files))


def test_an_image_of_another_class_is_not_taken_below_the_folder_of_a_part(tmp_path: Path) -> None:
    folders = [f"{part}_images/{pet}" for part in ("train", "test") for pet in ("cat", "dog")]
    files = numbered(*folders, n=4)
    lines = [f"{pet}/{i}.png,{pet}" for pet in ("cat", "dog") for i in range(4)]
    del files["train_images/cat/3.png"]
    files["train.csv"] = rows("path,label", *lines[:-1])
    files["test.csv"] = rows("path,label", *lines)
    with pytest.raises(DataError, match=r"train\.csv: 1 of 7 rows name no image .*cat/3\.png"):
        load_dataset(write_folder(tmp_path / "x", files))


def test_bare_names_are_found_anywhere_in_their_part(tmp_path: Path) -> None:
    files = numbered("train/images", "test/images")
    lines = [f"{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(6)]
    files |= {f"{part}.csv": rows("path,label", *lines) for part in ("train", "test")}
    found, _ = load_quietly(write_folder(tmp_path / "x", files))
    assert sorted(found.names_test or ()) == [f"test/images/{i}.png" for i in range(6)]


def test_a_table_of_test_images_alone_splits_no_others(tmp_path: Path) -> None:
    lines = [f"{path},{label}" for path, label, _ in ROWS]
    files = IMAGES | {
        "trainval.csv": "\n".join(["path,label", *lines[:8]]).encode(),
        "test.csv": "\n".join(["path,label", *lines[8:]]).encode(),
    }
    folder = write_folder(tmp_path, files)
    with pytest.raises(
        DataError, match=r"'test.csv': lines for 4 of 12 images, and none of training"
    ):
        load_dataset(folder)


@pytest.mark.parametrize("head", ["path,label", ""])
def test_a_row_of_more_values_than_the_first_is_refused(head: str, tmp_path: Path) -> None:
    lines = [f"{path},{label}" for path, label, _ in ROWS]
    lines[3] += ", tabby"
    content = "\n".join([head, *lines] if head else lines).encode()
    folder = write_folder(tmp_path, IMAGES | {"labels.csv": content})
    with pytest.raises(DataError, match=r"line \d has 3 values, and the first line 2; put quotes"):
        load_dataset(folder)
    (folder / "labels.csv").write_bytes(content.replace(b", tabby", b",,"))
    assert load_quietly(folder)[0].n_train == 9


def test_a_third_column_without_headings_is_named(tmp_path: Path) -> None:
    content = "\n".join(f"{path},{label},7" for path, label, _ in ROWS).encode()
    _, said = load_quietly(write_folder(tmp_path, IMAGES | {"labels.csv": content}))
    assert any("columns that are not read: 'the third'" in each for each in said)


def test_tables_of_two_sets_are_not_joined(tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for pets in ("cats", "dogs"):
        files |= {f"{pets}/{name}": content for name, content in IMAGES.items()}
        for part, rows in (("train", ROWS[:8]), ("test", ROWS[8:])):
            lines = ["path,label", *(f"{path},{label}" for path, label, _ in rows)]
            files[f"{pets}/{part}.csv"] = "\n".join(lines).encode()
    folder = write_folder(tmp_path, files)
    with pytest.raises(DataError, match=r"which are of several sets; give the folder of one"):
        load_dataset(folder)
    assert load_quietly(folder / "cats")[0].n_train == 8


def test_of_two_images_of_one_name_in_a_part_none_is_taken() -> None:
    names = ["cat/train/1.png", "dog/train/1.png", "dog/train/2.png", "dog/test/1.png"]
    files = Files(names, "", ["images", "train", "test"])
    assert files.find("1.png", "train") is None
    assert files.find("2.png", "train") == "dog/train/2.png"
    assert files.find("1.png", "test") == "dog/test/1.png"


def test_a_lookup_that_fails_is_made_once() -> None:
    files = Files([f"{i}/scan.png" for i in range(20_000)], "")
    started = process_time()
    assert not any(files.find(f"/mnt/x/{i}/scan.png") for i in range(20_000))
    assert process_time() - started < 2


def test_the_table_of_a_published_set_is_found_by_the_end_of_its_name(tmp_path: Path) -> None:
    lines = ["lesion_id,image_id,dx", *(f"L,{Path(path).stem},{label}" for path, label, _ in ROWS)]
    files = {f"HAM_part_{i % 2}/{i}.png": content for i, content in enumerate(IMAGES.values())}
    files["HAM_metadata.csv"] = "\n".join(lines).encode()
    dataset, said = load_quietly(write_folder(tmp_path, files))
    assert dataset.class_names == ("cat", "dog", "eel")
    assert [each for each in said if "columns that are not read" not in each] == []
