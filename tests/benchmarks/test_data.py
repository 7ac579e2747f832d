"""How fast a folder of small images is loaded, beside what Pillow's decoding takes alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from joblib import cpu_count
from PIL import Image

from data import load_dataset

N_IMAGES = int(os.environ.get("PRECONV_BENCH_IMAGES", "20000"))
SIDE_PX = 32
MOST_TIMES, MOST_AGAIN_S, MOST_MORE_MIB = 1.3, 5.0, 300.0

_PEAK = """
import resource, sys
from data import load_dataset
dataset = load_dataset(sys.argv[1], cache=False)
size = sum(getattr(dataset, f"images_{part}").nbytes for part in dataset.parts)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - size) / 2**20)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of ten classes of JPEGs of 32×32 pixels."""
    images = load_dataset().images_train
    home = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(0)
    for label in range(10):
        (home / f"class{label}").mkdir()
    for n in range(N_IMAGES):
        noise = rng.integers(0, 9, images.shape[1:])
        pixels = np.minimum(images[n % len(images)] + noise, 255).astype(np.uint8)
        Image.fromarray(pixels).save(home / f"class{n % 10}" / f"{n:06}.jpg", quality=90)
    return home


def test_a_folder_of_small_images(
    folder: Path, benchmark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside Pillow in as many processes as there are cores, in turn; the best of each counts."""
    ours: list[float] = []
    peer: list[float] = []
    for n in range(3):
        monkeypatch.setenv("PRECONV_CACHE", str(tmp_path / f"cache{n}"))
        peer.append(_timed(lambda: _decoded(folder)))
        ours.append(_timed(lambda: load_dataset(folder)))
    again = benchmark.pedantic(lambda: _timed(lambda: load_dataset(folder)), rounds=3)
    more = float(subprocess.check_output([sys.executable, "-c", _PEAK, str(folder)], text=True))
    print(
        f"\n{N_IMAGES:,} JPEGs of {SIDE_PX}×{SIDE_PX} on {cpu_count()} cores: Pillow alone "
        f"{min(peer):.2f} s, loaded in {min(ours):.2f} s ({min(ours) / min(peer):.2f} times), "
        f"again from the cache in {again:.2f} s; {more:.0f} MiB of memory besides the images"
    )
    assert min(ours) <= MOST_TIMES * min(peer)
    assert again <= MOST_AGAIN_S
    assert more <= MOST_MORE_MIB


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _decoded(folder: Path) -> npt.NDArray[np.uint8]:
    """Return the images as few lines of Pillow's would."""
    files = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]  # noqa: PTH118
    out = np.empty((len(files), SIDE_PX, SIDE_PX, 3), np.uint8)
    with get_context("fork").Pool(cpu_count()) as pool:
        for row, pixels in zip(out, pool.imap(_pixels, files, chunksize=128), strict=True):
            row[...] = pixels
    return out


def _pixels(file: str) -> npt.NDArray[np.uint8]:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))
