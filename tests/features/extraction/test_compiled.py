from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from features.extraction.compiled import _signatures, compiled, contrast_normalized

OURS = {"data", "features", "models", "pipelines"}


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


@pytest.mark.parametrize("writable", [pytest.param(True, marks=pytest.mark.slow), False])
def test_a_missing_cache_folder_is_no_trouble(tmp_path: Path, writable: bool) -> None:
    """A file in the folder's place cannot be written into, not even by the superuser."""
    place = tmp_path / "cache"
    if not writable:
        place.write_text("in the way")
    script = (
        "import numpy as np\n"
        "from features.extraction.compiled import compiled, contrast_normalized\n"
        "vectors = np.array([[1, 3]], dtype=np.float32)\n"
        "compiled(contrast_normalized)(vectors, np.float32(0))\n"
        "print(vectors)\n"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(place / "below")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[[-1.  1.]]", "")
    assert writable == place.is_dir()


def test_a_loop_imports_nothing_of_ours_from_other_folders() -> None:
    """Kept machine code is made anew when a file of the loop's own folder changes, no other."""
    functions = [each for each in _signatures() if each is not contrast_normalized]
    assert len(functions) > 20
    for name in {function.__module__ for function in functions}:
        folder = name.rpartition(".")[0]
        for line in Path(import_module(name).__file__ or "").read_text().splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"]) and words[1].split(".")[0] in OURS:
                assert words[1].startswith(f"{folder}."), f"{name}: {line}"


CODES = """
import numpy as np
from features.words.encodings import ENCODERS
from features.words.learning.whitening import Whitening

rng = np.random.default_rng(0)
vectors, words = (rng.standard_normal((n, 108), dtype=np.float32) for n in (729, 301))
whitening = Whitening(np.zeros(108, np.float32), np.linalg.qr(vectors[:108])[0])
for name in ("soft", "triangle"):
    encoder = ENCODERS[name](words, whitening=whitening)
    print(encoder.sums(vectors, [(0, 200), (200, 729)]).tobytes().hex())
"""


@pytest.mark.slow
def test_code_that_was_just_compiled_gives_the_bits_of_kept_code(tmp_path: Path) -> None:
    surroundings = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def said() -> str:
        return subprocess.run(
            [sys.executable, "-c", CODES],
            env=surroundings, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    compiled_now = said()
    assert [*tmp_path.rglob("*.nbi")]
    assert said() == compiled_now
