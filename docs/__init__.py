"""The site: its pages, and in `machinery` what writes those of them that are not typed."""
