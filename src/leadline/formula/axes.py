"""Axes: what a row is, and how many rows a span has.

An axis is named by a word: "session", "month" (monthly price series), "weekly" and "monthly" (sampled from sessions),
"macro:NAME" (the observations of one macro series, vintage by vintage) or "stocks:..." (the members of a group).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from leadline.formula.errors import FormulaError
from leadline.formula.tree import SESSIONS_IN, Span

SESSION, MONTH, WEEKLY, MONTHLY = "session", "month", "weekly", "monthly"
#: rows of one unit by frequency; a missing unit has no rows there
ROWS_IN: Final[Mapping[str, Mapping[str, float]]] = {
    "session": SESSIONS_IN,
    "week": {"w": 1.0, "mo": 52 / 12, "y": 52.0},
    "month": {"mo": 1.0, "y": 12.0},
    "quarter": {"mo": 1 / 3, "y": 4.0},
}
_FREQUENCY: Final = {SESSION: "session", MONTH: "month", MONTHLY: "month", WEEKLY: "week"}
_SAID: Final = {"week": "weekly", "month": "monthly", "quarter": "quarterly"}


def is_stocks(axis: str | None) -> bool:
    """Whether an axis is the members of a group of stocks."""
    return axis is not None and axis.startswith("stocks:")


def is_macro(axis: str | None) -> bool:
    """Whether an axis is the observations of a macro series."""
    return axis is not None and axis.startswith("macro:")


def meet(axes: Iterable[str | None]) -> str | None:
    """The axis on which values of several axes meet; None when all are constant.

    >>> meet(["session", "macro:FRED:UNRATE"]), meet(["month", None]), meet(["weekly", "weekly"])
    ('session', 'month', 'weekly')
    """
    found = {axis for axis in axes if axis is not None}
    stocks = [axis for axis in found if is_stocks(axis)]
    if stocks or len(found) <= 1:
        return stocks[0] if stocks else next(iter(found), None)
    if SESSION in found or WEEKLY in found or MONTH not in found:
        return SESSION
    return MONTH


def rows_of(span: Span, axis: str, frequency: str | None, data: str) -> int:
    """The rows of a span on an axis. `frequency` is that of a macro axis; `data` names the data in the error.

    Raises FormulaError: a span shorter than a row, such as 6d on monthly data, which needs daily data.
    """
    kind = frequency or _FREQUENCY.get(axis, "session")
    rows = ROWS_IN[kind].get(span.unit, 0) * span.count
    whole = round(rows)
    if whole < 1 or (kind != "week" and abs(rows - whole) > 1e-6):
        raise FormulaError(
            f"span {span}",
            found=f"{_SAID.get(kind, kind)} data ({data})",
            expected=f"daily data, or a span such as {_fitting(kind)}",
            at=span.at,
        )
    return whole


def _fitting(kind: str) -> str:
    return {"week": "3w, 3mo or 1y", "month": "3mo or 1y", "quarter": "3mo, 6mo or 1y"}.get(kind, "6d")
