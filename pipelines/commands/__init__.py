"""The commands of `preconv`, a file for each group of them.

Whatever takes long to import is imported inside a command, so that `--help` answers at once.
"""
