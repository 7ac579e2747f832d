"""What colour histograms are made of: the numbers of sRGB, and the bin of every pixel at once."""
