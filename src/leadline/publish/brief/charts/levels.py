"""The ratio of the last year and a half, close up: the levels it met, and breakouts, retests, what became of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from leadline.core.units import number as written
from leadline.publish.brief.charts.marks import footer, hover, label, line, points, said, time_axis
from leadline.publish.brief.findings import CLOSE_UP
from leadline.publish.brief.record import Brief
from leadline.publish.brief.traces import Trace
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart
from leadline.publish.look.layers import Layer, Row, column, layer, layered, moment, number
from leadline.publish.look.places import LINE, Spot, along, placed
from leadline.publish.look.theme import Size

KINDS = ("breakout", "retest", "confirmed", "failed")
WORDS = {"breakout": "breakout", "retest": "retest", "confirmed": "held", "failed": "failed"}
COLOURS = {
    "breakout": theme.STRONG,
    "retest": theme.MUTED,
    "confirmed": theme.STRONG,
    "failed": theme.EVENT,
}
#: events that are named, the last ones; a retest is a grey point between the others
LABELLED, NAMED = 4, ("breakout", "held", "failed")
#: sessions or months that a level must stand to be drawn, unless it stands now
STANDING = 5
ROOM = (0.24, 0.12)
#: pixels up or down within which a label needs no line to its point
NEAR = 16


@dataclass(frozen=True)
class _Close:
    """What is drawn: rows of the ratio, level segments, events."""

    rows: list[Row]
    steps: list[Row]
    events: list[Row]


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
        f"{brief.ratio.name} over the last {len(close.rows)} {brief.axis}s; dashed: the level to beat, or the one "
        "broken; points: breakout (blue), retest (grey), held (blue) or failed (orange)"
    )
    return Chart("levels", brief.findings["levels"], subtitle, footer(brief), lambda size: _levels(close, size))


def _close(brief: Brief) -> _Close:
    path = brief.ratio.path.filter(pl.col("step") >= int(brief.ratio.path["step"][-1]) - CLOSE_UP[brief.axis] + 1)
    first: date = path["session"][0]
    rows: list[Row] = [
        {"session": day.isoformat(), "value": value} for day, value in path.select("session", "value").iter_rows()
    ]
    values = dict(path.select("session", "value").iter_rows())
    events = []
    for kind in KINDS:
        trace = brief.traces[kind]
        days = [] if trace.why else [trace.sessions[row] for row in trace.days()]
        events += [_event(kind, day, values[day]) for day in days if day >= first and day in values]
    events.sort(key=lambda row: str(row["session"]))
    return _Close(rows, _steps(brief.traces["level"], first), events)


def _event(kind: str, day: date, value: float) -> Row:
    return {"session": day.isoformat(), "value": value, "words": f"{WORDS[kind]} {day}", "colour": COLOURS[kind]}


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
        if end - start >= STANDING or end == len(values)
    ]


def _levels(close: _Close, size: Size) -> dict[str, Any]:
    first, last = (date.fromisoformat(str(close.rows[at]["session"])) for at in (0, -1))
    x = time_axis(first, last, size, ROOM)
    reach = _reach(close)
    y = column("value", reach, {"tickCount": 5})
    layers: list[Layer] = []
    if close.steps:
        rule = {"type": "rule", "color": theme.MUTED, "strokeDash": [4, 3], "strokeWidth": 1.2}
        layers.append(layer(close.steps, rule, {"x": x, "x2": {"field": "end"}, "y": y}))
    now = {**close.rows[-1], "words": written(float(close.rows[-1]["value"]), 4), "colour": theme.STRONG}
    layers += [line(close.rows, x, y, theme.STRONG, 1.8), *hover(close.rows, said)]
    layers += points([*close.events, now])
    return layered([*layers, *_names(close, size, reach), label(now, (8, 1, "left"))])


def _reach(close: _Close) -> tuple[float, float]:
    values = [float(row["value"]) for row in (*close.rows, *close.steps)]
    room = 0.08 * (max(values) - min(values)) or 0.01
    return min(values) - room, max(values) + room


def _names(close: _Close, size: Size, reach: tuple[float, float]) -> list[Layer]:
    """What the last events were and when, each beside its point and off the line."""
    named = [row for row in close.events if str(row["words"]).startswith(NAMED)]
    shown = named[-1 if size.narrow else -LABELLED :]
    first, last = (date.fromisoformat(str(close.rows[at]["session"])) for at in (0, -1))
    span = (last - first).days * (1 + (ROOM[0] if size.narrow else ROOM[1])) or 1
    box = theme.plot(size)

    def pixel(row: Row) -> Spot:
        share = (date.fromisoformat(str(row["session"])) - first).days / span
        return share * box[0], (reach[1] - float(row["value"])) / (reach[1] - reach[0]) * box[1]

    names = [str(row["words"]) for row in shown]
    right, down = pixel(close.rows[-1])  # the label of today stands to the right of it
    taken = along((right, down), (right + 60, down), 4)
    taken += [spot for a, b in pairwise(close.rows) for spot in along(pixel(a), pixel(b))]
    taken += [spot for row in close.steps for spot in along(pixel(row), pixel({**row, "session": row["end"]}))]
    spots = placed([pixel(row) for row in shown], names, box, taken)

    def at(spot: Spot) -> Row:
        day = first + timedelta(days=spot[0] / box[0] * span)
        return {"session": day.isoformat(), "value": reach[1] - spot[1] / box[1] * (reach[1] - reach[0])}

    layers: list[Layer] = []
    for row, (x, y) in zip(shown, spots, strict=True):
        away = y - pixel(row)[1]
        if abs(away) > NEAR:  # a thin line says whose label this is
            edge = at((x, y - math.copysign(LINE / 2, away)))
            layers.append(line([row, edge], moment("session"), number("value"), theme.MUTED, 0.8))
        layers.append(label({**row, **at((x, y))}, (0, 0, "center"), 12))
    return layers
