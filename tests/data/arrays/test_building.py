"""Datasets of arrays, tensors and pictures as people have them in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data import DataError, Dataset
from tests.data.samples import refusal

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (10, 5, 6, 3), np.uint8)
TEST = RNG.integers(0, 256, (4, 5, 6, 3), np.uint8)
LABELS, LABELS_TEST = np.arange(10) % 2, np.arange(4) % 2
PARTS = (IMAGES, LABELS, TEST, LABELS_TEST)
EXPECTED = Dataset("x", *PARTS, ("0", "1"))


class Torch:
    """A tensor of PyTorch, as far as a reader sees it: NumPy needs it detached, on the CPU."""

    def __init__(self, array: Any, steps: tuple[str, ...] = ()) -> None:
        self.array, self.steps = np.asarray(array), steps

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def detach(self) -> Torch:
        return Torch(self.array, ("detach",))

    def cpu(self) -> Torch:
        return Torch(self.array, (*self.steps, "cpu"))

    def numpy(self) -> Any:
        if self.steps != ("detach", "cpu"):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad")
        return self.array

    def __array__(self, *_: object, **__: object) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad")


class TensorFlow:
    """An eager tensor of TensorFlow, as far as a reader sees it."""

    def __init__(self, array: Any) -> None:
        self.array = np.asarray(array)
        self.shape = self.array.shape

    def numpy(self) -> Any:
        return self.array


class Offers:
    """What offers `__array__`, as JAX does."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.array, dtype)


class DLPack:
    """What offers DLPack alone."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


class Ragged:
    def numpy(self) -> Any:
        raise ValueError("RaggedTensor has no numpy()")


def pictures(images: Any) -> list[Image.Image]:
    return [Image.fromarray(image.squeeze()) for image in images]


@pytest.mark.parametrize("kind", [Torch, TensorFlow, Offers, DLPack, np.asarray, list, tuple])
def test_arrays_of_other_libraries(kind: Any) -> None:
    assert Dataset.from_arrays(*map(kind, PARTS)).sha256 == EXPECTED.sha256
    first = [kind(image.transpose(2, 0, 1) / 255) for image in IMAGES]
    if kind not in (list, tuple):
        dataset = Dataset.from_arrays(first, LABELS, [*TEST / 255], LABELS_TEST)
        assert dataset.sha256 == EXPECTED.sha256


@pytest.mark.parametrize(
    "change",
    [
        lambda images: images / 255,
        lambda images: (images / 255).astype(np.float32),
        lambda images: images.astype(np.float64),
        lambda images: images.astype(np.int64),
        lambda images: images.transpose(0, 3, 1, 2),
        lambda images: np.ascontiguousarray(images.transpose(0, 3, 1, 2) / np.float32(255)),
        lambda images: np.asfortranarray(images),
        pictures,
        lambda images: pd.Series([*images]),
    ],
)
def test_the_same_images_have_the_same_hash(change: Any) -> None:
    dataset = Dataset.from_arrays(change(IMAGES), LABELS, change(TEST), LABELS_TEST)
    assert dataset.sha256 == EXPECTED.sha256


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 1), (1, 5, 6)])
def test_grey_images(shape: tuple[int, ...]) -> None:
    grey = IMAGES[..., 0]
    dataset = Dataset.from_arrays(grey.reshape(10, *shape), LABELS, [*TEST[..., 0]], LABELS_TEST)
    assert np.array_equal(dataset.images_train, grey[..., None])
    assert Dataset.from_arrays(pictures(grey), LABELS).image_shape == (5, 6, 1)


def test_pictures_of_every_mode_and_size() -> None:
    colour = [Image.new(mode, (7, 4), 1) for mode in ("RGB", "L", "1", "P", "CMYK", "RGBA")]
    colour[0].putpixel((0, 0), (1, 2, 3))
    with pytest.raises(DataError, match=r"train\[9\]: 3×7 pixels .* images_train\[0\] has 4"):
        Dataset.from_arrays([*colour[:1] * 9, Image.new("L", (7, 3))], LABELS)
    mixed = [*colour, *(Image.new("L", (i + 1, 9)) for i in range(4))]
    assert Dataset.from_arrays(mixed, LABELS, image_size=(8, 6)).image_shape == (8, 6, 3)
    turned = Image.new("RGB", (4, 2), "red")
    turned.getexif()[274] = 6
    assert Dataset.from_arrays([turned] * 10, LABELS).image_shape == (4, 2, 3)
    with pytest.raises(DataError, match=r"train\[0\]: an image of Pillow in mode F is not r"):
        Dataset.from_arrays([Image.new("F", (2, 2))] * 10, LABELS)


def test_ranges_are_told_by_all_parts_together() -> None:
    """A test part that is dark by chance does not become bright."""
    dark = TEST // 200
    dataset = Dataset.from_arrays(IMAGES.astype(float), LABELS, dark.astype(float), LABELS_TEST)
    assert np.array_equal(dataset.images_test, dark)
    ends = Dataset.from_arrays(IMAGES / 127.5 - 1, LABELS, value_range=(-1, 1)).images_train
    assert set(map(bytes, ends)) <= set(map(bytes, IMAGES))
    deep = Dataset.from_arrays(IMAGES.astype(np.uint16) * 257, LABELS, value_range=(0, 65535))
    assert set(map(bytes, deep.images_train)) <= set(map(bytes, IMAGES))
    assert Dataset.from_arrays(IMAGES > 99, LABELS).images_train.max() == 255
    small = Dataset.from_arrays(IMAGES // 255, LABELS, value_range=(0, 1)).images_train
    assert set(np.unique(small)) <= {0, 255}


@given(st.sampled_from([np.float32, np.float64]), st.integers(0, 255))
def test_what_was_divided_by_255_comes_back(dtype: Any, value: int) -> None:
    images = np.full((10, 1, 5), value, np.uint8)
    images[0, 0, 0] = 255
    for divided in (images / dtype(255), (images.astype(dtype) / 255).astype(dtype)):
        dataset = Dataset.from_arrays(divided, LABELS, divided, LABELS)
        assert np.array_equal(dataset.images_train[..., 0], images)


@pytest.mark.parametrize(
    "labels",
    [
        [*map(int, LABELS)],
        LABELS.astype(np.float32),
        LABELS[:, None],
        np.eye(2)[LABELS],
        np.eye(2, dtype=bool)[LABELS],
        Torch(np.eye(2)[LABELS]),
        pd.Series(LABELS, index=range(5, 15)),
        pd.DataFrame({"label": LABELS}),
        LABELS.astype(object),
    ],
)
def test_labels(labels: Any) -> None:
    dataset = Dataset.from_arrays(IMAGES, labels, TEST, _like(labels))
    assert dataset.labels_train.tolist() == LABELS.tolist()
    assert dataset.class_names == ("0", "1")
    named = Dataset.from_arrays(IMAGES, labels, class_names=["night", "coal"])
    assert named.class_names == ("night", "coal")


def _like(labels: Any) -> Any:
    shape: tuple[int, ...] = getattr(labels, "shape", (10,))
    return np.eye(2)[LABELS_TEST] if len(shape) == 2 and shape[1] == 2 else LABELS_TEST


@pytest.mark.parametrize(
    "kind", [list, np.array, pd.Series, lambda x: pd.Series(x, dtype="category")]
)
def test_texts_as_labels(kind: Any) -> None:
    texts = kind(["night", "coal"] * 5)
    dataset = Dataset.from_arrays(IMAGES, texts)
    assert dataset.class_names == ("coal", "night")
    named = Dataset.from_arrays(
        IMAGES, texts, TEST, kind(["coal"] * 4), class_names=["night", "coal"]
    )
    assert named.labels_train.tolist() == LABELS.tolist()
    assert named.labels_test.tolist() == [1] * 4


def test_parts() -> None:
    split = Dataset.from_arrays(IMAGES, LABELS)
    assert (split.n_train, split.n_test) == (8, 2)
    assert Dataset.from_arrays(IMAGES, LABELS, seed=3).sha256 != split.sha256
    both = Dataset.from_arrays(*PARTS, images_validation=TEST, labels_validation=LABELS_TEST)
    assert both.n_validation == 4
    given: dict[str, Any] = {"images_validation": TEST, "labels_validation": LABELS_TEST}
    assert Dataset.from_arrays(IMAGES, LABELS, **given).sha256 == EXPECTED.sha256
    assert Dataset.from_arrays(IMAGES, LABELS, name="mine").name == "mine"


def test_bytes_are_not_copied_and_followed() -> None:
    images = IMAGES.copy()
    dataset = Dataset.from_arrays(images, *PARTS[1:])
    assert np.may_share_memory(dataset.images_train, images)
    assert images.flags.writeable
    images[0] = 0
    assert dataset.sha256 != EXPECTED.sha256
    view = images.transpose(0, 3, 1, 2)
    assert Dataset.from_arrays(view, LABELS, TEST, LABELS_TEST).sha256 == dataset.sha256
    assert images.flags.writeable
    # What was converted is nobody else's, so the dataset is settled.
    made = Dataset.from_arrays(IMAGES / 255, [*LABELS], TEST / 255, [*LABELS_TEST])
    assert made.settled() is made
    split = Dataset.from_arrays(images, LABELS)
    assert split.settled() is split
    assert Dataset.from_arrays(np.zeros((10, 4, 4), int), LABELS).images_train.max() == 0


def bad(images: Any = IMAGES, labels: Any = LABELS, **options: Any) -> str:
    return refusal(lambda: Dataset.from_arrays(images, labels, **options))


def test_what_fits_two_readings_is_refused_with_the_argument_that_settles_it() -> None:
    narrow = np.zeros((10, 3, 6, 3), np.uint8)
    assert 'say which with channels="first" or channels="last"' in bad(narrow)
    first = Dataset.from_arrays(narrow, LABELS, channels="first")
    assert first.image_shape == (6, 3, 3)
    assert Dataset.from_arrays(narrow, LABELS, channels="last").image_shape == (3, 6, 3)
    assert "as in value_range=(-1, 1)" in bad(IMAGES / 255 - 0.5)
    assert "as in value_range=(0, 65535)" in bad(IMAGES.astype(np.uint16) * 200)
    assert "value_range=(0, 1) or value_range=(0, 255)" in bad(IMAGES.astype(int) // 200)
    assert "value_range=(0, 1) or value_range=(0, 255)" in bad(IMAGES / 200)
    assert "value_range=(0, 16) or value_range=(0, 255)" in bad(IMAGES // 16 + np.int64(1))
    assert "value_range=(0, 16) or value_range=(0, 255)" in bad(IMAGES // 16 + 1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"images": "pets"}, "images_train must be an array or a sequence, got str"),
        ({"images": Ragged()}, r"images_train cannot be read as an array \(ValueError: Ragged"),
        ({"images": []}, "must have shape"),
        ({"images": [[1, 2], [3]]}, "cannot be read as an array"),
        ({"images": IMAGES[:0]}, "images_train are 0, but labels_train are 10"),
        ({"images": IMAGES.reshape(10, -1)}, r"reshape\(-1, height, width, channels\)"),
        ({"images": IMAGES[0]}, r"images\[None\] for one"),
        ({"images": np.zeros((10, 5, 6, 4))}, r"images\[\.\.\., :3\]"),
        ({"images": np.zeros((10, 5, 6, 2))}, "must have 1 or 3 channels"),
        ({"images": IMAGES.astype(complex)}, "images_train must be numbers, got complex128"),
        ({"images": np.full((10, 5, 6), np.nan)}, r"\[0, 0, 0, 0\] is nan; images must be"),
        ({"images": Image.new("L", (5, 5))}, "several images, got one; give a list"),
        ({"images": [IMAGES[0, 0, 0]] * 10}, "must have shape"),
        ({"images": IMAGES[:9]}, "images_train are 9, but labels_train are 10"),
        ({"channels": "middle"}, r'channels must be "first" or "last", got \'middle\''),
        ({"channels": "first"}, "has not 1 or 3 channels first"),
        ({"value_range": (1, 0)}, r"value_range must be \(black, white\)"),
        ({"value_range": 255}, r"value_range must be \(black, white\)"),
        ({"value_range": (0, 1)}, r"outside value_range \(0, 1\)"),
        ({"image_size": 0}, "image_size must be"),
        ({"images_test": TEST}, "images_test and labels_test must be given together"),
        ({"labels": None}, "images_train and labels_train must be given together"),
        ({"images_test": TEST / 255, "labels_test": LABELS_TEST}, "one kind of number, got uint8"),
        ({"labels": [0.5] * 10}, r"labels_train\[0\] must be a whole number, got 0\.5"),
        ({"labels": [None, *LABELS[1:]]}, r"labels_train\[0\] is None"),
        ({"labels": ["a", 1] * 5}, r"labels must all be texts, or all whole numbers"),
        ({"labels": [float("nan"), *LABELS[1:]]}, r"labels_train\[0\] must be a whole number"),
        ({"labels": pd.Series(["a", None] * 5)}, r"labels_train\[1\] is (nan|None)"),
        ({"labels": np.full((10, 2), 0.5)}, r"train\[0\] is \[0\.5, 0\.5\], and not one-hot"),
        ({"labels": np.zeros((10, 2, 2))}, r"must have shape \(n,\), \(n, 1\) or \(n, classes\)"),
        ({"labels": [0] * 10}, "class_names must name two classes or more"),
        ({"labels": [7] * 10, "class_names": ["a", "b"]}, "is 7, but there are 2 class names"),
        ({"labels": ["c"] * 10, "class_names": ["a", "b"]}, "'c', which is none of the class"),
        ({"labels": np.eye(3)[LABELS], "class_names": ["a", "b"]}, "3 columns, .* 2 class names"),
        ({"images_test": TEST, "labels_test": ["a"] * 4}, "must be numbers, or all texts"),
        ({"images_test": TEST, "labels_test": np.eye(2)[LABELS_TEST]}, "must have one form"),
    ],
)  # fmt: skip
def test_refuses(given: dict[str, Any], message: str) -> None:
    named = {f"{k}_train" if k in ("images", "labels") else k: v for k, v in given.items()}
    with pytest.raises(DataError, match=message) as caught:
        Dataset.from_arrays(**{"images_train": IMAGES, "labels_train": LABELS} | named)
    assert len(str(caught.value)) < 400
