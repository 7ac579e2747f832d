"""How fast the extractors are beside their peers, both timed in turn in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy.spatial.distance import cdist
from skimage.color import rgb2hsv, rgb2lab
from skimage.data import astronaut
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern
from skimage.feature import hog as scikit_image_hog
from sklearn.cluster import KMeans, MiniBatchKMeans, kmeans_plusplus

from data import load_dataset
from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    CoOccurrence,
    FisherVector,
    LocalBinaryPatterns,
    RawPixels,
)
from features.colors.color_spaces import COLOR_SPACES
from features.textures.co_occurrences import PROPERTIES, quantized
from features.textures.grey import grey_levels
from features.words.descriptors.patches import Patches
from features.words.descriptors.sampling import sample_descriptors
from features.words.learning import codebook
from features.words.learning.codebook import kmeans, nearest_words
from features.words.learning.seeding import spread_words
from features.words.learning.whitening import fit_whitening
from tests.benchmarks.readme_table import readme_table

N_LINES = 19
N_IMAGES, N_PEER = 2048, 64
N_WORDS = 1024


@pytest.fixture(scope="module")
def images() -> npt.NDArray[np.uint8]:
    return load_dataset().images_train[:N_IMAGES]


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    with readme_table("features", N_LINES) as lines:
        yield lines


def race(
    benchmark: Any, ours: Callable[[], object], peer: Callable[[], object], rounds: int = 7
) -> tuple[float, float]:
    """Best seconds of ours and of the peer, which runs before each round of ours."""
    seconds: list[float] = []

    def run_peer() -> None:
        start = time.perf_counter()
        peer()
        seconds.append(time.perf_counter() - start)
        # After a product BLAS's threads spin for some hundredths of a second before they sleep,
        # and would hold a core that ours should have.
        time.sleep(0.1)

    benchmark.pedantic(ours, setup=run_peer, rounds=rounds, warmup_rounds=1)
    best = float(benchmark.stats.stats.min)
    benchmark.extra_info["peer_seconds"] = min(seconds)
    return best, min(seconds)


def test_raw_pixels(benchmark: Any, images: npt.NDArray[np.uint8], table: list[str]) -> None:
    extractor = RawPixels().fit(images)
    ours, peer = race(
        benchmark,
        lambda: extractor.transform(images),
        lambda: images.reshape(len(images), -1).astype(np.float32) / np.float32(255),
    )
    add_per_image(table, "`RawPixels`", ours, "`astype` and a division", peer * N_PEER / N_IMAGES)


@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
def test_color_histogram(
    benchmark: Any, images: npt.NDArray[np.uint8], table: list[str], space: str
) -> None:
    extractor = ColorHistogram(bins=8, color_space=space).fit(images)
    ranges = COLOR_SPACES[space].ranges
    convert = {"rgb": np.asarray, "hsv": rgb2hsv, "lab": rgb2lab}[space]

    def loop() -> None:
        for image in images[:N_PEER]:
            np.histogramdd(convert(image).reshape(-1, 3), bins=8, range=ranges)

    ours, peer = race(benchmark, lambda: extractor.transform(images), loop)
    peers_name = "`numpy.histogramdd`" if space == "rgb" else f"`rgb2{space}` and `histogramdd`"
    work = f"`ColorHistogram`, 8×8×8, {space}"
    add_per_image(table, work, ours, f"{peers_name} in a loop", peer)


def test_hog(benchmark: Any, images: npt.NDArray[np.uint8], table: list[str]) -> None:
    extractor = HOG().fit(images)

    def loop() -> None:
        for image in images[:N_PEER]:
            scikit_image_hog(image, cells_per_block=(2, 2), channel_axis=-1)

    ours, peer = race(benchmark, lambda: extractor.transform(images), loop)
    add_per_image(table, "`HOG`, 324 values", ours, "`skimage.feature.hog` in a loop", peer)


def test_hog_of_a_photograph(benchmark: Any, table: list[str]) -> None:
    photo = np.asarray(Image.fromarray(astronaut()).resize((640, 480)))  # type: ignore[no-untyped-call]
    photos = np.repeat(photo[None], 8, axis=0)
    extractor = HOG().fit(photos)
    ours, peer = race(
        benchmark,
        lambda: extractor.transform(photos),
        lambda: scikit_image_hog(photo, cells_per_block=(2, 2), channel_axis=-1),
    )
    table.append(
        f"| `HOG`, 640×480 | {ours / len(photos) * 1e3:.2f} ms an image "
        f"| `skimage.feature.hog`, {peer * 1e3:.0f} ms | {peer * len(photos) / ours:.1f}× |\n"
    )


@pytest.mark.parametrize(("radius", "n_points"), [(1, 8), (3, 24)])
def test_local_binary_patterns(
    benchmark: Any, images: npt.NDArray[np.uint8], table: list[str], radius: int, n_points: int
) -> None:
    extractor = LocalBinaryPatterns(radius=radius, n_points=n_points).fit(images)
    levels = grey_levels(images[:N_PEER])

    def loop() -> None:
        for each in levels:
            patterns = local_binary_pattern(  # type: ignore[no-untyped-call]
                each, n_points, radius, "uniform"
            )
            np.bincount(patterns.astype(int).ravel(), minlength=n_points + 2)

    ours, peer = race(benchmark, lambda: extractor.transform(images), loop)
    work = f"`LocalBinaryPatterns`, {n_points} points, radius {radius}"
    add_per_image(table, work, ours, "`skimage.feature.local_binary_pattern` in a loop", peer)


def test_co_occurrence(benchmark: Any, images: npt.NDArray[np.uint8], table: list[str]) -> None:
    extractor = CoOccurrence().fit(images)
    levels = quantized(grey_levels(images[:N_PEER]), 16)

    def loop() -> None:
        for each in levels:
            matrix = graycomatrix(  # type: ignore[no-untyped-call]
                each, extractor.distances, extractor.angles, levels=16, symmetric=True
            )
            for name in PROPERTIES:
                graycoprops(matrix, name)  # type: ignore[no-untyped-call]

    ours, peer = race(benchmark, lambda: extractor.transform(images), loop)
    work = "`CoOccurrence`, 4 angles, 16 levels, 10 properties"
    peers_name = "`skimage.feature.graycomatrix` and `graycoprops` in a loop"
    add_per_image(table, work, ours, peers_name, peer)


@pytest.mark.parametrize("encoding", ["two-sided", "triangle", "hard", "soft", "nearest"])
def test_bag_of_visual_words(
    benchmark: Any, images: npt.NDArray[np.uint8], table: list[str], encoding: str
) -> None:
    some = images[:N_PEER]
    extractor = BagOfVisualWords(n_words=N_WORDS, codebook="sampled", encoding=encoding).fit(images)
    rng = np.random.default_rng(0)
    patches = rng.standard_normal((N_PEER * 729, 108), dtype=np.float32)
    words = rng.standard_normal((108, N_WORDS), dtype=np.float32)
    out = np.empty((len(patches), N_WORDS), dtype=np.float32)
    ours, peer = race(
        benchmark,
        lambda: extractor.transform(some),
        lambda: np.matmul(patches, words, out=out),
        rounds=15,
    )
    operations = N_PEER * 2 * 729 * 108 * N_WORDS
    rate, bare = operations / ours / 1e9, operations / peer / 1e9
    work = f"`BagOfVisualWords`, {N_WORDS:,} words, {encoding}"
    table.append(
        f"| {work} | {ours / N_PEER * 1e3:.2f} ms an image, {rate:.0f} GFLOP/s "
        f"| the bare matrix product, {bare:.0f} GFLOP/s | {rate / bare:.0%} |\n"
    )


def test_fisher_vector(benchmark: Any, images: npt.NDArray[np.uint8], table: list[str]) -> None:
    from skimage.feature import fisher_vector
    from sklearn.mixture import GaussianMixture

    extractor = FisherVector(n_iterations=3, n_samples=20_000).fit(images)
    mixture = extractor.mixture_
    model = GaussianMixture(len(mixture.weights), covariance_type="diag")
    model.weights_, model.means_ = mixture.weights, mixture.means
    model.covariances_ = mixture.variances
    model.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    vectors = np.random.default_rng(0).normal(size=(625, mixture.means.shape[1]))

    def loop() -> None:
        for _ in range(N_PEER):
            fisher_vector(vectors, model, improved=True)  # type: ignore[no-untyped-call]

    some = images[:512]
    ours, peer = race(benchmark, lambda: extractor.transform(some), loop, rounds=5)
    add_per_image(
        table,
        "`FisherVector`, 32 Gaussians, dense HoG included",
        ours * N_IMAGES / 512,
        "`skimage.feature.fisher_vector` in a loop, descriptors given",
        peer,
    )


def test_vlad(benchmark: Any, images: npt.NDArray[np.uint8], table: list[str]) -> None:
    """The peer is the same sums in NumPy, one word after the other."""
    extractor = VLAD(n_iterations=3, n_samples=20_000).fit(images)
    words = extractor.words_
    vectors = np.random.default_rng(0).normal(size=(625, words.shape[1])).astype(np.float32)

    def loop() -> None:
        for _ in range(N_PEER):
            nearest = cdist(vectors, words).argmin(axis=1)
            sums = np.stack(
                [(vectors[nearest == k] - words[k]).sum(axis=0) for k in range(len(words))]
            )
            sums /= np.linalg.norm(sums)

    some = images[:512]
    ours, peer = race(benchmark, lambda: extractor.transform(some), loop, rounds=5)
    add_per_image(
        table,
        "`VLAD`, 32 words, dense HoG included",
        ours * N_IMAGES / 512,
        "`scipy.spatial.distance.cdist` and NumPy in a loop, descriptors given",
        peer,
    )


@pytest.fixture(scope="module")
def descriptors(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """400,000 whitened 6×6 patches."""
    vectors = sample_descriptors(images, Patches(6), 400_000, np.random.default_rng(0))
    return fit_whitening(vectors, 0.1).of_many(vectors)


def test_lloyds_rounds(
    benchmark: Any,
    descriptors: npt.NDArray[np.float32],
    table: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A round is a quarter of what five rounds take more than one, from the same start."""
    vectors = descriptors[::4].copy()
    start = vectors[np.random.default_rng(0).choice(len(vectors), 800, replace=False)]
    monkeypatch.setattr(codebook, "spread_words", lambda *_, **__: start)

    def ours(n_rounds: int) -> None:
        kmeans(vectors, 800, np.random.default_rng(0), n_iterations=n_rounds)

    def scikit_learns(n_rounds: int) -> None:
        model = KMeans(800, init=start, n_init=1, max_iter=n_rounds, tol=0, algorithm="lloyd")
        model.fit(vectors)

    def seconds(work: Callable[[int], None], n_rounds: int) -> float:
        begin = time.perf_counter()
        work(n_rounds)
        return time.perf_counter() - begin

    rounds = {
        work: min(seconds(work, 5) for _ in range(3)) - min(seconds(work, 1) for _ in range(3))
        for work in (ours, scikit_learns)
    }
    benchmark.pedantic(ours, args=(1,), rounds=3)
    here, there = rounds[ours] / 4, rounds[scikit_learns] / 4
    table.append(
        f"| `kmeans`, a round, 100,000 × 108 into 800 words | {here:.3f} s "
        f"| `KMeans(algorithm='lloyd')`, {there:.3f} s | {there / here:.2f}× |\n"
    )


def test_codebook(benchmark: Any, descriptors: npt.NDArray[np.float32], table: list[str]) -> None:
    """400,000 patches into 1,600 words, in as many rounds as bring the words as near."""
    squared = float(np.einsum("nd,nd->", descriptors, descriptors, dtype=np.float64))
    models: list[npt.NDArray[np.float32]] = []

    def minibatches() -> None:
        model = MiniBatchKMeans(1600, batch_size=4096, init="random", n_init=1, random_state=0)
        models.append(model.fit(descriptors).cluster_centers_)

    def ours() -> None:
        models.append(kmeans(descriptors, 1600, np.random.default_rng(0), n_iterations=2))

    start = time.perf_counter()
    minibatches()
    peer = time.perf_counter() - start
    benchmark.pedantic(ours, rounds=1)
    seconds = float(benchmark.stats.stats.min)
    spreads = [
        (squared - 2 * float(nearest_words(descriptors, words)[1].sum(dtype=np.float64)))
        / len(descriptors)
        for words in models
    ]
    assert spreads[1] <= spreads[0]
    table.append(
        f"| `kmeans`, 400,000 × 108 into 1,600 words, 2 rounds | {seconds:.1f} s, mean squared "
        f"distance {spreads[1]:.2f} | `MiniBatchKMeans`, batches of 4,096: {peer:.1f} s, "
        f"{spreads[0]:.2f} | {peer / seconds:.2f}× |\n"
    )


def test_seeds(benchmark: Any, images: npt.NDArray[np.uint8], table: list[str]) -> None:
    """Both spread words over the same vectors, and both with eight candidates or so."""
    vectors = sample_descriptors(images, Patches(6), 12_800, np.random.default_rng(0))
    vectors = fit_whitening(vectors, 0.1)(vectors)
    words: dict[str, npt.NDArray[np.float32]] = {}

    def ours() -> None:
        words["ours"] = spread_words(vectors, 400, np.random.default_rng(0))

    def scikit_learns() -> None:
        words["peer"] = kmeans_plusplus(vectors, 400, random_state=0, n_local_trials=8)[0]

    seconds, peer = race(benchmark, ours, scikit_learns, rounds=5)
    lengths = float(np.einsum("nd,nd->", vectors, vectors, dtype=np.float64))
    spreads = {
        name: (lengths - 2 * float(nearest_words(vectors, each)[1].sum(dtype=np.float64)))
        / len(vectors)
        for name, each in words.items()
    }
    assert spreads["ours"] < 1.02 * spreads["peer"]
    table.append(
        f"| `spread_words`, 12,800 × 108 into 400 words | {seconds:.2f} s, mean squared distance "
        f"{spreads['ours']:.2f} | `kmeans_plusplus` with as many candidates: {peer:.2f} s, "
        f"{spreads['peer']:.2f} | {peer / seconds:.1f}× |\n"
    )


def add_per_image(table: list[str], work: str, ours: float, peer_name: str, peer: float) -> None:
    here, there = ours / N_IMAGES * 1e6, peer / N_PEER * 1e6
    table.append(
        f"| {work} | {here:.1f} µs an image | {peer_name}, {there:.1f} µs | {there / here:.1f}× |\n"
    )
