"""Cells beside each other, and reports beside each other."""
