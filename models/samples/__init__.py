"""Samples: rows, labels, weights and views, checked and divided."""
