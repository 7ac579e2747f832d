"""A report as an object of Python: its table, its figures, and what notebooks show of it."""
