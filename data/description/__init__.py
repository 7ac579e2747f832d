"""A description of a dataset in the format of MLCommons."""
