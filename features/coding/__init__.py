"""The compiled loops of visual words: products of descriptors and words, and what becomes of them.

`features.extraction.compiled` turns them into machine code.
"""
