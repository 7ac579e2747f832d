from __future__ import annotations

import csv
import io
from pathlib import Path

from pipelines.predicting.answers import Answer, Unread, marks
from pipelines.predicting.csv_rows import predictions_as_csv

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
