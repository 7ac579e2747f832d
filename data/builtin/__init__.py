"""The built-in set has ten classes of small pictures, which are drawn when they are asked for."""

from data.builtin.generation import CLASS_NAMES, SHIPPED_SEED, generate

__all__ = ["CLASS_NAMES", "SHIPPED_SEED", "generate"]
