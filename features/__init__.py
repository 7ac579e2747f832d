"""Images to vectors: classic features that a linear classifier or a small network can use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from preconv import check_places

if TYPE_CHECKING:
    from features.bag_of_visual_words import BagOfVisualWords
    from features.co_occurrence import CoOccurrence
    from features.color_histogram import ColorHistogram
    from features.convolutional_kernel_network import ConvolutionalKernelNetwork
    from features.extraction.resize import Resize
    from features.extractor import ImageExtractor
    from features.fisher_vector import FisherVector
    from features.hog import HOG
    from features.local_binary_patterns import LocalBinaryPatterns
    from features.pictures.picture import Picture
    from features.raw_pixels import RawPixels
    from features.views import Views
    from features.vlad import VLAD

check_places("data")

__all__ = [
    "HOG",
    "VLAD",
    "BagOfVisualWords",
    "CoOccurrence",
    "ColorHistogram",
    "ConvolutionalKernelNetwork",
    "FisherVector",
    "ImageExtractor",
    "LocalBinaryPatterns",
    "Picture",
    "RawPixels",
    "Resize",
    "Views",
]

# Importing scikit-learn takes a second, so a module is imported when its name is asked for.
_HOMES = {
    "HOG": "features.hog",
    "VLAD": "features.vlad",
    "BagOfVisualWords": "features.bag_of_visual_words",
    "CoOccurrence": "features.co_occurrence",
    "ColorHistogram": "features.color_histogram",
    "ConvolutionalKernelNetwork": "features.convolutional_kernel_network",
    "FisherVector": "features.fisher_vector",
    "ImageExtractor": "features.extractor",
    "LocalBinaryPatterns": "features.local_binary_patterns",
    "Picture": "features.pictures.picture",
    "RawPixels": "features.raw_pixels",
    "Resize": "features.extraction.resize",
    "Views": "features.views",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
