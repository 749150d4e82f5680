"""Small charts beside a ruling: the last year of what was measured with the stated level, or all of its past."""

from __future__ import annotations

from typing import Any, Final

from leadline.core.units import Unit
from leadline.judgement.claims.rulings import Checked, Histogram, Ruling, Trace
from leadline.judgement.claims.words import said
from leadline.publish.claims.record import banner
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart
from leadline.publish.look.layers import Layer, column, layer, layered, moment, number
from leadline.publish.look.theme import Size

SMALL: Final = Size(420, 190)
_PERCENT: Final = frozenset({Unit.RETURN, Unit.SHARE})


def charts(checked: Checked) -> dict[str, Chart]:
    """The chart of each ruling that has one, by the claim's key: of its first reading with a picture."""
    found = {one.key: _chart(one, checked) for one in checked.rulings}
    return {key: chart for key, chart in found.items() if chart is not None}


def _chart(ruling: Ruling, checked: Checked) -> Chart | None:
    reading = next((one for one in ruling.readings if one.picture is not None), None)
    if reading is None or reading.picture is None:
        return None
    picture = reading.picture
    footer = banner(checked)
    title = f"{ruling.says}: {ruling.ruling}"
    if isinstance(picture, Histogram):
        subtitle = f"All past values of {picture.formula}; the line is {said(picture.value, picture.unit)}"
        return Chart(ruling.key, title, subtitle, footer, lambda size: _histogram(picture, size))
    last = said(picture.points[-1][1], picture.unit)
    level = "" if picture.level is None else f"; dashed: {said(picture.level, picture.unit)}, as stated"
    subtitle = f"{picture.formula} over the last year, now {last}{level}"
    return Chart(ruling.key, title, subtitle, footer, lambda size: _trace(picture, size))


def _axis(unit: Unit) -> dict[str, Any]:
    return {
        "title": None,
        "tickCount": 4,
        **({"labelExpr": SIGNED_PERCENT} if unit in _PERCENT else {"format": "~g"}),
    }


def _trace(picture: Trace, _: Size) -> dict[str, Any]:
    rows = [{"session": day.isoformat(), "value": value} for day, value in picture.points]
    axis = {"title": None, "grid": False, "tickCount": 4, "format": "%b %Y"}
    x = {**moment("session"), "scale": {"type": "utc"}, "axis": axis}
    y = {**number("value"), "scale": {"zero": False}, "axis": _axis(picture.unit)}
    layers: list[Layer] = [
        layer(rows, {"type": "line", "color": theme.STRONG, "strokeWidth": 1.6}, {"x": x, "y": y}),
        layer(rows[-1:], {"type": "circle", "color": theme.STRONG, "size": 60, "opacity": 1}, {"x": x, "y": y}),
    ]
    if picture.level is not None:
        stated = {"type": "rule", "color": theme.EVENT, "strokeDash": [4, 3]}
        layers.append(layer([{"value": picture.level}], stated, {"y": number("value")}))
    return layered(layers)


def _histogram(picture: Histogram, _: Size) -> dict[str, Any]:
    width = (picture.high - picture.low) / len(picture.counts)
    rows = [
        {"from": picture.low + width * at, "to": picture.low + width * (at + 1), "count": count}
        for at, count in enumerate(picture.counts)
    ]
    x = column("from", (picture.low, picture.high), {**_axis(picture.unit), "grid": False})
    top = max(picture.counts)
    ticks = [1, *(10**power for power in range(1, 7) if 10**power <= top)]
    scale = {"type": "symlog", "domain": [0, top], "nice": False}  # one value of the tail is seen beside thousands
    y = {**number("count"), "scale": scale, "axis": {"title": None, "values": ticks, "format": ",d"}}
    bars = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}}
    here = {"type": "rule", "color": theme.STRONG, "strokeWidth": 2}
    return layered(
        [
            layer(rows, {"type": "bar", "color": theme.REST, "x2Offset": -0.7}, bars),
            layer([{"value": picture.value}], here, {"x": number("value")}),
        ]
    )
