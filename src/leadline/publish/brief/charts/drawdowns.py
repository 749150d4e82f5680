"""Drawdowns: how far each side of the ratio has stood below its own record, over all of its past."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

from leadline.core.units import percent
from leadline.publish.brief.charts.marks import footer, hover, label, line, points, thinned, time_axis
from leadline.publish.brief.record import Brief
from leadline.publish.brief.traces import Trace
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart, round_ticks
from leadline.publish.look.layers import Layer, Row, layer, layered, number
from leadline.publish.look.places import LABEL_PIXELS, spread
from leadline.publish.look.theme import Size

PAIR = (("small_drawdown", theme.STRONG), ("large_drawdown", theme.MUTED))


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    traces = [brief.traces[name] for name, _ in PAIR]
    return "" if any(trace.last is not None for trace in traces) else traces[0].why or "no value at this cut"


def chart(brief: Brief) -> Chart:
    """Both drawdowns since both are known."""
    there = tuple((brief.traces[name], colour) for name, colour in PAIR if brief.traces[name].last is not None)
    start = max(trace.path["session"][0] for trace, _ in there)
    said = "; ".join(trace.formula for trace, _ in there)
    subtitle = f"Distance below the highest value so far, percent, since {start}: {said}"
    return Chart(
        "drawdowns", brief.findings["drawdowns"], subtitle, footer(brief), lambda size: _drawdowns(there, size)
    )


def _drawdowns(there: tuple[tuple[Trace, str], ...], size: Size) -> dict[str, Any]:
    start = max(trace.path["session"][0] for trace, _ in there)
    paths = [thinned(trace.path.filter(pl.col("session") >= start)) for trace, _ in there]
    low = min(float(path["value"].min()) for path in paths)  # type: ignore[arg-type]
    x = time_axis(start, max(path["session"][-1] for path in paths), size, (0.56, 0.28))
    axis = {"title": None, "values": round_ticks(low, 0.0, 5), "labelExpr": SIGNED_PERCENT}
    y = {**number("value"), "scale": {"domain": [low * 1.05 or -0.01, 0], "nice": False}, "axis": axis}
    layers: list[Layer] = []
    for (trace, colour), path in reversed(list(zip(there, paths, strict=True))):
        rows = [
            {"session": day.isoformat(), "value": value} for day, value in path.select("session", "value").iter_rows()
        ]
        if colour == theme.STRONG:
            area = {"type": "area", "color": colour, "fillOpacity": 0.12, "opacity": 1}
            layers.append(layer(rows, area, {"x": x, "y": y, "y2": {"datum": 0}}))
        layers += [line(rows, x, y, colour, 1.2), *hover(rows, partial(_said, trace))]
    return layered([*layers, *_ends(there, paths, low * 1.05 * LABEL_PIXELS / theme.plot(size)[1])])


def _said(trace: Trace, row: Row) -> str:
    return f"{trace.label}, {row['session']}: {percent(float(row['value']))}"


def _ends(there: tuple[tuple[Trace, str], ...], paths: list[pl.DataFrame], least: float) -> list[Layer]:
    """Where each stands now, with its name, labels moved apart."""
    lasts = [float(path["value"][-1]) for path in paths]
    places = spread(lasts, abs(least))
    down = max(0.0, *places)  # no label stands above the top
    rows = [
        {
            "session": path["session"][-1].isoformat(),
            "value": last,
            "words": f"{trace.label} {percent(last) if last < -5e-4 else 'at record'}",
            "colour": colour,
        }
        for (trace, colour), path, last in zip(there, paths, lasts, strict=True)
    ]
    names = [label({**row, "value": place - down}, (8, 4, "left"), 12) for row, place in zip(rows, places, strict=True)]
    return [*points(rows), *names]
