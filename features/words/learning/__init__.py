"""What is learned from descriptors: words, whitening, mixtures."""
