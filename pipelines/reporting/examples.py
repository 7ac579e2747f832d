"""What a page shows beyond `report.json`: test images, and how each cell classified them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from features import Picture
from pipelines.record.doubts import Doubt
from pipelines.record.report import CellName


@dataclass(frozen=True, eq=False)
class Examples:
    """Test images with each cell's predictions, for the pictures of `report.html`.

    Parameters
    ----------
    images
        Test images, uint8 (n_test, height, width, channels).
    labels
        True labels, int (n_test,).
    predictions
        (features, model) → labels predicted with the first seed, int (n_test,).
    confidences
        (features, model) → probability of each predicted label, float (n_test,); only for cells
        that have probabilities.
    feature_pictures
        Features → what they see, or a sentence on why there is nothing to show.
    names
        The images' own names, str (n_test,), if they have names.
    doubts
        The images whose label is in doubt, the most doubtful first.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    predictions: Mapping[CellName, npt.NDArray[np.int64]] = field(default_factory=dict)
    confidences: Mapping[CellName, npt.NDArray[np.floating]] = field(default_factory=dict)
    feature_pictures: Mapping[str, Sequence[Picture] | str] = field(default_factory=dict)
    names: Sequence[str] | None = None
    doubts: Sequence[Doubt] = ()

    def __post_init__(self) -> None:
        images = np.asarray(self.images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
            raise ValueError(
                f"images must be uint8 (n, height, width, 1 or 3), got {images.dtype} "
                f"{images.shape}"
            )
        n_test = len(images)
        columns: dict[str, npt.ArrayLike] = {"labels": self.labels}
        columns |= {f"predictions of {' + '.join(n)}": p for n, p in self.predictions.items()}
        columns |= {f"confidences of {' + '.join(n)}": c for n, c in self.confidences.items()}
        if self.names is not None:
            columns["names"] = np.array(self.names, dtype=object)
        for name, column in columns.items():
            if np.shape(column) != (n_test,):
                raise ValueError(f"{name} must be ({n_test},), got {np.shape(column)}")

    def called(self, index: int) -> str:
        """Return what an image is called: by its name, or by its place in the test part."""
        return f"image {index}" if self.names is None else self.names[index]
