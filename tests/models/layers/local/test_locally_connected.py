"""Tests of layers whose units see squares: against a dense layer, and what cannot be seen."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelError
from models.layers.layer import Array
from models.layers.local.locally_connected import LocallyConnected, WhitenedFields
from models.layers.local.receptive_fields import ReceptiveFields
from models.layers.products import shared_products

# The last is large enough for its products to be shared among threads.
GRIDS = [((7, 5, 2), 3, 2, 4), ((4, 4, 3), 1, 1, 5), ((6, 4, 1), 2, 2, 3), ((32, 32, 3), 8, 4, 128)]


def dense_of(fields: ReceptiveFields, weights: Array) -> Array:
    """The same weights as a matrix, with zeros for all that a unit does not see."""
    values = np.arange(np.prod(fields.grid)).reshape(1, *fields.grid)
    each = weights.reshape(len(fields), fields.n_values, -1)
    dense = np.zeros((values.size, len(fields), each.shape[2]))
    for field in range(len(fields)):
        dense[values[fields.square(field)].ravel(), field] = each[field]
    return dense.reshape(values.size, -1)


@pytest.mark.parametrize(("grid", "side", "step", "n"), GRIDS, ids=str)
def test_it_is_a_linear_layer_without_the_weights_between_distant_places(
    grid: tuple[int, int, int], side: int, step: int, n: int
) -> None:
    rng, fields = np.random.default_rng(0), ReceptiveFields(grid, side, step)
    layer = LocallyConnected(6, fields)
    layer.build(int(np.prod(grid)))
    layer.weight.value[:] = rng.normal(size=layer.weight.shape)
    layer.bias.value[:] = rng.normal(size=layer.bias.shape)
    dense = dense_of(fields, layer.weight.value)
    x, dy = rng.normal(size=(n, len(dense))), rng.normal(size=(n, dense.shape[1]))
    with shared_products():
        np.testing.assert_allclose(layer.forward(x), x @ dense + layer.bias.value, atol=1e-9)
        np.testing.assert_allclose(layer.backward(dy), dy @ dense.T, atol=1e-9)
    seen = dense_of(fields, np.ones(layer.weight.shape)) > 0
    gradient = dense_of(fields, layer.weight.gradient)
    np.testing.assert_allclose(gradient, np.where(seen, x.T @ dy, 0), atol=1e-9)
    np.testing.assert_allclose(layer.bias.gradient, dy.sum(axis=0), atol=1e-9)
    fixed = WhitenedFields(layer.weight.value, fields)
    fixed.build(len(dense))
    np.testing.assert_allclose(fixed.forward(x), x @ dense, atol=1e-9)
    np.testing.assert_allclose(fixed.backward(dy), dy @ dense.T, atol=1e-9)


def test_a_smaller_batch_after_a_larger_one_is_seen_alone() -> None:
    layer = LocallyConnected(2, ReceptiveFields((4, 4, 1), 2, 1))
    layer.build(16)
    layer.initialize(np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(9, 16))
    whole = layer.forward(x).copy()
    np.testing.assert_array_equal(layer.forward(x[:4]), whole[:4])


def test_each_field_has_first_weights_of_its_own_and_of_its_size() -> None:
    layer = LocallyConnected(50, ReceptiveFields((4, 4, 1), 2, 2))
    layer.build(16)
    layer.initialize(np.random.default_rng(0))
    first, second, *_ = layer.weight.value.reshape(4, 4, 50)
    assert np.abs(first).max() == pytest.approx(np.sqrt(6 / 54), rel=0.1)
    assert (first != second).any()


@pytest.mark.parametrize(
    ("side", "step", "message"),
    [(5, 1, "larger than a grid of 4 × 4"), (2, 3, "leave out values"), (3, 2, "multiples of 2")],
)
def test_fields_see_the_whole_grid(side: int, step: int, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ReceptiveFields((4, 4, 3), side, step)


def test_another_grid_is_refused() -> None:
    with pytest.raises(ModelError, match="cannot see 15 columns"):
        LocallyConnected(2, ReceptiveFields((4, 4, 1), 2, 2)).build(15)
