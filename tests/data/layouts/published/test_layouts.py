"""Published sets of images, each from a small copy of its true layout, in folders and archives."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from data import DataError, load_dataset
from tests.data.layouts.everywhere import load_quietly, loaded_from_everywhere
from tests.data.samples import png, write_folder

RNG = np.random.default_rng(5)


def image(kind: str = "PNG") -> bytes:
    return png(RNG.integers(0, 256, (8, 8, 3), np.uint8), format=kind)


def cinic10() -> dict[str, bytes]:
    return {
        f"{part}/{pet}/{origin}-{part}-{i}.png": image()
        for part in ("train", "valid", "test")
        for pet in ("airplane", "cat", "ship")
        for i, origin in enumerate(("cifar10", "n02121808"))
    } | {"README.md": b"CINIC-10", "imagenet-contributors.csv": b"synset,image_num,cinic_set\n"}


def test_cinic10(tmp_path: Path) -> None:
    files = cinic10()
    dataset, said = loaded_from_everywhere(files, tmp_path)
    assert dataset.class_names == ("airplane", "cat", "ship")
    assert (dataset.n_train, dataset.n_validation, dataset.n_test) == (6, 6, 6)
    assert dataset.names_validation == tuple(sorted(n for n in files if n.startswith("valid")))
    assert [each.n for each in dataset.passed_over] == [2]
    (only,) = said
    assert only.startswith("passed over: 2 files without the suffix of an image")


def test_eurosat(tmp_path: Path) -> None:
    kinds = ("AnnualCrop", "Forest", "SeaLake")
    files = {f"2750/{kind}/{kind}_{i}.jpg": image("JPEG") for kind in kinds for i in range(1, 6)}
    dataset, said = loaded_from_everywhere(files, tmp_path)
    assert (dataset.class_names, dataset.n_train, dataset.n_test) == (kinds, 12, 3)
    assert said == []
    listed = dict(files)
    for part, numbers in (("train", "123"), ("validation", "4"), ("test", "5")):
        lines = [",Filename,Label,ClassName"]
        for kind in kinds:
            lines += [f"0,{kind}/{kind}_{i}.jpg,{kinds.index(kind)},{kind}" for i in numbers]
        listed[f"2750/{part}.csv"] = "\n".join(lines).encode()
    dataset, _ = loaded_from_everywhere(listed, tmp_path / "listed")
    assert (dataset.n_train, dataset.n_validation, dataset.n_test) == (9, 3, 3)
    assert dataset.class_names == kinds


def tiny_imagenet() -> dict[str, bytes]:
    numbers = ("n01443537", "n01629819", "n02124075")
    files = {
        "wnids.txt": "\n".join(reversed(numbers)).encode(),
        "words.txt": b"n01443537\tgoldfish, Carassius auratus\nn02124075\tEgyptian cat\n"
        b"n01629819\tEuropean fire salamander, Salamandra salamandra\nn00000001\tthing\n",
    }
    for number in numbers:
        names = [f"{number}_{i}.JPEG" for i in range(3)]
        files |= {f"train/{number}/images/{name}": image("JPEG") for name in names}
        boxes = "".join(f"{name}\t0\t0\t62\t62\n" for name in names)
        files[f"train/{number}/{number}_boxes.txt"] = boxes.encode()
    files |= {f"val/images/val_{i}.JPEG": image("JPEG") for i in range(6)}
    files |= {f"test/images/test_{i}.JPEG": image("JPEG") for i in range(4)}
    lines = [f"val_{i}.JPEG\t{numbers[i % 3]}\t0\t32\t44\t62\n" for i in range(6)]
    files["val/val_annotations.txt"] = "".join(lines).encode()
    return {f"tiny-imagenet-200/{name}": content for name, content in files.items()}


def test_tiny_imagenet(tmp_path: Path) -> None:
    dataset, said = loaded_from_everywhere(tiny_imagenet(), tmp_path)
    assert dataset.class_names == ("goldfish", "European fire salamander", "Egyptian cat")
    assert (dataset.n_train, dataset.n_validation, dataset.n_test) == (9, 0, 6)
    assert dataset.labels_test.tolist() == [0, 0, 1, 1, 2, 2]
    assert dataset.names_test is not None
    assert dataset.names_test[:2] == ("val/images/val_0.JPEG", "val/images/val_3.JPEG")
    assert "there is no test part, so the validation part is the test part" in said[0]
    assert said[1].startswith("passed over: images of the test part, which have no labels: 4 (")
    assert len(said) == 2


def test_tiny_imagenet_that_lacks_images(tmp_path: Path) -> None:
    files = tiny_imagenet()
    del files["tiny-imagenet-200/val/images/val_3.JPEG"]
    folder = write_folder(tmp_path / "x", files)
    with pytest.raises(DataError, match=r"1 of 6 lines name no image .* the first 'val_3"):
        load_dataset(folder)
    files["tiny-imagenet-200/val/val_annotations.txt"] = b"val_0.JPEG\tn01\nval_0.JPEG\tn02\n"
    with pytest.raises(DataError, match=r"line 2: 'val_0\.JPEG' is 'n02', and before 'n01'"):
        load_dataset(write_folder(tmp_path / "twice", files))
    files["tiny-imagenet-200/val/val_annotations.txt"] = b"val_0.JPEG n01443537\n"
    with pytest.raises(DataError, match=r"val_annotations\.txt: line 1: expected a file and its"):
        load_dataset(write_folder(tmp_path / "y", files))


HEAD = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n"


def gtsrb() -> dict[str, bytes]:
    files: dict[str, bytes] = {"GTSRB/Readme-Images.txt": b"GTSRB"}
    for label in (0, 7, 42):
        folder = f"GTSRB/Final_Training/Images/{label:05d}"
        names = [f"{track:05d}_{i:05d}.ppm" for track in range(2) for i in range(3)]
        files |= {f"{folder}/{name}": image("PPM") for name in names}
        lines = "".join(f"{name};8;8;1;1;7;7;{label}\n" for name in names)
        files[f"{folder}/GT-{label:05d}.csv"] = (HEAD + lines).encode()
    tests = [f"{i:05d}.ppm" for i in range(6)]
    files |= {f"GTSRB/Final_Test/Images/{name}": image("PPM") for name in tests}
    short = HEAD.replace(";ClassId", "") + "".join(f"{name};8;8;1;1;7;7\n" for name in tests)
    files["GTSRB/Final_Test/Images/GT-final_test.test.csv"] = short.encode()
    lines = "".join(f"{name};8;8;1;1;7;7;{(42, 0, 7)[i % 3]}\n" for i, name in enumerate(tests))
    files["GT-final_test.csv"] = (HEAD + lines).encode()
    return files


def test_gtsrb(tmp_path: Path) -> None:
    dataset, said = loaded_from_everywhere(gtsrb(), tmp_path)
    assert dataset.class_names == ("00000", "00007", "00042")
    assert (dataset.n_train, dataset.n_test) == (18, 6)
    assert dataset.labels_test.tolist() == [0, 0, 1, 1, 2, 2]
    assert dataset.names_test is not None
    assert dataset.names_test[:2] == ("test/00001.ppm", "test/00004.ppm")
    assert said == [
        "passed over: files without the suffix of an image: 1 (GTSRB/Readme-Images.txt)"
    ]


def test_gtsrb_without_labels_for_its_test_images(tmp_path: Path) -> None:
    files = gtsrb()
    del files["GT-final_test.csv"]
    dataset, said = load_quietly(write_folder(tmp_path / "x", files))
    assert (dataset.n_train, dataset.n_test) == (15, 3)
    assert "no labels for test images (GT-final_test.csv" in said[0]
    assert "images without a line in a GT list: 6" in said[1]


def test_gtsrb_beside_its_online_test(tmp_path: Path) -> None:
    """Two editions have pictures of one name; the labels are those of the final one."""
    files = gtsrb()
    plain, _ = load_quietly(write_folder(tmp_path / "plain", files))
    finals = [name for name in files if "Final_T" in name]
    more = {name: content for name, content in files.items() if name not in finals}
    for name in finals:
        more[name] = files[name]
        for old, new in (("Final_Test", "Online-Test"), ("Final_Training/Images", "Training")):
            if old in name:
                is_list = name.endswith(".csv")
                more[name.replace(old, new)] = files[name] if is_list else image("PPM")
    dataset, said = load_quietly(write_folder(tmp_path / "both", more))
    assert dataset.sha256 == plain.sha256
    assert said[0] == (
        "the training images are those of 'GTSRB/Final_Training/Images'; those of "
        "'GTSRB/Training' are not read"
    )
    assert "images without a line in a GT list: 24" in said[1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Final_Test/Images", "Test", r"names '00000\.ppm', and 'GTSRB/Final_Test/Images/00000"),
        ("Final_Training", "Again/Final_Training", "'GTSRB/Again/Final_Training/Images', 'GTSRB/F"),
    ],
)
def test_gtsrb_twice(old: str, new: str, message: str, tmp_path: Path) -> None:
    files = gtsrb()
    files |= {name.replace(old, new): content for name, content in files.items() if old in name}
    with pytest.raises(DataError, match=message):
        load_dataset(write_folder(tmp_path / "x", files))


def test_a_test_image_with_two_classes(tmp_path: Path) -> None:
    files = gtsrb()
    again = files["GT-final_test.csv"] + b"00002.ppm;8;8;1;1;7;7;0\n"
    with pytest.raises(DataError, match=r"GT-final_test\.csv: gives '00002\.ppm' more than one cl"):
        load_dataset(write_folder(tmp_path / "x", files | {"GT-final_test.csv": again}))


def test_gtsrb_as_others_pack_it(tmp_path: Path) -> None:
    """One list for each part, with the paths in it."""
    files = {
        f"Train/{label}/{label:05d}_{i:05d}.png": image() for label in (0, 1, 10) for i in range(4)
    }
    head = "Width,Height,Roi.X1,Roi.Y1,Roi.X2,Roi.Y2,ClassId,Path\n"
    lines = "".join(f"8,8,1,1,7,7,{name.split('/')[1]},{name}\n" for name in files)
    files |= {f"Test/{i:05d}.png": image() for i in range(3)} | {"Meta/0.png": image()}
    files["Train.csv"] = (head + lines).encode()
    lines = "".join(f"8,8,1,1,7,7,{label},Test/{i:05d}.png\n" for i, label in enumerate((10, 0, 1)))
    files["Test.csv"] = (head + lines).encode()
    files["Meta.csv"] = b"Path,ClassId,ShapeId\nMeta/0.png,0,0\n"
    dataset, said = loaded_from_everywhere(files, tmp_path)
    assert dataset.class_names == ("0", "1", "10")
    assert (dataset.n_train, dataset.n_test) == (12, 3)
    assert "'Roi.X1'" in said[0]
    assert any("images without a line in the table of labels: 1 (Meta/0.png)" in s for s in said)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ";ClassId",
            ";Klasse",
            r"GT-00000\.csv: has the columns .*; expected Filename and",
        ),
        (";7;0\n", ";7;x\n", r"GT-00000\.csv: line 2: ClassId must be a number, got 'x'"),
        ("00000_00000.ppm;", "no.ppm;", r"GT-00000\.csv names 'no\.ppm', which is not there"),
    ],
)
def test_lists_that_are_wrong(old: str, new: str, message: str, tmp_path: Path) -> None:
    files = gtsrb()
    name = "GTSRB/Final_Training/Images/00000/GT-00000.csv"
    files[name] = files[name].decode().replace(old, new).encode()
    with pytest.raises(DataError, match=message):
        load_dataset(write_folder(tmp_path / "x", files))


def test_lines_that_stand_many_times_do_not_fill_the_memory(tmp_path: Path) -> None:
    files = gtsrb()
    name = "GTSRB/Final_Training/Images/00007/GT-00007.csv"
    files[name] += b"00000_00000.ppm;8;8;1;1;7;7;7\n" * 20_000
    folder = write_folder(tmp_path / "x", files)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"00000_00000\.ppm'.* have more than one line"):
        load_dataset(folder)
    assert tracemalloc.get_traced_memory()[1] < 6 << 20
    tracemalloc.stop()


def test_tiny_imagenet_whose_images_were_sorted_into_folders_by_copying(tmp_path: Path) -> None:
    files = tiny_imagenet()
    start = "tiny-imagenet-200/val/"
    files[f"{start}n01443537/val_0.JPEG"] = files[f"{start}images/val_0.JPEG"]
    with pytest.raises(DataError, match=r"val holds 'val_0.JPEG' more than once; remove"):
        load_dataset(write_folder(tmp_path, files))
