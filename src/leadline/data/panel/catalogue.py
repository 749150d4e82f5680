"""What a panel holds: each series with its reach, and the sentences a reader must see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from leadline.data.ledger.store import Snapshot
from leadline.data.panel.panel import PRICE_FIELDS, SeriesFact

_REVISED = "release dates are known, values are the newest ones: revisions before the pull are not"

_RECENT_DAYS = 400  # an assumption about older values does not touch what is said of the present


def series_book(at: Snapshot) -> pl.DataFrame:
    """The newest entry of every series, sorted by name: the columns of the book `series`."""
    rows = at.scan("series").collect()
    return rows.sort("series", "pull").unique("series", keep="last", maintain_order=True)


def facts(infos: pl.DataFrame, bars: pl.DataFrame, observations: pl.DataFrame) -> Mapping[str, SeriesFact]:
    """The catalogue of the series that have a value in the panel, by name."""
    book = {row["series"]: row for row in infos.iter_rows(named=True)}
    spans = bars.group_by("series", maintain_order=True).agg(
        pl.col("session").min().alias("first"),
        pl.col("session").max().alias("last"),
        pl.len().alias("rows"),
        *[pl.col(name).is_not_null().any() for name in PRICE_FIELDS],
    )
    found = {row["series"]: _fact("bars", book[row["series"]], row) for row in spans.iter_rows(named=True)}
    recent = pl.col("describes") > pl.col("describes").max() - pl.duration(days=_RECENT_DAYS)
    placed = observations.group_by("series", maintain_order=True).agg(
        pl.col("session").min().alias("first"),
        pl.col("session").max().alias("last"),
        pl.len().alias("rows"),
        ((pl.col("known_by") == "lag") & recent).any().alias("lagged"),
        ((pl.col("known_by") == "release") & recent).any().alias("released"),
    )
    found |= {row["series"]: _fact("macro", book[row["series"]], row) for row in placed.iter_rows(named=True)}
    return dict(sorted(found.items()))


def _assumed(info: Mapping[str, str], row: Mapping[str, Any]) -> str:
    if row.get("lagged"):
        return info["note"]
    return _REVISED if row.get("released") else ""


def _fact(kind: str, info: Mapping[str, str], row: Mapping[str, Any]) -> SeriesFact:
    fields = tuple(name for name in PRICE_FIELDS if row.get(name)) if kind == "bars" else ("value",)
    return SeriesFact(
        name=info["series"],
        title=info["title"],
        kind="bars" if kind == "bars" else "macro",
        frequency=info["frequency"],
        unit=info["unit"],
        standing=info["standing"],
        source=info["source"],
        fields=fields,
        first=row["first"],
        last=row["last"],
        rows=row["rows"],
        assumed=_assumed(info, row),
        note=info["note"],
    )


def notices(at: Snapshot, instant: datetime, names: list[str] | None) -> tuple[str, ...]:
    """Sentences about restatements known at the instant, for the series that are read."""
    wanted = pl.lit(value=True) if names is None else pl.col("series").is_in(names)
    drift = at.scan("drift").filter(wanted & (pl.col("known_at") <= instant)).collect().sort("series", "first")
    return tuple(
        f"{row['series']}: {row['said']} ({row['rows']} rows, {row['first']} to {row['last']})"
        for row in drift.iter_rows(named=True)
    )
