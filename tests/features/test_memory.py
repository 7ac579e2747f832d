"""The promise about memory, as the operating system counts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource
import numpy as np
from features import *

images = np.random.default_rng(0).integers(0, 256, (50_000, 32, 32, 3), dtype=np.uint8)
extractor = {extractor}
extractor.fit(images[:2000])
extractor.transform(images[:64])

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

before = peak()
out = extractor.transform(images)
print((peak() - before - out.nbytes) / 2**20)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "extractor",
    [
        "RawPixels()",
        "ColorHistogram()",
        "ColorHistogram(color_space='lab', bins=4, soft=True, grid=(2, 2))",
        "HOG()",
        "HOG(transform_sqrt=True)",
        "BagOfVisualWords(n_words=100, n_samples=20_000)",
        "FisherVector(n_components=8, stride=2, n_samples=20_000)",
    ],
)
def test_50_000_images_take_their_output_and_300_mib(extractor: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(extractor=extractor)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 300
