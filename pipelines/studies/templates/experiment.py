"""Fit a linear classifier and a network to images in one pose and in two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from data import Dataset
from models import LinearClassifier, MLPClassifier
from pipelines.errors import StudyError
from pipelines.reporting.texts.numbers import percent, points
from pipelines.studies.sample import sample
from pipelines.studies.study import Finding
from pipelines.studies.templates.poses import (
    as_rows,
    correlation,
    half_mirrored,
    in_one_pose,
    one_sidedness,
)

Floats = npt.NDArray[np.floating]
ONE, TWO = "one pose", "two poses"
LINEAR, MLP, UNTRAINED = "linear", "MLP", "untrained MLP"
_LARGEST_PX = 16
_SIDED = 0.65
"""A class faces one way if so many of its images are told from their mirror images."""


@dataclass(frozen=True)
class OneTemplateAClass:
    """Accuracy and weights, for images in one pose and in two.

    Parameters
    ----------
    class_names
        All classes.
    sidedness
        How often each class's images, in one pose, are told from their mirror images, 0.5 … 1.
    two_posed
        The classes that were mirrored.
    accuracy
        (classifier, poses) → share right of the test images of the mirrored classes.
    templates
        Poses → the linear classifier's weights as images (n_classes, height, width).
    hidden
        Poses → the network's first-layer weights as images (n_hidden, height, width).
    turned
        Classifier → how far the mean score of a mirrored class's test images moves when these are
        turned round, over the spread of the scores, mean over these classes: of the class's linear
        template, and of the hidden unit that is most one-sided on training images, both trained on
        two poses.
    n_test
        Test images of the mirrored classes.
    """

    class_names: tuple[str, ...]
    sidedness: Floats
    two_posed: tuple[int, ...]
    accuracy: dict[tuple[str, str], float]
    templates: dict[str, Floats]
    hidden: dict[str, Floats]
    turned: dict[str, float]
    n_test: int

    @property
    def shown(self) -> int:
        """The class whose template stands for the others: a horse, if there is one."""
        names = [self.class_names[label] for label in self.two_posed]
        return self.two_posed[names.index("horse")] if "horse" in names else self.two_posed[0]

    def symmetry(self, poses: str) -> Floats:
        """How much each class's template resembles its own mirror image: their correlation."""
        return np.array([correlation(w, w[:, ::-1]) for w in self.templates[poses]])

    def findings(self) -> list[Finding]:
        """What the second layer buys, the two heads, and the hidden units that have one."""
        return [self._accuracy(), self._two_heads(), self._one_head()]

    def _accuracy(self) -> Finding:
        lost = {m: self.accuracy[m, ONE] - self.accuracy[m, TWO] for m in (LINEAR, MLP)}
        bought = {p: self.accuracy[MLP, p] - self.accuracy[LINEAR, p] for p in (ONE, TWO)}
        names = ", ".join(self.class_names[label] for label in self.two_posed)
        says = (
            f"On the classes with two poses ({names}), the linear classifier is right for "
            f"{percent(self.accuracy[LINEAR, TWO])} %, with one pose "
            f"{percent(self.accuracy[LINEAR, ONE])} %; the MLP for "
            f"{percent(self.accuracy[MLP, TWO])} and {percent(self.accuracy[MLP, ONE])} %. "
            f"The second layer buys {points(bought[TWO])} points, with one pose "
            f"{points(bought[ONE])}."
        )
        return Finding(says, lost[LINEAR] > 0.02 and bought[TWO] > bought[ONE] + 0.01)

    def _two_heads(self) -> Finding:
        one, two = self.symmetry(ONE), self.symmetry(TWO)
        posed, shown = list(self.two_posed), self.shown
        says = (
            f"With two poses the linear template of the {self.class_names[shown]} correlates "
            f"{two[shown]:.2f} with its own mirror image, with one pose {one[shown]:.2f}; the mean "
            f"over the classes with two poses is {two[posed].mean():.2f} and "
            f"{one[posed].mean():.2f}."
        )
        return Finding(says, bool(two[posed].mean() > max(0.7, one[posed].mean() + 0.1)))

    def _one_head(self) -> Finding:
        template, unit, before = (self.turned[key] for key in (LINEAR, MLP, UNTRAINED))
        says = (
            f"With two poses, turning all images of these classes round moves the mean of their "
            f"class's linear score by {template:.2f} times the scores' spread, and that of the "
            f"most one-sided hidden unit by {unit:.2f}; before it had learned, by {before:.2f}."
        )
        return Finding(says, template < 0.2 and unit > max(0.5, before + 0.05))


def run(
    dataset: Dataset, size: float = 1.0, seed: int = 0, *, mirrored: bool = True
) -> OneTemplateAClass:
    """Fit a linear classifier and a network to images in one pose and in two.

    Parameters
    ----------
    dataset
        Of two classes or more.
    size
        Part of 4,000 training images, but no fewer than 2,000, and of 3 repetitions.
    seed
        Decides which images are mirrored, and the network's weights.
    mirrored
        False mirrors none: two poses are then one.
    """
    n_train, n_repeats = max(2000, round(4000 * size)), max(1, round(3 * size))
    part = sample(in_one_pose(dataset), n_train, 1000, seed, largest_px=_LARGEST_PX)
    if part.n_classes < 2:
        raise StudyError(f"templates are compared between classes, got {part.n_classes} class")
    train, test = (i.mean(axis=-1) / 255 for i in (part.images_train, part.images_test))
    y_train, y_test = part.labels_train, part.labels_test
    sidedness = one_sidedness(train, y_train, part.n_classes)
    tested = np.bincount(y_test, minlength=part.n_classes) > 0
    among_tested = np.where(tested, sidedness, 0)
    two_posed = np.flatnonzero(among_tested > _SIDED)
    if len(two_posed) < 2:
        two_posed = np.sort(np.argsort(-among_tested, kind="stable")[:2])
    among = np.isin(y_test, two_posed)

    rng = np.random.default_rng(seed)
    scores: dict[tuple[str, str], list[float]] = {
        (m, p): [] for m in (LINEAR, MLP) for p in (ONE, TWO)
    }
    templates, hidden = {}, {}
    turned: list[tuple[float, float, float]] = []
    for repeat in range(n_repeats):
        for poses in (ONE, TWO):
            classes = two_posed if mirrored and poses == TWO else two_posed[:0]
            x_train = as_rows(half_mirrored(train, y_train, classes, rng))
            x_test = as_rows(half_mirrored(test, y_test, classes, rng))[among]
            with threadpool_limits(1, "blas"):
                linear = LinearClassifier(alpha=0.03, standardize=True, tol=1e-3)
                linear.fit(x_train, y_train)
                network = _network(seed + repeat, len(x_train)).fit(x_train, y_train)
                scores[LINEAR, poses].append(linear.score(x_test, y_test[among]))
                scores[MLP, poses].append(network.score(x_test, y_test[among]))
            if poses == TWO:
                untrained = clone(network).set_params(max_iter=1, learning_rate_init=1e-12)
                with threadpool_limits(1, "blas"):
                    untrained.fit(x_train, y_train)
                seen = (train, y_train), (test, y_test)
                turned.append(_turned(linear, (network, untrained), two_posed, *seen))
            templates[poses] = linear.coef_.reshape(-1, *train.shape[1:])
            hidden[poses] = _units(network).reshape(-1, *train.shape[1:])
    return OneTemplateAClass(
        part.class_names,
        sidedness,
        tuple(int(label) for label in two_posed),
        {key: float(np.mean(values)) for key, values in scores.items()},
        templates,
        hidden,
        dict(zip((LINEAR, MLP, UNTRAINED), np.mean(turned, axis=0).tolist(), strict=True)),
        int(among.sum()),
    )


def _turned(
    linear: LinearClassifier,
    networks: tuple[MLPClassifier, MLPClassifier],
    classes: npt.NDArray[np.int64],
    train: tuple[Floats, npt.NDArray[np.int64]],
    test: tuple[Floats, npt.NDArray[np.int64]],
) -> tuple[float, float, float]:
    """How far the mean score of the template, and of a unit of each network, moves when turned."""
    moves = []
    for label in classes:
        known, new = (images[labels == label] for images, labels in (train, test))
        by_template = _shift(linear.coef_[label : label + 1], new)[0]
        of_units = (_units(network) for network in networks)
        by_unit = [_shift(units, new)[_shift(units, known).argmax()] for units in of_units]
        moves.append([by_template, *by_unit])
    template, unit, before = np.mean(moves, axis=0).tolist()
    return template, unit, before


def _units(network: MLPClassifier) -> Floats:
    """Return the first layer's weights of pixels; the network's own are of standardised ones."""
    units: Floats = network.coefs_[0].T * network.input_scale_
    return units


def _shift(weights: Floats, images: Floats) -> Floats:
    """How far the mean of each score moves from images to mirror images, over its spread."""
    here, there = (as_rows(side) @ weights.T for side in (images, images[:, :, ::-1]))
    spread = np.sqrt((here.var(axis=0) + there.var(axis=0)) / 2)
    shift: Floats = np.abs((here - there).mean(axis=0)) / np.maximum(spread, 1e-12)
    return shift


def _network(seed: int, n_train: int) -> MLPClassifier:
    return MLPClassifier(
        (256,),
        standardize=True,
        dropout=0.3,
        batch_size=min(64, n_train),
        learning_rate="cosine",
        learning_rate_init=2e-3,
        max_iter=30,
        random_state=seed,
    )
