"""The tables of a spec, and the values in them."""
