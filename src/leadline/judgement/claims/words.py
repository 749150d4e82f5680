"""How numbers and rulings are said. Every number in a sentence is a measured or stated one, rounded."""

from __future__ import annotations

from datetime import date

from leadline.core.units import MISSING, Unit, change, number, percent
from leadline.inference.finding import Finding
from leadline.judgement.claims.quantity import Quantity
from leadline.judgement.claims.rulings import Measured

_RETURNS = frozenset({Unit.RETURN})
_SHARES = frozenset({Unit.SHARE})
_WHOLE = frozenset({Unit.COUNT, Unit.SESSIONS, Unit.RANK, Unit.SHARES})


def said(value: Measured, unit: Unit | None, like: Quantity | None = None) -> str:
    """A measured value in words; with `like`, in the digits of the stated one.

    >>> said(0.1104, Unit.RETURN), said(5.0, Unit.COUNT), said(0.4123, Unit.RATIO), said(None, None)
    ('+11.0 %', '5', '0.412', '-')
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if (like is not None and like.is_percent) or unit in _RETURNS | _SHARES:
        signed = unit not in _SHARES
        return percent(value, max(like.digits, 1) if like else 1, signed=signed)
    if unit in _WHOLE:
        return number(value, 0)
    digits = like.digits if like is not None else (3 if abs(value) < 1 else 2)
    return number(value, digits)


def stated(figure: Quantity) -> str:
    """A stated figure as it is repeated in a sentence.

    >>> from leadline.judgement.claims.quantity import quantity
    >>> stated(quantity("15.2%")), stated(quantity(127.7))
    ('15.2 %', '127.7')
    """
    return figure.text.replace(" ", "").replace("%", " %")


def held(*, true: bool) -> str:
    """A condition's truth as a verb.

    >>> held(true=True), held(true=False)
    ('holds', 'does not hold')
    """
    return "holds" if true else "does not hold"


def often(low: float, high: float) -> str:
    """A frequency from low to high.

    >>> often(1.0, 2.0), often(4.0, 4.0)
    ('1 to 2 a century', '4 a century')
    """
    return f"{low:g} a century" if low == high else f"{low:g} to {high:g} a century"


def points(finding: Finding) -> str:
    """The distance from the base rate, short enough for a table."""
    apart = finding.difference.mean.estimate
    if finding.how != "ratio":
        return change(apart, relative=False)
    return MISSING if apart is None else f"{percent(apart).removesuffix(' %')} points"


def labelled(label: str, sentence: str) -> str:
    """A sentence with the name of its reading before it, where there is one."""
    return f"{label}: {sentence}" if label else sentence
