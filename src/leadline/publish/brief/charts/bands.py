"""Small multiples under one time axis: each band has its own range, its name above it, its last value beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from leadline.publish.brief.charts.common import HOVER_POINTS, Row, hover, label, point, table, time_axis
from leadline.publish.look import theme
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

#: of a band's height: where the drawing starts and ends, and where the name stands
FLOOR, ROOF, NAME = 0.06, 0.70, 0.90


@dataclass(frozen=True)
class Band:
    """One small drawing. path: session and value; words: the last value; ends: the words at least and greatest value;
    marks: levels that are drawn across, with their words.
    """

    name: str
    path: pl.DataFrame
    said: tuple[str, ...]
    last: str
    low: float
    high: float
    ends: tuple[str, str]
    marks: tuple[tuple[float, str], ...] = ()


def bands(drawn: tuple[Band, ...], size: Size) -> alt.LayerChart | alt.FacetChart:
    """The bands below each other, in their order."""
    import altair as alt

    first, last = min(band.path["session"][0] for band in drawn), max(band.path["session"][-1] for band in drawn)
    x = time_axis(first, last, size, (0.26, 0.13))
    labels: dict[str, str] = {}
    layers: list[alt.Chart] = []
    for at, band in enumerate(drawn):
        base = len(drawn) - 1 - at
        for value, words in ((band.low, band.ends[0]), (band.high, band.ends[1]), *band.marks):
            labels[f"{_place(band, value, base):.4f}"] = words
    axis = alt.Axis(
        title=None,
        values=[float(place) for place in labels],
        labelExpr=f"{json.dumps(labels)}[format(datum.value, '.4f')]",
        labelOverlap=False,
    )
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, len(drawn)], nice=False), axis=axis)
    for at, band in enumerate(drawn):
        layers += _band(band, len(drawn) - 1 - at, (x, y), strong=at == 0)
    return alt.layer(*layers)


def _place(band: Band, value: float, base: int) -> float:
    share = 0.5 if band.high <= band.low else (value - band.low) / (band.high - band.low)
    return base + FLOOR + (ROOF - FLOOR) * share


def _band(band: Band, base: int, at: tuple[alt.X, alt.Y], *, strong: bool) -> list[alt.Chart]:
    days = [day.isoformat() for day in band.path["session"]]
    places = [_place(band, float(value), base) for value in band.path["value"]]
    rows: list[Row] = [
        {"session": day, "value": place, "words": words}
        for day, place, words in zip(days, places, band.said, strict=True)
    ]
    line = table(rows).mark_line(color=theme.STRONG, strokeWidth=1.7, strokeJoin="round").encode(x=at[0], y=at[1])
    head = {"session": days[0], "value": base + NAME, "words": band.name}
    now = {"session": days[-1], "value": places[-1], "words": band.last}
    name = label(head, theme.INK, (0, 0, "left"), 12)
    seen = rows[:: max(1, len(rows) * 2 // HOVER_POINTS)]
    return [line, name, *hover(seen), point(now, theme.STRONG), label(now, theme.STRONG, (8, 1, "left"))]
