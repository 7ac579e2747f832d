"""Images and labels as people have them in Python become the fields of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.arrays.completing import Part, fields_of, with_test_part
from data.arrays.labels import classes_of
from data.arrays.pixels import Reading, as_bytes, channels_last, common_range, to_size
from data.arrays.tensors import plain_array
from data.errors import DataError
from data.keeping.frozen import frozen
from data.keeping.room import Room
from data.keeping.row_sets import blocks_of
from data.pixels.eight_bits import UnfitImageError, eight_bit


@dataclass(frozen=True)
class Batch:
    """Images of one size, (n, height, width, channels), and what errors call them.

    `is_decoded` says that they are 0 … 255 already, whatever the others are.
    """

    field: str
    pixels: NDArray[Any]
    is_decoded: bool = False


def fields_of_arrays(
    images: Mapping[str, object],
    labels: Mapping[str, object],
    class_names: Sequence[str] | None,
    reading: Reading,
    seed: int,
) -> dict[str, Any]:
    """Return the fields of a dataset, without its name, from the images and labels of each part.

    Raises
    ------
    DataError
        If they are not what they must be, or fit two readings.
    """
    batches = {part: _batches(each, f"images_{part}", reading) for part, each in images.items()}
    classes = classes_of(labels, class_names)
    for part, found in batches.items():
        n, n_labels = sum(len(batch.pixels) for batch in found), len(classes.labels[part])
        if n != n_labels:
            raise DataError(f"images_{part} are {n}, but labels_{part} are {n_labels}")
    pixels = as_pixels(batches, reading)
    parts = {part: Part(pixels[part], classes.labels[part]) for part in batches}
    complete, _ = with_test_part(parts, classes.names, seed)
    fields = fields_of(complete)
    theirs = {id(each) for each in (*images.values(), *labels.values())}
    for array in fields.values():
        # What was made here nobody else can edit, so its hash need not be made anew.
        if isinstance(array, np.ndarray) and array.flags.owndata and id(array) not in theirs:
            frozen(array)
    return fields | {"class_names": classes.names}


def as_pixels(
    parts: Mapping[str, Sequence[Batch]], reading: Reading
) -> dict[str, NDArray[np.uint8]]:
    """Return the images of each part as uint8; all grey ones become RGB if some are coloured."""
    everything = [batch for batches in parts.values() for batch in batches]
    numbers = [(each.field, each.pixels) for each in everything if not each.is_decoded]
    ends = common_range(numbers, reading.value_range) if numbers else None
    n_channels = max(batch.pixels.shape[3] for batch in everything)
    first = everything[0]
    size = reading.image_size or first.pixels.shape[1:3]
    done = {}
    for part, batches in parts.items():
        n = sum(len(batch.pixels) for batch in batches)
        ready = Room((n, *size, n_channels), what=f"images_{part}") if len(batches) > 1 else None
        start = 0
        for batch in batches:
            shape = batch.pixels.shape
            if reading.image_size is None and shape[1:3] != size:
                raise DataError(
                    f"{batch.field}: {shape[1]}×{shape[2]} pixels (height × width), but "
                    f"{first.field} has {size[0]}×{size[1]}; set image_size=(height, width) to "
                    "bring all images to one size"
                )
            pixels = as_bytes(batch.pixels, None if batch.is_decoded else ends)
            pixels = to_size(pixels, reading.image_size, reading.fit)
            if pixels.shape[3] < n_channels and ready is None:
                pixels = _coloured(pixels, n_channels)
            if ready is None:
                done[part] = pixels
                continue
            ready[start : start + len(pixels)] = pixels
            start += len(pixels)
        if ready is not None:
            done[part] = ready.array()
    return done


def _coloured(grey: NDArray[np.uint8], n_channels: int) -> NDArray[np.uint8]:
    room = Room((*grey.shape[:3], n_channels))
    for block in blocks_of(grey):
        room[block] = grey[block]
    return room.array()


def _batches(given: object, field: str, reading: Reading) -> list[Batch]:
    """Return images as batches: one of an array, one for each image of a list."""
    if is_picture(given):
        raise DataError(f"{field} must be several images, got one; give a list of them")
    if isinstance(given, list | tuple) and given and _is_image(given[0]):
        images = list(given)
    else:
        array = plain_array(given, field)
        if array.dtype.kind != "O" or array.ndim != 1:
            return [Batch(field, channels_last(array, field, reading.channels))]
        images = array.tolist()
    if not images:
        raise DataError(f"{field} must not be empty")
    return [_batch(image, f"{field}[{at}]", reading) for at, image in enumerate(images)]


def _batch(image: Any, field: str, reading: Reading) -> Batch:
    """Return one image of a list as a batch of its own."""
    if is_picture(image):
        return Batch(field, pixels_of_picture(image, field), is_decoded=True)
    array = plain_array(image, field)
    if array.ndim == 2:
        return Batch(field, array[None, :, :, None])
    if array.ndim != 3:
        raise DataError(
            f"{field} must have shape (height, width), (height, width, 1 or 3) or (1 or 3, height, "
            f"width), got {array.shape}"
        )
    return Batch(field, channels_last(array[None], field, reading.channels))


def _is_image(value: object) -> bool:
    """Return whether an element of a list is an image, and not a row of numbers."""
    return is_picture(value) or (
        not isinstance(value, list | tuple) and len(getattr(value, "shape", ())) in (2, 3)
    )


def is_picture(value: object) -> bool:
    """Return whether a value is an image of Pillow."""
    from PIL import Image

    return isinstance(value, Image.Image)


def pixels_of_picture(image: Any, field: str) -> NDArray[np.uint8]:
    """Return the pixels (1, height, width, channels) of an image of Pillow, as of a file."""
    from PIL import ImageOps

    try:
        # A copy has no format, so nothing is looked up in a file that is not at hand.
        grey_or_rgb = eight_bit(ImageOps.exif_transpose(image).copy(), b"")
    except UnfitImageError as error:
        way_out = "give numpy.asarray(image), scaled to floats of 0 … 1"
        raise DataError(
            f"{field}: an image of Pillow in mode {image.mode} is not read ({error}); {way_out}"
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{field}: cannot be decoded ({str(error)[:200]})") from error
    pixels = np.array(grey_or_rgb, np.uint8)
    return pixels[None, :, :, None] if pixels.ndim == 2 else pixels[None]
