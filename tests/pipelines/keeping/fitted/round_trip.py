"""Small samples of two and of three classes, and what must be true of a file that is read again."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import threadpoolctl
from sklearn.base import clone

from pipelines.keeping.packing import is_trusted, pack, unpack

Samples = tuple[Any, Any]
METHODS = ("predict", "predict_proba", "decision_function")


def made_samples(n_classes: int) -> Samples:
    rng = np.random.default_rng(0)
    y = np.arange(60) % n_classes
    X = rng.random((60, 6)) + 0.4 * y[:, None] * (np.arange(6) < 2)
    return X.astype(np.float32), y.astype(np.int64)


SAMPLES = {n_classes: made_samples(n_classes) for n_classes in (2, 3)}


_MADE: dict[str, Any] = {}


def fitted(estimator: Any, n_classes: int) -> Any:
    """Return a fitted copy; the same one for the same parameters."""
    key = f"{estimator!r} {n_classes}"
    if key not in _MADE:
        # Small loops on many threads mostly wait for each other.
        with warnings.catch_warnings(), threadpoolctl.threadpool_limits(1):
            warnings.simplefilter("ignore")
            _MADE[key] = clone(estimator).fit(*SAMPLES[n_classes])
    return _MADE[key]


def check_round_trip(estimator: Any, n_classes: int) -> Any:
    """Check that what is read again is trusted, and answers as before, bit for bit."""
    with threadpoolctl.threadpool_limits(1):
        return _check_round_trip(fitted(estimator, n_classes), n_classes)


def _check_round_trip(before: Any, n_classes: int) -> Any:
    packed = pack(before)
    assert is_trusted(packed)
    after = unpack(packed)
    assert type(after) is type(before)
    assert after.n_features_in_ == 6
    for method in METHODS:
        assert hasattr(after, method) == hasattr(before, method)
        if hasattr(before, method):
            now, then = (getattr(each, method)(SAMPLES[n_classes][0]) for each in (after, before))
            np.testing.assert_array_equal(now, then)
            assert now.dtype == then.dtype
    assert pack(after) == packed
    return after


def edited(packed: bytes, edit: Callable[[Any, list[Any]], None]) -> bytes:
    """Return a file with its JSON and arrays changed."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        index = json.loads(archive.read("index.json"))
        arrays = [
            np.load(io.BytesIO(archive.read(str(number))))
            for number in range(len(archive.namelist()) - 1)
        ]
    edit(index, arrays)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.json", json.dumps(index))
        for number, array in enumerate(arrays):
            file = io.BytesIO()
            np.save(file, array)
            archive.writestr(str(number), file.getvalue())
    return out.getvalue()


def place_in(index: Any, name: str) -> int:
    """Return the number of the array of that name, however deep."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == name and isinstance(value, dict) and "array" in value:
                    yield value["array"]
                yield from walk(value)
        elif isinstance(node, list):
            is_it = len(node) == 2 and node[0] == name and isinstance(node[1], dict)
            if is_it and "array" in node[1]:
                yield node[1]["array"]
            for each in node:
                yield from walk(each)

    return int(next(walk(index)))
