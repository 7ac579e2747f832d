from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from pipelines.errors import PackingError
from pipelines.keeping.estimators import kept_name
from pipelines.keeping.packing import is_trusted, pack, unpack
from tests.pipelines.keeping.fitted.round_trip import check_round_trip, edited, fitted

SCALED = make_pipeline(StandardScaler(), LogisticRegression())


@pytest.mark.parametrize(
    "classifier",
    [LogisticRegression(), RandomForestClassifier(2), KNeighborsClassifier(algorithm="brute")],
    ids=repr,
)
def test_what_is_read_again_answers_as_before(classifier: Any) -> None:
    check_round_trip(make_pipeline(StandardScaler(), classifier), 3)


def test_neighbours_within_a_radius_are_kept() -> None:
    check_round_trip(RadiusNeighborsClassifier(radius=2.0, algorithm="brute"), 3)


@pytest.mark.parametrize(
    "pipeline",
    [
        make_pipeline(StandardScaler(with_mean=False), LogisticRegression()),
        make_pipeline(StandardScaler(), SVC()),
        make_pipeline(LogisticRegression()),
        make_pipeline(StandardScaler(), StandardScaler(), LogisticRegression()),
    ],
    ids=repr,
)
def test_other_pipelines_are_not_of_the_list(pipeline: Any) -> None:
    assert kept_name(fitted(pipeline, 3)) is None
    assert not is_trusted(pack(fitted(pipeline, 3)))


@pytest.mark.parametrize(
    "edit",
    [
        lambda index, _: index["parameters"].update(classifier=None),
        lambda index, _: index["parameters"]["classifier"].pop("learned"),
        lambda index, _: index["parameters"].update(
            classifier={"extractor": "RawPixels", "parameters": {}}
        ),
        lambda index, _: index["parameters"].update(steps=[]),
        lambda index, _: index["learned"].update(n_samples_seen_="x"),
        lambda index, _: index["learned"].pop("mean_"),
    ],
)
def test_an_edited_file_is_refused(edit: Any) -> None:
    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(SCALED, 3)), edit))


@pytest.mark.parametrize("factor", [0, np.nan, -1])
def test_an_edited_scale_is_refused(factor: float) -> None:
    def edit(index: Any, arrays: list[Any]) -> None:
        place = index["learned"]["scale_"]["array"]
        arrays[place] = arrays[place] * factor

    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(SCALED, 3)), edit))
