"""A feed that says what a test tells it, and short ways to write facts by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from leadline.data.facts import REJECTED, conform
from leadline.data.feeds.contract import Answer, Failure, Part, SeriesInfo, Unchanged, digest
from leadline.data.feeds.knowable import at_close
from leadline.data.ledger.store import Snapshot
from leadline.data.ledger.write import PullReport, pull

#: Friday 19 July 2024, four hours after the close
NOW = datetime(2024, 7, 20, 0, 0, tzinfo=UTC)

Said = Part | Failure | Exception


@dataclass(frozen=True)
class Told:
    """Answers what it was told, part by part; an exception is raised."""

    parts: Mapping[str, Said]
    name: str = "told"

    def plan(self) -> tuple[str, ...]:
        return tuple(self.parts)

    def fetch(self, part: str, seen: str | None) -> Answer:
        said = self.parts[part]
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Part) and said.sha256 == seen:
            return Unchanged(part, said.sha256)
        return said


def day(text: str) -> date:
    """A date of 2024 from month and day, or any from year, month and day."""
    return date.fromisoformat(text if len(text) == 10 else f"2024-{text}")


def at(text: str) -> datetime:
    """An instant in UTC: `07-16 20:00` of 2024, or with its year."""
    text = text if text[:4].isdigit() else f"2024-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bars(
    series: str, closes: Mapping[str, float | None], adjusted_to: str | None = None, **more: object
) -> pl.DataFrame:
    """Bars by day. adjusted_to: None means the last day; "same" as traded. more: other columns, lists or one value."""
    days = pl.Series("describes", [day(text) for text in closes], dtype=pl.Date)
    frame = pl.DataFrame({"describes": days, "close": pl.Series(list(closes.values()), dtype=pl.Float64)})
    basis = pl.col("describes") if adjusted_to == "same" else pl.lit(day(adjusted_to) if adjusted_to else days.max())
    frame = frame.with_columns(series=pl.lit(series), known_at=at_close(days), adjusted_to=basis)
    for name, values in more.items():
        column = values if isinstance(values, list) else [values] * len(frame)
        frame = frame.with_columns(pl.Series(name, column, dtype=pl.Float64))
    return conform("bars", frame)


def observations(series: str, rows: Sequence[tuple[str, str, float]], known_by: str = "vintage") -> pl.DataFrame:
    """Observations from (day described, instant known, value)."""
    told = [(series, day(one), at(known), value, known_by) for one, known, value in rows]
    return pl.DataFrame(told, schema=["series", "describes", "known_at", "value", "known_by"], orient="row").pipe(
        lambda frame: conform("observations", frame)
    )


def split(series: str, ex: str, ratio: float, known: str | None = None, known_by: str = "given") -> pl.DataFrame:
    """One split; known at 09:30 New York (summer) of its day unless told."""
    row = {"series": series, "describes": day(ex), "kind": "split", "value": ratio, "known_by": known_by}
    return conform("actions", pl.DataFrame({name: [value] for name, value in row.items()}).with_columns(
        known_at=pl.lit(at(known or f"{ex} 13:30"))
    ))  # fmt: skip


def members(group: str, rows: Sequence[tuple[str, str, str]]) -> pl.DataFrame:
    """Members from (symbol, day, change), known at the day's close."""
    frame = pl.DataFrame(
        {
            "group": [group] * len(rows),
            "symbol": [row[0] for row in rows],
            "describes": pl.Series([day(row[1]) for row in rows], dtype=pl.Date),
            "change": [row[2] for row in rows],
        }
    )
    return conform("members", frame.with_columns(known_at=at_close(frame["describes"])))


def events(calendar: str, rows: Sequence[tuple[str, str, str, str | None]]) -> pl.DataFrame:
    """Events from (day, instant known, kind, the day of the period it is about)."""
    told = [(calendar, day(one), at(known), kind, day(of) if of else None) for one, known, kind, of in rows]
    schema = {"calendar": pl.String, "describes": pl.Date, "known_at": pl.Datetime("us", "UTC"), "kind": pl.String}
    return conform("events", pl.DataFrame(told, schema={**schema, "reference": pl.Date}, orient="row"))


def stocks(rows: Sequence[tuple[str, str, float]], dataset: str = "universe") -> pl.DataFrame:
    """Closes of stocks from (symbol, day, close)."""
    days = pl.Series([day(row[1]) for row in rows], dtype=pl.Date)
    frame = pl.DataFrame({"symbol": [row[0] for row in rows], "describes": days, "close": [row[2] for row in rows]})
    return conform("stocks", frame.with_columns(dataset=pl.lit(dataset), known_at=at_close(days)))


def part(
    *frames: pl.DataFrame,
    frequency: str = "session",
    unit: str = "price",
    note: str = "",
    rejected: pl.DataFrame | None = None,
) -> Part:
    """A part of these frames; each table is told by its columns, its hash by its rows."""
    tables = {_table(frame): frame for frame in frames}
    named = {name for table in ("bars", "observations") if table in tables for name in tables[table]["series"]}
    infos = tuple(SeriesInfo(name, f"title of {name}", frequency, unit, "files", note) for name in sorted(named))  # type: ignore[arg-type]
    sha = digest(repr([(table, frame.rows()) for table, frame in tables.items()]).encode())
    aside = pl.DataFrame(schema=dict(REJECTED)) if rejected is None else rejected
    return Part("told", sha, tables, infos, aside)


def _table(frame: pl.DataFrame) -> str:
    marks = {"adjusted_to": "bars", "reference": "events", "group": "members", "dataset": "stocks", "kind": "actions"}
    return next((table for mark, table in marks.items() if mark in frame.columns), "observations")


def tell(home: Path, said: Said | Mapping[str, Said], now: datetime = NOW, batch_parts: int = 16) -> PullReport:
    """Pull one part, or several by name."""
    return pull(home, Told(said if isinstance(said, Mapping) else {"one": said}), now, batch_parts=batch_parts)


def stored(snapshot: Snapshot, table: str, *columns: str) -> list[tuple[object, ...]]:
    """The rows of a table, sorted by all their columns."""
    frame = snapshot.scan(table).collect()
    return frame.select(columns or frame.columns).sort(pl.all()).rows()


def reasons(snapshot: Snapshot) -> list[tuple[object, ...]]:
    """Series, day and reason of the whole quarantine."""
    return stored(snapshot, "quarantine", "series", "describes", "reason")
