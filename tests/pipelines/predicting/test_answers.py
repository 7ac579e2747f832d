from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import NearestCentroid
from sklearn.svm import SVC

from features import RawPixels
from models import LinearClassifier
from pipelines.predicting.answers import Answer, Unread, marks, predict_files
from pipelines.predicting.csv_rows import predictions_as_csv
from pipelines.predicting.estimator import SavedModel

FOUND: list[Answer | Unread] = [
    Answer(Path("1.png"), (("cat", 0.9), ("dog", 0.1)), True, "cat"),
    Answer(Path("2.png"), (("cat", 0.6), ("dog", 0.4)), True, "dog"),
    Answer(Path("3.png"), (("dog", 0.7), ("cat", 0.3)), True),
    Unread(Path("4.png"), "broken", "dog"),
]


def test_only_what_has_a_class_and_an_answer_is_marked() -> None:
    told = marks(FOUND, ("bird", "cat", "dog"))
    assert told is not None
    assert (told.n_right, told.n_images, told.class_names) == (1, 2, ("cat", "dog"))
    assert told.confusion.tolist() == [[1, 0], [1, 0]]
    assert marks(FOUND[2:], ("cat", "dog")) is None


def test_the_class_is_in_json_where_it_is_known() -> None:
    assert [each.to_dict().get("true") for each in FOUND] == ["cat", "dog", None, "dog"]


def test_csv_has_a_row_for_each_image() -> None:
    rows = list(csv.DictReader(io.StringIO(predictions_as_csv(FOUND, 2))))
    assert [row["image"] for row in rows] == ["1.png", "2.png", "3.png", "4.png"]
    assert [row["class"] for row in rows] == ["cat", "cat", "dog", ""]
    assert [row["probability2"] for row in rows] == ["0.1", "0.4", "0.3", ""]
    assert [row["error"] for row in rows] == ["", "", "", "broken"]
    first = predictions_as_csv([Answer(Path("1"), (("cat", 1.5),), False)], 1).splitlines()
    assert first == ["image,class,score,error", "1,cat,1.5,"]


@pytest.mark.parametrize(
    "classifier",
    [
        NearestCentroid(),  # its scores are for columns of one spread
        SGDClassifier(loss="modified_huber", random_state=0),  # clips its scores at 1
        SVC(decision_function_shape="ovo"),  # scores pairs of classes
        LinearClassifier(),
    ],
)
def test_the_first_class_is_the_one_that_the_model_predicts(
    classifier: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    images = rng.integers(0, 9, (60, 1, 2, 1), np.uint8)
    images[:, 0, 0, 0] += np.uint8(4) * labels.astype(np.uint8)
    images[:, 0, 1, 0] = rng.integers(0, 256, 60)
    raw = RawPixels().fit(images)
    model = SavedModel(
        title="t",
        features="raw",
        model="own",
        class_names=("a", "b", "c"),
        image_shape=(1, 2, 1),
        extractors=(raw,),
        classifier=classifier.fit(raw.transform(images), labels),
    )
    paths = [tmp_path / f"{i}.png" for i in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    found = predict_files(model, paths, 3)
    firsts = [each.top[0][0] for each in found if isinstance(each, Answer)]
    assert firsts == [model.class_names[label] for label in model.predict(images)]
    assert all(
        len({name for name, _ in each.top}) == 3 for each in found if isinstance(each, Answer)
    )
