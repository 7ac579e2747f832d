"""Compare feature extractors and classifiers on one dataset, and report the result."""
