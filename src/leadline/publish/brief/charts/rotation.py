"""The rotation map: four quadrants, tails of the last weeks fading, heads labelled, the origin marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from leadline.judgement.playbook.rotation import Point, Tail
from leadline.publish.brief.charts.common import Row, footer, table
from leadline.publish.brief.record import Brief
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

NOTE: Final = "The past cannot move: each point is a function of what was known at its session, and stays where it was drawn."
#: tints of Okabe and Ito's colours by the signs of x and y
QUADRANTS: Final = {
    (1, 1): ("leading", "#009e73"),
    (1, -1): ("weakening", "#f0e442"),
    (-1, -1): ("lagging", "#d55e00"),
    (-1, 1): ("improving", "#56b4e9"),
}
LETTER, LINE = 6.3, 13.0
ROOM: Final = 0.6


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    if not brief.rotation:
        return "the playbook has no rotation map"
    if any(tail.points for tail in brief.rotation):
        return ""
    whys = dict.fromkeys(tail.why for tail in brief.rotation if tail.why)
    return f"no member can be measured at this cut ({next(iter(whys), 'no value')})"


def chart(brief: Brief) -> Chart:
    """Every member's last points, the newest as a labelled head."""
    tails = tuple(tail for tail in brief.rotation if tail.points)
    left_out = len(brief.rotation) - len(tails)
    weeks = "months" if brief.axis == "month" else "weeks"
    longest = max(len(tail.points) for tail in tails)
    without = f"; {left_out} without a value left out" if left_out else ""
    below = brief.ratio.denominator_label.lower()
    subtitle = (
        f"Strength against {below} (right: stronger than its trend) and its change over a month (up: rising), in standard "
        f"deviations; tails of {longest} {weeks}; sizes in colour{without}"
    )
    return Chart("rotation", brief.findings["rotation"], subtitle, footer(brief), lambda size: _map(tails, size), NOTE)


def _map(tails: tuple[Tail, ...], size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    reach_x = max(abs(point.x) for tail in tails for point in tail.points) * 1.12 + ROOM / 2
    reach_y = max(abs(point.y) for tail in tails for point in tail.points) * 1.08 + ROOM / 2
    ticks = {"tickCount": 5, "grid": False, "format": "+.1~f", "titleAnchor": "middle", "titleFontSize": 11}
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[-reach_x, reach_x], nice=False),
        axis=alt.Axis.from_dict({**ticks, "title": "strength, standard deviations"}),
    )
    y = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=[-reach_y, reach_y], nice=False),
        axis=alt.Axis.from_dict({**ticks, "title": None if size.narrow else "change of strength"}),
    )
    at = (x, y)
    layers = [*_quadrants(reach_x, reach_y, at), *_origin(reach_x, reach_y, at)]
    layers += [_tails(tails, at), _heads(tails, at)]
    return alt.layer(*layers, *_labels(tails, size, (reach_x, reach_y)))


def _quadrants(reach_x: float, reach_y: float, at: tuple[alt.X, alt.Y]) -> list[alt.Chart]:
    found = []
    for (right, up), (name, colour) in QUADRANTS.items():
        area = [{"x": 0.0, "x2": right * reach_x, "y": 0.0, "y2": up * reach_y}]
        tint = table(area).mark_rect(color=colour, opacity=0.09)
        found.append(tint.encode(x=at[0], x2="x2:Q", y=at[1], y2="y2:Q"))
        corner = [{"x": right * reach_x, "y": up * reach_y, "words": name}]
        text = table(corner).mark_text(
            align="right" if right > 0 else "left", dx=-7 * right, dy=12 * up, color=theme.MUTED, fontSize=12
        )
        found.append(text.encode(x=at[0], y=at[1], text="words:N"))
    return found


def _origin(reach_x: float, reach_y: float, at: tuple[alt.X, alt.Y]) -> list[alt.Chart]:
    rules = [
        {"x": -reach_x, "x2": reach_x, "y": 0.0, "y2": 0.0},
        {"x": 0.0, "x2": 0.0, "y": -reach_y, "y2": reach_y},
    ]
    lines = table(rules).mark_rule(color=theme.MUTED, strokeWidth=0.8).encode(x=at[0], x2="x2:Q", y=at[1], y2="y2:Q")
    return [lines, table([{"x": 0.0, "y": 0.0}]).mark_point(color=theme.INK, shape="cross", size=90).encode(x=at[0], y=at[1])]


def _tails(tails: tuple[Tail, ...], at: tuple[alt.X, alt.Y]) -> alt.Chart:
    """The segments between neighbouring points, the older the fainter."""
    import altair as alt

    rows = [
        {"x": a.x, "y": a.y, "x2": b.x, "y2": b.y, "ink": 0.12 + 0.68 * (step + 1) / (len(tail.points) - 1), **_of(tail)}
        for tail in tails
        for step, (a, b) in enumerate(pairwise(tail.points))
    ]
    base = table(rows or [{"x": 0.0, "y": 0.0, "x2": 0.0, "y2": 0.0, "ink": 0.0, "colour": theme.REST, "width": 0.0}])
    return base.mark_rule(strokeCap="round").encode(
        x=at[0],
        x2="x2:Q",
        y=at[1],
        y2="y2:Q",
        opacity=alt.Opacity("ink:Q", scale=None),
        color=alt.Color("colour:N", scale=None),
        size=alt.Size("width:Q", scale=None),
    )


def _of(tail: Tail) -> Row:
    size = tail.group == "sizes"
    return {"colour": theme.STRONG if size else theme.REST, "width": 2.4 if size else 1.4}


def _heads(tails: tuple[Tail, ...], at: tuple[alt.X, alt.Y]) -> alt.Chart:
    """The points of the tails, small, and the newest of each, large; each says where it was and when."""
    import altair as alt

    rows = [
        {
            "x": point.x,
            "y": point.y,
            "area": 64.0 if point is tail.points[-1] else 9.0,
            "ink": 1.0 if point is tail.points[-1] else 0.55,
            "words": f"{tail.label}, {point.session}: {point.x:+.2f} and {point.y:+.2f}",
            **_of(tail),
        }
        for tail in tails
        for point in tail.points
    ]
    return (
        table(rows)
        .mark_circle(aria=True)
        .encode(
            x=at[0],
            y=at[1],
            size=alt.Size("area:Q", scale=None),
            opacity=alt.Opacity("ink:Q", scale=None),
            color=alt.Color("colour:N", scale=None),
            description="words:N",
        )
    )


def _labels(tails: tuple[Tail, ...], size: Size, reach: tuple[float, float]) -> list[alt.Chart]:
    width, height = size.width - 60, size.height - 60
    heads = [tail.points[-1] for tail in tails]
    spots = [_pixel(head, reach, (width, height)) for head in heads]
    names = [tail.symbol if size.narrow and tail.group != "sizes" else tail.label for tail in tails]
    order = sorted(range(len(tails)), key=lambda at: tails[at].group != "sizes")
    places = placed([spots[at] for at in order], [names[at] for at in order], (width, height))
    found = []
    for at, (dx, dy, align) in zip(order, places, strict=True):
        row: dict[str, Any] = {"x": heads[at].x, "y": heads[at].y, "words": names[at]}
        strong = tails[at].group == "sizes"
        text = table([row]).mark_text(
            align=align,
            dx=dx,
            dy=dy,
            fontSize=12 if strong else 11,
            fontWeight="bold" if strong else "normal",
            color=theme.STRONG if strong else theme.INK,
        )
        found.append(text.encode(x="x:Q", y="y:Q", text="words:N"))
    return found


def _pixel(head: Point, reach: tuple[float, float], box: tuple[int, int]) -> tuple[float, float]:
    return (head.x / reach[0] + 1) / 2 * box[0], (1 - head.y / reach[1]) / 2 * box[1]


def placed(
    spots: Sequence[tuple[float, float]], names: Sequence[str], box: tuple[int, int]
) -> list[tuple[int, int, Any]]:
    """A place for each label beside its spot (pixels): the first of eight that covers least of labels, spots and edges.

    >>> placed([(50.0, 50.0)], ["A"], (100, 100))
    [(8, 0, 'left')]
    """
    taken: list[tuple[float, float, float, float]] = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots]
    found = []
    for (x, y), name in zip(spots, names, strict=True):
        options = []
        for order, (dx, dy, align) in enumerate(_PLACES):
            left = x + dx - {"left": 0.0, "right": 1.0, "center": 0.5}[align] * len(name) * LETTER
            area = (left, y + dy - LINE / 2, left + len(name) * LETTER, y + dy + LINE / 2)
            outside = max(0.0, -area[0]) + max(0.0, area[2] - box[0]) + max(0.0, -area[1]) + max(0.0, area[3] - box[1])
            options.append((sum(_overlap(area, other) for other in taken) + 40 * outside, order, area))
        _, order, area = min(options)
        taken.append(area)
        found.append(_PLACES[order])
    return found


_PLACES: Final = (
    (8, 0, "left"),
    (-8, 0, "right"),
    (0, -12, "center"),
    (0, 13, "center"),
    (7, -10, "left"),
    (7, 11, "left"),
    (-7, -10, "right"),
    (-7, 11, "right"),
    (0, -24, "center"),
    (0, 25, "center"),
)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0
