"""What outlives a run: the identity of code, and packed estimators. The cache is one of `data`."""
