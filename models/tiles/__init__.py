"""Symmetric matrices in square tiles: summed, factorised, solved."""
