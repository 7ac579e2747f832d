"""Layers of which every unit sees a square."""
