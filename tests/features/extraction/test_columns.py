from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from features import HOG, RawPixels, Views
from features.extraction.columns import as_images

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)
TABLE = pd.DataFrame({"image": list(IMAGES), "size": np.arange(6.0)})


@pytest.mark.parametrize("column", ["image", ["image"]])
def test_a_column_of_a_frame_gives_the_features_of_its_images(column: Any) -> None:
    both = ColumnTransformer([("hog", HOG(), column), ("size", "passthrough", ["size"])])
    found = both.fit_transform(TABLE)
    alone = HOG().fit_transform(IMAGES)
    assert np.array_equal(found, np.column_stack([alone, TABLE["size"]]))
    assert both.get_feature_names_out()[-1] == "size__size"
    assert np.array_equal(both.transform(TABLE[:2]), found[:2])


@pytest.mark.parametrize("column", [0, [0]])
def test_a_column_of_an_array_does_so(column: Any) -> None:
    table = np.empty((6, 2), dtype=object)
    table[:, 0], table[:, 1] = list(IMAGES), range(6)
    hog = ColumnTransformer([("hog", HOG(), column)])
    assert np.array_equal(hog.fit_transform(table), HOG().fit_transform(IMAGES))


def test_it_is_a_part_of_a_pipeline() -> None:
    both = ColumnTransformer([("raw", RawPixels(), "image"), ("size", "passthrough", ["size"])])
    model = make_pipeline(both, LogisticRegression()).fit(TABLE, [0, 1] * 3)
    assert model.predict(TABLE).shape == (6,)


def test_views_of_ones_own_transformer_take_a_column() -> None:
    class Flat(PCA):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return X.reshape(len(X), -1)

    found = Views(Flat(), n_views=2).fit(TABLE["image"]).transform(TABLE["image"])
    assert found.shape == (6, 2 * 768)


def test_what_is_no_column_of_images_is_refused() -> None:
    assert as_images(IMAGES) is IMAGES
    uneven = [IMAGES[0], IMAGES[1, :8]]
    said = (
        r"must be alike, got uint8 \(16, 16, 3\) and uint8 \(8, 16, 3\); "
        r"make_pipeline\(Resize\(\), …\) makes"
    )
    several: Any
    for several in (uneven, tuple(uneven), pd.Series(uneven)):
        with pytest.raises(ValueError, match=said):
            HOG().fit(several)
    for wrong in (TABLE, TABLE["size"], pd.Series(["a", "b"]), pd.Series([None, None])):
        with pytest.raises(ValueError, match="images must be uint8"):
            HOG().fit(wrong)


def test_what_an_array_of_anothers_own_says_is_left() -> None:
    class Broken:
        def __array__(self, *_: Any, **__: Any) -> Any:
            raise ValueError("no pixels here")

    with pytest.raises(ValueError, match="no pixels here"):
        as_images(Broken())
