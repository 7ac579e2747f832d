"""The promise about memory, as the operating system counts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

N_IMAGES = 50_000

# Not `ru_maxrss`, which begins at what the parent process held and so hides what is smaller.
SCRIPT = """
from pathlib import Path
import numpy as np
from features import *

def mib(what):
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(what + ":")) / 1024

class Wasteful(RawPixels):
    '''Holds all images once more, as floats.'''
    def transform(self, X):
        return super().transform((X.astype(np.float32) * 1).astype(np.uint8))

images = np.random.default_rng(0).integers(0, 256, ({n}, 32, 32, 3), dtype=np.uint8)
extractor = {extractor}
extractor.fit(images[:2000])
before = mib("VmRSS")
out = extractor.transform(images)
print(mib("VmHWM") - before - out.nbytes / 2**20)
"""

WORDS = "BagOfVisualWords(n_words=40, stride=2, n_samples=5_000, n_iterations=3, "
VLAD = "VLAD(n_words=8, stride=2, n_samples=5_000, n_iterations=3, "
FISHER = "FisherVector(n_components=4, stride=2, n_samples=5_000, n_iterations=3, "


def mib_beside_the_output(extractor: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(extractor=extractor, n=N_IMAGES)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


needs_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak is read from /proc"
)


@needs_linux
@pytest.mark.slow
@pytest.mark.parametrize(
    "extractor",
    [
        "RawPixels()",
        "ColorHistogram()",
        "ColorHistogram(grid=[(1, 1), (2, 2)], norm='hellinger')",
        "ColorHistogram(color_space='hsv', bins=4)",
        "ColorHistogram(color_space='lab', bins=4, soft=True, grid=(2, 2))",
        "HOG()",
        "HOG(transform_sqrt=True)",
        WORDS + "encoding='hard', grid=(1, 1))",
        WORDS + "encoding='soft', bandwidth=2.0)",
        WORDS + "encoding='triangle')",
        WORDS + "encoding='two-sided', mirror=True, patch_size=[5, 9], grid=(3, 3), window=5)",
        WORDS + "encoding='nearest', grid=[(1, 1), (2, 2)])",
        WORDS + "descriptor='hog', patch_size=8)",
        "ConvolutionalKernelNetwork(n_filters=(16, 64), n_samples=5_000, n_iterations=3)",
        FISHER + "grid=[(1, 1), (2, 2)])",
        FISHER + "descriptor='patches', patch_size=6)",
        VLAD + "grid=[(1, 1), (2, 2)])",
        VLAD + "descriptor='patches', patch_size=6, n_dimensions=None)",
        "LocalBinaryPatterns(radius=[1, 2, 3], n_points=[8, 16, 24], grid=(2, 2))",
        "LocalBinaryPatterns(method='default')",
        "CoOccurrence(distances=[1, 3], grid=(2, 2))",
        "CoOccurrence(levels=32, angles=0, properties='matrix')",
    ],
)
def test_50_000_images_take_their_output_and_300_mib(extractor: str) -> None:
    assert mib_beside_the_output(extractor) < 300


@needs_linux
@pytest.mark.slow
def test_an_extractor_that_takes_more_is_caught() -> None:
    assert mib_beside_the_output("Wasteful()") > 300
