"""The strength board as bars: every size and sector over three months."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from leadline.core.units import percent
from leadline.publish.brief.charts.common import footer, table
from leadline.publish.brief.record import Brief, Row, by_strength
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    return "" if brief.ranked["3mo"] else "no series has a value over three months"


def chart(brief: Brief) -> Chart:
    """One bar a row of the board, the strongest first; sizes in the strong colour."""
    rows = [row for row in by_strength(brief.board) if row.rank["3mo"] is not None]
    left_out = len(brief.board) - len(rows)
    without = f"; {left_out} without a value left out" if left_out else ""
    subtitle = f"Change over three months, percent; sizes in colour, sectors grey{without}"
    return Chart("strength", brief.findings["board"], subtitle, footer(brief), lambda size: _strength(rows, size))


def _strength(rows: list[Row], size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    values = [row.strength["3mo"].value or 0.0 for row in rows]
    data = [
        {
            "label": row.label if size.narrow else f"{row.label} · {row.symbol}",
            "kind": row.kind,
            "value": value,
            "words": percent(value),
            "says": f"{row.label}, {row.strength['3mo'].formula}: {percent(value)}, place {row.rank['3mo']}",
        }
        for row, value in zip(rows, values, strict=True)
    ]
    sizes = [str(line["label"]) for line in data if line["kind"] == "size"]
    room = 0.33 if size.narrow else 0.14
    low, high = min(0.0, *values), max(0.0, *values)
    pad = (high - low or 1.0) * room
    limits = [low - pad if low < 0 else 0.0, high + pad if high > 0 else 0.0]
    if limits[0] == limits[1]:
        limits = [-0.01, 0.01]
    base = table(data).encode(y=_names(sizes))
    colour = alt.Color(
        "kind:N", scale=alt.Scale(domain=["size", "sector"], range=[theme.STRONG, theme.REST]), legend=None
    )
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=limits, nice=False),
        axis=alt.Axis(title=None, grid=False, labelExpr=SIGNED_PERCENT, tickCount=4 if size.narrow else 6),
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.62), aria=True).encode(x=x, color=colour, description="says:N")
    zero = table([{"value": 0.0}]).mark_rule(color=theme.MUTED).encode(x="value:Q")
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
