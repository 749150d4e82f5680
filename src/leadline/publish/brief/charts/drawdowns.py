"""Drawdowns: how far each side of the ratio has stood below its own record, over all of its past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from leadline.core.units import percent
from leadline.publish.brief.charts.common import LABEL_PIXELS, Row, footer, hover, point, spread, table, thinned, time_axis
from leadline.publish.brief.record import Brief
from leadline.publish.brief.traces import Trace
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart, round_ticks
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

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
    return Chart("drawdowns", brief.findings["drawdowns"], subtitle, footer(brief), lambda size: _drawdowns(there, size))


def _drawdowns(there: tuple[tuple[Trace, str], ...], size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    start = max(trace.path["session"][0] for trace, _ in there)
    paths = [thinned(trace.path.filter(pl.col("session") >= start)) for trace, _ in there]
    low = min(float(path["value"].min()) for path in paths)  # type: ignore[arg-type]
    x = time_axis(start, max(path["session"][-1] for path in paths), size, (0.36, 0.2))
    ticks = round_ticks(low, 0.0, 5)
    axis = alt.Axis(title=None, values=ticks, labelExpr=SIGNED_PERCENT)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[low * 1.05 or -0.01, 0], nice=False), axis=axis)
    layers: list[alt.Chart] = []
    for (trace, colour), path in reversed(list(zip(there, paths, strict=True))):
        rows = _rows(trace, path)
        base = table(rows)
        layers.append(base.mark_area(color=colour, opacity=0.12).encode(x=x, y=y, y2=alt.datum(0)))
        layers.append(base.mark_line(color=colour, strokeWidth=1.5, strokeJoin="round").encode(x=x, y=y))
        layers += hover(rows)
    return alt.layer(*layers, *_ends(there, paths, low * 1.05 * LABEL_PIXELS / (size.height - 60)))


def _rows(trace: Trace, path: pl.DataFrame) -> list[Row]:
    return [
        {"session": day.isoformat(), "value": value, "words": f"{trace.label}, {day}: {percent(value)}"}
        for day, value in path.select("session", "value").iter_rows()
    ]


def _ends(there: tuple[tuple[Trace, str], ...], paths: list[pl.DataFrame], least: float) -> list[alt.Chart]:
    """Where each stands now, with its name, labels moved apart."""
    lasts = [float(path["value"][-1]) for path in paths]
    marks = []
    for (trace, colour), path, last, place in zip(there, paths, lasts, spread(lasts, abs(least)), strict=True):
        day = path["session"][-1].isoformat()
        marks.append(point({"session": day, "value": last, "words": percent(last)}, colour))
        row = {"session": day, "value": min(place, 0.0), "words": f"{trace.label} {percent(last)}"}
        text = table([row]).mark_text(align="left", dx=8, dy=4, color=colour, fontWeight="bold", fontSize=12)
        marks.append(text.encode(x="session:T", y="value:Q", text="words:N"))
    return marks
