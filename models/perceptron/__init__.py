"""The network as a classifier: from words to layers, and how it is fitted."""
