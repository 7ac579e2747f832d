"""Layers: each a forward with its backward in one unit, and the network that they make."""
