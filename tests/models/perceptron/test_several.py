"""Several networks in one classifier: what each is, what they say together, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from models import MLPClassifier, ModelError
from models.layers.layer import Array

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LISTS = ("coefs_", "intercepts_", "layer_parameters_")


def samples() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    y = np.arange(150) % 3
    return (rng.normal(size=(150, 20)) + y[:, None]).astype(np.float32), y


def network(**given: Any) -> MLPClassifier:
    options = {"max_iter": 3, "batch_size": 32, "dropout": 0.2, "norm": "batch", "random_state": 0}
    return MLPClassifier((12, 6), **{**options, **given})


def one_of(several: MLPClassifier, index: int) -> Any:
    """Return one of several networks as a classifier of its own."""
    alone = clone(several).set_params(n_networks=1)
    vars(alone).update({k: v for k, v in vars(several).items() if k.endswith("_")})
    for name in LISTS:
        arrays = getattr(several, name)
        n = len(arrays) // several.n_networks
        setattr(alone, name, arrays[index * n : (index + 1) * n])
    del alone.n_networks_
    return alone


@pytest.mark.parametrize(
    "given",
    [
        {"whiten": 10},
        {"standardize": True, "early_stopping": True, "average_decay": 0.5},
        {"image_shape": (2, 10, 1), "augment": {"mirror": True}, "views": 2, "whiten": 10},
        {"solver": "lbfgs", "norm": None, "standardize": True, "dropout": 0},
    ],
    ids=str,
)
def test_the_mean_over_networks_of_which_the_first_is_that_alone(given: dict[str, Any]) -> None:
    X, y = samples()
    three = network(n_networks=3, **given).fit(X, y)
    alone = network(**given).fit(X, y)
    assert three.n_networks_ == 3
    assert three.n_layers_ == alone.n_layers_ == 4
    for name in LISTS:
        for array, same in zip(getattr(three, name), getattr(alone, name), strict=False):
            assert_array_equal(array, same)
    each = [one_of(three, i).predict_proba(X) for i in range(3)]
    assert not np.array_equal(each[0], each[1])
    assert not np.array_equal(each[1], each[2])
    if given.get("views", 1) == 1:
        assert_array_equal(three.predict_proba(X), np.mean(each, axis=0))
    np.testing.assert_allclose(three.predict_proba(X), np.mean(each, axis=0), rtol=1e-5)
    assert_array_equal(three.predict(X), three.predict_proba(X).argmax(axis=1))
    assert_array_equal(clone(three).fit(X, y).predict_proba(X), three.predict_proba(X))


def test_where_a_loss_models_no_probabilities_scores_are_averaged() -> None:
    X, y = samples()
    net = network(n_networks=2, loss="hinge", learning_rate_init=0.02, max_iter=6).fit(X, y)
    scores = [one_of(net, index)._scores(X)[0] for index in range(2)]
    assert_array_equal(net.predict(X), np.mean(scores, axis=0).argmax(axis=1))
    assert net.score(X, y) > 0.6
    assert not hasattr(net, "predict_proba")


def test_one_network_after_several_leaves_nothing_of_them() -> None:
    X, y = samples()
    net = network(n_networks=2).fit(X, y)
    net.set_params(n_networks=1).fit(X, y)
    assert not hasattr(net, "n_networks_")
    assert_array_equal(net.predict_proba(X), network().fit(X, y).predict_proba(X))


def test_what_goes_on_with_one_network_is_refused(tmp_path: Path) -> None:
    X, y = samples()
    with pytest.raises(ModelError, match="warm_start goes on with one network"):
        network(n_networks=2, warm_start=True).fit(X, y)
    with pytest.raises(ModelError, match="checkpoint goes on with one network"):
        network(n_networks=2, checkpoint=tmp_path / "x.npz").fit(X, y)
    assert hasattr(network(), "partial_fit")
    assert not hasattr(network(n_networks=2), "partial_fit")
