"""The idx files of a set are put together to a dataset, EMNIST's images turned upright."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.arrays.building import Batch, as_pixels
from data.arrays.completing import Part, fields_of, with_test_part
from data.arrays.labels import classes_of
from data.arrays.pixels import Reading, channels_last
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.idx.contents import read_idx
from data.layouts.idx.files import IdxFiles, Kind
from data.layouts.idx.published import CLASS_NAMES, emnist_classes, published_set
from data.options import LoadOptions
from data.telling.said import say

MAX_FILE_BYTES = 1 << 31
_MAX_MAPPING_BYTES = 1 << 16
_N_SIDES = {"images": (3, 4), "labels": (1,)}


def load_idx(source: Source, files: IdxFiles, options: LoadOptions) -> Dataset:
    """Return the images of a set; the classes of a set that is not a published one are digits."""
    arrays: dict[tuple[str, Kind], NDArray[np.uint8]] = {}
    published, mapping = None, None
    wanted = files.files
    for member in source.members():
        if member.name == files.mapping:
            mapping = member.read(_MAX_MAPPING_BYTES)
        if member.name not in wanted:
            continue
        part, kind = wanted[member.name]
        content = member.read(MAX_FILE_BYTES)
        array, unpacked = read_idx(content, member.where)
        if array.ndim not in _N_SIDES[kind]:
            raise DataError(
                f"{member.where}: an array of {array.ndim} sides, expected {_N_SIDES[kind][0]} for "
                f"{kind}; are the names of images and labels exchanged?"
            )
        arrays[part, kind] = array
        if (part, kind) == ("train", "images"):
            published = published_set(content, unpacked)
    if len(arrays) < len(wanted):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    try:
        return _dataset(source, files, arrays, published, mapping, options)
    except DataError as error:
        raise DataError(f"{source.path}: {error}") from error


def _dataset(
    source: Source,
    files: IdxFiles,
    arrays: dict[tuple[str, Kind], NDArray[np.uint8]],
    published: str | None,
    mapping: bytes | None,
    options: LoadOptions,
) -> Dataset:
    given = {part: arrays[part, "labels"] for part in files.parts}
    for part, labels in given.items():
        if len(labels) != len(arrays[part, "images"]):
            pair = files.parts[part]
            raise DataError(
                f"{pair['images']} has {len(arrays[part, 'images'])} images, but {pair['labels']} "
                f"has {len(labels)} labels"
            )
    letters = emnist_classes(files.name, mapping) if files.is_emnist else {}
    known = {label for labels in given.values() for label in np.unique(labels).tolist()}
    if published is not None:
        classes = classes_of(given, CLASS_NAMES[published])
    elif letters and known <= letters.keys():
        places = np.zeros(256, np.int64)
        places[[*letters]] = np.arange(len(letters))
        classes = classes_of(
            {part: places[labels] for part, labels in given.items()}, [*letters.values()]
        )
    else:
        classes = classes_of(given)
    batches = {}
    for part in files.parts:
        images = arrays[part, "images"]
        if files.is_emnist:
            images = images.swapaxes(1, 2)
        name = files.parts[part]["images"]
        batches[part] = [Batch(name, channels_last(images, name, None))]
    pixels = as_pixels(batches, Reading(image_size=options.image_size, fit=options.fit))
    parts = {part: Part(pixels[part], classes.labels[part]) for part in files.parts}
    parts, said = with_test_part(parts, classes.names, options.seed)
    if said:
        say(f"{source.path}: {said}")
    name = published or (files.name if files.is_emnist else source.plain_name)
    return Dataset(name=name, class_names=classes.names, **fields_of(parts))
