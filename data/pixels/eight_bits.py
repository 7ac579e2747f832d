"""Every kind of pixel becomes 8-bit grey or RGB; what would become another picture is refused.

Pillow decodes more kinds of pixels than it gets right: it leaves some inverted, some unscaled, and
some black. What is done about each stands here, with the format that it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.pixels.refused_images import tag, why_refused

if TYPE_CHECKING:
    from PIL import Image

# Of the formats with more than 8 bits for a grey value, these are known to come out right.
_DEEP_FORMATS = ("JPEG2000", "PNG", "PPM", "TIFF")
_TGA_END = b"TRUEVISION-XFILE.\0"


class UnfitImageError(ValueError):
    """An image is whole, but of a kind that is not read; the message says what helps."""


def eight_bit(image: Image.Image, content: bytes) -> Image.Image:
    """Return an opened image in mode L or RGB, transparent pixels white.

    Parameters
    ----------
    image : PIL.Image.Image
        The image, opened but not yet loaded.
    content : bytes
        The file that it is in.

    Returns
    -------
    PIL.Image.Image
        The picture.

    Raises
    ------
    UnfitImageError
        If the image is of a kind that is not read.
    """
    from PIL import ImageChops

    if reason := why_refused(image, content):
        raise UnfitImageError(reason)
    if image.format == "PNG":
        _fit_transparency(image, content)
    image.load()
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image)
    if image.mode == "LAB":
        image = _from_lab(image)
    if image.mode == "La":
        image = image.convert("LA")  # grey that was multiplied by its opacity
    if image.mode == "1" and image.format == "PSD":
        return ImageChops.invert(image.convert("L"))  # its ones are black
    if image.format == "TGA":
        image = _with_true_alpha(image, content)
    deep_grey = image.format == "PNG" and content[24:26] == b"\x10\x04"  # Pillow makes it RGBA
    mode = "L" if image.mode in ("1", "L", "LA") or deep_grey else "RGB"
    opaque = _over_white(image) if image.has_transparency_data else image
    return opaque if opaque.mode == mode else opaque.convert(mode)


def _from_deep(image: Image.Image) -> Image.Image:
    """Return an image of more than 8 bits in mode L, its darkest value 0 and its lightest 255."""
    from PIL import Image

    if image.format not in _DEEP_FORMATS:
        raise UnfitImageError(
            f"{image.format} with more than 8 bits is not read, for what its values mean is not "
            "certain; save it as PNG or TIFF, with 0 … 255 or 0 … 65535"
        )
    top = 1 if image.mode == "F" else 4095 if tag(image, "BitsPerSample") == (12,) else 65535
    values = np.asarray(image)
    grey = _scaled(values, top)
    if image.format == "TIFF" and tag(image, "PhotometricInterpretation") == (0,):
        grey = 255 - grey  # zero is white; Pillow turns 8 bits, but no more
    if "transparency" in image.info:
        grey[values == image.info["transparency"]] = 255
    return Image.fromarray(grey)


def _scaled(values: NDArray[Any], top: int) -> NDArray[np.uint8]:
    low, high = float(np.min(values)), float(np.max(values))
    if not (low >= 0 and high <= top):
        raise UnfitImageError(
            f"values of {values.dtype} must lie in 0 … {top}, got {low} … {high}; scale them"
        )
    scaled: NDArray[np.uint8] = np.rint(values * (255 / top)).astype(np.uint8)
    return scaled


def _from_lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image


def _over_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    colours = image.convert("RGBA")
    if colours.getchannel("A").getextrema() == (0, 0):
        beneath = np.asarray(colours.convert("RGB"))
        if (beneath != beneath[0, 0]).any():
            raise UnfitImageError(
                "every pixel is transparent, and a picture lies beneath; save it without "
                "transparency"
            )
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(colours)
    return white


def _fit_transparency(image: Image.Image, content: bytes) -> None:
    """Bring the transparent value of a PNG to the scale that Pillow gives its pixels."""
    value = image.info.get("transparency")
    bits, kind = content[24], content[25]
    if kind == 2 and bits == 16 and value is not None:
        raise UnfitImageError(
            "a PNG of 16 bits with one transparent colour is not read; save it with 8 bits, or "
            "with an alpha channel"
        )
    if kind == 0 and bits in (2, 4, 8) and value is not None:
        top = (1 << bits) - 1
        image.info["transparency"] = (value & top) * (255 // top)


def _with_true_alpha(image: Image.Image, content: bytes) -> Image.Image:
    """Return a TGA without the alpha that it does not declare; Pillow takes any fourth byte."""
    declared = content[17] & 0x0F
    meaning = None
    if content.endswith(_TGA_END):
        place = int.from_bytes(content[-26:-22], "little") + 494
        meaning = content[place] if 494 < place < len(content) else None
    if meaning == 4:
        raise UnfitImageError("a TGA with premultiplied alpha is not read; save it as PNG")
    if not image.has_transparency_data:
        return image
    opaque = image.convert("L" if image.mode == "LA" else "RGB")
    if not declared or meaning in (0, 1, 2):
        if content[2] & 7 == 3 and len(image.getchannel("A").getcolors() or "") != 1:
            raise UnfitImageError(
                "a TGA of 16-bit grey that declares no attribute bits is not read; save it as PNG"
            )
        return opaque
    if 16 in ((content[16],) if content[2] & 7 == 2 else (content[7],) if content[1] else ()):
        if len(np.unique(np.asarray(image.convert("RGBA"))[..., 3])) > 1:
            raise UnfitImageError(
                "a TGA of 16 bits whose attribute bits differ is not read; save it as PNG"
            )
        return opaque
    return image
