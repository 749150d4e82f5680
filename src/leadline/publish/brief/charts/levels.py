"""The ratio of the last year and a half, close up: the levels it met, and breakouts, retests, what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from leadline.core.units import number
from leadline.publish.brief.charts.common import Row, footer, hover, label, point, table, time_axis
from leadline.publish.brief.findings import CLOSE_UP
from leadline.publish.brief.record import Brief
from leadline.publish.brief.traces import Trace
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

KINDS = ("breakout", "retest", "confirmed", "failed")
WORDS = {"breakout": "breakout", "retest": "retest", "confirmed": "held and went on", "failed": "failed"}
COLOURS = {
    "breakout": theme.STRONG,
    "retest": theme.MUTED,
    "confirmed": theme.STRONG,
    "failed": theme.EVENT,
}
LABELLED = 5


@dataclass(frozen=True)
class _Close:
    """What is drawn: rows of the ratio, level segments, events."""

    rows: list[Row]
    steps: list[Row]
    events: list[tuple[str, Row]]


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    level = brief.traces["level"]
    if brief.ratio.value.value is None:
        return f"{brief.ratio.name} cannot be measured at this cut"
    if level.why:
        return f"no level of {brief.ratio.name} is known ({level.why})"
    return "" if len(level.path) else f"no level of {brief.ratio.name} is known yet"


def chart(brief: Brief) -> Chart:
    """The last 378 sessions of the ratio with its levels and events."""
    close = _close(brief)
    subtitle = (
        f"{brief.ratio.name} over the last {len(close.rows)} sessions; dashed: the level to beat, or the one that was "
        "broken; marked: breakout, retest, held or failed"
    )
    return Chart("levels", brief.findings["levels"], subtitle, footer(brief), lambda size: _levels(close, size))


def _close(brief: Brief) -> _Close:
    path = brief.ratio.path.filter(pl.col("step") >= int(brief.ratio.path["step"][-1]) - CLOSE_UP + 1)
    first: date = path["session"][0]
    rows: list[Row] = [
        {"session": day.isoformat(), "value": value, "words": f"{day}: {number(value, 4)}"}
        for day, value in path.select("session", "value").iter_rows()
    ]
    values = dict(path.select("session", "value").iter_rows())
    events = []
    for kind in KINDS:
        trace = brief.traces[kind]
        days = [] if trace.why else [trace.sessions[row] for row in trace.days()]
        events += [(kind, _event(kind, day, values[day])) for day in days if day >= first and day in values]
    events.sort(key=lambda one: str(one[1]["session"]))
    return _Close(rows, _steps(brief.traces["level"], first), events)


def _event(kind: str, day: date, value: float) -> Row:
    return {"session": day.isoformat(), "value": value, "words": f"{WORDS[kind]} {day}"}


def _steps(level: Trace, first: date) -> list[Row]:
    """Spans over which the level stood unchanged, since `first`."""
    there = level.path.filter(pl.col("session") >= first)
    if not len(there):
        return []
    values, days = there["value"].to_numpy(), there["session"].to_list()
    cuts = [0, *(np.flatnonzero(np.diff(values) != 0) + 1).tolist(), len(values)]
    return [
        {"session": days[start].isoformat(), "end": days[min(end, len(days) - 1)].isoformat(), "value": values[start]}
        for start, end in pairwise(cuts)
    ]


def _levels(close: _Close, size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    first, last = (date.fromisoformat(str(close.rows[at]["session"])) for at in (0, -1))
    x = time_axis(first, last, size, (0.24, 0.12))
    y = alt.Y("value:Q", scale=alt.Scale(zero=False, nice=False, padding=16), axis=alt.Axis(title=None, tickCount=5))
    line = table(close.rows).mark_line(color=theme.STRONG, strokeWidth=1.8, strokeJoin="round").encode(x=x, y=y)
    layers: list[alt.Chart] = []
    if close.steps:
        rule = table(close.steps).mark_rule(color=theme.MUTED, strokeDash=[4, 3], strokeWidth=1.2)
        layers.append(rule.encode(x=x, x2="end:T", y=y))
    layers += [line, *hover(close.rows)]
    layers += [point(row, COLOURS[kind]) for kind, row in close.events]
    for at, (kind, row) in enumerate(close.events[-1 if size.narrow else -LABELLED :]):
        up = kind in ("breakout", "confirmed")
        layers.append(label(row, COLOURS[kind], (-8, (-12 if up else 16) + (at % 2) * (-14 if up else 14), "right"), 12))
    now = {**close.rows[-1], "words": number(float(close.rows[-1]["value"]), 4)}
    return alt.layer(*layers, point(now, theme.STRONG), label(now, theme.STRONG, (8, 1, "left")))
