"""What the charts share: footer, thinning, time axes, points that say their number when pointed at, labels apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl

from leadline.publish.brief.record import Brief
from leadline.publish.brief.words import STANDING_WORDS
from leadline.publish.look import theme
from leadline.publish.look.layers import Layer, Row, layer, moment, number, plainly, words
from leadline.publish.look.theme import Size

Side = Literal["left", "right", "center"]

WEEKLY_BEYOND = timedelta(days=5 * 366)
MONTHLY_BEYOND = timedelta(days=40 * 366)
#: points of a line that can be pointed at
HOVER_POINTS = 60
LABEL_PIXELS = 16


def footer(brief: Brief) -> str:
    """Standing, source, cut and the state of the data, under every chart."""
    sources = ", ".join(dict.fromkeys(entry.source for entry in brief.coverage if entry.source))
    standing = STANDING_WORDS.get(brief.standing, brief.standing)
    return f"{standing} · source: {sources or 'none'} · cut {brief.as_of} · data {brief.data_hash}"


def thinned(path: pl.DataFrame, keep: Sequence[date] = ()) -> pl.DataFrame:
    """A path (session, step, value) for drawing: beyond 5 years the last point of each week, beyond 40 of each month.

    The first and last points and those of the days in `keep` stay. Rows keep their values.
    """
    if not len(path):
        return path
    length = path["session"][-1] - path["session"][0]
    if length <= WEEKLY_BEYOND:
        return path
    every = "1mo" if length > MONTHLY_BEYOND else "1w"
    group = pl.col("session").dt.truncate(every)
    stay = (pl.col("session") == pl.col("session").max().over(group)) | pl.col("session").is_in(list(keep))
    return path.filter(stay | (pl.col("step") == pl.col("step").min()))


def year_ticks(first: date, last: date, most: int) -> list[int]:
    """Round years inside a span, at most `most`; none for a span of less than three years.

    >>> year_ticks(date(2000, 6, 1), date(2024, 7, 16), 8)
    [2005, 2010, 2015, 2020]
    """
    if last.year - first.year < 3:
        return []
    steps = (step for step in (1, 2, 5, 10, 20, 50) if (last.year - first.year) // step <= most - 1)
    step = next(steps, 100)
    return [year for year in range(first.year + 1, last.year + 1) if year % step == 0]


def time_axis(first: date, last: date, size: Size, room: tuple[float, float] = (0.2, 0.1)) -> dict[str, Any]:
    """The horizontal axis of `session`, with room for labels after the last day: shares on a phone and on a desk."""
    years = [{"year": year, "utc": True} for year in year_ticks(first, last, 4 if size.narrow else 8)]
    months: dict[str, Any] = {"tickCount": 4 if size.narrow else 7, "format": "%b %Y", "labelOverlap": True}
    form = {"values": years, "format": "%Y"} if years else months
    end = last + (last - first) * (room[0] if size.narrow else room[1])
    scale = {"type": "utc", "domain": [first.isoformat(), end.isoformat()], "nice": False}
    return {**moment("session"), "scale": scale, "axis": {"grid": False, "title": None, **form}}


def log_ticks(low: float, high: float) -> list[float]:
    """Round levels inside a range, the sparsest set of three or more; none where there are fewer.

    >>> log_ticks(0.33, 0.64)
    [0.4, 0.5, 0.6]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 4, 5, 6, 7, 8, 9)):
        ticks = [round(digit * 10.0**decade, 12) for decade in decades for digit in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside
    return []


def hover(rows: Sequence[Row]) -> list[Layer]:
    """Unseen points that say their `words` when pointed at: at most HOVER_POINTS of the rows, the last among them."""
    if not rows:
        return []
    every = math.ceil(len(rows) / HOVER_POINTS)
    kept = list(rows[::-1][::every])[::-1]
    mark = {"type": "circle", "size": 130, "opacity": 0, "aria": True, "color": theme.INK}
    return [layer(kept, mark, {"x": moment("session"), "y": number("value"), "description": words()})]


def points(rows: Sequence[Row]) -> list[Layer]:
    """Marked points in the `colour` of each row, that say their `words` when pointed at."""
    mark = {"type": "circle", "size": 60, "opacity": 1, "aria": True}
    colour = plainly("colour", "nominal")
    encoding = {"x": moment("session"), "y": number("value"), "color": colour, "description": words()}
    return [layer(rows, mark, encoding)] if rows else []


def label(row: Row, where: tuple[int, int, Side], size: int = 13) -> Layer:
    """The `words` of a row in its `colour`: offsets to the right and down in pixels, and the side that is fixed."""
    dx, dy, align = where
    mark = {"type": "text", "align": align, "dx": dx, "dy": dy, "fontWeight": "bold", "fontSize": size}
    mark["color"] = row["colour"]
    return layer([row], mark, {"x": moment("session"), "y": number("value"), "text": words()})


def line(rows: Sequence[Row], x: Mapping[str, Any], y: Mapping[str, Any], colour: str, width: float = 1.7) -> Layer:
    """A line through the rows."""
    mark = {"type": "line", "color": colour, "strokeWidth": width, "strokeJoin": "round"}
    return layer(rows, mark, {"x": x, "y": y})


def spread(values: Sequence[float], least: float) -> list[float]:
    """Places for labels: each near its value, no two nearer than `least`, in the order of the values.

    >>> spread([0.0, 0.5], 1.0), spread([3.0, 0.0], 1.0)
    ([-0.25, 0.75], [3.0, 0.0])
    """
    order = sorted(range(len(values)), key=lambda at: values[at])
    groups: list[tuple[list[int], float]] = []
    for at in order:
        groups.append(([at], values[at]))
        while len(groups) > 1 and _touch(groups[-2], groups[-1], least):
            last, middle = groups.pop()
            before, centre = groups.pop()
            joint = (centre * len(before) + middle * len(last)) / (len(before) + len(last))
            groups.append((before + last, joint))
    places = [0.0] * len(values)
    for members, centre in groups:
        for index, at in enumerate(members):
            places[at] = centre + (index - (len(members) - 1) / 2) * least
    return places


def _touch(lower: tuple[list[int], float], upper: tuple[list[int], float], least: float) -> bool:
    top = lower[1] + (len(lower[0]) - 1) / 2 * least
    bottom = upper[1] - (len(upper[0]) - 1) / 2 * least
    return bottom - top < least - 1e-12
