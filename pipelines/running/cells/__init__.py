"""A cell of a comparison: chosen, fitted, scored, kept."""
