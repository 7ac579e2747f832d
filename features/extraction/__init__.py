"""What extractors are made of: checks, tiles, rows, views, grids."""
