"""What outlives a run: the cache of results, the identity of code, and packed estimators."""
