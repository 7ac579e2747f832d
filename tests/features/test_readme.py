"""The README's examples run, and give what their comments say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from skimage.feature import daisy

from features.colors.color_spaces import COLOR_SPACES
from features.textures.grey import grey_levels
from features.words import ENCODERS
from tests.readme_blocks import code_blocks

README = (Path(__file__).parents[2] / "features" / "README.md").read_text(encoding="utf-8")
BLOCKS = code_blocks(README, "python")
SHAPES = re.findall(r"^(.*fit_transform\(images\))  # (.*)$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def names() -> Iterator[dict[str, Any]]:
    """What the examples define, one after the other; what they register goes again."""
    found: dict[str, Any] = {}
    with patch.dict(COLOR_SPACES), patch.dict(ENCODERS):
        for block in BLOCKS:
            exec(compile(block, "features/README.md", "exec"), found)
        yield found


def test_the_parts_make_the_textbook_histogram(names: dict[str, Any]) -> None:
    assert names["vectors"].shape == (20, 324 + 512)
    assert names["histogram"].shape == (16,)
    np.testing.assert_allclose(names["histogram"].sum(), 1)


@pytest.mark.parametrize(
    "shown", re.findall(r"^(.*fit_transform\(images\))  # (.*)$", README, re.M)
)
def test_shapes_are_those_of_the_comments(names: dict[str, Any], shown: tuple[str, str]) -> None:
    assert len(SHAPES) == 9
    code, shape = shown
    assert eval(code.rpartition(" = ")[2], names).shape == eval(shape)


def test_a_column_of_images_stands_beside_another(names: dict[str, Any]) -> None:
    assert names["beside"].transform(names["table"]).shape == (20, 324 + 1)


def test_what_comes_from_another_package_is_an_extractor(names: dict[str, Any]) -> None:
    images = names["images"]
    mine = names["Daisy"]().fit(images)
    assert len(mine.get_feature_names_out()) == 2 * 2 * 136
    expected = daisy(grey_levels(images)[3], step=9, radius=7, rings=2)  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(mine.transform(images[3:4])[0], np.float32(expected).ravel())


def test_what_is_added_in_the_examples_has_pictures(names: dict[str, Any]) -> None:
    images = names["images"]
    mine = names["Brightness"]().fit(images)
    assert mine.pictures(images)[0].image.shape == (32, 32)
    opponent = names["ColorHistogram"](bins=4, color_space="opponent").fit(images)
    assert np.ptp(opponent.pictures(images)[0].image) > 0
