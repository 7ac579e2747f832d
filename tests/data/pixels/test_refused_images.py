"""What Pillow would show as another picture comes out right, or is refused with what helps."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data import DataError, read_image
from data.pixels.refused_images import MOST_SCANS
from tests.data.samples import png

RAMP = (np.tile(np.arange(8), (8, 1)) * 36).astype(np.uint8)
COLOURS = np.dstack([RAMP, RAMP.T, RAMP[:, ::-1]])


def jpeg2000(bits: int) -> bytes:
    """Return a ramp of so many bits: the bytes of 8 or 16 bits, with another depth declared."""
    deep = 16 if bits > 8 else 8
    values = RAMP.astype(np.int64) * (2**bits - 1) // 252
    shifted = (values + 2 ** (deep - 1) - 2 ** (bits - 1)).astype(f"u{deep // 8}")
    content = bytearray(png(shifted, format="JPEG2000"))
    content[content.find(b"\xff\x4f\xff\x51") + 42] = bits - 1
    content[content.find(b"ihdr") + 14] = bits - 1
    return bytes(content)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_grey_jpeg_2000_of_these_depths_is_scaled(bits: int) -> None:
    found = read_image(jpeg2000(bits), channels=1)[..., 0]
    assert np.abs(found - RAMP * (255 / 252)).max() <= 1


@pytest.mark.parametrize("bits", [1, 4, 9])
def test_jpeg_2000_of_other_depths_is_refused(bits: int) -> None:
    """The white of one bit would come out as 128, and of nine bits as black."""
    with pytest.raises(DataError, match=f"JPEG 2000 of 1 channel with {bits} bits is not read"):
        read_image(jpeg2000(bits))


def test_jpeg_2000_of_a_colour_space_that_is_not_known_is_refused() -> None:
    content = png(COLOURS, format="JPEG2000")
    assert np.array_equal(read_image(content), COLOURS)
    lab = content.replace(b"colr\1\0\0\0\0\0\x10", b"colr\1\0\0\0\0\0\x0e")
    with pytest.raises(DataError, match="colour space 14 is not read; save it in sRGB"):
        read_image(lab)


def test_four_inks_without_the_mark_that_says_how_are_refused() -> None:
    """Pillow takes them for inverted ones, which they are only if the mark is there."""
    inks = png(Image.fromarray(COLOURS).convert("CMYK"), format="JPEG", quality=100)
    assert np.abs(read_image(inks).astype(int) - COLOURS).max() <= 3
    start = inks.find(b"\xff\xee")
    length = int.from_bytes(inks[start + 2 : start + 4])
    with pytest.raises(DataError, match=r"four inks without Adobe's mark .*; save it in RGB"):
        read_image(inks[:start] + inks[start + 2 + length :])


def test_a_jpeg_that_draws_its_picture_thousands_of_times_is_refused() -> None:
    content = png(RAMP, format="JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    assert read_image(content).shape == (8, 8, 3)
    bomb = content[:last] + content[last:-2] * MOST_SCANS + content[-2:]
    with pytest.raises(DataError, match="scans could take hours"):
        read_image(bomb)


def test_a_blp_that_holds_a_jpeg_of_whatever_size_is_refused() -> None:
    jpeg = png(np.zeros((40, 40, 3), np.uint8), format="JPEG")
    head = struct.pack("<4siIIIii", b"BLP1", 0, 0, 8, 8, 0, 0)
    at = struct.pack("<16I16II", 160, *[0] * 15, len(jpeg), *[0] * 15, 0)
    with pytest.raises(DataError, match="a BLP that holds a JPEG is not read; save it as PNG"):
        read_image(head + at + jpeg)


def photoshop(kind: int, bits: int, n_channels: int, planes: bytes) -> bytes:
    return b"8BPS" + struct.pack(">H6xHIIHH14x", 1, n_channels, 8, 8, bits, kind) + planes


def test_the_ones_of_a_photoshop_bitmap_are_black() -> None:
    found = read_image(photoshop(0, 1, 1, b"\xff" * 4 + bytes(4)), channels=1)[..., 0]
    assert np.array_equal(found, np.repeat([[0], [255]], 4, axis=0) * np.ones((1, 8)))


def test_inks_of_photoshop_without_colours_are_refused() -> None:
    with pytest.raises(DataError, match="PSD of several inks has no colours that are known"):
        read_image(photoshop(7, 8, 3, RAMP.tobytes() * 3))


@pytest.mark.parametrize("bits", [24, 32])
def test_a_sun_raster_of_32_bits_is_refused(bits: int) -> None:
    """Pillow takes the byte that stands for nothing for the red one."""
    pixels = np.zeros((8, 8, bits // 8), np.uint8)
    pixels[..., -3] = 255
    header = struct.pack(">8I", 0x59A66A95, 8, 8, bits, pixels.size, 3, 0, 0)
    if bits == 24:
        assert read_image(header + pixels.tobytes())[0, 0].tolist() == [255, 0, 0]
        return
    with pytest.raises(DataError, match="Sun raster of 32 bits is not read; save it with 24"):
        read_image(header + pixels.tobytes())


@pytest.mark.parametrize(
    ("more", "is_read"),
    [
        ({}, True),
        ({"BSCALE": "1.0", "BZERO": "0.000E0"}, True),
        ({"BSCALE": "-1.D0", "BZERO": "255"}, False),
        ({"NAXIS": "3", "NAXIS3": "3"}, False),
    ],
)
def test_a_fits_of_scaled_values_or_of_several_planes_is_refused(
    more: dict[str, str], is_read: bool
) -> None:
    plain = {"SIMPLE": "T", "BITPIX": "8", "NAXIS": "2", "NAXIS1": "8", "NAXIS2": "8"}
    cards = [f"{name:8}= {value:>20}".ljust(80) for name, value in (plain | more).items()]
    header = "".join([*cards, "END"]).ljust(2880).encode()
    content = header + (RAMP.tobytes() * 3).ljust(2880, b"\0")
    if is_read:
        assert np.array_equal(read_image(content, channels=1)[..., 0], RAMP)
        return
    with pytest.raises(DataError, match="FITS of several planes, or of scaled values"):
        read_image(content)


def test_two_colours_without_a_dark_one_are_refused() -> None:
    with pytest.raises(DataError, match="XBM does not say which of its two colours"):
        read_image(b"#define a_width 8\n#define a_height 1\nstatic char a_bits[] = {\n0xff};\n")


def test_sixteen_bits_of_a_tga_are_not_one_byte_of_each() -> None:
    deep = (np.arange(64) * 1000).astype("<u2").tobytes()
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 3, 0, 0, 0, 0, 0, 8, 8, 16, 0x20)
    with pytest.raises(DataError, match="TGA of 16-bit grey that declares no attribute bits"):
        read_image(header + deep)


def tiff(tags: dict[int, Any], pixels: bytes, order: str = "<") -> bytes:
    """Return a TIFF of 8×8 pixels with these tags; two values are shorts in one entry."""
    at = 8
    tags = {256: 8, 257: 8, 273: at, 278: 8, 279: len(pixels), **tags}
    entries = b"".join(
        struct.pack(f"{order}HHIHH", tag, 3, 2, *value)
        if isinstance(value, tuple)
        else struct.pack(f"{order}HHII", tag, 4, 1, value)
        for tag, value in sorted(tags.items())
    )
    start = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    return start + struct.pack(f"{order}I", at + len(pixels)) + pixels + directory


def test_grey_that_was_multiplied_by_its_opacity() -> None:
    pairs = np.stack([RAMP // 2, np.full_like(RAMP, 128)], axis=-1)
    content = tiff({258: (8, 8), 259: 1, 262: 1, 277: 2, 338: 1}, pairs.tobytes())
    expected = RAMP // 2 + 127
    assert np.abs(read_image(content, channels=1)[..., 0].astype(int) - expected).max() <= 2


def test_compressed_big_endian_integers_are_refused() -> None:
    file = io.BytesIO()
    Image.fromarray(RAMP.astype(np.int32) << 16).save(file, "TIFF", compression="tiff_lzw")
    little = file.getvalue()
    with pytest.raises(DataError, match="values of int32 must lie in"):
        read_image(little)
    swapped = zlib.compress((RAMP.astype(">i4") << 16).tobytes())
    content = tiff({258: 32, 259: 8, 262: 1, 277: 1, 339: 2}, swapped, ">")
    with pytest.raises(DataError, match="compressed big-endian 32-bit values is not read"):
        read_image(content)
