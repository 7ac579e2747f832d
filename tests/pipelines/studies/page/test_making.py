from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.page.making import Making


def test_the_plain_command_has_no_options(tiny: Dataset) -> None:
    assert Making("all", "builtin", tiny, environment={}).command == "preconv study all"


@pytest.mark.parametrize(
    ("source", "size", "seed", "options"),
    [
        ("/home/me/my photos", 1.0, 0, "--data 'my photos'"),
        ("builtin", 0.5, 0, "--size 0.5"),
        ("builtin", 1.0, 7, "--seed 7"),
        ("photos.zip", 0.1, 1, "--data photos.zip --size 0.1 --seed 1"),
    ],
)
def test_the_command_has_what_is_not_usual(
    source: str, size: float, seed: int, options: str, tiny: Dataset
) -> None:
    making = Making("convexity", source, tiny, size, seed, {})
    assert making.command == f"preconv study convexity {options}"
