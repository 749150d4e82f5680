"""The strength board as bars: every size and sector over three months."""

from __future__ import annotations

from typing import Any

from leadline.core.units import percent
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.record import Brief, Row, by_strength
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart
from leadline.publish.look.layers import Layer, layer, layered, number, plainly, words
from leadline.publish.look.theme import Size


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


def _strength(rows: list[Row], size: Size) -> dict[str, Any]:
    values = [row.strength["3mo"].value or 0.0 for row in rows]
    data: list[dict[str, Any]] = [
        {
            "label": row.label if size.narrow else f"{row.label} · {row.symbol}",
            "kind": row.kind,
            "colour": theme.STRONG if row.kind == "size" else theme.REST,
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
    y = _names(sizes)
    left = 16 + max(int((7.2 if line["label"] in sizes else 6.6) * len(str(line["label"]))) for line in data)
    scale = {"domain": limits, "nice": False}
    axis = {"title": None, "grid": False, "labelExpr": SIGNED_PERCENT, "tickCount": 4 if size.narrow else 6}
    x = {**number("value"), "scale": scale, "axis": axis}
    bar = {"type": "bar", "height": {"band": 0.62}, "aria": True}
    shown = {"x": x, "y": y, "color": plainly("colour", "nominal"), "description": words("says")}
    return layered(
        [
            layer(data, bar, shown),
            layer([{"value": 0.0}], {"type": "rule", "color": theme.MUTED}, {"x": number("value")}),
            *_ends([line for line in data if line["value"] >= 0], (x, y), ("left", 5)),
            *_ends([line for line in data if line["value"] < 0], (x, y), ("right", -5)),
        ],
        {"left": left},
    )


def _ends(rows: list[dict[str, Any]], at: tuple[dict[str, Any], dict[str, Any]], side: tuple[str, int]) -> list[Layer]:
    """The numbers at the ends of the bars of one sign."""
    mark = {"type": "text", "align": side[0], "dx": side[1], "color": theme.INK}
    return [layer(rows, mark, {"x": at[0], "y": at[1], "text": words()})] if rows else []


def _names(sizes: list[str]) -> dict[str, Any]:
    strong = {"test": f"indexof({sizes!r}, datum.value) >= 0"}
    axis = {
        "title": None,
        "grid": False,
        "labelLimit": 220,
        "labelColor": {"condition": {**strong, "value": theme.INK}, "value": theme.MUTED},
        "labelFontWeight": {"condition": {**strong, "value": "bold"}, "value": "normal"},
    }
    return {"field": "label", "type": "nominal", "sort": None, "axis": axis}
