"""Image files, archives and CIFAR copies of both kinds, made on the spot."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from data import DataError, Dataset, DataWarning, load_dataset


def refusal(read: Callable[[], object]) -> str:
    """Return what a reader's `DataError` says, or nothing if it reads."""
    try:
        read()
    except DataError as error:
        return str(error)
    return ""


def load_and_hear(path: Path, **options: Any) -> tuple[Dataset, str]:
    """Return a dataset and what is said of it."""
    with pytest.warns(DataWarning) as heard:
        dataset = load_dataset(path, **options)
    assert {Path(warning.filename).name for warning in heard} == {"samples.py"}
    return dataset, "; ".join(str(warning.message) for warning in heard)


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Draw copies of a file with some bytes changed, and perhaps cut off."""

    def damage(flips: list[tuple[int, int]], length: int) -> bytes:
        copy = bytearray(content)
        for at, change in flips:
            copy[at] ^= change
        return bytes(copy[:length])

    flip = st.tuples(st.integers(0, len(content) - 1), st.integers(1, 255))
    length = st.integers(0, len(content)) | st.just(len(content))
    return st.builds(damage, st.lists(flip, max_size=6), length)


def png(pixels: Any, **options: Any) -> bytes:
    """Return pixels, or a Pillow image, as a PNG file's content."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, options.pop("format", "PNG"), **options)
    return file.getvalue()


def tar_bytes(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return out.getvalue()


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def python2_pickle(value: Any) -> bytes:
    """Return protocol 2 as Python 2's cPickle wrote it: str as byte strings, `numpy.core`."""
    n_memoized = 0

    def memoized() -> bytes:
        nonlocal n_memoized
        n_memoized += 1
        return b"r" + struct.pack("<I", n_memoized) if n_memoized > 255 else b"q%c" % n_memoized

    def written(item: Any) -> Any:
        match item:
            case bytes() if len(item) < 256:
                return b"U" + bytes([len(item)]) + item + memoized()
            case bytes():
                return b"T" + struct.pack("<i", len(item)) + item + memoized()
            case int() if 0 <= item < 256:
                return b"K" + bytes([item])
            case int():
                return b"J" + struct.pack("<i", item)
            case list():
                return b"]" + memoized() + b"(" + b"".join(map(written, item)) + b"e"
            case dict():
                pairs = (part for pair in item.items() for part in pair)
                return b"}" + memoized() + b"(" + b"".join(map(written, pairs)) + b"u"
            case np.ndarray():
                array = b"cnumpy.core.multiarray\n_reconstruct\n" + memoized()
                array += b"cnumpy\nndarray\n" + memoized() + b"K\x00\x85U\x01b\x87R" + memoized()
                array += b"(K\x01" + b"".join(map(written, item.shape))
                array += (b"\x85" if item.ndim == 1 else b"\x86") + memoized()
                array += b"cnumpy\ndtype\n" + memoized()
                code = item.dtype.str[1:].encode()
                order = item.dtype.str[:1].encode()
                array += b"U\x02" + code + memoized() + b"K\x00K\x01\x87R" + memoized()
                array += (
                    b"(K\x03U\x01" + order + memoized() + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
                )
                content = item.tobytes()
                array += b"K\x00tb\x89T" + struct.pack("<i", len(content)) + content + memoized()
                return array + b"tb"
        raise TypeError(type(item))

    content: bytes = b"\x80\x02" + written(value) + b"."
    return content


def python3_pickle(value: Any, protocol: int = 4) -> bytes:
    return pickle.dumps(value, protocol)


class CifarCopy:
    """A small copy of CIFAR-10 or CIFAR-100, its files in any of the official layouts."""

    def __init__(self, n_classes: int = 10, n_batch: int = 6, n_test: int = 8) -> None:
        rng = np.random.default_rng(n_classes)
        self.hundred = n_classes == 100
        self.n_files = 1 if self.hundred else 5
        n = self.n_files * n_batch
        self.images_train = rng.integers(0, 256, (n, 32, 32, 3), np.uint8)
        self.images_test = rng.integers(0, 256, (n_test, 32, 32, 3), np.uint8)
        self.labels_train = rng.integers(0, n_classes, n)
        self.labels_test = rng.integers(0, n_classes, n_test)
        self.coarse_train = rng.integers(0, 20, n)
        self.coarse_test = rng.integers(0, 20, n_test)
        self.names = tuple(f"class{i}" for i in range(n_classes))
        self.coarse_names = tuple(f"coarse{i}" for i in range(20))

    def batches(self) -> dict[str, tuple[Any, Any, Any]]:
        """Return file → (pixels (n, 3072), labels, coarse labels)."""
        train = "train" if self.hundred else "data_batch_{}"
        parts = zip(
            *(
                np.array_split(array, self.n_files)
                for array in (self.images_train, self.labels_train, self.coarse_train)
            ),
            strict=True,
        )
        found = {train.format(i): part for i, part in enumerate(parts, 1)}
        test = "test" if self.hundred else "test_batch"
        found[test] = (self.images_test, self.labels_test, self.coarse_test)
        return {
            file: (images.transpose(0, 3, 1, 2).reshape(len(images), -1), labels, coarse)
            for file, (images, labels, coarse) in found.items()
        }

    def binary(self) -> dict[str, bytes]:
        files = {}
        for file, (pixels, labels, coarse) in self.batches().items():
            columns = [coarse, labels] if self.hundred else [labels]
            head = np.stack(columns, axis=1).astype(np.uint8)
            files[f"{file}.bin"] = np.hstack([head, pixels]).tobytes()
        if self.hundred:
            files["fine_label_names.txt"] = "\n".join(self.names).encode()
            files["coarse_label_names.txt"] = "\n".join(self.coarse_names).encode() + b"\n"
        else:
            files["batches.meta.txt"] = "\n".join(self.names).encode() + b"\n\n"
        return files

    def python(
        self, pickled: Callable[[Any], bytes], text: Callable[[str], Any]
    ) -> dict[str, bytes]:
        """Return the files of the python layout; `text` makes keys and names str or bytes."""
        files = {}
        for file, (pixels, labels, coarse) in self.batches().items():
            batch = {"batch_label": text("training batch"), "data": np.ascontiguousarray(pixels)}
            if self.hundred:
                batch |= {"fine_labels": labels.tolist(), "coarse_labels": coarse.tolist()}
            else:
                batch |= {"labels": labels.tolist()}
            batch["filenames"] = [text(f"{i}.png") for i in range(len(labels))]
            files[file] = pickled({text(key): value for key, value in batch.items()})
        names = [text(name) for name in self.names]
        if self.hundred:
            coarse_names = [text(name) for name in self.coarse_names]
            meta = {"fine_label_names": names, "coarse_label_names": coarse_names}
            files["meta"] = pickled({text(key): value for key, value in meta.items()})
        else:
            meta_10 = {"num_cases_per_batch": 10000, "label_names": names, "num_vis": 3072}
            files["batches.meta"] = pickled({text(key): value for key, value in meta_10.items()})
        return files


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder
