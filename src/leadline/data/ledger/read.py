"""What the ledger holds: every series with its reach, every file or part, quarantine and drift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from leadline.data.ledger.store import Snapshot, latest

#: how long after the last value a series of each frequency is still fresh: two periods and the usual lag
FRESH_DAYS = {"session": 7, "day": 10, "week": 21, "month": 95, "quarter": 250}
_REACH = (pl.col("describes").min().alias("first"), pl.col("describes").max().alias("last"), pl.len().alias("rows"))


@dataclass(frozen=True)
class SeriesStatus:
    """One series or dataset: where it came from, what it covers (days described), its rows, and whether it is stale.

    A series is stale when its last value is older than FRESH_DAYS of its frequency before the ledger's last session.
    """

    name: str
    source: str
    standing: str
    frequency: str
    first: date
    last: date
    rows: int
    stale: bool


@dataclass(frozen=True)
class Status:
    """The ledger at its newest version; `parts` lists everything pulled or left out, newest word only."""

    home: Path
    version: int
    last: date | None
    series: tuple[SeriesStatus, ...]
    parts: tuple[dict[str, Any], ...]
    quarantine: tuple[dict[str, Any], ...]
    drift: tuple[dict[str, Any], ...]


def status(home: Path) -> Status:
    """The status of the ledger under `home`; an empty ledger has an empty status."""
    at = latest(home)
    prices = at.scan("bars").group_by("series").agg(*_REACH, pl.col("source").last()).collect()
    last = prices["last"].max()
    end = last if isinstance(last, date) else None
    macro = at.scan("observations").group_by("series").agg(*_REACH, pl.col("source").last()).collect()
    stocks = at.scan("stocks").group_by(series="dataset").agg(*_REACH, pl.col("source").last()).collect()
    book = (
        at.scan("series").collect().sort("pull").unique("series", keep="last").select("series", "frequency", "standing")
    )
    known = pl.concat([prices, macro]).join(book, on="series", how="left")
    groups = stocks.with_columns(frequency=pl.lit("session"), standing=pl.lit("stocks"))
    rows = pl.concat([known, groups.select(known.columns)]).sort("series")
    return Status(
        home,
        at.version,
        end,
        tuple(_series(row, end) for row in rows.iter_rows(named=True)),
        _book(at, "parts", ["source", "part"], "at"),
        _book(at, "quarantine", ["series", "describes", "reason", "raw"], "known_at"),
        _book(at, "drift", ["series", "first", "last", "said"], "known_at"),
    )


def _series(row: dict[str, Any], end: date | None) -> SeriesStatus:
    limit = timedelta(days=FRESH_DAYS.get(row["frequency"], 10))
    stale = end is not None and row["last"] < end - limit
    return SeriesStatus(
        row["series"], row["source"], row["standing"], row["frequency"], row["first"], row["last"], row["rows"], stale
    )


def _book(at: Snapshot, table: str, key: list[str], order: str) -> tuple[dict[str, Any], ...]:
    rows = at.scan(table).collect().sort(order, maintain_order=True).unique(key, keep="last", maintain_order=True)
    return tuple(rows.drop("pull").sort(key).to_dicts())
