"""Patches of one image as rows, in any order of their positions, without a copy between."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


def gather(
    image: npt.NDArray[np.uint8],
    order: npt.NDArray[np.int64],
    columns: int,
    stride: int,
    out: Vectors,
) -> None:
    """Write the patches of an image, one a row.

    Parameters
    ----------
    image : (height, width, channels)
    order : (n,)
        The positions, numbered row by row.
    columns : int
        Positions beside each other.
    stride : int
        Pixels from one position to the next.
    out : (n, size, size · channels), overwritten
    """
    n_channels = image.shape[2]
    for i in range(len(order)):
        top, left = order[i] // columns * stride, order[i] % columns * stride
        for row in range(out.shape[1]):
            line = image[top + row].reshape(-1)
            run = line[left * n_channels : left * n_channels + out.shape[2]]
            written = out[i, row]
            for value in range(len(written)):
                written[value] = np.float32(run[value])


HELPERS = ()


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    count = types.int64
    return {
        gather: (
            types.Array(types.uint8, 3, "C", readonly=True),
            types.Array(count, 1, "C", readonly=True),
            count,
            count,
            types.Array(types.float32, 3, "C"),
        )
    }
