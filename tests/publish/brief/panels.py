"""Synthetic panels: a column of numbers a series and field, on business days or on months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import polars as pl

from leadline.data.panel.panel import PRICE_FIELDS, Panel, SeriesFact

Column = Sequence[float | None]
SIZES = ("IWC", "IWM", "MDY", "SPY", "MAGS")
SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
MONTHLY_SIZES = ("SMALL", "MID", "LARGE")
INDUSTRIES = (
    *("NODUR", "DURBL", "MANUF", "ENRGY", "CHEMS", "BUSEQ"),
    *("TELCM", "UTILS", "SHOPS", "HLTH", "MONEY", "OTHER"),
)
SEEN = pl.DataFrame(
    schema={
        "series": pl.String,
        "describes": pl.Date,
        "known_at": pl.Datetime("us"),
        "session": pl.Date,
        "value": pl.Float64,
        "known_by": pl.String,
    }
)
EVENTS = pl.DataFrame(schema={"calendar": pl.String, "session": pl.Date, "describes": pl.Date, "kind": pl.String})
MEMBERS = pl.DataFrame(schema={"group": pl.String, "symbol": pl.String, "session": pl.Date, "change": pl.String})


def days(count: int, last: date = date(2024, 7, 16)) -> pl.Series:
    """`count` business days that end with `last`."""
    span = pl.date_range(pl.lit(last).dt.offset_by(f"-{count * 2 + 10}d"), pl.lit(last), "1d", eager=True)
    return span.filter(span.dt.weekday() < 6).tail(count).alias("session")


def labels(count: int, last: date = date(2017, 3, 31)) -> pl.Series:
    """`count` month ends that end with `last`."""
    first = pl.select(pl.lit(last).dt.month_start().dt.offset_by(f"-{count - 1}mo")).item()
    return pl.date_range(first, last, "1mo", eager=True).dt.month_end().alias("label")


def daily(columns: Mapping[str, Mapping[str, Column]], **facts: str) -> Panel:
    """A daily panel: columns by series and field, all of one length, the last value at the cut."""
    count = max(len(column) for fields in columns.values() for column in fields.values())
    sessions = days(count)
    return _panel(columns, sessions, sessions, "session", facts)


def monthly(columns: Mapping[str, Mapping[str, Column]], **facts: str) -> Panel:
    """A monthly panel: the cut is the last session of the last month."""
    count = max(len(column) for fields in columns.values() for column in fields.values())
    axis = labels(count)
    span = pl.date_range(axis[0].replace(day=1), axis[-1], "1d", eager=True)
    return _panel(columns, span.filter(span.dt.weekday() < 6).alias("session"), axis, "month", facts)


def walk(start: float, step: float, count: int) -> list[float]:
    """A series that grows by the factor 1 + step each time."""
    return [start * (1 + step) ** index for index in range(count)]


def market(count: int = 300) -> dict[str, dict[str, Column]]:
    """Every series of the shipped daily playbook, each growing at its own pace, close and total alike."""
    return {
        name: {"close": walk(50, 0.0001 * index, count), "total": walk(40, 0.0001 * index + 0.00005, count)}
        for index, name in enumerate((*SIZES, *SECTORS))
    }


def sample(count: int = 60) -> dict[str, dict[str, Column]]:
    """Every series of the monthly sample's playbook, total alone."""
    return {
        name: {"total": walk(100, 0.001 * index, count)} for index, name in enumerate((*MONTHLY_SIZES, *INDUSTRIES))
    }


def _panel(
    columns: Mapping[str, Mapping[str, Column]],
    sessions: pl.Series,
    axis: pl.Series,
    frequency: str,
    facts: Mapping[str, str],
) -> Panel:
    frames = [_bars(name, fields, axis) for name, fields in columns.items()]
    kept = {str(frame["series"][0]): frame for frame in frames if len(frame)}
    months = sessions.to_frame("session").group_by(label=pl.col("session").dt.month_end()).agg(pl.col("session").max())
    return Panel(
        cut=sessions[-1],
        instant=datetime(2024, 7, 16, 20, tzinfo=UTC),
        version=5,
        sessions=sessions.alias("session"),
        months=months.sort("label").filter(pl.col("label") <= max(sessions[-1], axis[-1])),
        series={name: _fact(name, frame, frequency, facts) for name, frame in kept.items()},
        bars=pl.concat(list(kept.values())).sort("series", "session"),
        observations=SEEN,
        events=EVENTS,
        members=MEMBERS,
    )


def _bars(name: str, fields: Mapping[str, Column], axis: pl.Series) -> pl.DataFrame:
    values = {
        field: pl.Series(fields.get(field, [None] * len(axis)), dtype=pl.Float64, strict=False)
        for field in PRICE_FIELDS
    }
    frame = pl.DataFrame({"series": [name] * len(axis), "session": axis, **values})
    return frame.filter(pl.any_horizontal(pl.col(*PRICE_FIELDS).is_not_null()))


def _fact(name: str, frame: pl.DataFrame, frequency: str, facts: Mapping[str, str]) -> SeriesFact:
    return SeriesFact(
        name=name,
        title=f"{name} fund",
        kind="bars",
        frequency=frequency,
        unit="price",
        standing=facts.get(name, facts.get("standing", "files")),
        source="folder",
        fields=tuple(field for field in PRICE_FIELDS if frame[field].null_count() < len(frame)),
        first=frame["session"][0],
        last=frame["session"][-1],
        rows=len(frame),
    )
