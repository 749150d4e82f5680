"""The rotation map: four quadrants, the way of the subject over the last weeks, short tails of all others, heads named.

Fifteen whole tails cross each other until none can be followed. So only the subject's is drawn whole, in the strong
colour; of every other member its last steps show where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from leadline.judgement.playbook.rotation import Point, Tail
from leadline.publish.brief import findings
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.record import Brief
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_NUMBER, Chart
from leadline.publish.look.layers import Layer, column, layer, layered, number, plainly, words
from leadline.publish.look.places import Spot, along, placed
from leadline.publish.look.theme import TITLED, Size
from leadline.publish.look.words import low

NOTE: Final = (
    "The past cannot move: each point is a function of what was known at its session, and stays where it was drawn."
)
#: tints of Okabe and Ito's colours by the signs of x and y
QUADRANTS: Final = {
    (1, 1): ("leading", "#009e73"),
    (1, -1): ("weakening", "#f0e442"),
    (-1, -1): ("lagging", "#d55e00"),
    (-1, 1): ("improving", "#56b4e9"),
}
#: how many points of a tail that is not the subject's are drawn
SHORT: Final = 3
#: of the width or height: the least on either side of the origin, and the margin around the points
LEAST, ROOM = 0.16, 0.13
Reach = tuple[float, float]
At = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class _Shown:
    """A member on the map: the points drawn, and how it looks by what it is (the subject, a size, a sector)."""

    tail: Tail
    points: tuple[Point, ...]
    colour: str
    text: str
    width: float
    ink: float


def _shown(tail: Tail, subject: str) -> _Shown:
    if tail.symbol == subject:
        return _Shown(tail, tail.points, theme.STRONG, theme.STRONG, 3.2, 0.95)
    if tail.group == "sizes":
        return _Shown(tail, tail.points[-SHORT:], theme.INK, theme.INK, 1.6, 0.7)
    return _Shown(tail, tail.points[-SHORT:], theme.REST, theme.MUTED, 1.3, 0.6)


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    if not brief.rotation:
        return "the playbook has no rotation map"
    if any(tail.points for tail in brief.rotation):
        return ""
    whys = dict.fromkeys(tail.why for tail in brief.rotation if tail.why)
    return f"no member can be measured at this cut ({next(iter(whys), 'no value')})"


def chart(brief: Brief) -> Chart:
    """Where every member stands, and where it comes from."""
    subject = brief.ratio.numerator
    members = tuple(_shown(tail, subject) for tail in brief.rotation if tail.points)
    left_out = [low(tail.label) for tail in brief.rotation if not tail.points]
    without = f"; without a value and left out: {', '.join(left_out)}" if left_out else ""
    subtitle = (
        f"Strength against {low(brief.ratio.denominator_label)} (right: stronger than its trend) and its change over a "
        f"month (up: rising), in standard deviations; {_tails_said(members, brief)}{without}"
    )
    title = findings.rotation(brief.rotation, subject)
    return Chart("rotation", title, subtitle, footer(brief), lambda size: _map(members, size), NOTE)


def _tails_said(members: tuple[_Shown, ...], brief: Brief) -> str:
    spans = "months" if brief.axis == "month" else "weeks"
    whole = [one for one in members if one.tail.symbol == brief.ratio.numerator]
    rest = [one for one in members if one.tail.symbol != brief.ratio.numerator]
    short = f"the last {max(len(one.points) for one in rest)} {spans} of the others" if rest else ""
    if not whole:
        return short.removesuffix(" of the others")
    return f"the last {len(whole[0].points)} {spans} of {low(whole[0].tail.label)}{f', {short}' if short else ''}"


def _map(members: tuple[_Shown, ...], size: Size) -> dict[str, Any]:
    points = [point for one in members for point in one.points]
    reach = _reach([point.x for point in points]), _reach([point.y for point in points])
    form = {"tickCount": 5, "grid": False, "labelExpr": SIGNED_NUMBER, "titleAnchor": "middle"}
    at = (
        column("x", reach[0], {**form, "title": "strength, standard deviations"}),
        column("y", reach[1], {**form, "title": None if size.narrow else "change of strength"}),
    )
    layers = [*_ground(reach, at), _tails(members), _heads(members), *_labels(members, size, reach)]
    return layered(layers, TITLED)


def _reach(values: list[float]) -> Reach:
    """From where to where an axis goes: around the values and the origin, with some of every quadrant."""
    least, most = min(0.0, *values), max(0.0, *values)
    span = (most - least) or 1.0
    return min(least - ROOM * span, -LEAST * span), max(most + ROOM * span, LEAST * span)


def _ground(reach: tuple[Reach, Reach], at: At) -> list[Layer]:
    """Tinted quadrants with their names in the corners, the axes and the origin."""
    (left, right), (bottom, top) = reach
    ends = {(x, y): (right if x > 0 else left, top if y > 0 else bottom) for x, y in QUADRANTS}
    tints = [
        {"x": 0.0, "x2": ends[signs][0], "y": 0.0, "y2": ends[signs][1], "colour": colour}
        for signs, (_, colour) in QUADRANTS.items()
    ]
    tinted = {"x": at[0], "x2": {"field": "x2"}, "y": at[1], "y2": {"field": "y2"}}
    rules = [
        {"x": left, "x2": right, "y": 0.0, "y2": 0.0},
        {"x": 0.0, "x2": 0.0, "y": bottom, "y2": top},
    ]
    layers = [
        layer(
            tints,
            {"type": "rect", "fillOpacity": 0.09, "opacity": 1},
            {**tinted, "color": plainly("colour", "nominal")},
        ),
        layer(rules, {"type": "rule", "color": theme.MUTED, "strokeWidth": 0.8}, tinted),
    ]
    for signs, (name, _) in QUADRANTS.items():
        mark = {"type": "text", "align": "right" if signs[0] > 0 else "left", "dx": -7 * signs[0], "dy": 12 * signs[1]}
        row = {"x": ends[signs][0], "y": ends[signs][1], "words": name}
        shown = {"x": number("x"), "y": number("y"), "text": words()}
        layers.append(layer([row], {**mark, "color": theme.MUTED, "fontStyle": "italic"}, shown))
    origin = {"type": "point", "color": theme.INK, "shape": "cross", "size": 60, "opacity": 1}
    return [*layers, layer([{"x": 0.0, "y": 0.0}], origin, {"x": number("x"), "y": number("y")})]


def _tails(members: tuple[_Shown, ...]) -> Layer:
    """The segments between neighbouring points, the older the thinner and fainter; the subject's over the others."""
    rows = [
        {
            "x": a.x,
            "y": a.y,
            "x2": b.x,
            "y2": b.y,
            "colour": one.colour,
            "ink": one.ink * (0.2 + 0.8 * step / (len(one.points) - 1)),
            "width": one.width * (0.35 + 0.65 * step / (len(one.points) - 1)),
        }
        for one in members[::-1]
        for step, (a, b) in enumerate(pairwise(one.points), 1)
    ]
    encoding = {
        "x": number("x"),
        "x2": {"field": "x2"},
        "y": number("y"),
        "y2": {"field": "y2"},
        "strokeOpacity": plainly("ink"),
        "color": plainly("colour", "nominal"),
        "strokeWidth": plainly("width"),
    }
    return layer(rows, {"type": "rule", "strokeCap": "round", "opacity": 1}, encoding)


def _heads(members: tuple[_Shown, ...]) -> Layer:
    """The points of the tails, small, and the newest of each, large; each says where it was and when."""
    rows = [
        {
            "x": point.x,
            "y": point.y,
            "area": 9.0 if point is not one.points[-1] else 110.0 if one.colour == theme.STRONG else 64.0,
            "ink": 1.0 if point is one.points[-1] else 0.45,
            "words": f"{one.tail.label}, {point.session}: {point.x:+.2f} and {point.y:+.2f}",
            "colour": one.colour,
        }
        for one in members[::-1]
        for point in one.points
    ]
    encoding = {
        "x": number("x"),
        "y": number("y"),
        "size": plainly("area"),
        "fillOpacity": plainly("ink"),
        "color": plainly("colour", "nominal"),
        "description": words(),
    }
    return layer(rows, {"type": "circle", "aria": True, "opacity": 1}, encoding)


def _labels(members: tuple[_Shown, ...], size: Size, reach: tuple[Reach, Reach]) -> list[Layer]:
    """The name of every head: places are found in pixels, off the tails, and drawn as coordinates; sizes bold."""
    box = theme.plot(size, TITLED)
    (left, right), (bottom, top) = reach

    def pixel(x: float, y: float) -> Spot:
        return (x - left) / (right - left) * box[0], (top - y) / (top - bottom) * box[1]

    order = sorted(members, key=lambda one: (one.colour != theme.STRONG, one.tail.group != "sizes"))
    names = [one.tail.symbol if size.narrow and one.tail.group != "sizes" else one.tail.label for one in order]
    spots = [pixel(one.points[-1].x, one.points[-1].y) for one in order]
    lines = [
        spot for one in members for a, b in pairwise(one.points) for spot in along(pixel(a.x, a.y), pixel(b.x, b.y))
    ]
    lines += [*along(pixel(left, 0.0), pixel(right, 0.0), 12), *along(pixel(0.0, bottom), pixel(0.0, top), 12)]
    edge = range(0, 66, 4)
    corners = [(float(step), float(down)) for step in edge for down in (4, 8, 12, 16)]
    lines += [(abs(x - right_), abs(y - low_)) for x, y in corners for right_ in (0, box[0]) for low_ in (0, box[1])]
    layers = []
    for one, name, (x, y) in zip(order, names, placed(spots, names, box, lines), strict=True):
        row = {"x": left + x / box[0] * (right - left), "y": top - y / box[1] * (top - bottom), "words": name}
        bold = {"fontSize": 12, "fontWeight": "bold"} if one.tail.group == "sizes" else {"fontSize": 11}
        mark = {"type": "text", "color": one.text, **bold}
        layers.append(layer([row], mark, {"x": number("x"), "y": number("y"), "text": words()}))
    return layers
