"""The charts: one definition each, drawn by `look.drawing` as PNG (framed) and as SVG for the page.

All numbers come from the record and from the ratio's path; a chart only places and words them. A chart whose numbers
are missing is not drawn: the renderings say so instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from leadline.core.units import percent
from leadline.data.panel.panel import Panel
from leadline.publish.brief import measures
from leadline.publish.brief.record import Brief, RatioFacts, Row, by_strength
from leadline.publish.brief.words import BASIS_WORDS, STANDING_WORDS
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

Side = Literal["left", "right"]

WEEKLY_BEYOND = timedelta(days=5 * 366)
MONTHLY_BEYOND = timedelta(days=40 * 366)
LOG_BEYOND = timedelta(days=10 * 365)


def charts(brief: Brief, panel: Panel) -> tuple[Chart, ...]:
    """The charts that the record has numbers for, in the page's order; `panel` is the one the record was built on."""
    found: list[Chart] = []
    if brief.ratio.value.value is not None:
        path = thinned(_path(brief, panel))
        found.append(
            Chart(
                "ratio",
                brief.findings["ratio"],
                _ratio_subtitle(brief, path),
                _footer(brief),
                lambda size: _ratio(brief.ratio, path, size),
            )
        )
    if brief.ranked["3mo"]:
        rows = [row for row in by_strength(brief.board) if row.rank["3mo"] is not None]
        left_out = len(brief.board) - len(rows)
        missing = f"; {left_out} without a value left out" if left_out else ""
        subtitle = f"Change over three months, percent; sizes in colour, sectors grey{missing}"
        found.append(
            Chart("strength", brief.findings["board"], subtitle, _footer(brief), lambda size: _strength(rows, size))
        )
    return tuple(found)


def thinned(path: pl.DataFrame) -> pl.DataFrame:
    """A ratio path for drawing: beyond 5 years the last point of each week, beyond 40 of each month.

    The first and last points and those where the record was made last are kept. Rows keep their values.
    """
    if not len(path):
        return path
    length = path["session"][-1] - path["session"][0]
    if length <= WEEKLY_BEYOND:
        return path
    every = "1mo" if length > MONTHLY_BEYOND else "1w"
    made, _, _ = measures.last_record(path)
    group = pl.col("session").dt.truncate(every)
    keep = (pl.col("session") == pl.col("session").max().over(group)) | (pl.col("session") == made)
    return path.filter(keep | (pl.col("step") == pl.col("step").min()))


def _path(brief: Brief, panel: Panel) -> pl.DataFrame:
    ratio = brief.ratio
    return measures.ratio_path(panel, ratio.numerator, ratio.denominator, ratio.basis, brief.axis)


def _footer(brief: Brief) -> str:
    sources = ", ".join(dict.fromkeys(entry.source for entry in brief.coverage if entry.source))
    standing = STANDING_WORDS.get(brief.standing, brief.standing)
    return f"{standing} · source: {sources or 'none'} · cut {brief.as_of} · ledger version {brief.version}"


def _ratio_subtitle(brief: Brief, path: pl.DataFrame) -> str:
    ratio = brief.ratio
    scale = ", log scale" if _is_long(path) else ""
    return f"{ratio.name} by {BASIS_WORDS[ratio.basis]} since {ratio.first}{scale}; shaded: distance below its record"


def _is_long(path: pl.DataFrame) -> bool:
    return len(path) > 0 and path["session"][-1] - path["session"][0] > LOG_BEYOND


def _ratio(ratio: RatioFacts, path: pl.DataFrame, size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    rows = [
        {"session": day.isoformat(), "value": value, "record": record}
        for day, value, record in path.select("session", "value", "record").iter_rows()
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    years = [{"year": year, "utc": True} for year in year_ticks(path, 4 if size.narrow else 8)]
    form: dict[str, Any] = {"values": years, "format": "%Y"} if years else {"tickCount": 4, "labelOverlap": True}
    axis = alt.Axis.from_dict({"grid": False, "title": None, **form})
    x = alt.X("session:T", scale=alt.Scale(type="utc", domain=_days(path, size), nice=False), axis=axis)
    log = _is_long(path)
    scale = alt.Scale(type="log" if log else "linear", zero=False, nice=False, padding=10)
    ticks = log_ticks(path) if log else []
    levels = alt.Axis(title=None, tickCount=5, format="~g", values=ticks or alt.Undefined)
    y = alt.Y("value:Q", scale=scale, axis=levels)
    shade = base.mark_area(color=theme.EVENT, opacity=0.14).encode(x=x, y=y, y2="record:Q")
    roof = base.mark_line(color=theme.EVENT, strokeWidth=1, opacity=0.7, interpolate="step-after").encode(
        x=x, y=alt.Y("record:Q")
    )
    line = base.mark_line(color=theme.STRONG, strokeWidth=1.6, strokeJoin="round").encode(x=x, y=y)
    return alt.layer(shade, roof, line, *_marks(ratio, path, size))


def _days(path: pl.DataFrame, size: Size) -> list[str]:
    """The span of the drawing: from the first point to a little after the last, where today's label stands."""
    first, last = path["session"][0], path["session"][-1]
    return [first.isoformat(), (last + (last - first) * (0.2 if size.narrow else 0.1)).isoformat()]


def year_ticks(path: pl.DataFrame, most: int) -> list[int]:
    """Round years inside the path, at most `most`; none for a path of less than three years."""
    first, last = path["session"][0].year, path["session"][-1].year
    if last - first < 3:
        return []
    steps = (step for step in (1, 2, 5, 10, 20, 50) if (last - first) // step <= most - 1)
    step = next(steps, 100)
    return [year for year in range(first + 1, last + 1) if year % step == 0]


def log_ticks(path: pl.DataFrame) -> list[float]:
    """Round levels inside the drawing's range, the sparsest set of three or more; none where there are fewer."""
    low, high = float(path["value"].min()), float(path["record"].max())  # type: ignore[arg-type]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 4, 5, 6, 7, 8, 9)):
        ticks = [round(digit * 10.0**decade, 12) for decade in decades for digit in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside
    return []


def _marks(ratio: RatioFacts, path: pl.DataFrame, size: Size) -> list[alt.Chart]:
    """The record and today, each a point with its label; one label where today is the record."""
    today = path["session"][-1]
    top, made = ratio.record.value.value, ratio.record.session
    if made is None or top is None or ratio.value.value is None:
        return []
    if ratio.record.sessions_since == 0:
        return _labelled((today.isoformat(), ratio.value.value), "record today", theme.STRONG, (-8, -10, "right"))
    left = (made - path["session"][0]) < (today - path["session"][0]) / 2
    level = f" {top:.4g}" if ratio.basis == "close" else ""  # a level of total returns means nothing by itself
    words = "record" if size.narrow else f"record{level} on {made}"
    above = _labelled((made.isoformat(), top), words, theme.EVENT, (6, -9, "left") if left else (-6, -9, "right"))
    gap = percent(ratio.drawdown.value)
    now = _labelled((today.isoformat(), ratio.value.value), gap, theme.STRONG, (8, 1, "left"))
    return [*above, *now]


def _labelled(at: tuple[str, float], words: str, colour: str, where: tuple[int, int, Side]) -> list[alt.Chart]:
    import altair as alt

    session, value = at
    dx, dy, align = where
    base = alt.Chart(alt.InlineData(values=[{"session": session, "value": value, "words": words}])).encode(
        x=alt.X("session:T"), y=alt.Y("value:Q")
    )
    text = base.mark_text(align=align, dx=dx, dy=dy, color=colour, fontWeight="bold", fontSize=13)
    return [base.mark_circle(size=60, color=colour, opacity=1), text.encode(text="words:N")]


def _strength(rows: list[Row], size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    values = [row.strength["3mo"].value or 0.0 for row in rows]
    data = [
        {
            "label": row.label if size.narrow else f"{row.label} · {row.symbol}",
            "kind": row.kind,
            "value": value,
            "words": percent(value),
        }
        for row, value in zip(rows, values, strict=True)
    ]
    sizes = [str(line["label"]) for line in data if line["kind"] == "size"]
    room = 0.33 if size.narrow else 0.14
    low, high = min(0.0, *values), max(0.0, *values)
    pad = (high - low or 1.0) * room
    limits = [low - pad if low < 0 else 0.0, high + pad if high > 0 else 0.0]
    base = alt.Chart(alt.InlineData(values=data)).encode(y=_names(sizes))
    colour = alt.Color(
        "kind:N", scale=alt.Scale(domain=["size", "sector"], range=[theme.STRONG, theme.REST]), legend=None
    )
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=limits, nice=False),
        axis=alt.Axis(title=None, grid=False, labelExpr=SIGNED_PERCENT, tickCount=4 if size.narrow else 6),
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.62)).encode(x=x, color=colour)
    zero = alt.Chart(alt.InlineData(values=[{"value": 0.0}])).mark_rule(color=theme.MUTED).encode(x="value:Q")
    gains = base.mark_text(align="left", dx=5, color=theme.INK).encode(x=x, text="words:N")
    losses = base.mark_text(align="right", dx=-5, color=theme.INK).encode(x=x, text="words:N")
    return alt.layer(bars, zero, gains.transform_filter("datum.value >= 0"), losses.transform_filter("datum.value < 0"))


def _names(sizes: list[str]) -> alt.Y:
    import altair as alt

    strong = {"test": f"indexof({sizes!r}, datum.value) >= 0"}
    axis: Mapping[str, Any] = MappingProxyType(
        {
            "title": None,
            "grid": False,
            "labelLimit": 220,
            "labelColor": {"condition": {**strong, "value": theme.INK}, "value": theme.MUTED},
            "labelFontWeight": {"condition": {**strong, "value": "bold"}, "value": "normal"},
        }
    )
    return alt.Y("label:N", sort=None, axis=alt.Axis.from_dict({**axis}))
