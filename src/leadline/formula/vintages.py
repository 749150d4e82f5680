"""Macro series as known: the newest value of each session, and the whole series as it read at each release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from leadline.data.panel.panel import Panel

STALE_DAYS: Final = {"day": 14, "session": 14, "week": 30, "month": 75, "quarter": 200}


@dataclass(frozen=True)
class Vintages:
    """One macro series with all its vintages.

    rows: release (the first session that knew it), session (the day described), value; one snapshot of the whole series
    after the other when `revised`, else each observation once. newest: session, value - of the newest day described.
    """

    rows: pl.DataFrame
    newest: pl.DataFrame
    revised: bool


def vintages_of(panel: Panel, name: str) -> Vintages:
    """The vintages of a series, from the panel's observations. Observations not yet known at a session are left out."""
    seen = (
        panel.observations.filter((pl.col("series") == name) & pl.col("session").is_not_null())
        .sort("session", "describes", "known_at", maintain_order=True)
        .unique(["session", "describes"], keep="last", maintain_order=True)
        .select(release="session", session="describes", value="value")
    )
    seen = seen.filter(pl.col("value").ne_missing(pl.col("value").shift(1)).over("session"))  # repeated, not revised
    newest = seen.filter(pl.col("session") >= pl.col("session").cum_max())
    newest = newest.group_by("release", maintain_order=True).last().select(session="release", value="value")
    in_order = seen["session"].is_sorted() and seen["session"].n_unique() == len(seen)
    return Vintages(seen if in_order else _snapshots(seen), newest, revised=not in_order)


def _snapshots(seen: pl.DataFrame) -> pl.DataFrame:
    """For each release every value as known then: a row holds from its release until the next of the same day."""
    ordered = seen.sort("session", "release")
    until = ordered.select(pl.col("release").shift(-1).over("session"))["release"]
    releases = ordered["release"].unique().sort()
    first = releases.search_sorted(ordered["release"], side="left").to_numpy().astype(np.int64)
    after = releases.search_sorted(until, side="left").to_numpy().astype(np.int64)
    after = np.where(until.is_null().to_numpy(), len(releases), after)
    times = after - first
    row = np.repeat(np.arange(len(ordered)), times)
    release = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times) + np.repeat(first, times)
    whole = ordered.select("session", "value")[row].with_columns(release=releases.gather(release))
    return whole.sort("release", "session").select("release", "session", "value")


def remarks(panel: Panel, name: str, found: Vintages) -> list[str]:
    """What a reader must know: an assumed release, a series that has not been heard of for long, a gap in it."""
    said, fact = [], panel.fact(name)
    lagged = panel.observations.filter((pl.col("series") == name) & (pl.col("known_by") == "lag"))
    if fact.assumed:
        said.append(f"{name}: release dates are assumed, not known ({fact.assumed})")
    elif len(lagged):
        last_assumed: date = lagged["session"].sort()[-1]
        said.append(f"{name}: release dates are assumed, not known, up to {last_assumed} (by the feed's stated lag)")
    if not len(found.newest):
        return said
    last: date = found.newest["session"][-1]
    if panel.cut - last > timedelta(days=STALE_DAYS.get(fact.frequency, 75)):
        said.append(f"{name}: nothing new since {last}; the last value known is carried forward")
    described = found.rows["session"].unique().sort()
    if fact.frequency == "month" and len(described) > 1:
        months = described.dt.year().cast(pl.Int32) * 12 + described.dt.month().cast(pl.Int32)
        gaps = described.filter((months.diff() > 1).fill_null(value=False))
        if len(gaps):
            before = ", ".join(f"{day:%Y-%m}" for day in gaps.to_list()[-3:])
            said.append(f"{name}: months are missing before {before}; spans count the observations there are")
    return said
