"""What a spec can name: the extractors and classifiers that a comparison knows."""

from __future__ import annotations

from typing import Any

from sklearn.neighbors import KNeighborsClassifier

from features import HOG, BagOfVisualWords, ColorHistogram, FisherVector, RawPixels
from models import LinearClassifier, MLPClassifier

EXTRACTORS: dict[str, type] = {
    "RawPixels": RawPixels,
    "ColorHistogram": ColorHistogram,
    "HOG": HOG,
    "BagOfVisualWords": BagOfVisualWords,
    "FisherVector": FisherVector,
}

CLASSIFIERS: dict[str, type] = {
    "LinearClassifier": LinearClassifier,
    "MLPClassifier": MLPClassifier,
    "KNeighborsClassifier": KNeighborsClassifier,
}

# In place of a class's own default. A tree of neighbours cannot be kept without pickle, and loses
# to a matrix product beyond a few dimensions.
DEFAULTS: dict[str, dict[str, Any]] = {"KNeighborsClassifier": {"algorithm": "brute"}}
