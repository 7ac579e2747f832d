"""Drawings of a report: each is an SVG in the colours of the page."""
