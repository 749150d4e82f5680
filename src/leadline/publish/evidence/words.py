"""How the numbers of an answer are said: percent for returns, plain numbers for rates and spreads, `-` for missing."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

import numpy as np

from leadline.core.units import MISSING, Unit, change, number, percent
from leadline.inference.ask import Answer
from leadline.inference.finding import Verdict
from leadline.inference.outcomes import How

#: between these percentiles a value is not rare
ORDINARY: Final = (0.1, 0.9)
SHOWN = 15  # episodes, occurrences or trials in a list; the rest are counted

VERDICT_WORDS: dict[Verdict, str] = {
    "supported": "supported",
    "not distinguishable": "not distinguishable from the base rate",
    "contrary": "contrary",
    "too few to say": "too few to say",
}


def day(session: np.datetime64 | date) -> str:
    """A session as an ISO date, whichever type it has.

    >>> day(np.datetime64("2024-07-16")), day(date(2024, 7, 16))
    ('2024-07-16', '2024-07-16')
    """
    return str(session)[:10]


def moved(value: float | None, how: How) -> str:
    """An outcome with its sign: percent where it is a return, a plain number where it is a difference.

    >>> moved(0.101, "ratio"), moved(-0.25, "difference"), moved(None, "ratio")
    ('+10.1 %', '-0.25', '-')
    """
    return change(value, relative=how == "ratio")


def points(value: float | None, how: How) -> str:
    """The distance of two outcomes with its sign, without the percent sign: percentage points, or the plain number."""
    return moved(value, how).removesuffix(" %")


def interval(low: float | None, high: float | None, how: How) -> str:
    """Both ends of an interval; `-` where there is none.

    >>> interval(-0.027, 0.12, "ratio"), interval(None, None, "ratio")
    ('-2.7 to +12.0', '-')
    """
    return MISSING if low is None or high is None else f"{points(low, how)} to {points(high, how)}"


def share(value: float | None) -> str:
    """A share as a percentage without a sign."""
    return percent(value, signed=False)


def shares(low: float | None, high: float | None) -> str:
    """Both ends of an interval of a share, without the percent sign."""
    ends = [share(one).removesuffix(" %") for one in (low, high)]
    return MISSING if low is None or high is None else " to ".join(ends)


def probability(value: float | None) -> str:
    """A p-value to three digits; what is smaller is said to be smaller.

    >>> probability(0.0421), probability(0.0001), probability(None)
    ('0.042', '<0.001', '-')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def quantity(value: float | None, unit: Unit) -> str:
    """The value of a formula: percent where its unit is a return or a share, else a number fit for its size.

    >>> quantity(0.0498, Unit.RETURN), quantity(0.38123, Unit.RATIO), quantity(5230.0, Unit.COUNT)
    ('+4.98 %', '0.3812', '5,230')
    """
    if unit in (Unit.RETURN, Unit.SHARE):
        return percent(value, 2, signed=unit is Unit.RETURN)
    if value is None:
        return MISSING
    size = abs(value)
    return number(value, 0 if size >= 1000 else 2 if size >= 10 else 4)


def percentile(value: float) -> str:
    """A percentile with one decimal, and with more where it would be rounded to 100 without being it.

    >>> percentile(0.989), percentile(1.0), percentile(0.9998)
    ('98.9', '100.0', '99.98')
    """
    digits = next((one for one in (1, 2, 3) if value == 1 or round(value * 100, one) < 100), 4)
    return f"{value * 100:.{digits}f}"


def times(count: int, what: str) -> str:
    """A count and its noun.

    >>> times(1, "episode"), times(2, "try")
    ('1 episode', '2 tries')
    """
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else many}"


def rest(count: int) -> list[str]:
    """How many of a list, latest first, are not shown; nothing when all are.

    >>> rest(15), rest(17)
    ([], ['and 2 earlier'])
    """
    return [f"and {count - SHOWN} earlier"] if count > SHOWN else []


def now_words(answer: Answer) -> str:
    """Whether the event is true at the cut, and since when."""
    last = day(answer.episodes[-1].session) if answer.episodes else None
    if answer.true_now is None:
        return f"NOT KNOWN whether it is true now: {answer.event}"
    if answer.true_now and last:
        return f"TRUE NOW since {last} (first session of its episode): {answer.event}"
    if answer.true_now:
        return f"TRUE NOW: {answer.event}"
    ago = f"; its last episode began {last}" if last else ""
    return f"Not true now: {answer.event}{ago}"
