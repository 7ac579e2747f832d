"""A report as a table for other programs: rows, CSV, LaTeX."""
