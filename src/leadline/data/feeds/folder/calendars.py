"""calendars/: days of meetings and releases, and sessions that are held against the exchange calendar."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import polars as pl

from leadline.core.calendar import load_sessions
from leadline.data.facts import INSTANT, conform, empty
from leadline.data.feeds.contract import Part, digest
from leadline.data.feeds.folder.tables import ABSENT, UnreadableError, day_of, read_text
from leadline.data.feeds.knowable import instant

_DAYS = ("decision_date", "release_date", "first_release_date", "date")
_HOURS = {"FOMC": time(14, 0)}
ANNOUNCED = timedelta(days=180)  # meeting calendars are published at least half a year ahead


def read_calendar(path: Path, where: str, raw: bytes) -> Part:
    """Events from a file with a day column and, where given, a `type` and the `reference_month` it is about.

    The calendar is the first word of the file's name in capitals (`fomc_decision_dates.csv` is FOMC). Scheduled
    meetings are taken as announced half a year ahead, unscheduled ones and releases as known when they happened.
    """
    frame = read_text(path, raw)
    day = next((name for name in _DAYS if name in frame.columns), None)
    if day is None:
        raise UnreadableError(
            path.name, found=f"columns {', '.join(frame.columns)}", expected=f"one of {', '.join(_DAYS)}"
        )
    for column in {day, "reference_month"} & set(frame.columns):
        said = pl.lit(value=True) if column == day else ~pl.col(column).is_in(ABSENT)
        wrong = frame.filter(day_of(column).is_null() & said)[column]
        if len(wrong):
            raise UnreadableError(path.name, found=f"{wrong[0]!r} in {column}", expected="a date in every row")
    days = frame.select(day_of(day)).to_series()
    calendar = path.stem.split("_")[0].upper()
    if "sessions" in path.stem:
        return Part(where, digest(raw), {"events": empty("events")}, said=_against_exchange(days))
    kind = frame["type"] if "type" in frame.columns else pl.Series(["release"] * len(frame))
    reference = day_of("reference_month") if "reference_month" in frame.columns else pl.lit(None, dtype=pl.Date)
    hour = _HOURS.get(calendar, time(8, 30))
    held = pl.Series([instant(one, hour) for one in days.to_list()], dtype=INSTANT)
    early = pl.when(pl.Series(kind) == "scheduled").then(held - ANNOUNCED).otherwise(held)
    events = frame.select(calendar=pl.lit(calendar), describes=days, known_at=early, kind=kind, reference=reference)
    return Part(where, digest(raw), {"events": conform("events", _named_by_reference(events))})


def _named_by_reference(events: pl.DataFrame) -> pl.DataFrame:
    """Two releases on one day are two events: the kind then names the month each is about."""
    twice = pl.struct("calendar", "describes", "kind").is_duplicated() & pl.col("reference").is_not_null()
    named = pl.format("{} {}", "kind", pl.col("reference").dt.strftime("%Y-%m"))
    return events.with_columns(kind=pl.when(twice).then(named).otherwise("kind"))


def _against_exchange(days: pl.Series) -> str:
    last = days.sort()[-1]
    sessions = load_sessions(last)
    known = sum(day in sessions for day in days.to_list())
    return f"{len(days)} sessions, {known} of them sessions of {sessions.name}; the exchange calendar is used"
