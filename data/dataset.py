"""Every loader makes the same object of labelled images, and everything else starts from it."""

from __future__ import annotations

import html
import operator
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.arrays.building import fields_of_arrays
from data.arrays.pixels import Channels, Reading, ValueRange
from data.content_hash import content_sha256
from data.dataset_fields import (
    check_name,
    checked_image_names,
    checked_images,
    checked_labels,
    checked_names,
    checked_omissions,
)
from data.duplicates import Duplicates
from data.errors import DataError
from data.keeping.frozen import frozen, is_frozen
from data.keeping.row_sets import contiguous, copied, joined
from data.layouts.table.frame import table_fields
from data.parts import PARTS
from data.pixels.images import Size, checked_size
from data.pixels.resizing import Fit, checked_fit
from data.telling.omission import Omission
from data.telling.sheet import sheet

Owner = TypeVar("Owner", bound="Dataset")

_HASHED = ("images", "labels")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images in a training and a test part, checked when they are put together.

    A dataset may come with a third part, the validation part, which is the one to choose by.

    Parameters
    ----------
    name : str
        What reports call these images, in at most 1,000 characters.
    images_train : ndarray of uint8, shape (n_train, height, width, channels)
        The images to learn from, RGB (3 channels) or grey (1). C-contiguous arrays are not copied,
        and what the dataset hands out is read-only. If the arrays are edited afterwards, so is the
        dataset, and its hash is made anew; `settled` returns one that stays as it is.
    labels_train : ndarray of any int type, shape (n_train,)
        The class of each training image, 0 … n_classes - 1; kept as int64.
    images_test : ndarray of uint8, shape (n_test, height, width, channels)
        The images to test with, of the same size as the training images.
    labels_test : ndarray of any int type, shape (n_test,)
        The class of each test image.
    class_names : sequence of str
        One printable name for each class, no two alike, each of at most 1,000 characters.
    images_validation : ndarray of uint8, shape (n_validation, height, width, channels), optional
        The images to choose by, of the same size; None if the source has no such part.
    labels_validation : ndarray of any int type, shape (n_validation,), optional
        The class of each validation image.
    names_train, names_test, names_validation : sequence of str, optional
        The images' own names, as their paths in a folder; None if they have none. Characters that
        would disturb a terminal are kept as their numbers.
    passed_over : sequence of Omission, default ()
        What the source holds besides these images.

    Raises
    ------
    DataError
        If a field is not as said above; the message names the field and what it holds.

    Examples
    --------
    >>> import numpy as np
    >>> from data import Dataset
    >>> images = np.zeros((2, 32, 32, 3), np.uint8)
    >>> labels = np.array([0, 1])
    >>> dataset = Dataset("black", images, labels, images, labels, ("night", "coal"))
    >>> dataset.n_classes, dataset.n_train, dataset.image_shape
    (2, 2, (32, 32, 3))
    """

    name: str
    images_train: NDArray[np.uint8]
    labels_train: NDArray[np.int64]
    images_test: NDArray[np.uint8]
    labels_test: NDArray[np.int64]
    class_names: tuple[str, ...]
    images_validation: NDArray[np.uint8] | None = None
    labels_validation: NDArray[np.int64] | None = None
    names_train: tuple[str, ...] | None = None
    names_test: tuple[str, ...] | None = None
    names_validation: tuple[str, ...] | None = None
    passed_over: tuple[Omission, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "class_names", checked_names(self.class_names))
        object.__setattr__(self, "passed_over", checked_omissions(self.passed_over))
        self._check_validation()
        self.__dict__["_followed"] = []
        for part in self.parts:
            images = checked_images(f"images_{part}", getattr(self, f"images_{part}"))
            labels = checked_labels(
                f"labels_{part}", getattr(self, f"labels_{part}"), len(images), self.n_classes
            )
            self._hold(f"images_{part}", images, np.dtype(np.uint8))
            self._hold(f"labels_{part}", labels, np.dtype(np.int64))
            if images.shape[1:] != self.images_train.shape[1:]:
                raise DataError(
                    f"images_train and images_{part} must be of one size, got "
                    f"{self.images_train.shape[1:]} and {images.shape[1:]}"
                )
            field = f"names_{part}"
            names = checked_image_names(field, getattr(self, field), len(images))
            object.__setattr__(self, field, names)

    def _check_validation(self) -> None:
        """Raise if there are labels or names for validation images, but no such images."""
        if self.images_validation is None:
            for field in ("labels_validation", "names_validation"):
                if getattr(self, field) is not None:
                    raise DataError(f"{field} is given, but images_validation is not")

    def _hold(self, field: str, given: NDArray[Any], dtype: np.dtype[Any]) -> None:
        """Keep an array as it is handed out; remember what it must follow."""
        array = contiguous(given) if given.dtype == dtype else np.ascontiguousarray(given, dtype)
        if is_frozen(array) and not is_frozen(given):
            pass  # a large copy, in a file: it stays as it is
        elif not is_frozen(given):
            self.__dict__["_followed"].append((array, given))
        elif not np.may_share_memory(array, given):
            frozen(array)
        view = array.view()
        view.setflags(write=False)
        object.__setattr__(self, field, view)

    def _follow(self) -> None:
        """Copy what was edited to the arrays that had to be copied."""
        for array, given in self.__dict__["_followed"]:
            if not np.may_share_memory(array, given):
                np.copyto(array, given, casting="unsafe")

    def settled(self) -> Self:
        """Return a dataset of the present content, which later edits of arrays do not change.

        It is this one, if nobody can write to its arrays: those of files and of the built-in set
        are read-only, and so are arrays after `images.flags.writeable = False`. Else it is a copy.
        Files that you mapped into memory yourself count as what others can write to. A copy of
        more than a quarter of the memory lies in a file of the cache until it is not used any more.

        Returns
        -------
        Dataset
            The settled dataset.

        Raises
        ------
        DataError
            If labels were edited to something that is no class.
        """
        if not self.__dict__["_followed"]:
            return self
        self._follow()
        content = [
            copied(each) if isinstance(each, np.ndarray) and not is_frozen(each) else each
            for each in self._content()
        ]
        return _owner(type(self), *content)

    def renamed(self, name: str) -> Self:
        """Return a dataset of the same arrays with another name.

        Parameters
        ----------
        name : str
            What reports call the images.

        Returns
        -------
        Dataset
            The new dataset; a hash that is known already is not made anew.

        Raises
        ------
        DataError
            If the name is not printable, or too long.
        """
        other = replace(self, name=name)
        known = self.__dict__.get("_settled_sha256")
        return other if known is None else other.with_hash(known)

    def with_hash(self, sha256: str) -> Self:
        """Return this dataset, after it was told its hash, where nobody can edit its arrays.

        It is for a caller who has just checked the files that the arrays are mapped from.

        Parameters
        ----------
        sha256 : str
            The hash of the content.

        Returns
        -------
        Dataset
            The dataset.
        """
        if not self.__dict__["_followed"]:
            self.__dict__["_settled_sha256"] = sha256
        return self

    @classmethod
    def of_file(cls, path: Path, *fields: Any, **more: Any) -> Self:
        """Return a dataset of these fields; an error about them names the file.

        The arrays become those of the dataset: they are not copied but made read-only.

        Parameters
        ----------
        path : Path
            The file or folder that the fields come from.
        *fields : object
            What the class takes, in its order.
        **more : object
            What the class takes, by name.

        Returns
        -------
        Dataset
            The dataset.

        Raises
        ------
        DataError
            If a field is not as it must be.
        """
        try:
            return _owner(cls, *fields, **more)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error

    @classmethod
    def from_arrays(
        cls,
        images_train: object,
        labels_train: object,
        images_test: object = None,
        labels_test: object = None,
        *,
        images_validation: object = None,
        labels_validation: object = None,
        class_names: Sequence[str] | None = None,
        name: str = "arrays",
        channels: Channels = None,
        value_range: ValueRange = None,
        image_size: Size = None,
        seed: int = 0,
        fit: Fit = "stretch",
    ) -> Self:
        """Return a dataset of images and labels as they are at hand in Python.

        What is unambiguous is converted. The rest is refused, and the error names the argument
        that settles it.

        Parameters
        ----------
        images_train : array-like or sequence of images
            The images to learn from. An array of NumPy, a tensor of PyTorch, TensorFlow or JAX, or
            what offers `__array__` or DLPack: (n, height, width) is grey, and 1 or 3 channels may
            be first or last. Or a sequence of such arrays or of images of Pillow, one an image.
            Bytes are 0 … 255. Other numbers are 0 … 1 or 0 … 255, as the largest of all parts
            tells: floats up to 1, or numbers from 128 to 255.
        labels_train : array-like
            The class of each image: whole numbers or texts, of shape (n,) or (n, 1), or one-hot,
            with a column for each class.
        images_test, labels_test : array-like, optional
            The images to test with. Without them, and without a validation part, a fifth of each
            class is taken from the training images.
        images_validation, labels_validation : array-like, optional
            The images to choose by; if there is no test part, the images to test with.
        class_names : sequence of str, optional
            The names of the classes, in the order of the labels. By default the labels that occur,
            sorted.
        name : str, default "arrays"
            What reports call these images.
        channels : {"first", "last"}, optional
            Where the channels are, if the shape fits both.
        value_range : (float, float), optional
            The values of black and white, if they cannot be told.
        image_size : int or (height, width), optional
            The size in pixels that all images are resized to; needed if they differ.
        seed : int, default 0
            Splits images without a test part.
        fit : {"stretch", "crop", "pad"}, default "stretch"
            How images of other proportions get that size, as `load_dataset` does it.

        Returns
        -------
        Dataset
            The dataset. Arrays of bytes in the right order are not copied.

        Raises
        ------
        DataError
            If images or labels are not as said above, or can be read in two ways.

        Examples
        --------
        >>> import numpy as np
        >>> from data import Dataset
        >>> rng = np.random.default_rng(0)
        >>> images = rng.random((20, 3, 8, 8))  # channels first, 0 … 1
        >>> dataset = Dataset.from_arrays(images, ["cat", "dog"] * 10)
        >>> dataset.image_shape, dataset.n_train, dataset.n_test, dataset.class_names
        ((8, 8, 3), 16, 4, ('cat', 'dog'))
        """
        if channels not in (None, "first", "last"):
            raise DataError(f'channels must be "first" or "last", got {channels!r}')
        given = {
            "train": (images_train, labels_train),
            "test": (images_test, labels_test),
            "validation": (images_validation, labels_validation),
        }
        for part, pair in given.items():
            if (pair[0] is None) != (pair[1] is None):
                raise DataError(f"images_{part} and labels_{part} must be given together")
        there = {part: pair for part, pair in given.items() if pair[0] is not None}
        if "train" not in there:
            raise DataError("images_train and labels_train must be given")
        fields = fields_of_arrays(
            {part: pair[0] for part, pair in there.items()},
            {part: pair[1] for part, pair in there.items()},
            None if class_names is None else checked_names(class_names),
            Reading(channels, value_range, checked_size(image_size), checked_fit(fit)),
            operator.index(seed),
        )
        return cls(name=name, **fields)

    @classmethod
    def from_table(
        cls,
        table: Any,
        folder: str | Path,
        *,
        path: str | None = None,
        label: str | None = None,
        split: str | None = None,
        image_size: Size = None,
        seed: int = 0,
        skip_unreadable: bool = False,
        name: str | None = None,
    ) -> Self:
        """Return the images that a table names, with the labels that it gives them.

        Parameters
        ----------
        table : pandas.DataFrame, or mapping of str to sequence
            One row an image: its path, its label and perhaps its part (train, val or test).
        folder : str or Path
            The folder or archive with the images; the paths are relative to it.
        path, label, split : str, optional
            The columns. Default: those whose headings tell it, as "file" and "class" do.
        image_size : int or (height, width), optional
            The size in pixels to which every image is resized.
        seed : int, default 0
            Splits images without a part: a fifth of each class is for testing.
        skip_unreadable : bool, default False
            Whether images that cannot be read are left out; else they are an error.
        name : str, optional
            What reports call the images; by default the folder's name.

        Returns
        -------
        Dataset
            The images; classes that are numbers are in the order of numbers, others are sorted.

        Raises
        ------
        DataError
            If a row names no image, a column or a value is missing, or an image cannot be read.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> table = {"file": ["1.png", "2.png", "3.png", "4.png"], "class": ["a", "b", "a", "b"]}
        >>> with TemporaryDirectory() as folder:
        ...     for file in table["file"]:
        ...         Image.new("L", (8, 8)).save(Path(folder, file))
        ...     Dataset.from_table(table, folder, name="grey")
        <Dataset 'grey': 2 train, 2 test; 8×8×1; 2 classes>
        """
        fields = table_fields(
            table,
            folder,
            path=path,
            label=label,
            split=split,
            image_size=image_size,
            seed=seed,
            skip_unreadable=skip_unreadable,
        )
        named = {} if name is None else {"name": name}
        return cls.of_file(Path(folder), **fields | named)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what a copy is made of; its arrays are read-only, too, and its hash made anew."""
        self._follow()
        return _owner, (type(self), *self._content())

    def __copy__(self) -> Self:
        """Return a dataset of the same arrays."""
        return type(self)(*self._content())

    def _content(self) -> list[Any]:
        return [getattr(self, each.name) for each in fields(self)]

    def __repr__(self) -> str:
        """Return a line that says how many images of what size it has."""
        counts = [f"{len(getattr(self, f'images_{part}')):,} {part}" for part in self.parts]
        size = "×".join(map(str, self.image_shape))
        return f"<Dataset {self.name!r}: {', '.join(counts)}; {size}; {self.n_classes} classes>"

    def _repr_html_(self) -> str:
        """Return the same for a notebook, with some training images of each class."""
        shown = sheet(self.images_train, self.labels_train, self.class_names)
        return f"<div>{html.escape(repr(self))}</div>{shown}"

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that it has: `"train"`, `"test"`, and `"validation"` if there is one."""
        return PARTS if self.images_validation is None else (*PARTS, "validation")

    @property
    def images_to_learn(self) -> NDArray[np.uint8]:
        """The training images and, after them, those of a validation part.

        It is a view of what a loader put into one array. A copy that is larger than a quarter of
        the memory lies in a file.

        A comparison keeps this order in the rows of every feature matrix. So the validation part is
        their last rows: candidates are fitted on the rows before them and judged on them, and the
        one that is chosen is fitted on all.
        """
        return joined([self.images_train, *self._validation("images")])

    @property
    def labels_to_learn(self) -> NDArray[np.int64]:
        """The labels of the training part and, after them, those of a validation part."""
        return joined([self.labels_train, *self._validation("labels")])

    def _validation(self, what: str) -> list[NDArray[Any]]:
        return [] if self.images_validation is None else [getattr(self, f"{what}_validation")]

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def n_train(self) -> int:
        """Number of training images."""
        return len(self.images_train)

    @property
    def n_test(self) -> int:
        """Number of test images."""
        return len(self.images_test)

    @property
    def n_validation(self) -> int:
        """Number of validation images; 0 if there is no such part."""
        return 0 if self.images_validation is None else len(self.images_validation)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        height, width, channels = self.images_train.shape[1:]
        return height, width, channels

    @property
    def sha256(self) -> str:
        r"""Hash of the content; the same images have the same hash, whatever file they came in.

        It is the SHA-256 of these bytes, one after the other. For each of `images_train`,
        `labels_train`, `images_test`, `labels_test`: the shape as JSON, a space, the dtype as
        NumPy's `dtype.str`, a newline, and the array's bytes in C order, little-endian, so that an
        images header reads `[40000, 32, 32, 3] |u1\n` and a labels header `[40000] <i8\n`. If there
        is a validation part, `images_validation` and `labels_validation` follow. Last, the class
        names as a JSON list in UTF-8, `["cat", "dog"]`. Neither the name nor the images' names are
        a part of it. It is kept only if nobody can edit the arrays.
        """
        if not self.__dict__["_followed"]:
            return self._settled_sha256
        self._follow()
        return self._sha256()

    @cached_property
    def _settled_sha256(self) -> str:
        return self._sha256()

    def _sha256(self) -> str:
        arrays = [getattr(self, f"{what}_{part}") for part in self.parts for what in _HASHED]
        return content_sha256(arrays, self.class_names)

    @property
    def duplicates(self) -> Duplicates:
        """How many images are there more than once, in a part or in both, alike in every pixel."""
        self._follow()
        return Duplicates.of(
            self.images_train,
            self.labels_train,
            self.images_test,
            self.labels_test,
            self.images_validation,
        )


def _owner(kind: type[Owner], *given: Any, **more: Any) -> Owner:
    """Return a dataset to which the given arrays belong, so that they need not be copied."""
    for each in (*given, *more.values()):
        if isinstance(each, np.ndarray):
            frozen(each)
    return kind(*given, **more)
