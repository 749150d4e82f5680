"""How a computed value is written in a sentence. Nothing is computed here but a share of places."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from leadline.core.units import MISSING, Unit, number, percent
from leadline.judgement.playbook.lines import Form
from leadline.judgement.playbook.measured import Past

FORM_OF: Final[Mapping[Unit, Form]] = MappingProxyType(
    {
        Unit.RETURN: "percent",
        Unit.RATIO: "ratio",
        Unit.PRICE: "price",
        Unit.INDEX: "number",
        Unit.RATE: "rate",
        Unit.LEVEL: "number",
        Unit.SHARES: "count",
        Unit.MONEY: "money",
        Unit.COUNT: "count",
        Unit.SESSIONS: "sessions",
        Unit.RANK: "count",
        Unit.SHARE: "share",
        Unit.CORRELATION: "number",
        Unit.SIGMA: "sigma",
        Unit.SCORE: "score",
        Unit.DATE: "number",
        Unit.TRUTH: "count",
    }
)
#: the last place that is told as such: nobody counts to the 1,722nd
PLACES: Final = 20
_WRITTEN: Final[Mapping[Form, Callable[[float], str]]] = MappingProxyType(
    {
        "percent": percent,
        "share": lambda value: percent(value, 0, signed=False),
        "points": lambda value: f"{value + 0.0:+.2f} points",
        "share_points": lambda value: f"{100 * value + 0.0:+.1f} points",
        "number": number,
        "ratio": lambda value: number(value, 4),
        "price": number,
        "money": lambda value: f"{number(value / 1e6, 0)} million dollars",
        "count": lambda value: number(value, 0),
        "sigma": lambda value: f"{value + 0.0:+.1f} standard deviations",
        "sessions": lambda value: f"{number(value, 0)} session{'' if value == 1 else 's'}",
        "rate": lambda value: f"{value:.2f} %",
        "score": lambda value: number(value, 1),
    }
)


def form_of(form: Form | None, unit: Unit | None) -> Form:
    """The form asked for, else that of the unit."""
    return form or (FORM_OF[unit] if unit is not None else "number")


def written(value: float | None, form: Form) -> str:
    """A value in words of its form; `-` when missing.

    >>> written(0.0915, "percent"), written(-0.25, "points"), written(3, "sessions"), written(None, "count")
    ('+9.2 %', '-0.25 points', '3 sessions', '-')
    """
    return MISSING if value is None else _WRITTEN[form](value)


def apart(value: float, form: Form) -> str:
    """A difference of two values of a form: percentages and shares are apart by points.

    >>> apart(0.0186, "percent"), apart(-0.25, "points")
    ('+1.9 points', '-0.25 points')
    """
    return written(value, "share_points" if form in ("percent", "share") else form)


def ranked(past: Past | None) -> str:
    """The rank of a value in its own past, counted from its nearer end; beyond PLACES the part it is in, rounded up.

    >>> from datetime import date
    >>> ranked(Past(0.9995, 3, 6041, date(2000, 6, 5), 0.999)), ranked(Past(1 / 800, 800, 800, date(2000, 6, 5), 0.99))
    ('the 3rd highest of 6,041 values', 'the lowest of 800 values')
    >>> ranked(Past(0.754, 1722, 6535, date(2000, 8, 25), 0.75))
    'among the highest 27 % of 6,535 values'
    """
    if past is None:
        return MISSING
    low = round(past.percentile * past.n)
    place, end = (past.rank, "highest") if past.rank <= low else (low, "lowest")
    if place > PLACES:
        return f"among the {end} {math.ceil(100 * place / past.n)} % of {past.n:,} values"
    nth = f"{ordinal(place)} " if place > 1 else ""
    return f"the {nth}{end} of {past.n:,} values"


def ordinal(value: int) -> str:
    """A number in order.

    >>> [ordinal(value) for value in (1, 2, 3, 11, 22, 113)]
    ['1st', '2nd', '3rd', '11th', '22nd', '113th']
    """
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value:,}{ending}"
