"""Least squares in closed form, in memory or larger than it."""
