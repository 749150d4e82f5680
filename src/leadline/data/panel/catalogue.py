"""What a panel holds: each series with its reach, and the sentences a reader must see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from leadline.data.ledger.store import Snapshot
from leadline.data.panel.panel import SeriesFact, note_then, reach


def series_book(at: Snapshot) -> pl.DataFrame:
    """The newest entry of every series, sorted by name: the columns of the book `series`."""
    rows = at.scan("series").collect()
    return rows.sort("series", "pull").unique("series", keep="last", maintain_order=True)


def facts(infos: pl.DataFrame, bars: pl.DataFrame, observations: pl.DataFrame, cut: date) -> Mapping[str, SeriesFact]:
    """The catalogue of the series that have a value in the panel, by name, with notes as of the cut."""
    book = {row["series"]: _said(row, cut) for row in infos.iter_rows(named=True)}
    return reach(book, bars, observations)


def _said(row: Mapping[str, str], cut: date) -> SeriesFact:
    """What the book says of a series, before `reach` says how far it goes."""
    return SeriesFact(
        name=row["series"],
        title=row["title"],
        kind="bars",
        frequency=row["frequency"],
        unit=row["unit"],
        standing=row["standing"],
        source=row["source"],
        fields=(),
        first=date.min,
        last=date.min,
        rows=0,
        note=note_then(row["note"], cut),
    )


def notices(at: Snapshot, instant: datetime, names: list[str] | None) -> tuple[str, ...]:
    """Sentences about restatements known at the instant, for the series that are read."""
    wanted = pl.lit(value=True) if names is None else pl.col("series").is_in(names)
    drift = at.scan("drift").filter(wanted & (pl.col("known_at") <= instant)).collect().sort("series", "first")
    return tuple(
        f"{row['series']}: {row['said']} ({row['rows']} rows, {row['first']} to {row['last']})"
        for row in drift.iter_rows(named=True)
    )
