"""The ratio over its whole past, with its record and the distance below it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from leadline.core.units import percent
from leadline.publish.brief.charts.marks import footer, hover, label, line, log_ticks, points, said, thinned, time_axis
from leadline.publish.brief.record import Brief, RatioFacts
from leadline.publish.brief.words import BASIS_WORDS
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart
from leadline.publish.look.layers import Layer, layer, layered, number
from leadline.publish.look.theme import Size

LOG_BEYOND = timedelta(days=10 * 365)


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    return f"{brief.ratio.name} cannot be measured at this cut" if brief.ratio.value.value is None else ""


def chart(brief: Brief) -> Chart:
    """The ratio, its running record and the shaded distance between them."""
    ratio = brief.ratio
    made = [] if ratio.record.session is None else [ratio.record.session]
    path = thinned(ratio.path, made)
    scale = ", log scale" if _is_long(path) else ""
    subtitle = (
        f"{ratio.name} by {BASIS_WORDS[ratio.basis]} since {ratio.first}{scale}; shaded: distance below its record"
    )
    return Chart("ratio", brief.findings["ratio"], subtitle, footer(brief), lambda size: _ratio(ratio, path, size))


def _is_long(path: pl.DataFrame) -> bool:
    return len(path) > 0 and path["session"][-1] - path["session"][0] > LOG_BEYOND


def _ratio(ratio: RatioFacts, path: pl.DataFrame, size: Size) -> dict[str, Any]:
    rows = [
        {"session": day.isoformat(), "value": value, "record": record}
        for day, value, record in path.select("session", "value", "record").iter_rows()
    ]
    x = time_axis(path["session"][0], path["session"][-1], size)
    log = _is_long(path)
    low, high = float(path["value"].min()), float(path["record"].max())  # type: ignore[arg-type]
    ticks = log_ticks(low, high) if log else []
    axis = {"title": None, "tickCount": 5, "format": "~g", **({"values": ticks} if ticks else {})}
    scale = {"type": "log" if log else "linear", "zero": False, "nice": False, "padding": 10}
    y = {**number("value"), "scale": scale, "axis": axis}
    shade = {"type": "area", "color": theme.EVENT, "fillOpacity": 0.14, "opacity": 1}
    roof = {"type": "line", "color": theme.EVENT, "strokeWidth": 1, "strokeOpacity": 0.7, "interpolate": "step-after"}
    return layered(
        [
            layer(rows, shade, {"x": x, "y": y, "y2": {"field": "record"}}),
            layer(rows, roof, {"x": x, "y": number("record")}),
            line(rows, x, y, theme.STRONG, 1.6),
            *hover(rows, said),
            *_marks(ratio, path, size),
        ]
    )


def _marks(ratio: RatioFacts, path: pl.DataFrame, size: Size) -> list[Layer]:
    """The record and today, each a point with its label; one label where today is the record."""
    today = path["session"][-1]
    top, made = ratio.record.value.value, ratio.record.session
    if made is None or top is None or ratio.value.value is None:
        return []
    now = {"session": today.isoformat(), "value": ratio.value.value, "colour": theme.STRONG}
    if ratio.record.sessions_since == 0:
        row = {**now, "words": "record today"}
        return [*points([row]), label(row, (-8, -10, "right"))]
    left = (made - path["session"][0]) < (today - path["session"][0]) / 2
    level = f" {top:.4g}" if ratio.basis == "close" else ""  # a level of total returns means nothing by itself
    words = "record" if size.narrow else f"record{level} on {made}"
    above = {"session": made.isoformat(), "value": top, "words": words, "colour": theme.EVENT}
    here = {**now, "words": percent(ratio.drawdown.value)}
    place = label(above, (6, -9, "left") if left else (-6, -9, "right"))
    return [*points([above, here]), place, label(here, (8, 1, "left"))]
