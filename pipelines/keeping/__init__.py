"""What outlives a run: results kept for later runs, and files written whole."""
