"""How long a training step takes, beside scikit-learn's and beside the matrix products alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier as ScikitLearn
from threadpoolctl import threadpool_limits

from models import LinearClassifier, MLPClassifier
from models.layers.functions.activations import ReLU
from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SoftmaxCrossEntropy
from models.optimization.optimizers import Adam
from models.optimization.update import Update
from models.training.augmentation import Augmentation
from models.training.loop import Settings, first_state, train
from models.training.stream import Stream
from tests.benchmarks.readme_table import readme_table

BATCH, N_SAMPLES, N_FEATURES = 128, 1536, 3072
NETS = [(512,), (1024, 1024)]
STEPS = [(hidden, batch) for hidden in NETS for batch in (BATCH, 32)]
N_LINES = 14


class Setup:
    """A network, its data, and its products alone, in buffers of their own."""

    def __init__(self, hidden: tuple[int, ...], batch: int = BATCH) -> None:
        self.rng = np.random.default_rng(0)
        self.batch = batch
        self.X = self.rng.random((N_SAMPLES, N_FEATURES), np.float32)
        self.y = self.rng.integers(0, 10, N_SAMPLES)
        layers: list[Layer] = []
        for width in hidden:
            layers += [Linear(width), ReLU()]
        self.net = Network([*layers, Linear(10)], N_FEATURES, np.float32, self.rng)
        self.targets = np.eye(10, dtype=np.float32)[self.y]
        self.state = first_state(self.net, Adam(), self.rng, np.random.RandomState(0))
        self.update = Update(self.net, Adam(), Adam().init(self.net.theta))
        linear = [layer for layer in self.net.walk() if isinstance(layer, Linear)]
        self.weights = [layer.weight.value for layer in linear]
        self.gradients = [layer.weight.gradient for layer in linear]
        self.outputs = [np.zeros((batch, w.shape[1]), np.float32) for w in self.weights]
        self.deltas = [np.zeros_like(output) for output in self.outputs]

    def train(self, augmentation: Augmentation | None = None) -> None:
        stream = Stream(self.X, self.targets, np.ones(N_SAMPLES), self.batch, augmentation)
        settings = Settings(n_epochs=self.state.epoch + 1, l2=1e-4)
        list(train(self.net, SoftmaxCrossEntropy(), Adam(), stream, self.state, settings))

    def products(self) -> float:
        """Seconds of the products, each in the caches that a step's update leaves behind."""
        seconds = 0.0
        for start in range(0, N_SAMPLES, self.batch):
            x = self.X[start : start + self.batch].copy()
            began = time.perf_counter()
            inputs = [x]
            for w, output in zip(self.weights, self.outputs, strict=True):
                inputs.append(np.matmul(inputs[-1], w, out=output))
            for i in range(len(self.weights) - 1, -1, -1):
                delta = self.deltas[i]
                np.matmul(inputs[i].T, delta, out=self.gradients[i])
                if i:
                    np.matmul(delta, self.weights[i].T, out=self.deltas[i - 1])
            seconds += time.perf_counter() - began
            self.update.step(0.0, 1, 1e-9)
        return seconds


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def paired(ours: Callable[[], float], theirs: Callable[[], float], rounds: int = 4) -> Array:
    """(rounds, 2), the two timed in turn, so that both see the same machine."""

    def rested(work: Callable[[], float]) -> float:
        time.sleep(0.15)  # so long BLAS keeps a core busy after a product of several threads
        return work()

    ours(), theirs()
    return np.array([(rested(ours), rested(theirs)) for _ in range(rounds)])


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    with readme_table("models", N_LINES) as lines:
        yield lines


def added(table: list[str], work: str, peer: str, times: Array, n: int) -> float:
    """Add a line; return the median over the rounds of their time over ours."""
    ours, theirs = times.min(axis=0) / n * 1e6
    ratio = float(np.median(times[:, 1] / times[:, 0]))
    table.append(f"| {work} | {ours:.1f} µs a sample | {peer}, {theirs:.1f} µs | {ratio:.2f}× |\n")
    return ratio


def shape(hidden: tuple[int, ...]) -> str:
    return "-".join(map(str, (N_FEATURES, *hidden, 10)))


@pytest.mark.benchmark
@pytest.mark.parametrize(("hidden", "batch"), STEPS, ids=str)
def test_step_beside_the_products(
    hidden: tuple[int, ...], batch: int, benchmark: Any, table: list[str]
) -> None:
    setup = Setup(hidden, batch)
    benchmark.pedantic(setup.train, rounds=1)
    times = paired(lambda: seconds(setup.train), setup.products)
    work = f"a step of Adam, {shape(hidden)}, batch {batch}"
    slowest = 1.6 if batch == BATCH else 2.5  # of a small batch, the update is most of the work
    assert added(table, work, "its matrix products alone", times, N_SAMPLES) > 1 / slowest


@pytest.mark.benchmark
@pytest.mark.parametrize(("hidden", "batch"), STEPS, ids=str)
def test_step_beside_scikit_learn(
    hidden: tuple[int, ...], batch: int, benchmark: Any, table: list[str]
) -> None:
    setup = Setup(hidden, batch)
    net = ScikitLearn(hidden, batch_size=batch, random_state=0)
    classes = np.arange(10)
    benchmark.pedantic(setup.train, rounds=1)
    times = paired(
        lambda: seconds(setup.train),
        lambda: seconds(lambda: net.partial_fit(setup.X, setup.y, classes=classes)),
        rounds=3,
    )
    work = f"a step of Adam, {shape(hidden)}, batch {batch}"
    assert added(table, work, "scikit-learn's `MLPClassifier`", times, N_SAMPLES) > 2.2


@pytest.mark.benchmark
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", NETS, ids=str)
def test_prediction_beside_the_products(
    hidden: tuple[int, ...], benchmark: Any, table: list[str]
) -> None:
    rng = np.random.default_rng(0)
    X = rng.random((10_000, N_FEATURES), np.float32)
    net = MLPClassifier(hidden, max_iter=1).fit(X[:500], rng.integers(0, 10, 500))

    def products() -> None:
        hidden_values = X
        for weight in net.coefs_:
            hidden_values = hidden_values @ weight

    benchmark.pedantic(net.predict, (X,), rounds=1)
    times = paired(lambda: seconds(lambda: net.predict(X)), lambda: seconds(products))
    work = f"prediction, {shape(hidden)}"
    assert added(table, work, "its matrix products alone", times, len(X)) > 1 / 1.3


@pytest.mark.benchmark
def test_augmentation_keeps_up(benchmark: Any, table: list[str]) -> None:
    setup = Setup((512,))
    augmentation = Augmentation((32, 32, 3), mirror=True, shift=4, crop=0.8, cutout=8, mixup=0.4)
    benchmark.pedantic(setup.train, (augmentation,), rounds=1)
    times = paired(lambda: seconds(lambda: setup.train(augmentation)), lambda: seconds(setup.train))
    work = f"a step of Adam with every augmentation, {shape((512,))}"
    assert added(table, work, "without augmentation", times, len(setup.X)) > 1 / 1.15


def correlated(n: int, d: int) -> tuple[Array, Array]:
    """Standardised rows whose neighbouring columns are alike, as those of images; ten classes."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((n, d), np.float32)
    X = np.cumsum(noise, axis=1) / np.float32(d**0.5) + np.float32(0.3) * noise
    y = (X[:, :: d // 10][:, :10] + rng.standard_normal((n, 10))).argmax(axis=1)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.mark.benchmark
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("n", "d", "n_cores", "ahead"), [(4000, 324, None, 4), (4000, 3072, None, 4), (285, 3072, 1, 2)]
)
def test_softmax_beside_scikit_learn(
    n: int,
    d: int,
    n_cores: int | None,
    ahead: float,
    benchmark: Any,
    table: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same objective, to the same value within a thousandth."""
    X, y = correlated(n, d)
    alpha = 1e-3
    ours = LinearClassifier(alpha=alpha, standardize=True)
    theirs = LogisticRegression(C=1 / (alpha * n), max_iter=500)
    if n_cores is not None:
        monkeypatch.setattr("joblib.cpu_count", lambda: n_cores)
    with threadpool_limits(n_cores):
        benchmark.pedantic(ours.fit, (X, y), rounds=1)
        rounds = 1 if n * d > 1e7 else 3
        times = paired(
            lambda: seconds(lambda: ours.fit(X, y)),
            lambda: seconds(lambda: theirs.fit(X, y)),
            rounds,
        )
    log_proba = theirs.predict_log_proba(X)[np.arange(n), y]
    value = alpha / 2 * float(np.sum(theirs.coef_**2)) - float(log_proba.mean())
    assert ours.loss_ <= 1.001 * value
    threads = "" if n_cores is None else ", one thread"
    work = f"softmax, {n:,} × {d:,}{threads}"
    assert added(table, work, "scikit-learn's `LogisticRegression`", times, n) > ahead
