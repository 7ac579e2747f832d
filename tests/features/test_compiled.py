from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from features.compiled import (
    byte_votes,
    cell_sums,
    color_counts,
    compiled,
    contrast_normalized,
)


def random_codes() -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(9, 21)).astype(np.float32)


def test_contrast_machine_code_does_what_its_python_does() -> None:
    vectors = random_codes() * 100
    vectors[3] = 5
    machine, python = vectors.copy(), vectors.copy()
    compiled(contrast_normalized)(machine, np.float32(0))
    contrast_normalized(python, np.float32(0))
    np.testing.assert_allclose(machine, python, rtol=1e-4, atol=1e-6)
    assert not machine[3].any()
    np.testing.assert_allclose(np.delete(machine, 3, axis=0).std(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("writable", [True, False])
def test_a_missing_cache_folder_is_no_trouble(tmp_path: Path, writable: bool) -> None:
    """A file in the folder's place cannot be written into, not even by the superuser."""
    place = tmp_path / "cache"
    if not writable:
        place.write_text("in the way")
    script = (
        "import numpy as np\n"
        "from features.words.encodings import TwoSided\n"
        "one = np.ones((1, 1), dtype=np.float32)\n"
        "print(TwoSided(one, threshold=0.25).sums(one, [(0, 1)]))\n"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(place / "below")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[[0.75 0.  ]]", "")
    assert writable == place.is_dir()


@pytest.mark.parametrize("channels", [1, 3])
def test_byte_votes_machine_code_does_what_its_python_does(channels: int) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 5, 4, channels), dtype=np.uint8)
    table = rng.integers(0, 9, (511, 511), dtype=np.uint8)
    results = []
    for function in (compiled(byte_votes), byte_votes):
        magnitudes, bins = np.ones((2, 5, 4), np.float32), np.ones((2, 5, 4), np.uint8)
        function(images, table, magnitudes, bins)
        results.append((magnitudes, bins))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert (results[0][0][:, 0, 0] == 0).all()
    assert results[0][0].max() > 100


def test_cell_sums_machine_code_does_what_its_python_does() -> None:
    rng = np.random.default_rng(0)
    magnitudes = rng.random((2, 7, 5)).astype(np.float32)
    bins = rng.integers(0, 3, (2, 7, 5), dtype=np.uint8)
    machine, python = np.zeros((2, 2, 3, 2, 3))
    compiled(cell_sums)(magnitudes, bins, 2, 2, machine)
    cell_sums(magnitudes, bins, 2, 2, python)
    np.testing.assert_allclose(machine, python)
    np.testing.assert_allclose(machine.sum(), magnitudes[:, :6, :4].sum(), rtol=1e-6)


def test_color_counts_machine_code_does_what_its_python_does() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    boxes = np.array([[0, 4, 0, 5], [1, 3, 2, 5]])
    machine, python = np.zeros((2, 2, 2, 27), dtype=np.int32)
    compiled(color_counts)(images, 3, boxes, machine)
    color_counts(images, 3, boxes, python)
    np.testing.assert_array_equal(machine, python)
    assert machine.sum(axis=2).tolist() == [[20, 6], [20, 6]]
