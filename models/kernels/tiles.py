"""The tiles of a kernel's matrix: how large they are, and in which dtype."""

from __future__ import annotations

SIDE = 1024
"""Rows and columns of a tile."""

DOUBLE = 2048
"""Samples up to which the matrix is in float64."""
