"""Vectors to labels: a linear classifier and a network, both written out in NumPy."""

from models.linear_classifier import LinearClassifier
from models.mlp_classifier import MLPClassifier

__all__ = ["LinearClassifier", "MLPClassifier"]
