"""Workers of a Dask cluster: which are there, what they are given, and what comes back."""
