"""Image files become pixels in one place, so that training and prediction see the same pixels."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.archives.passed_over import hidden_part
from data.errors import CacheError, DataError, UnreadableImageError, as_one_line
from data.pixels.decoding_room import room_for
from data.pixels.eight_bits import UnfitImageError, eight_bit
from data.pixels.resizing import Fit, checked_fit, resized
from data.system.paths import expanded
from data.system.regular_file import why_no_file
from data.telling.tally import Tally

if TYPE_CHECKING:
    from PIL import Image

Size = int | Sequence[int] | None

MAX_FILE_BYTES = 1 << 29
MAX_SIDE_PX = 1 << 14

# EPS starts Ghostscript, and WMF the Windows renderer. What lies in an IPTC, Pillow opens as any
# format, EPS too. The other formats need programs that Pillow does not have. None holds pixels.
_NOT_PIXELS = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "IPTC", "MPEG", "WMF"})


def read_image(
    source: str | Path | bytes,
    image_size: Size = None,
    channels: int = 3,
    fit: Fit = "stretch",
) -> NDArray[np.uint8]:
    """Return the pixels of one image file, as `load_dataset` reads it in a folder.

    Every format that Pillow decodes itself is read. Modes such as 1-bit, palette and CMYK become
    8-bit grey or RGB; 16-bit values are divided by 257 (of 16-bit colours the higher byte is
    taken); floats must lie in 0 … 1. What would come out as another picture is refused, as
    JPEG 2000 with 16-bit colours is. Transparent pixels become white. The image is turned as the
    camera's orientation says. Of an animation the first frame is read.

    Parameters
    ----------
    source : str, Path or bytes
        The file, or its content.
    image_size : int or (height, width), optional
        The size in pixels that the image is resized to (bicubic, smoothed when it shrinks).
        Without it the image keeps its size.
    channels : {3, 1}, default 3
        RGB or grey. A colour image becomes grey by the luma 0.299 R + 0.587 G + 0.114 B.
    fit : {"stretch", "crop", "pad"}, default "stretch"
        How an image of other proportions is resized: stretched to the size, scaled to cover it
        and cut around the centre, or scaled to lie inside, on black.

    Returns
    -------
    ndarray of uint8, shape (height, width, channels)
        The pixels, 0 … 255.

    Raises
    ------
    DataError
        If the file is missing, no image, damaged, or larger than `PIL.Image.MAX_IMAGE_PIXELS`.

    References
    ----------
    The weights of the luma are those of ITU-R Recommendation BT.601, section 2.5.1.

    Examples
    --------
    >>> import io
    >>> from data import read_image
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (4, 2), "red").save(file, "PNG")
    >>> read_image(file.getvalue())[0, 0]
    array([255,   0,   0], dtype=uint8)
    >>> read_image(file.getvalue(), image_size=8, channels=1).shape
    (8, 8, 1)
    """
    if channels not in (1, 3):
        raise DataError(f"channels must be 1 or 3, got {channels!r}")
    size, fit = checked_size(image_size), checked_fit(fit)
    if isinstance(source, bytes):
        return with_channels(decode(source, "image", size, fit=fit), channels)
    path = expanded(source)
    try:
        if reason := why_no_file(path):
            raise DataError(f"{path}: {reason}")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DataError(f"{path}: larger than {MAX_FILE_BYTES} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    return with_channels(decode(content, str(path), size, fit=fit), channels)


def checked_size(image_size: Size) -> tuple[int, int] | None:
    """Return (height, width) of what a user gave as `image_size`; None stays None."""
    if image_size is None:
        return None
    sides: list[object] = [*image_size] if isinstance(image_size, Sequence) else [image_size] * 2
    fitting = [side for side in sides if type(side) is int and 1 <= side <= MAX_SIDE_PX]
    if len(sides) != 2 or len(fitting) != 2:
        raise DataError(
            "image_size must be a number of pixels or (height, width), each in "
            f"1 … {MAX_SIDE_PX}, got {image_size!r}"
        )
    return fitting[0], fitting[1]


def is_image_name(name: str) -> bool:
    """Return whether a file is read as an image: its suffix is one, and it is not hidden."""
    _, dot, suffix = name.rpartition(".")
    return dot + suffix.lower() in _suffixes() and not hidden_part(name)


def has_class_folders(names: Iterable[str]) -> bool:
    """Return whether images lie in two folders or more, as those of two classes do.

    Examples
    --------
    >>> has_class_folders(["cat/1.png", "dog/1.png"]), has_class_folders(["1.png", "2.png"])
    (True, False)
    """
    return len({name.rpartition("/")[0] for name in names}) > 1


def decode(
    content: bytes,
    where: str,
    size: tuple[int, int] | None,
    tally: Tally | None = None,
    fit: Fit = "stretch",
) -> NDArray[np.uint8]:
    """Return the pixels of an image file, (height, width, 1) if it is grey, else (…, 3).

    Errors name the file by `where`. A tally hears of what mode and size the file is.
    """
    from PIL import Image, UnidentifiedImageError

    limit = Image.MAX_IMAGE_PIXELS or np.inf
    try:
        with Image.open(io.BytesIO(content), formats=_formats()) as image:
            if image.width * image.height <= limit:
                mode = image.mode
                with room_for(image.width * image.height):
                    upright = _upright(image, eight_bit(image, content))
                    if tally is not None:
                        tally.count(mode, upright.height, upright.width)
                    return resized(upright, size, fit)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pass
    except UnfitImageError as error:
        raise UnreadableImageError(f"{where}: {error}") from error
    except UnidentifiedImageError as error:
        what = "its start is damaged, or it is of a kind that is not read" if content else "empty"
        raise UnreadableImageError(
            f"{where}: cannot be decoded as an image: {what}; replace or remove it"
        ) from error
    except CacheError:  # of a setting, which says nothing of the file either
        raise
    except MemoryError as error:  # which says nothing of the file
        error.add_note(f"while {where} was decoded")
        raise
    # Pillow's decoders raise nearly every exception for a damaged file, from OSError to
    # struct.error and RecursionError.
    except Exception as error:
        raise UnreadableImageError(
            f"{where}: cannot be decoded as an image ({as_one_line(error, 250)}); replace "
            "or remove it"
        ) from error
    raise DataError(
        f"{where}: more than the {limit} pixels that Pillow holds safe; shrink it, or raise "
        "PIL.Image.MAX_IMAGE_PIXELS if you trust it"
    )


def with_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return the pixels of one image as grey, or as RGB."""
    from PIL import Image

    if pixels.shape[2] == channels:
        return np.array(pixels)
    if channels == 3:
        return np.repeat(pixels, 3, axis=2)
    return np.array(Image.fromarray(pixels).convert("L"))[..., None]


def _upright(opened: Image.Image, image: Image.Image) -> Image.Image:
    """Return the image turned as the camera's orientation says."""
    from PIL import ExifTags

    if opened.format == "JPEG" and not opened.info.keys() & {"exif", "xmp"}:
        return image  # to look for it takes long
    try:
        orientation = opened.getexif().get(ExifTags.Base.Orientation)
    except MemoryError:
        raise
    except Exception:  # damaged camera data do no harm to the pixels
        return image
    turns = _turns()
    return image.transpose(turns[orientation]) if orientation in turns else image


@cache
def _turns() -> dict[int, Image.Transpose]:
    from PIL import Image

    turn = Image.Transpose
    return {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_270,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_90,
    }


def has_other_formats() -> bool:
    """Return whether formats are read that are not Pillow's own; other processes have none."""
    opened = _opened()
    return any(not opened[name][0].__module__.startswith("PIL.") for name in _formats())


def versions_of_codecs() -> list[str]:
    """Return what decides, beside Pillow's version, which files are read and what they become."""
    from PIL import features

    codecs = ("libjpeg_turbo", "jpg", "jpg_2000", "libtiff", "littlecms2", "webp", "avif")
    known = {*features.codecs, *features.features, *features.modules}
    versions = [f"{name} {features.version(name)}" for name in codecs if name in known]
    return [*versions, *_formats(), *sorted(_suffixes())]


def _formats() -> tuple[str, ...]:
    return _formats_of(len(_opened()))


def _suffixes() -> frozenset[str]:
    return _suffixes_of(len(_opened()))


@lru_cache(1)
def _formats_of(_n: int) -> tuple[str, ...]:
    return tuple(name for name in _opened() if name not in _NOT_PIXELS)


@lru_cache(1)
def _suffixes_of(_n: int) -> frozenset[str]:
    from PIL import Image

    formats = _formats()
    return frozenset(s for s, f in Image.registered_extensions().items() if f in formats)


@cache
def _opened() -> dict[str, Any]:
    """Return the formats that Pillow opens; whoever registers another one adds it here."""
    from PIL import Image

    Image.preinit()  # the common formats first, so that they are tried first
    Image.init()
    return Image.OPEN
