"""What the charts share: footer, thinning, time axes, points that say their number when pointed at, labels apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from leadline.publish.brief.record import Brief
from leadline.publish.brief.words import STANDING_WORDS
from leadline.publish.look import theme
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

Side = Literal["left", "right"]
Row = Mapping[str, Any]

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


def table(rows: Sequence[Row]) -> alt.Chart:
    """A drawing of these rows; dates are ISO text."""
    import altair as alt

    return alt.Chart(pl.DataFrame(list(rows), infer_schema_length=None))


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


def time_axis(first: date, last: date, size: Size, room: tuple[float, float] = (0.2, 0.1)) -> alt.X:
    """The horizontal axis of `session`, with room for labels after the last day: shares on a phone and on a desk."""
    import altair as alt

    years = [{"year": year, "utc": True} for year in year_ticks(first, last, 4 if size.narrow else 8)]
    months: dict[str, Any] = {"tickCount": 4 if size.narrow else 7, "format": "%b %Y", "labelOverlap": True}
    form = {"values": years, "format": "%Y"} if years else months
    axis = alt.Axis.from_dict({"grid": False, "title": None, **form})
    end = last + (last - first) * (room[0] if size.narrow else room[1])
    domain = [first.isoformat(), end.isoformat()]
    return alt.X("session:T", scale=alt.Scale(type="utc", domain=domain, nice=False), axis=axis)


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


def hover(rows: Sequence[Row], x: str = "session:T", y: str = "value:Q") -> list[alt.Chart]:
    """Unseen points that say their `words` when pointed at: at most HOVER_POINTS of the rows, the last among them."""
    if not rows:
        return []
    every = math.ceil(len(rows) / HOVER_POINTS)
    kept = list(rows[::-1][::every])[::-1]
    base = table(kept).mark_circle(size=130, opacity=0, aria=True, color=theme.INK)
    return [base.encode(x=x, y=y, description="words:N")]


def point(row: Row, colour: str, x: str = "session:T", y: str = "value:Q") -> alt.Chart:
    """One marked point that says its `words` when pointed at."""
    base = table([row]).mark_circle(size=60, color=colour, opacity=1, aria=True)
    return base.encode(x=x, y=y, description="words:N")


def label(row: Row, colour: str, where: tuple[int, int, Side], size: int = 13) -> alt.Chart:
    """The `words` of a row beside its point: offsets to the right and down in pixels, and the side that is fixed."""
    dx, dy, align = where
    text = table([row]).mark_text(align=align, dx=dx, dy=dy, color=colour, fontWeight="bold", fontSize=size)
    return text.encode(x="session:T", y="value:Q", text="words:N")


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
