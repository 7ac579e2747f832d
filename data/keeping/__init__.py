"""What is kept for later: entries of the cache, found by a hash of all that decides them."""
