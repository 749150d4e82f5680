"""The rotation map: four quadrants, tails of the last weeks fading, heads labelled, the origin marked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from leadline.judgement.playbook.rotation import Point, Tail
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.charts.places import placed
from leadline.publish.brief.record import Brief
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart
from leadline.publish.look.layers import Layer, Row, column, layer, layered, number, plainly, words
from leadline.publish.look.theme import Size

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
ROOM: Final = 0.6
At = tuple[dict[str, Any], dict[str, Any]]


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
    left_out = [tail.label for tail in brief.rotation if not tail.points]
    weeks = "months" if brief.axis == "month" else "weeks"
    longest = max(len(tail.points) for tail in tails)
    without = f"; left out, without a value: {', '.join(left_out)}" if left_out else ""
    below = brief.ratio.denominator_label.lower()
    subtitle = (
        f"Strength against {below} (right: stronger than its trend) and its change over a month (up: rising), in "
        f"standard deviations; tails of {longest} {weeks}; sizes in colour{without}"
    )
    return Chart("rotation", brief.findings["rotation"], subtitle, footer(brief), lambda size: _map(tails, size), NOTE)


def _map(tails: tuple[Tail, ...], size: Size) -> dict[str, Any]:
    reach_x = max(abs(point.x) for tail in tails for point in tail.points) * 1.12 + ROOM / 2
    reach_y = max(abs(point.y) for tail in tails for point in tail.points) * 1.08 + ROOM / 2
    form = {"tickCount": 5, "grid": False, "format": "+.1~f", "titleAnchor": "middle"}
    at = (
        column("x", (-reach_x, reach_x), {**form, "title": "strength, standard deviations"}),
        column("y", (-reach_y, reach_y), {**form, "title": None if size.narrow else "change of strength"}),
    )
    return layered(
        [
            *_ground((reach_x, reach_y), at),
            _tails(tails, at),
            _heads(tails, at),
            *_labels(tails, size, (reach_x, reach_y)),
        ]
    )


def _ground(reach: tuple[float, float], at: At) -> list[Layer]:
    """Tinted quadrants with their names in the corners, the axes and the origin."""
    tints = [
        {"x": 0.0, "x2": right * reach[0], "y": 0.0, "y2": up * reach[1], "colour": colour}
        for (right, up), (_, colour) in QUADRANTS.items()
    ]
    tinted = {"x": at[0], "x2": {"field": "x2"}, "y": at[1], "y2": {"field": "y2"}}
    rules = [
        {"x": -reach[0], "x2": reach[0], "y": 0.0, "y2": 0.0},
        {"x": 0.0, "x2": 0.0, "y": -reach[1], "y2": reach[1]},
    ]
    layers = [
        layer(
            tints,
            {"type": "rect", "fillOpacity": 0.09, "opacity": 1},
            {**tinted, "color": plainly("colour", "nominal")},
        ),
        layer(rules, {"type": "rule", "color": theme.MUTED, "strokeWidth": 0.8}, tinted),
    ]
    for (right, up), (name, _) in QUADRANTS.items():
        mark = {"type": "text", "align": "right" if right > 0 else "left", "dx": -7 * right, "dy": 12 * up}
        row = {"x": right * reach[0], "y": up * reach[1], "words": name}
        layers.append(layer([row], {**mark, "color": theme.MUTED}, {"x": at[0], "y": at[1], "text": words()}))
    origin = {"type": "point", "color": theme.INK, "shape": "cross", "size": 90, "opacity": 1}
    return [*layers, layer([{"x": 0.0, "y": 0.0}], origin, {"x": at[0], "y": at[1]})]


def _tails(tails: tuple[Tail, ...], at: At) -> Layer:
    """The segments between neighbouring points, the older the fainter."""
    rows = [
        {"x": a.x, "y": a.y, "x2": b.x, "y2": b.y, "ink": _ink(tail, step + 1), **_of(tail)}
        for tail in tails
        for step, (a, b) in enumerate(pairwise(tail.points))
    ]
    encoding = {
        "x": at[0],
        "x2": {"field": "x2"},
        "y": at[1],
        "y2": {"field": "y2"},
        "strokeOpacity": plainly("ink"),
        "color": plainly("colour", "nominal"),
        "strokeWidth": plainly("width"),
    }
    return layer(rows, {"type": "rule", "strokeCap": "round", "opacity": 1}, encoding)


def _ink(tail: Tail, step: int) -> float:
    """How strong a segment is drawn: faint where it is old, and fainter for sectors."""
    most = 0.8 if tail.group == "sizes" else 0.55
    return 0.08 + (most - 0.08) * step / (len(tail.points) - 1)


def _of(tail: Tail) -> Row:
    size = tail.group == "sizes"
    return {"colour": theme.STRONG if size else theme.REST, "width": 2.6 if size else 1.2}


def _heads(tails: tuple[Tail, ...], at: At) -> Layer:
    """The points of the tails, small, and the newest of each, large; each says where it was and when."""
    rows = [
        {
            "x": point.x,
            "y": point.y,
            "area": 64.0 if point is tail.points[-1] else 9.0,
            "ink": 1.0 if point is tail.points[-1] else 0.4,
            "words": f"{tail.label}, {point.session}: {point.x:+.2f} and {point.y:+.2f}",
            **_of(tail),
        }
        for tail in tails
        for point in tail.points
    ]
    encoding = {
        "x": at[0],
        "y": at[1],
        "size": plainly("area"),
        "fillOpacity": plainly("ink"),
        "color": plainly("colour", "nominal"),
        "description": words(),
    }
    return layer(rows, {"type": "circle", "aria": True, "opacity": 1}, encoding)


def _labels(tails: tuple[Tail, ...], size: Size, reach: tuple[float, float]) -> list[Layer]:
    """The name of every head: places are found in pixels and drawn as coordinates, sizes bold."""
    box = (size.width - 60, size.height - 60)
    order = sorted(tails, key=lambda tail: tail.group != "sizes")
    names = [tail.symbol if size.narrow and tail.group != "sizes" else tail.label for tail in order]
    spots = [_pixel(tail.points[-1], reach, box) for tail in order]
    edge = range(0, 66, 4)
    corners = [(x, y) for y in (8.0, box[1] - 8.0) for step in edge for x in (float(step), float(box[0] - step))]
    rows: dict[bool, list[Row]] = {True: [], False: []}
    for tail, name, (x, y) in zip(order, names, placed(spots, names, box, corners), strict=True):
        place = {"x": (x / box[0] * 2 - 1) * reach[0], "y": (1 - y / box[1] * 2) * reach[1]}
        rows[tail.group == "sizes"].append({**place, "words": name})
    strong = {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": theme.STRONG}
    rest = {"type": "text", "fontSize": 11, "color": theme.INK}
    encoding = {"x": number("x"), "y": number("y"), "text": words()}
    return [layer(rows[bold], mark, encoding) for bold, mark in ((False, rest), (True, strong)) if rows[bold]]


def _pixel(head: Point, reach: tuple[float, float], box: tuple[int, int]) -> tuple[float, float]:
    return (head.x / reach[0] + 1) / 2 * box[0], (1 - head.y / reach[1]) / 2 * box[1]
