"""From image files to pixels, and from pixels to other pixels."""
