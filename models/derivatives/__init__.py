"""Derivatives of derivatives, and whether a derivative is right."""
