"""Every mode and format becomes the right 8-bit pixels; damaged and oversized files do not."""

from __future__ import annotations

import ast
import inspect
import io
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from data import DataError, read_image
from data.errors import CacheError
from data.pixels.images import _formats, checked_size, decode, is_image_name
from data.pixels.resizing import resized_batch
from tests.data.samples import damaged, png, refusal

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 5), np.uint8)
RGB = RNG.integers(0, 256, (6, 5, 3), np.uint8)
ALPHA = RNG.integers(0, 256, (6, 5), np.uint8)


def over_white(colour: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.float64]:
    opacity = alpha[..., None] / 255
    return np.asarray(colour.reshape(6, 5, -1) * opacity + 255 * (1 - opacity))


def test_grey_and_colour_are_kept_to_the_bit() -> None:
    assert np.array_equal(decode(png(GREY), "x", None), GREY[..., None])
    assert np.array_equal(decode(png(RGB), "x", None), RGB)


@pytest.mark.parametrize(
    "fmt", ["BMP", "GIF", "PPM", "TIFF", "WEBP", "TGA", "PNG", "ICO", "JPEG2000"]
)
def test_formats(fmt: str) -> None:
    all_options: dict[str, Any] = {"WEBP": {"lossless": True}, "ICO": {"sizes": [(5, 6)]}}
    options = all_options.get(fmt, {})
    colour = np.broadcast_to(RGB[:1, :1], (6, 5, 3))
    assert np.array_equal(decode(png(colour.copy(), format=fmt, **options), "x", None), colour)


def test_one_bit() -> None:
    bits = Image.fromarray(GREY > 127)
    assert bits.mode == "1"
    assert np.array_equal(decode(png(bits), "x", None)[..., 0], np.where(GREY > 127, 255, 0))


def test_palette_shows_its_colours() -> None:
    image = Image.new("P", (5, 6))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
    image.putdata((GREY % 4).ravel().tolist())
    colours = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [100, 110, 120]])
    assert np.array_equal(decode(png(image), "x", None), colours[GREY % 4])
    transparent = decode(png(image, transparency=2), "x", None)
    colours[2] = 255
    assert np.array_equal(transparent, colours[GREY % 4])
    half = decode(png(image, transparency=bytes([255, 0, 255, 255])), "x", None)
    assert (half[GREY % 4 == 1] == 255).all()


def test_alpha_shows_white() -> None:
    rgba = np.dstack([RGB, ALPHA])
    assert np.abs(decode(png(rgba), "x", None) - over_white(RGB, ALPHA)).max() <= 1
    la = Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(ALPHA)])
    found = decode(png(la), "x", None)
    assert found.shape == (6, 5, 1)
    assert np.abs(found - over_white(GREY, ALPHA)).max() <= 1


def test_transparent_grey_and_colour() -> None:
    grey = decode(png(Image.fromarray(GREY), transparency=int(GREY[2, 3])), "x", None)
    assert np.array_equal(grey[..., 0], np.where(GREY[2, 3] == GREY, 255, GREY))
    colour = decode(png(RGB, transparency=tuple(RGB[1, 1].tolist())), "x", None)
    assert (colour[1, 1] == 255).all()
    assert np.array_equal(colour[2], RGB[2])


@pytest.mark.parametrize("fmt", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_are_divided_by_257(fmt: str) -> None:
    deep = RNG.integers(0, 65536, (6, 5)).astype(np.uint16)
    deep[0, :2] = 0, 65535
    assert np.array_equal(decode(png(deep, format=fmt), "x", None)[..., 0], np.rint(deep / 257))


def test_big_endian_sixteen_bits() -> None:
    deep = RNG.integers(0, 65536, (6, 5)).astype(np.uint16)
    image = Image.frombytes("I;16B", (5, 6), deep.astype(">u2").tobytes())
    assert np.array_equal(decode(png(image, format="TIFF"), "x", None)[..., 0], np.rint(deep / 257))


def test_floats_lie_between_zero_and_one() -> None:
    values = RNG.random((6, 5), np.float32)
    found = decode(png(values, format="TIFF"), "x", None)
    assert np.array_equal(found[..., 0], np.rint(values * 255))
    for bad in (values + 1, values - 1, np.where(values > 0.5, np.nan, values)):
        with pytest.raises(DataError, match=r"float32 must lie in 0 … 1"):
            decode(png(bad.astype(np.float32), format="TIFF"), "x", None)


def test_integers_past_sixteen_bits_are_refused() -> None:
    values = np.full((6, 5), 65535, np.int32)
    assert (decode(png(values, format="TIFF"), "x", None) == 255).all()
    with pytest.raises(DataError, match="0 … 65535"):
        decode(png(values + 1, format="TIFF"), "x", None)


def test_cmyk_and_lab() -> None:
    ink = Image.merge("CMYK", [Image.new("L", (5, 6), v) for v in (255, 0, 0, 0)])
    red, green, blue = decode(png(ink, format="TIFF"), "x", None)[0, 0]
    assert (red, green, blue) == (0, 255, 255)
    assert decode(png(ink, format="JPEG"), "x", None)[0, 0, 0] < 10
    lab = Image.merge("LAB", [Image.new("L", (5, 6), v) for v in (255, 128, 128)])
    assert decode(png(lab, format="TIFF"), "x", None).min() > 240


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("L", (5, 6), v) for v in (0, 255)]
    content = png(frames[0], format="GIF", save_all=True, append_images=frames[1:])
    assert (decode(content, "x", None) == 0).all()


@pytest.mark.parametrize("fmt", ["PNG", "TIFF"])
def test_orientation_is_honoured(fmt: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the left when taken
    assert np.array_equal(decode(png(RGB, exif=exif, format=fmt), "x", None), np.rot90(RGB, -1))


def test_damaged_orientation_does_no_harm() -> None:
    content = png(RGB, exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert np.array_equal(decode(content, "x", None), RGB)


def test_resizing() -> None:
    flat = np.full((9, 7, 3), 77, np.uint8)
    assert (decode(png(flat), "x", (4, 12)) == 77).all()
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))
    small = decode(png(ramp), "x", (8, 8))[..., 0]
    assert np.abs(small[4, 2:6] - ramp.reshape(8, 8, 8, 8).mean((1, 3))[4, 2:6]).max() < 2
    batch = resized_batch(np.stack([RGB, RGB[::-1]]), (3, 4))
    assert np.array_equal(batch[1], decode(png(RGB[::-1].copy()), "x", (3, 4)))
    assert resized_batch(GREY[None, ..., None], (3, 4)).shape == (1, 3, 4, 1)


def test_read_image_takes_a_path_or_content(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(png(RGB))
    assert np.array_equal(read_image(file), RGB)
    assert np.array_equal(read_image(png(RGB), 3), read_image(str(file), (3, 3)))
    assert read_image(png(GREY)).shape == (6, 5, 3)
    assert np.array_equal(read_image(png(GREY), channels=1)[..., 0], GREY)
    luma = RGB @ [0.299, 0.587, 0.114]
    assert np.abs(read_image(file, channels=1)[..., 0] - luma).max() <= 1
    assert read_image(file).flags.writeable


def test_read_image_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.png: there is no such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(DataError, match="it is a folder, not a file"):
        read_image(tmp_path)
    with pytest.raises(DataError, match="channels must be 1 or 3, got 4"):
        read_image(png(RGB), channels=4)
    bad = tmp_path / "bad.png"
    bad.write_bytes(png(RGB)[:60])
    with pytest.raises(DataError, match=r"bad\.png: cannot be decoded"):
        read_image(bad)


@pytest.mark.parametrize(
    "size", [0, -1, True, 3.5, "32", (3,), (3, 4, 5), (3, 0), (3, None), 1 << 20]
)
def test_sizes_that_do_not_fit(size: Any) -> None:
    with pytest.raises(DataError, match="image_size must be"):
        checked_size(size)


def test_sizes_that_fit() -> None:
    assert checked_size(None) is None
    assert checked_size(32) == (32, 32)
    assert checked_size([3, 4]) == (3, 4)


@pytest.mark.parametrize("times", [1.5, 3])
def test_decompression_bombs(times: float, monkeypatch: pytest.MonkeyPatch) -> None:
    content = png(np.zeros((300, 300), np.uint8))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", int(300 * 300 / times))
    with pytest.raises(DataError, match=r"bomb\.png: more than the \d+ pixels"):
        decode(content, "bomb.png", None)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert decode(content, "bomb.png", None).shape == (300, 300, 1)


def test_a_wrong_setting_is_no_damaged_image(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    Image.new("L", (2000, 1000)).save(file, "PNG")
    monkeypatch.setenv("PRECONV_MEMORY_GIB", "much")
    with pytest.raises(CacheError, match="PRECONV_MEMORY_GIB must be"):
        read_image(file.getvalue())


def test_a_want_of_memory_is_no_damaged_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    content = png(np.zeros((3, 3), np.uint8))
    monkeypatch.setattr("data.pixels.images.eight_bit", fail)
    with pytest.raises(MemoryError) as caught:
        decode(content, "cat.png", None)
    assert caught.value.__notes__ == ["while cat.png was decoded"]


def in_iptc(content: bytes) -> bytes:
    """Return an IPTC stream of a grey image; whatever lies in it, Pillow would open."""
    fields = {
        (2, 120): b" " * 100,  # without it, formats whose headers are text are tried
        (3, 20): b"\x08",
        (3, 30): b"\x08",
        (3, 60): b"\1\0",
        (3, 120): b"\5",
        (8, 10): content,
    }
    heads = {tag: struct.pack(">BBBH", 0x1C, *tag, len(value)) for tag, value in fields.items()}
    return b"".join(heads[tag] + value for tag, value in fields.items())


@pytest.mark.parametrize("wrapped", [bytes, in_iptc])
def test_postscript_is_never_run(
    wrapped: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        pytest.fail("Ghostscript was started")

    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", fail)
    with pytest.raises(DataError, match="cannot be decoded"):
        decode(wrapped(png(RGB, format="EPS")), "x.png", None)
    assert not any(map(is_image_name, ("cat/x.eps", "cat/x.iim")))


def opening_methods(name: str) -> set[str]:
    """Return the methods of a format's plugin that open an image of any format."""
    tree = ast.parse(inspect.getsource(sys.modules[Image.OPEN[name][0].__module__]))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    methods = [node for each in classes for node in each.body if isinstance(node, ast.FunctionDef)]
    return {
        method.name
        for method in methods
        for node in ast.walk(method)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open"
    }


def test_no_format_that_is_read_opens_what_lies_in_it_as_any_format() -> None:
    """Else one that is not read is, inside of one that is."""
    found = {name: opening_methods(name) for name in _formats()}
    assert opening_methods("IPTC") == {"load"}
    assert {method for methods in found.values() for method in methods} <= {
        "load_djpeg"  # which starts a program, and which nothing calls
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat/a.jpg", True),
        ("cat/A.PNG", True),
        ("a.tiff", True),
        ("cat/readme.txt", False),
        ("cat/.hidden.png", False),
        ("__MACOSX/cat/a.jpg", False),
        (".cache/a.jpg", False),
        ("cat/jpg", False),
        ("cat/a.pdf", False),
    ],
)
def test_image_names(name: str, expected: bool) -> None:
    assert is_image_name(name) is expected


SAMPLES = [
    png(RGB),
    png(np.dstack([RGB, ALPHA])),
    png(GREY, format="GIF"),
    png(RGB, format="JPEG"),
    png(RGB, format="TIFF"),
    png(RGB, format="BMP"),
    png(RGB, format="WEBP"),
    png(GREY.astype(np.uint16), format="PNG"),
]


@given(st.sampled_from(SAMPLES).flatmap(damaged))
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    message = refusal(lambda: decode(content, "x", (4, 4)))
    assert not message or message.startswith("x: ")
