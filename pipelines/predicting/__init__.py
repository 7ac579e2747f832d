"""A fitted pairing, and what it says of new images."""
