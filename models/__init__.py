"""Vectors to labels: a linear classifier and a network, both written out in NumPy."""

from models.linear_classifier import LinearClassifier
from models.mlp_classifier import MLPClassifier
from models.views_classifier import ViewsClassifier

__all__ = ["LinearClassifier", "MLPClassifier", "ViewsClassifier"]
