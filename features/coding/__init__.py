"""The compiled loops of visual words: products of descriptors and words, and what becomes of them.

`features.compiled` turns them into machine code.
"""
