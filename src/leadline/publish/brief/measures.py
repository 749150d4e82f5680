"""The numbers of the brief, from columns of the panel: strength, ranks, the ratio and its record. Pure.

A length is counted on the axis of the series: sessions, or months that are over at the cut. A missing value at either
end of a change makes the change missing; a series whose last value is not at the end of its axis is stale, and nothing
is measured on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

import polars as pl

from leadline.data.panel.panel import Axis, Panel

State = Literal["present", "missing", "stale"]
Field = Literal["close", "total"]

#: what counts as reaching the record again: closer than rounding can tell
RECORD_TOLERANCE = 1e-9

PERIODS = ("1mo", "3mo", "6mo", "12mo")
_SESSIONS = dict(zip(PERIODS, (21, 63, 126, 252), strict=True))
_MONTHS = dict(zip(PERIODS, (1, 3, 6, 12), strict=True))
#: the columns of a ratio's path
PATH = MappingProxyType({"session": pl.Date, "step": pl.UInt32, "value": pl.Float64, "record": pl.Float64})
RATIO_SPANS = ("21d", "63d", "252d", "1mo", "3mo", "12mo")


@dataclass(frozen=True)
class Span:
    """A length: its key in the record, its number of steps on the axis, and how a formula writes it."""

    key: str
    steps: int
    text: str


def board_spans(axis: Axis) -> tuple[Span, ...]:
    """1, 3, 6 and 12 months: 21, 63, 126 and 252 sessions on the daily axis.

    >>> [span.text for span in board_spans("session")]
    ['21d', '63d', '126d', '252d']
    """
    if axis == "month":
        return tuple(Span(key, steps, key) for key, steps in _MONTHS.items())
    return tuple(Span(key, steps, f"{steps}d") for key, steps in _SESSIONS.items())


def ratio_spans(axis: Axis) -> tuple[Span, ...]:
    """21, 63 and 252 sessions, or 1, 3 and 12 months on the monthly axis."""
    return tuple(Span(span.text, span.steps, span.text) for span in board_spans(axis) if span.key != "6mo")


@dataclass(frozen=True)
class Reading:
    """One field of one series as the panel has it, judged at the cut.

    `values` lies on the axis (null where missing) and is None unless the state is present. `why` says what is wrong.
    """

    name: str
    field: Field
    state: State
    first: date | None = None
    last: date | None = None
    values: pl.Series | None = None
    why: str = ""

    @property
    def formula(self) -> str:
        """The series as a formula writes it: `IWM` is the price, `IWM.total` the total return."""
        return f"{self.name}.total" if self.field == "total" else self.name


def read(panel: Panel, name: str, field: Field, axis: Axis) -> Reading:
    """One field of one series on the axis, and whether it can be measured at the cut."""
    wrong = _unfit(panel, name, field, axis)
    if wrong:
        return Reading(name, field, "missing", why=wrong)
    column = panel.column(name, field)
    column = column.set(~column.is_finite(), None)
    labels = panel.axis(axis)
    having = labels.filter(column.is_not_null())
    formula = Reading(name, field, "present").formula
    if not len(having):
        return Reading(name, field, "missing", why=f"{formula} has no value up to the cut; its numbers are left out.")
    first, last = having[0], having[-1]
    if last != labels[-1]:
        end = "the last month that is over" if axis == "month" else "the cut"
        why = f"{formula} ends {last}, before {end}, {labels[-1]}; its numbers are left out."
        return Reading(name, field, "stale", first, last, why=why)
    return Reading(name, field, "present", first, last, column)


def _unfit(panel: Panel, name: str, field: Field, axis: Axis) -> str:
    fact = panel.series.get(name)
    if fact is None:
        return f"{name} is not in the ledger at this cut; its numbers are left out."
    if fact.kind != "bars" or field not in fact.fields:
        return f"{name} has no {field} ({', '.join(fact.fields) or 'nothing'} only); its numbers are left out."
    if fact.frequency != axis:
        return f"{name} is given by {fact.frequency}, the playbook's ratio by {axis}; its numbers are left out."
    return ""


def change(values: pl.Series | None, steps: int) -> float | None:
    """The last value over the one `steps` before it, less 1; None where either is missing or the earlier not above 0.

    >>> change(pl.Series([100.0, None, 110.0]), 2), change(pl.Series([100.0, None, 110.0]), 1)
    (0.10000000000000009, None)
    """
    if values is None or len(values) <= steps:
        return None
    now, then = values[-1], values[-1 - steps]
    if now is None or then is None or then <= 0:
        return None
    return finite(now / then - 1)


def ranks(values: dict[str, float | None]) -> dict[str, int | None]:
    """The place of each value, 1 the greatest; equal values share the better place; None where there is none.

    >>> ranks({"A": 0.1, "B": None, "C": 0.3, "D": 0.1})
    {'A': 2, 'B': None, 'C': 1, 'D': 2}
    """
    there = [value for value in values.values() if value is not None]
    return {
        name: None if value is None else 1 + sum(other > value for other in there) for name, value in values.items()
    }


def ratio_path(panel: Panel, numerator: str, denominator: str, field: Field, axis: Axis) -> pl.DataFrame:
    """The ratio where both have a value: session, step (position on the axis), value, record (its running maximum).

    Only positive values count. Raises what `Panel.column` raises for a series it does not have.
    """
    frame = pl.DataFrame(
        {
            "session": panel.axis(axis),
            "above": panel.column(numerator, field),
            "below": panel.column(denominator, field),
        }
    )
    return (
        frame.with_row_index("step")
        .filter((pl.col("above") > 0) & (pl.col("below") > 0))
        .with_columns(value=pl.col("above") / pl.col("below"))
        .filter(pl.col("value").is_finite())
        .select("session", "step", "value", record=pl.col("value").cum_max())
    )


def last_record(path: pl.DataFrame) -> tuple[date, int, float]:
    """Session, step and value of the record of a ratio path; the latest session where it was reached again."""
    top = float(path["record"][-1])
    at = path.filter(pl.col("value") >= top * (1 - RECORD_TOLERANCE)).tail(1)
    return at["session"][0], at["step"][0], top


def finite(value: float) -> float | None:
    """The value, or None where it is no finite number."""
    return value if math.isfinite(value) else None
