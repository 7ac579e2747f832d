"""Losses: one number for how wrong a batch is, and the gradient that is sent back."""

from models.losses.cross_entropy import LogisticCrossEntropy, SoftmaxCrossEntropy
from models.losses.hinge import MulticlassHinge
from models.losses.loss import Loss
from models.losses.squares import SquaredError, SumOfSquares

__all__ = [
    "LogisticCrossEntropy",
    "Loss",
    "MulticlassHinge",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "SumOfSquares",
]
