"""Kinds of pixels that Pillow decodes to another picture come out right, or are refused by name."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data import DataError, read_image
from data.pixels.images import decode
from tests.data.samples import png

RAMP = np.tile(np.arange(8), (8, 1))
RNG = np.random.default_rng(0)
BGRX = RNG.integers(0, 200, (8, 8, 4), np.uint8)


def grey(content: bytes) -> NDArray[np.uint8]:
    return read_image(content, channels=1)[..., 0]


def packed(values: NDArray[np.integer[Any]], bits: int) -> bytes:
    """Return rows of values one after the other, most significant bit first."""
    digits = "".join(f"{value:0{bits}b}" for value in values.ravel())
    return int(digits, 2).to_bytes(len(digits) // 8)


def tiff(bits: int, photometric: int, pixels: bytes, **more: int) -> bytes:
    """Return a grey TIFF of 8×8 pixels; Pillow writes none whose zero is white."""
    order = more.get("order", 0)
    tags = {256: 8, 257: 8, 258: bits, 259: more.get("compression", 1), 262: photometric}
    tags |= {273: 8, 277: 1, 278: 8, 279: len(pixels), 339: more.get("sample_format", 1)}
    sign = ">" if order else "<"
    entries = b"".join(struct.pack(f"{sign}HHII", tag, 4, 1, value) for tag, value in tags.items())
    start = (b"MM\0*" if order else b"II*\0") + struct.pack(f"{sign}I", 8 + len(pixels))
    return start + pixels + struct.pack(f"{sign}H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_tiff_whose_zero_is_white_is_not_its_negative(bits: int) -> None:
    values = RAMP * (2**bits - 1) // 7
    pixels = values.astype("<u2").tobytes() if bits == 16 else packed(values, bits)
    expected = np.rint(values * (255 / (2**bits - 1)))
    assert np.array_equal(grey(tiff(bits, 1, pixels)), expected)
    assert np.array_equal(grey(tiff(bits, 0, pixels)), 255 - expected)


@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("compression", [1, 8])
def test_floats_whose_zero_is_white(photometric: int, compression: int) -> None:
    pixels = (RAMP / 7).astype("<f4").tobytes()
    content = zlib.compress(pixels) if compression == 8 else pixels
    found = grey(tiff(32, photometric, content, compression=compression, sample_format=3))
    expected = np.rint(RAMP / 7 * 255)
    assert np.array_equal(found, expected if photometric else 255 - expected)


def test_twelve_bits_are_not_nearly_black() -> None:
    values = RAMP * 585
    assert np.array_equal(grey(tiff(12, 1, packed(values, 12))), np.rint(values * (255 / 4095)))


def test_compressed_big_endian_floats_are_refused() -> None:
    """Pillow swaps their bytes once too often: half and one become black."""
    pixels = np.repeat([0, 0.5, 1, 0.5], 16).astype(">f4").tobytes()
    whole = {"order": 1, "sample_format": 3}
    assert grey(tiff(32, 1, pixels, **whole)).max() == 255
    with pytest.raises(DataError, match="TIFF of compressed big-endian floats is not read; save"):
        grey(tiff(32, 1, zlib.compress(pixels), compression=8, **whole))


@pytest.mark.parametrize("bits", [8, 16])
def test_signed_values_are_refused(bits: int) -> None:
    pixels = (RAMP * 9).astype(f"<i{bits // 8}").tobytes()
    with pytest.raises(DataError, match=f"TIFF of signed {bits}-bit values is not read; save"):
        grey(tiff(bits, 1, pixels, sample_format=2))


def test_deep_colours_each_by_itself_are_refused() -> None:
    tags = {256: 8, 257: 8, 259: 1, 262: 2, 277: 3, 278: 8, 284: 2}
    planes = b"".join((RAMP * 9000).astype("<u2").tobytes() for _ in range(3))
    lists = [struct.pack("<HHH", 16, 16, 16)]
    lists += [struct.pack("<III", *numbers) for numbers in ((8, 136, 264), (128, 128, 128))]
    at = 8 + len(planes)
    entries = {tag: struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()}
    for tag, kind, content in zip((258, 273, 279), (3, 4, 4), lists, strict=True):
        entries[tag] = struct.pack("<HHII", tag, kind, 3, at)
        planes, at = planes + content, at + len(content)
    directory = struct.pack("<H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
    content = b"II*\0" + struct.pack("<I", 8 + len(planes)) + planes + directory + bytes(4)
    with pytest.raises(DataError, match="TIFF of 16 bits with each colour by itself is not read"):
        read_image(content)


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def raw_png(bits: int, kind: int, rows: list[bytes], transparent: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", 8, 8, bits, kind, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + (chunk(b"tRNS", transparent) if transparent else b"")
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunks + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_the_transparent_grey_of_a_png_is_white_at_every_depth(bits: int) -> None:
    values = RAMP * (2**bits - 1) // 7
    transparent = int(values[0, 3])
    rows = [packed(row, bits) for row in values]
    expected = np.rint(values * (255 / (2**bits - 1)))
    assert np.array_equal(grey(raw_png(bits, 0, rows)), expected)
    expected[values == transparent] = 255
    assert np.array_equal(grey(raw_png(bits, 0, rows, struct.pack(">H", transparent))), expected)


def test_deep_colours_of_a_png() -> None:
    colours = np.stack([RAMP * 9000, RAMP * 1000, 65535 - RAMP], axis=-1)
    rows = [row.astype(">u2").tobytes() for row in colours]
    assert np.abs(read_image(raw_png(16, 2, rows)) - colours / 257).max() <= 1
    with pytest.raises(DataError, match="PNG of 16 bits with one transparent colour is not read"):
        read_image(raw_png(16, 2, rows, struct.pack(">HHH", *colours[0, 3])))


def test_deep_grey_with_alpha_stays_grey() -> None:
    pairs = np.stack([RAMP * 9000, np.where(RAMP == 3, 0, 65535)], axis=-1)
    found = decode(raw_png(16, 4, [row.astype(">u2").tobytes() for row in pairs]), "x", None)
    assert found.shape == (8, 8, 1)
    expected = np.where(RAMP == 3, 255, RAMP * (9000 / 257))
    assert np.abs(found[..., 0] - expected).max() <= 1


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_jpeg_2000_of_several_deep_channels_is_refused(bits: int, n_channels: int) -> None:
    """The header alone is changed: Pillow writes no such files, and makes those of others black."""
    image = Image.new("L" if n_channels == 1 else "RGB", (8, 8))
    file = io.BytesIO()
    image.save(file, "JPEG2000", no_jp2=True)
    content = bytearray(file.getvalue())
    depths = 4 + 38
    assert content[depths : depths + 3 * n_channels] == b"\x07\x01\x01" * n_channels
    content[depths : depths + 3 * n_channels : 3] = bytes([bits - 1]) * n_channels
    if bits > 8 and n_channels > 1:
        message = f"JPEG 2000 of {n_channels} channels with {bits} bits is not read; save"
        with pytest.raises(DataError, match=message):
            read_image(bytes(content))
    else:
        assert read_image(bytes(content)).shape == (8, 8, 3)


def test_sixteen_bit_grey_jpeg_2000() -> None:
    deep = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    assert np.array_equal(grey(png(deep, format="JPEG2000")), np.rint(deep / 257))


def tga(bits: int, alpha_bits: int, pixels: bytes, kind: int = 2, **more: Any) -> bytes:
    palette: bytes = more.get("palette", b"")
    entry = more.get("palette_bits", 0)
    n = len(palette) // (entry // 8) if palette else 0
    fields = 0, bool(palette), kind, 0, n, entry, 0, 0, 8, 8, bits, 0x20 | alpha_bits
    end: bytes = more.get("footer", b"")
    return struct.pack("<BBBHHBHHHHBB", *fields) + palette + pixels + end


def footer(n_before: int, meaning: int) -> bytes:
    extension = struct.pack("<H", 495) + bytes(492) + bytes([meaning])
    return extension + struct.pack("<II", n_before, 0) + b"TRUEVISION-XFILE.\0"


def test_a_tga_without_attribute_bits_has_no_alpha() -> None:
    unset = BGRX.copy()
    unset[..., 3] = 0
    for each in (BGRX, unset):
        assert np.array_equal(read_image(tga(32, 0, each.tobytes())), each[..., 2::-1])
    five = (RAMP * 4).astype("<u2")
    sixteen = five | five << 5 | five << 10
    expected = np.rint(RAMP * 4 * (255 / 31))
    for flag in (0, 0x8000):
        found = grey(tga(16, 0, (sixteen | np.uint16(flag)).tobytes()))
        assert np.abs(found - expected).max() <= 1
    pairs = np.stack([RAMP * 30, RAMP * 0], axis=-1).astype(np.uint8)
    assert np.array_equal(grey(tga(16, 0, pairs.tobytes(), 3)), RAMP * 30)
    indices = RAMP.astype(np.uint8).tobytes()
    content = tga(8, 0, indices, 1, palette=unset[0].tobytes(), palette_bits=32)
    assert np.array_equal(read_image(content)[0], unset[0, :, 2::-1])


def test_a_tga_with_attribute_bits_has_alpha() -> None:
    pixels = BGRX.copy()
    pixels[..., 3] = 255
    pixels[2, 3, 3] = 0
    expected = pixels[..., 2::-1].copy()
    expected[2, 3] = 255
    assert np.array_equal(read_image(tga(32, 8, pixels.tobytes())), expected)


@pytest.mark.parametrize("meaning", [0, 1, 2, 3, 4])
def test_what_a_tga_says_of_its_alpha(meaning: int) -> None:
    pixels = BGRX.copy()
    pixels[..., 3] = 255
    pixels[2, 3, 3] = 0
    content = tga(32, 8, pixels.tobytes(), footer=footer(18 + pixels.size, meaning))
    if meaning == 4:
        with pytest.raises(DataError, match="TGA with premultiplied alpha is not read"):
            read_image(content)
        return
    expected = [255, 255, 255] if meaning == 3 else pixels[2, 3, 2::-1].tolist()
    assert read_image(content)[2, 3].tolist() == expected


def test_attribute_bits_that_may_be_anything_are_refused() -> None:
    five = (RAMP * 4).astype("<u2")
    five[0] |= 0x8000
    with pytest.raises(DataError, match="TGA of 16 bits whose attribute bits differ is not read"):
        read_image(tga(16, 1, five.tobytes()))


@pytest.mark.parametrize("fmt", ["PNG", "TGA", "WEBP", "TIFF"])
def test_a_picture_that_nobody_can_see_is_refused(fmt: str) -> None:
    hidden = BGRX.copy()
    hidden[..., 3] = 0
    options: dict[str, Any] = {"lossless": True, "exact": True} if fmt == "WEBP" else {}
    with pytest.raises(DataError, match="every pixel is transparent, and a picture lies beneath"):
        read_image(png(hidden, format=fmt, **options))
    assert (read_image(png(hidden * 0, format=fmt, **options)) == 255).all()


def test_deep_values_of_rare_formats_are_refused() -> None:
    values = (RAMP / 7).astype(np.float32)
    with pytest.raises(DataError, match=r"SPIDER with more than 8 bits is not read.*; save it as"):
        read_image(png(values, format="SPIDER"))


def test_deep_values_of_fits_are_refused() -> None:
    """Its 16 bits are signed, and other cards say where zero is."""
    cards = ["SIMPLE  =                    T", f"BITPIX  = {16:>20}", f"NAXIS   = {2:>20}"]
    cards += [f"NAXIS1  = {8:>20}", f"NAXIS2  = {8:>20}", "END"]
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    with pytest.raises(DataError, match="FITS with more than 8 bits is not read"):
        read_image(header + (RAMP * 4000).astype(">i2").tobytes().ljust(2880, b"\0"))


@pytest.mark.parametrize("top", [255, 1023, 65535])
def test_a_portable_grey_map_is_scaled_by_its_own_maximum(top: int) -> None:
    values = RAMP * top // 7
    kind = "u1" if top == 255 else ">u2"
    content = b"P5 8 8 %d\n" % top + values.astype(kind).tobytes()
    assert np.abs(grey(content) - values * (255 / top)).max() <= 0.7
