"""What describes an image at every position, and some of these at random."""
