"""Small charts beside a ruling: the last year of what was measured with the stated level, or all of its past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadline.core.units import Unit
from leadline.judgement.claims.rulings import Checked, Histogram, Ruling, Trace
from leadline.judgement.claims.words import said
from leadline.publish.claims.record import banner
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

SMALL: Final = Size(420, 190, framed=False)
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


def _axis(unit: Unit) -> alt.Axis:
    import altair as alt

    if unit in _PERCENT:
        return alt.Axis(title=None, tickCount=4, labelExpr=SIGNED_PERCENT)
    return alt.Axis(title=None, tickCount=4, format="~g")


def _trace(picture: Trace, _: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    rows = [{"session": day.isoformat(), "value": value} for day, value in picture.points]
    x = alt.X("session:T", scale=alt.Scale(type="utc"), axis=alt.Axis(title=None, grid=False, tickCount=4))
    y = alt.Y("value:Q", scale=alt.Scale(zero=False), axis=_axis(picture.unit))
    line = alt.Chart(alt.InlineData(values=rows)).mark_line(color=theme.STRONG, strokeWidth=1.6).encode(x=x, y=y)
    last = alt.Chart(alt.InlineData(values=rows[-1:])).mark_circle(color=theme.STRONG, size=60, opacity=1)
    layers: list[alt.Chart] = [line, last.encode(x="session:T", y="value:Q")]
    if picture.level is not None:
        stated = alt.Chart(alt.InlineData(values=[{"value": picture.level}]))
        layers.append(stated.mark_rule(color=theme.EVENT, strokeDash=[4, 3]).encode(y="value:Q"))
    return alt.layer(*layers)


def _histogram(picture: Histogram, _: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    width = (picture.high - picture.low) / len(picture.counts)
    rows = [
        {"from": picture.low + width * at, "to": picture.low + width * (at + 1), "count": count}
        for at, count in enumerate(picture.counts)
    ]
    x = alt.X("from:Q", axis=_axis(picture.unit), scale=alt.Scale(domain=[picture.low, picture.high], nice=False))
    y = alt.Y("count:Q", scale=alt.Scale(type="symlog"), axis=alt.Axis(title=None, tickCount=3, grid=False))
    bars = alt.Chart(alt.InlineData(values=rows)).mark_bar(color=theme.REST).encode(x=x, x2="to:Q", y=y)
    here = alt.Chart(alt.InlineData(values=[{"value": picture.value}])).mark_rule(color=theme.STRONG, strokeWidth=2)
    return alt.layer(bars, here.encode(x="value:Q"))
