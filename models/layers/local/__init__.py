"""Layers of which every unit sees one square of its input."""
