"""The same bytes everywhere, and what the parameters promise."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.builtin import CLASS_NAMES, SHIPPED_SEED, generate, generation
from data.dataset import Dataset
from data.errors import DataError

SHIPPED_SHA256 = "a67635b804dbd32aca76417c33a1bba6288dae516680ef854a48237f7ffc0052"
SMALL_SHA256 = "3faa22cd7c81eb5280cd8931abdb1e08d5651bda95e4b560a03554ba6afef2f0"


@pytest.fixture(scope="module")
def small() -> Dataset:
    return generate(n_train=200, n_test=50)


def test_the_shipped_set_is_made_in_time_and_has_its_hash() -> None:
    start = time.process_time()
    dataset = generate()
    seconds = time.process_time() - start
    assert dataset.sha256 == SHIPPED_SHA256
    assert dataset.name == "builtin"
    assert dataset.images_train.shape == (4000, 32, 32, 3)
    assert dataset.images_test.shape == (1000, 32, 32, 3)
    assert dataset.class_names == CLASS_NAMES
    assert len(set(CLASS_NAMES)) == 10
    assert (np.bincount(dataset.labels_train) == 400).all()
    assert (np.bincount(dataset.labels_test) == 100).all()
    # Processor time, since other work on the machine says nothing about ours.
    assert seconds < 5


@pytest.fixture(scope="module")
def larger() -> Dataset:
    return generate(n_train=450, n_test=450)


def test_no_image_comes_twice(small: Dataset) -> None:
    images = np.concatenate([small.images_train, small.images_test]).reshape(250, -1)
    assert len(np.unique(images, axis=0)) == 250


def test_the_default_seed_is_the_shipped_one(small: Dataset) -> None:
    assert generate(seed=SHIPPED_SEED, n_train=200, n_test=50).sha256 == small.sha256


def test_another_seed_gives_other_images(small: Dataset) -> None:
    other = generate(seed=7, n_train=200, n_test=50)
    assert other.name == "builtin, seed 7"
    same = (other.images_train == small.images_train).all(axis=(1, 2, 3))
    assert not same.any()
    assert (other.labels_train != small.labels_train).any()
    assert other.sha256 == generate(seed=7, n_train=200, n_test=50).sha256


@pytest.mark.parametrize("n", [1, 9, 10, 23, 401])
def test_a_smaller_set_is_the_beginning_of_a_larger_one(n: int, larger: Dataset) -> None:
    smaller = generate(n_train=n, n_test=n)
    for part in ("train", "test"):
        for field in (f"images_{part}", f"labels_{part}"):
            np.testing.assert_array_equal(getattr(smaller, field), getattr(larger, field)[:n])


def test_ten_in_a_row_hold_every_class_in_an_order_that_varies(small: Dataset) -> None:
    decades = small.labels_train.reshape(-1, 10)
    assert (np.sort(decades, axis=1) == np.arange(10)).all()
    assert len({tuple(decade) for decade in decades}) > 15


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        {"OPENBLAS_NUM_THREADS": "3", "OMP_NUM_THREADS": "3", "MKL_NUM_THREADS": "3"},
        {"NPY_DISABLE_CPU_FEATURES": "dispatched"},
    ],
    ids=["as it comes", "one thread", "three threads", "no vector instructions"],
)
def test_threads_and_vector_instructions_change_nothing(setting: dict[str, str]) -> None:
    if "NPY_DISABLE_CPU_FEATURES" in setting:
        umath: Any = importlib.import_module("numpy._core._multiarray_umath")
        had = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
        if not had:
            pytest.skip("this processor has no vector instructions to switch off")
        setting = {"NPY_DISABLE_CPU_FEATURES": " ".join(had)}
    program = "from data.builtin import generate; print(generate(n_train=200, n_test=50).sha256)"
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env=os.environ | setting,
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == SMALL_SHA256


def test_global_random_state_is_left_alone() -> None:
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    generate(n_train=10, n_test=10)
    assert np.random.random() == expected  # noqa: NPY002


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more, got -1"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"n_train": 0}, "n_train must be 1 or more, got 0"),
        ({"n_test": -3}, "n_test must be 1 or more, got -3"),
        ({"n_test": "many"}, "n_test must be a whole number, got 'many'"),
    ],
)
def test_wrong_numbers_are_named(given: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        generate(**given)


def test_processes_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    few = generate(n_train=120, n_test=15)
    monkeypatch.setattr(generation, "_BATCH", 40)
    monkeypatch.setattr(generation, "_MANY_BLOCKS", 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert generate(n_train=120, n_test=15).sha256 == few.sha256
