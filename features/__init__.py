"""Images to vectors: classic features that a linear classifier or a small network can use."""

from features.bag_of_visual_words import BagOfVisualWords
from features.color_histogram import ColorHistogram
from features.extractor import ImageExtractor
from features.fisher_vector import FisherVector
from features.hog import HOG
from features.raw_pixels import RawPixels
from features.views import Views

__all__ = [
    "HOG",
    "BagOfVisualWords",
    "ColorHistogram",
    "FisherVector",
    "ImageExtractor",
    "RawPixels",
    "Views",
]
