"""How a report writes numbers, the same way everywhere."""

from __future__ import annotations

import math
import re

_ROUNDING = 1e-6


def percent(fraction: float, digits: int = 1) -> str:
    """Return a fraction in per cent, without the sign.

    Only none and all are written as 0 and 100. What is between, down to a millionth from one of
    them, has as many digits as that takes; what is nearer is taken for rounding.

    Examples
    --------
    >>> percent(0.7241), percent(1.0), percent(0.9996), percent(0.0004), percent(0.004, 0)
    ('72.4', '100.0', '99.96', '0.04', '0.4')
    """
    shown = 100 * fraction
    text = f"{shown:.{digits}f}"
    from_end = min(fraction, 1 - fraction)
    if from_end >= _ROUNDING and float(text) in (0.0, 100.0):
        text = f"{shown:.{-math.floor(math.log10(100 * from_end))}f}"
    return text


def probability(fraction: float) -> str:
    """Return a probability in whole per cent: 100 says that it is nearly one.

    Examples
    --------
    >>> probability(0.724), probability(0.99999)
    ('72', '100')
    """
    return f"{100 * fraction:.0f}"


def at_most(difference: float) -> str:
    """Return a difference of fractions in percentage points, rounded up.

    Examples
    --------
    >>> at_most(0.0283), at_most(0.05), at_most(0.0001)
    ('2.9', '5.0', '0.1')
    """
    tenths = math.ceil(round(1000 * difference, 6))  # 50.00000000000001 are 50
    return f"{tenths / 10:.1f}"


def points(difference: float, *, finely: bool = False) -> str:
    """Return a difference of fractions in percentage points, signed.

    With `finely` it has as many digits as it takes not to be zero, where it is not.

    Examples
    --------
    >>> points(0.0214), points(-0.003), points(0.0), points(0.0002), points(0.0002, finely=True)
    ('+2.1', '−0.3', '0.0', '0.0', '+0.02')
    """
    shown = 100 * abs(difference)
    text = f"{shown:.1f}"
    if finely and 0 < shown < 0.05:
        text = f"{shown:.{min(-math.floor(math.log10(shown)), 9)}f}"
    if float(text) == 0:
        return text
    return ("+" if difference > 0 else "−") + text


def interval(low: float, high: float) -> tuple[str, str]:
    """Return the ends of an interval of differences in percentage points, signed.

    An end that is not zero is rounded to zero only where zero is in the interval.

    Examples
    --------
    >>> interval(-0.003, 0.028), interval(0.0002, 0.028), interval(-0.0004, 0.028)
    (('−0.3', '+2.8'), ('+0.02', '+2.8'), ('0.0', '+2.8'))
    """
    return lead(low, low, high), lead(high, low, high)


def lead(difference: float, low: float, high: float) -> str:
    """Return a difference in percentage points, signed, as finely as its interval is written.

    Examples
    --------
    >>> lead(0.0003, 0.0002, 0.0004), lead(0.0003, -0.0002, 0.0008)
    ('+0.03', '0.0')
    """
    return points(difference, finely=low > 0 or high < 0)


def p_value(p: float) -> str:
    """Return a p-value as papers write it.

    Examples
    --------
    >>> p_value(0.2164), p_value(0.00321), p_value(1e-9), p_value(1.0)
    ('0.22', '0.003', '< 0.001', '1')
    >>> p_value(0.0497), p_value(0.0503)  # the rounded text falls on the side of 0.05 that p does
    ('0.0497', '0.050')
    """
    if p < 0.001:
        return "< 0.001"
    if 0.0495 <= p < 0.05:
        return f"{math.floor(10_000 * p) / 10_000:.4f}"
    if p < 0.0995:
        return f"{p:.3f}"
    return "1" if p > 0.995 else f"{p:.2f}"


def duration(duration_s: float) -> str:
    """Return a duration in the units in which a person says it.

    Examples
    --------
    >>> duration(0.0123), duration(3.21), duration(43.2), duration(250), duration(3900)
    ('12 ms', '3.2 s', '43 s', '4 min 10 s', '1 h 05 min')
    >>> duration(0), duration(2), duration(59.7), duration(3599.9)
    ('0 s', '2 s', '1 min', '1 h')
    """
    if duration_s <= 0:
        return "0 s"
    if duration_s < 0.9995:
        return f"{1000 * duration_s:.{0 if duration_s >= 0.00095 else 2}f} ms"
    if duration_s < 9.95:
        return f"{duration_s:.1f} s".replace(".0 s", " s")
    whole = round(duration_s)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02d} s" if whole % 60 else "")
    minutes = whole % 3600 // 60
    return f"{whole // 3600} h" + (f" {minutes:02d} min" if minutes else "")


def count(n: int) -> str:
    """Return a count with its thousands apart.

    Examples
    --------
    >>> count(40000)
    '40,000'
    """
    return f"{n:,}"


def counted(n: int, what: str) -> str:
    """Return a count with its noun, which takes an s where there is not one.

    Examples
    --------
    >>> counted(1, "cell"), counted(20, "cell")
    ('1 cell', '20 cells')
    """
    return f"{n} {what}{'' if n == 1 else 's'}"


def size(n_bytes: int) -> str:
    """Return a size in binary units.

    Examples
    --------
    >>> size(1_910_000_000), size(2_500_000)
    ('1.8 GiB', '2.4 MiB')
    """
    power = min(int(math.log2(max(n_bytes, 1)) // 10), 4)
    unit = ("B", "KiB", "MiB", "GiB", "TiB")[power]
    return f"{n_bytes / 1024**power:.{1 if power else 0}f} {unit}"


def tied(text: str) -> str:
    """Return text in which a line break cannot separate a number from its unit.

    Examples
    --------
    >>> tied("73.5 % in 3 min 31 s").count("\N{NO-BREAK SPACE}")
    4
    """
    text = re.sub(r"(?<=\d) (?=%|(?:ms|s|min|h|points|[KMGT]?i?B)\b)", "\N{NO-BREAK SPACE}", text)
    return re.sub(r"(?<=\bmin) (?=\d)", "\N{NO-BREAK SPACE}", text)


def times(ratio: float) -> str:
    """Return a ratio above one, rounded: to one decimal below ten, else to a whole number.

    Examples
    --------
    >>> times(2.23), times(12.4)
    ('2.2', '12')
    """
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
