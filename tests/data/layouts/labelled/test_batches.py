"""A batch is decoded under the settings of the process that asks, in whichever it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from data import DataError, load_dataset
from data.archives.member import Member
from data.layouts.labelled.batches import Decoded, Wanted, decoded_batch
from data.pixels.pillow_settings import PillowSettings
from tests.data.samples import png, write_folder

WHOLE = png(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8), format="JPEG")
CUT = WHOLE[: len(WHOLE) // 2]


def batch() -> list[Member]:
    return [Member("a.jpg", "x/a.jpg", len(CUT), partial(bytes, CUT))]


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)


def test_settings_of_pillow_reach_whoever_decodes() -> None:
    wanted = partial(Wanted, 40, 50, "a.jpg", None, "stretch", False)
    strict, lenient = PillowSettings(False, None), PillowSettings(True, None)
    assert [*decoded_batch(batch(), wanted(strict)).unreadable] == ["a.jpg"]
    assert decoded_batch(batch(), wanted(lenient)).names == ["a.jpg"]
    assert PillowSettings.now() == lenient
    with pytest.raises(DataError, match=r"x/a\.jpg: more than the 1999 pixels"):
        decoded_batch(batch(), wanted(PillowSettings(True, 1999)))


def test_they_are_those_of_the_time_of_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def heard(members: list[Member], wanted: Wanted) -> Decoded:
        asked.append(wanted.settings)
        return decoded_batch(members, wanted)

    monkeypatch.setattr("data.layouts.labelled.decoding.decoded_batch", heard)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)
    load_dataset(write_folder(tmp_path, {f"{pet}/{i}.jpg": WHOLE for pet in "ab" for i in "12"}))
    assert asked == [PillowSettings(False, 2000)]
