"""By what accuracies are compared: the same counts are equal, however their mean was rounded."""

from __future__ import annotations

_DIGITS = 12


def for_order(accuracy: float) -> float:
    """Return an accuracy, a fraction or in per cent, as it is held against others.

    The mean of the same counts in another order may differ in its last bit. Such a difference is
    no lead.

    Examples
    --------
    >>> one, other = 0.1 + 0.2, 0.3
    >>> one > other, for_order(one) > for_order(other)
    (True, False)
    """
    return round(accuracy, _DIGITS)
