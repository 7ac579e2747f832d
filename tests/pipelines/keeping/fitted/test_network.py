from __future__ import annotations

from typing import Any

import pytest
from sklearn.neural_network import MLPClassifier

from pipelines.errors import PackingError
from pipelines.keeping.packing import pack, unpack
from tests.pipelines.keeping.fitted.round_trip import check_round_trip, edited, fitted

SMALL = MLPClassifier((5, 4), max_iter=5, random_state=0)


@pytest.mark.parametrize(
    ("classifier", "n_classes"),
    [
        (SMALL, 2),
        (SMALL, 3),
        (MLPClassifier(5, activation="logistic", solver="lbfgs", max_iter=5, random_state=0), 3),
        (MLPClassifier([], early_stopping=True, solver="sgd", max_iter=5, random_state=0), 3),
    ],
    ids=repr,
)
def test_what_is_read_again_answers_as_before(classifier: Any, n_classes: int) -> None:
    check_round_trip(classifier, n_classes)


def changed_array(number: int, change: Any) -> Any:
    def edit(_: Any, arrays: list[Any]) -> None:
        arrays[number] = change(arrays[number])

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        *(
            changed_array(number, change)
            for number in range(7)
            for change in (lambda a: a[:-1], lambda a: a[None], lambda a: a * float("nan"))
        ),
        changed_array(1, lambda a: a.astype("f8")),
        lambda index, _: index["learned"]["coefs_"].pop(),
        lambda index, _: index["learned"].update(intercepts_=1),
        lambda index, _: index["learned"].update(n_features_in_=7),
        lambda index, _: index["learned"].update(n_layers_=2),
        lambda index, _: index["parameters"].update(hidden_layer_sizes=[5]),
        lambda index, _: index["parameters"].update(hidden_layer_sizes="54"),
        lambda index, _: index["parameters"].update(hidden_layer_sizes=[5.0, 4]),
        lambda index, _: index["parameters"].update(activation="system"),
    ],
)
def test_what_was_edited_is_refused(edit: Any) -> None:
    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(SMALL, 3)), edit))
