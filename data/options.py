"""What a caller of `load_dataset` can choose reaches every loader in one object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from data.errors import DataError

Labels = Literal["fine", "coarse"]


@dataclass(frozen=True)
class LoadOptions:
    """What a caller chooses, besides the source.

    Parameters
    ----------
    seed : int, default 0
        Splits images that have no test part of their own.
    image_size : (height, width), optional
        The size in pixels that all images get. A loader may leave images at their size if they all
        have the same one; they are resized afterwards.
    labels : {"fine", "coarse"}, default "fine"
        Which labels are meant, where there are two kinds.
    """

    seed: int = 0
    image_size: tuple[int, int] | None = None
    labels: Labels = "fine"

    def check_labels(self, source: str | Path, known: tuple[Labels, ...]) -> None:
        """Raise unless the labels are of a kind that the source has."""
        if self.labels not in known:
            raise DataError(f'{source}: labels="{self.labels}" is for CIFAR-100 alone')
