"""Some kinds of images are decoded to other pictures than their files hold; they are known here.

Pillow opens them, but inverts them, scales them wrongly, or takes one colour for another. They are
told by the bytes of their headers, before anything is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MOST_SCANS = 500
"""A progressive JPEG has about ten; each costs as much time as the whole picture."""

_SIGNED, _FLOAT = 2, 3
_SEPARATE = 2
_UNPACKED = 1
_JP2_SPACES = (12, 16, 17, 18)  # CMYK, sRGB, grey, sYCC
_MULTICHANNEL = 7
_FITS_HEADER = 1 << 20
_FITS_PLAIN = {b"NAXIS": 2, b"BSCALE": 1, b"BZERO": 0}


def why_refused(image: Image.Image, content: bytes) -> str:
    """Return why an opened image is not read, and what helps; nothing if it is.

    Parameters
    ----------
    image : PIL.Image.Image
        The image, opened but not yet loaded.
    content : bytes
        The file that it is in.

    Returns
    -------
    str

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("1", (8, 8)).save(file, "XBM")
    >>> why_refused(Image.open(file), file.getvalue())
    'an XBM does not say which of its two colours is the dark one; save it as PNG'
    """
    check = _CHECKS.get(image.format or "")
    return "" if check is None else check(image, content)


def tag(image: Image.Image, name: str) -> tuple[Any, ...]:
    """Return the values of a TIFF's tag, none if it is not there, or the image is no TIFF."""
    from PIL import ExifTags

    found = getattr(image, "tag_v2", {}).get(ExifTags.Base[name], ())
    return found if isinstance(found, tuple) else (found,)


def _of_tiff(image: Image.Image, content: bytes) -> str:
    bits = tag(image, "BitsPerSample") or (1,)
    unpacked = tag(image, "Compression") in ((), (_UNPACKED,))
    separate = tag(image, "PlanarConfiguration") == (_SEPARATE,)
    is_float = _FLOAT in tag(image, "SampleFormat")
    fault = ""
    if _SIGNED in tag(image, "SampleFormat") and max(bits) < 32:
        fault = f"of signed {max(bits)}-bit values"
    elif max(bits) >= 32 and content.startswith(b"MM") and not unpacked:
        fault = f"of compressed big-endian {'floats' if is_float else f'{max(bits)}-bit values'}"
    elif len(bits) > 1 and max(bits) > 8 and separate and unpacked:
        fault = f"of {max(bits)} bits with each colour by itself"
    return f"a TIFF {fault} is not read; save it with 8 bits, or as PNG" if fault else ""


def _of_jpeg2000(image: Image.Image, content: bytes) -> str:
    at = content.find(b"\xff\x4f\xff\x51") + 4  # the size marker, ISO 15444-1, A.5.1
    n_channels = int.from_bytes(content[at + 36 : at + 38])
    depths = [(depth & 0x7F) + 1 for depth in content[at + 38 :: 3][:n_channels]]
    odd = [bits for bits in depths if bits != 8 and not (n_channels == 1 and 10 <= bits <= 16)]
    if odd:
        channels = "1 channel" if n_channels == 1 else f"{n_channels} channels"
        return (
            f"a JPEG 2000 of {channels} with {odd[0]} bits is not read; save it with 8 bits, or "
            "as PNG"
        )
    box = content.find(b"colr\x01", 0, at)  # a colour space by its number, I.5.3.3
    space = int.from_bytes(content[box + 7 : box + 11])
    if box >= 0 and space not in _JP2_SPACES:
        return f"a JPEG 2000 of colour space {space} is not read; save it in sRGB, or as PNG"
    return ""


def _of_jpeg(image: Image.Image, content: bytes) -> str:
    if image.mode == "CMYK" and "adobe" not in image.info:
        return (
            "a JPEG of four inks without Adobe's mark does not say whether it is inverted; save "
            "it in RGB"
        )
    return _of_scans(content)


def _of_blp(image: Image.Image, content: bytes) -> str:
    # The size of the JPEG in a BLP1 of kind 0 may be another one than that in its header.
    return "a BLP that holds a JPEG is not read; save it as PNG" if content[4:8] == bytes(4) else ""


def _of_scans(content: bytes) -> str:
    # In the coded pixels a zero follows each 0xFF, so that this is no part of them.
    if (n_scans := content.count(b"\xff\xda")) > MOST_SCANS:
        return f"a JPEG of {n_scans} scans could take hours; at most {MOST_SCANS} are read"
    return ""


def _of_photoshop(image: Image.Image, content: bytes) -> str:
    if int.from_bytes(content[24:26]) != _MULTICHANNEL:
        return ""
    return "a PSD of several inks has no colours that are known; save it in RGB, or as PNG"


def _of_sun(image: Image.Image, content: bytes) -> str:
    if int.from_bytes(content[12:16]) != 32:
        return ""
    return "a Sun raster of 32 bits is not read; save it with 24 bits, or as PNG"


def _of_fits(image: Image.Image, content: bytes) -> str:
    for name, plain in _FITS_PLAIN.items():
        for value in re.findall(name + rb" *= *([^ /]+)", content[:_FITS_HEADER]):
            if float(value.upper().replace(b"D", b"E")) != plain:
                return "a FITS of several planes, or of scaled values, is not read; save it as PNG"
    return ""


def _of_bits(image: Image.Image, content: bytes) -> str:
    return "an XBM does not say which of its two colours is the dark one; save it as PNG"


_CHECKS: dict[str, Callable[[Any, bytes], str]] = {
    "BLP": _of_blp,
    "FITS": _of_fits,
    "JPEG": _of_jpeg,
    "JPEG2000": _of_jpeg2000,
    "MPO": _of_jpeg,
    "PSD": _of_photoshop,
    "SUN": _of_sun,
    "TIFF": _of_tiff,
    "XBM": _of_bits,
}
