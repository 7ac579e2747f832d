"""What a bag of visual words is made of: each step in a file of its own, to be had alone."""

from features.words.descriptors.dense_hog import DenseHOG
from features.words.descriptors.patches import Patches, normalize_contrast
from features.words.descriptors.sampling import sample_descriptors
from features.words.encoder import Encoder, Parameter
from features.words.encodings import ENCODERS
from features.words.learning.codebook import CODEBOOKS, kmeans, nearest_words, sample_words
from features.words.learning.gaussian_mixture import Mixture, fit_mixture
from features.words.learning.seeding import spread_words
from features.words.learning.whitening import Whitening, fit_pca, fit_whitening
from features.words.pooling import Pooling

__all__ = [
    "CODEBOOKS",
    "ENCODERS",
    "DenseHOG",
    "Encoder",
    "Mixture",
    "Parameter",
    "Patches",
    "Pooling",
    "Whitening",
    "fit_mixture",
    "fit_pca",
    "fit_whitening",
    "kmeans",
    "nearest_words",
    "normalize_contrast",
    "sample_descriptors",
    "sample_words",
    "spread_words",
]
