"""What a bag of visual words is made of: each step in a file of its own, to be had alone."""
