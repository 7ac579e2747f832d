"""What histograms of oriented gradients are made of: votes of pixels, cells and blocks."""
