"""A table in memory beside images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError, Dataset
from tests.data.layouts.everywhere import held, load_quietly
from tests.data.layouts.table.test_files import IMAGES, ROWS, table

COLUMNS = dict(zip(("path", "label", "split"), map(list, zip(*ROWS, strict=True)), strict=True))


def test_a_data_frame_is_as_the_file(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS).sample(frac=1, random_state=0)
    for path in held(IMAGES, tmp_path, "alone"):
        dataset = Dataset.from_table(frame, path)
        assert dataset.name == "alone"
    files = tmp_path / "x"
    for each in held(IMAGES | {"labels.csv": table()}, tmp_path, files.name):
        assert load_quietly(each)[0].sha256 == dataset.sha256
        break
    named = frame.rename(columns={"path": "where", "label": "what"})
    with pytest.warns(UserWarning, match="columns of the table that are not read: 'class'"):
        again = Dataset.from_table(
            named.assign(**{"class": 1}), tmp_path / "alone", path="where", label="what"
        )
    assert again.sha256 == dataset.sha256


def test_labels_of_any_kind(tmp_path: Path) -> None:
    path = next(held(IMAGES, tmp_path))
    labels = [10, 9, 2] * 4
    found = {
        Dataset.from_table({"file": COLUMNS["path"], "y": of}, path, image_size=2).class_names
        for of in (labels, np.array(labels), np.array(labels, float), list(map(str, labels)))
    }
    assert found == {("2", "9", "10")}


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (COLUMNS | {"label": [None, *COLUMNS["label"][1:]]}, {}, "row 0 .*: a value is missing"),
        (COLUMNS | {"label": [np.nan, *COLUMNS["label"][1:]]}, {}, "row 0 of the table: nan is no"),
        (COLUMNS | {"label": COLUMNS["label"][1:]}, {}, "columns of one length"),
        (COLUMNS | {"split": ["?"] * 12}, {}, "row 0 of the table: the split must be"),
        (COLUMNS, {"label": "klasse"}, "label='klasse': no such column; the table has 'path'"),
        ({"a": [1], "b": [2]}, {}, "the table has the columns 'a', 'b'; name the one with paths"),
        ([("a.png", "cat")], {}, "must be a pandas DataFrame or a mapping of columns, got list"),
        ({"path": [], "label": []}, {}, "must have rows"),
        (COLUMNS | {"path": ["no.png"] * 12}, {}, "12 of 12 rows name no image"),
    ],
)
def test_refuses(given: Any, more: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = next(held(IMAGES, tmp_path))
    with pytest.raises(DataError, match=message):
        Dataset.from_table(given, path, **more)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such folder or archive of images"):
        Dataset.from_table(COLUMNS, tmp_path / "nowhere")
