"""Files of other kinds are called what they are, and what to do is said."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from data import DataError, load_dataset
from tests.data.samples import png, tar_bytes

PETS = tar_bytes({f"{pet}/{i}.png": b"x" for pet in ("cat", "dog") for i in range(3)})
IDX = struct.pack(">IIII", 2051, 2, 28, 28) + bytes(1568)
FILES = {
    "x.xz": (lzma.compress(bytes(PETS[:300])), "packed with xz, and in it is no tar; unpack it"),
    "x.bz2": (bz2.compress(IDX), "packed with bzip2, and in it is .* idx format of MNIST"),
    "p.tar.zst": (b"\x28\xb5\x2f\xfd" + bytes(99), "packed with Zstandard; unpack it with"),
    "p.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(600), "a 7-Zip archive; unpack it and give the folder"),
    "p.rar": (b"Rar!\x1a\x07\x01\0" + bytes(600), "a RAR archive; unpack it and give the folder"),
    "p.h5": (b"\x89HDF\r\n\x1a\n" + bytes(600), "an HDF5 file; read it with its own library"),
    "train-images-idx3-ubyte": (IDX, "in the idx format of MNIST; give the folder that holds"),
    "t10k-images.gz": (gzip.compress(IDX), "packed with gzip, and in it is .* idx format of MNIST"),
    "x.csv.gz": (gzip.compress(b"1,2\n" * 200), "packed with gzip, and in it is no tar; unpack it"),
    "x.npy": (b"\x93NUMPY\1\0", "one array of NumPy; give the folder that holds images"),
    "x.pkl": (b"\x80\x04K\x01.", "a Python pickle; read it with its own library"),
    "x.png": (png(np.zeros((2, 2), np.uint8)), "one image; give the folder that holds a folder of"),
    "x.zip": (b"\n<!DOCTYPE html><html>", "a web page; fetch the file itself"),
    "x.tar": (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS; run `git"),
    "x.tgz": (b"", "empty; fetch the file itself"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_a_file_is_and_what_helps(name: str, tmp_path: Path) -> None:
    content, message = FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: .*{message}") as caught:
        load_dataset(tmp_path / name)
    assert "damaged" not in str(caught.value)
    assert "anew" not in str(caught.value)


def test_foreign_files_in_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "digits.h5").write_bytes(FILES["p.h5"][0])
    with pytest.raises(DataError, match=r"no image in it; digits\.h5 is an HDF5 file; read it"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("name", ["BMW/1.png", "GIF8", "%PDF"])
def test_a_damaged_tar_is_still_a_tar(name: str, tmp_path: Path) -> None:
    whole = tar_bytes({name: bytes(5000)}, "w:gz")
    (tmp_path / "x.tar.gz").write_bytes(whole[:-30])
    with pytest.raises(DataError, match=r"not a \.tar, \.tar\.gz or \.zip, or a damaged one"):
        load_dataset(tmp_path / "x.tar.gz")
    with tarfile.open(tmp_path / "y", "w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(DataError, match=r"no image in it|too few|out of place|one class"):
        load_dataset(tmp_path / "y")
