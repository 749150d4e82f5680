"""Small multiples under one time axis: each band has its own range, its name above it, its last value beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from leadline.publish.brief.charts.marks import HOVER_POINTS, hover, line, points, time_axis
from leadline.publish.look import theme
from leadline.publish.look.layers import Layer, Row, column, layer, layered, moment, number, words
from leadline.publish.look.theme import Size

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


def bands(drawn: tuple[Band, ...], size: Size) -> dict[str, Any]:
    """The bands below each other, in their order."""
    first, last = min(band.path["session"][0] for band in drawn), max(band.path["session"][-1] for band in drawn)
    x = time_axis(first, last, size, (0.26, 0.13))
    labels: dict[str, str] = {}
    for at, band in enumerate(drawn):
        base = len(drawn) - 1 - at
        for value, said in ((band.low, band.ends[0]), (band.high, band.ends[1]), *band.marks):
            labels[f"{_place(band, value, base):.4f}"] = said
    spoken = f"{json.dumps(labels)}[format(datum.value, '.4f')]"
    places = [float(place) for place in labels]  # all of them: without a count the engine leaves some out
    axis = {"values": places, "tickCount": len(places), "labelExpr": spoken, "labelOverlap": False}
    left = max(theme.MARGINS["left"], 12 + 7 * max(len(said) for said in labels.values()))
    return layered(_drawn(drawn, x, column("value", (0, len(drawn)), axis)), {"left": left})


def _place(band: Band, value: float, base: int) -> float:
    share = 0.5 if band.high <= band.low else (value - band.low) / (band.high - band.low)
    return base + FLOOR + (ROOF - FLOOR) * share


def _drawn(drawn: tuple[Band, ...], x: dict[str, Any], y: dict[str, Any]) -> list[Layer]:
    rows: list[Row] = []
    seen: list[Row] = []
    names: list[Row] = []
    ends: list[Row] = []
    for at, band in enumerate(drawn):
        base = len(drawn) - 1 - at
        days = [day.isoformat() for day in band.path["session"]]
        places = [_place(band, float(value), base) for value in band.path["value"]]
        mine = [{"session": day, "value": place, "band": at} for day, place in zip(days, places, strict=True)]
        rows += mine
        every = max(1, len(mine) * len(drawn) // HOVER_POINTS)
        seen += [{**row, "words": words_} for row, words_ in zip(mine[::every], band.said[::every], strict=True)]
        names.append({"session": days[0], "value": base + NAME, "words": band.name})
        ends.append({"session": days[-1], "value": places[-1], "words": band.last, "colour": theme.STRONG})
    one = line(rows, x, y, theme.STRONG)
    one["encoding"]["detail"] = {"field": "band", "type": "nominal"}
    text = {"type": "text", "align": "left", "fontWeight": "bold"}
    shown = {"x": moment("session"), "y": number("value"), "text": words()}
    return [
        one,
        layer(names, {**text, "color": theme.INK}, shown),
        *hover(seen, lambda row: str(row["words"])),
        *points(ends),
        layer(ends, {**text, "color": theme.STRONG, "dx": 8, "dy": 1, "fontSize": 13}, shown),
    ]
