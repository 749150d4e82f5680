"""What the charts share: footer, thinning, time axes, points that say their number when pointed at, labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

import polars as pl

from leadline.core.units import number as written
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
QUIET: Mapping[str, Any] = MappingProxyType({"grid": False, "title": None, "labelOverlap": True, "labelFlush": False})


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


def month_ticks(first: date, last: date, most: int) -> list[tuple[int, int]]:
    """The first months (year, month) of a span, every 1, 2, 3, 6 or 12 of them: at most `most`.

    >>> month_ticks(date(2023, 1, 13), date(2024, 7, 16), 5)
    [(2023, 7), (2024, 1), (2024, 7)]
    """
    start = first.year * 12 + first.month - 1 + (first.day > 1)
    months = range(start, last.year * 12 + last.month)
    kept = ([at for at in months if at % step == 0] for step in (1, 2, 3, 6, 12))
    return [(at // 12, at % 12 + 1) for at in next((one for one in kept if len(one) <= most), [])]


def time_axis(first: date, last: date, size: Size, room: tuple[float, float] = (0.2, 0.1)) -> dict[str, Any]:
    """The horizontal axis of `session`, with room for labels after the last day: shares on a phone and on a desk.

    No day is named after the last: there is nothing drawn there.
    """
    years = [{"year": year, "utc": True} for year in year_ticks(first, last, 4 if size.narrow else 8)]
    named = month_ticks(first, last, 4 if size.narrow else 7)
    months = [{"year": year, "month": month, "date": 1, "utc": True} for year, month in named]
    form = {"values": years, "format": "%Y"} if years else {"values": months, "format": "%b %Y"}
    end = last + (last - first) * (room[0] if size.narrow else room[1])
    scale = {"type": "utc", "domain": [first.isoformat(), end.isoformat()], "nice": False}
    return {**moment("session"), "scale": scale, "axis": {**QUIET, **form}}


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


def hover(rows: Sequence[Row], said: Callable[[Row], str]) -> list[Layer]:
    """Unseen points that say something when pointed at: at most HOVER_POINTS of the rows, the last among them."""
    if not rows:
        return []
    every = math.ceil(len(rows) / HOVER_POINTS)
    kept = [{**row, "words": said(row)} for row in rows[::-1][::every][::-1]]
    mark = {"type": "circle", "size": 130, "opacity": 0, "aria": True, "color": theme.INK}
    return [layer(kept, mark, {"x": moment("session"), "y": number("value"), "description": words()})]


def said(row: Row) -> str:
    """A day and its value with four digits."""
    return f"{row['session']}: {written(float(row['value']), 4)}"


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
    mark["color"] = theme.EVENT_INK if row["colour"] == theme.EVENT else row["colour"]
    return layer([row], mark, {"x": moment("session"), "y": number("value"), "text": words()})


def line(rows: Sequence[Row], x: Mapping[str, Any], y: Mapping[str, Any], colour: str, width: float = 1.7) -> Layer:
    """A line through the rows."""
    mark = {"type": "line", "color": colour, "strokeWidth": width, "strokeJoin": "round"}
    return layer(rows, mark, {"x": x, "y": y})
