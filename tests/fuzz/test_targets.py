"""Each reader meets some changed files in every run of the tests, and many in `make fuzz`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, case, run

N_CASES = {"pickle": 100, "npz": 30, "tar": 15, "zip": 15, "image folder": 10, "model": 60}


@pytest.mark.parametrize("name", TARGETS)
def test_a_changed_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    for number in range(len(target.seeds())):
        assert run(target, case(target, number), tmp_path) == ""
    refused = 0
    for number in range(1000, 1000 + N_CASES.get(name, 5)):
        folder = tmp_path / str(number)
        folder.mkdir()
        refused += run(target, case(target, number), folder) != ""
    assert refused  # or the changes change nothing


def test_a_case_is_the_same_each_time() -> None:
    for target in TARGETS.values():
        assert case(target, 12_345) == case(target, 12_345)
