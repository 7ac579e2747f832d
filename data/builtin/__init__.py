"""The built-in set: ten classes of small pictures that are made, not stored."""

from data.builtin.generation import CLASS_NAMES, SHIPPED_SEED, generate

__all__ = ["CLASS_NAMES", "SHIPPED_SEED", "generate"]
