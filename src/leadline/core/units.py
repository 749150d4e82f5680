"""Units of values, and how a value of each unit is said. Inside, returns are decimals; percent exists only here."""

from __future__ import annotations

import math
from enum import StrEnum


class Unit(StrEnum):
    """What a number measures."""

    RETURN = "return"  # a decimal: 0.05 is five percent
    RATIO = "ratio"  # one price over another, no unit
    PRICE = "price"
    INDEX = "index"  # a level of which only ratios mean something
    RATE = "rate"  # percent a year, as quoted by the source
    LEVEL = "level"  # a macro series in the source's own unit
    SHARES = "shares"
    MONEY = "money"  # dollars
    COUNT = "count"
    SESSIONS = "sessions"
    RANK = "rank"
    SHARE = "share"  # part of a whole, 0 to 1
    CORRELATION = "correlation"
    SIGMA = "sigma"  # standard deviations
    SCORE = "score"  # an oscillator on its own scale, such as RSI
    DATE = "date"
    TRUTH = "truth"


MISSING = "-"


def percent(value: float | None, digits: int = 1, *, signed: bool = True) -> str:
    """A decimal said as a percentage; `-` when missing.

    >>> percent(0.10132), percent(-0.05, 2), percent(0.5, signed=False), percent(None)
    ('+10.1 %', '-5.00 %', '50.0 %', '-')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    rounded = round(value * 100, digits) + 0.0
    return f"{rounded:{'+' if signed else ''}.{digits}f} %"


def change(value: float | None, *, relative: bool = True) -> str:
    """A change with its sign: percent for a return, the plain number for a difference of rates or spreads.

    >>> change(0.101), change(-0.25, relative=False), change(None)
    ('+10.1 %', '-0.25', '-')
    """
    if relative:
        return percent(value)
    return MISSING if value is None or not math.isfinite(value) else f"{round(value, 2) + 0.0:+.2f}"


def number(value: float | None, digits: int = 2) -> str:
    """A plain number with a thousands separator; `-` when missing.

    >>> number(1234.5), number(None)
    ('1,234.50', '-')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:,.{digits}f}"
