"""Prices as they looked at the cut: on the splits known then, with a total-return index beside them."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import polars as pl

from leadline.core.calendar import Sessions
from leadline.data.ledger.drift import splits_in_force
from leadline.data.ledger.store import Snapshot

COLUMNS = ("series", "session", "open", "high", "low", "close", "total", "volume")
BASE = 100.0  # of an index chained from returns, at the day before its first
_SPIKE = "one-day spike that reverts"


def as_seen(
    at: Snapshot, names: list[str] | None, sessions: Sessions, cut: date
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Bars known at the close of `cut` (columns COLUMNS, sorted), and sentences about series that could not be chained.

    close and its kin: what the source gave, with splits after the cut undone and splits before it applied. total: the
    dividend-adjusted close on the scale of the first pull, or an index chained from returns, which ends at a gap.
    """
    instant = sessions.close_of(cut)
    wanted = pl.lit(value=True) if names is None else pl.col("series").is_in(names)
    rows = at.scan("bars").filter(wanted & (pl.col("known_at") <= instant)).collect()
    rows = _without_spikes(rows, at, instant)
    rows = rows.sort("series", "describes", "known_at").unique(
        ["series", "describes"], keep="last", maintain_order=True
    )
    actions = at.scan("actions").filter(wanted & (pl.col("kind") == "split")).collect()
    rows = _on_splits_of(rows, _splits(actions, instant, cut))
    rows, broken = _with_total(rows, sessions)
    seen = rows.rename({"describes": "session"}).select(COLUMNS).sort("series", "session")
    return seen, tuple(f"{name}: returns are missing after {day}; its index ends there" for name, day in broken)


def _without_spikes(rows: pl.DataFrame, at: Snapshot, instant: datetime) -> pl.DataFrame:
    """Leave out stored rows that a later pull, known at the instant, showed to be spikes."""
    found = at.scan("quarantine").filter((pl.col("reason") == _SPIKE) & (pl.col("known_at") <= instant)).collect()
    if not len(found):
        return rows
    told = found.group_by("series", "describes").agg(told_at=pl.col("known_at").max())
    marked = rows.join(told, on=["series", "describes"], how="left")
    return marked.filter((pl.col("told_at") <= pl.col("known_at")) | pl.col("told_at").is_null()).drop("told_at")


def _splits(actions: pl.DataFrame, instant: datetime, cut: date) -> pl.DataFrame:
    """series, ex, ratio, past: splits up to the cut as known then; those after it as they are known at all.

    Later ones only serve to undo what is in prices that were given on their basis.
    """
    past = splits_in_force(actions.filter(pl.col("known_at") <= instant)).filter(pl.col("describes") <= cut)
    ahead = splits_in_force(actions).filter(pl.col("describes") > cut)
    told = pl.concat([past.with_columns(past=True), ahead.with_columns(past=False)])
    return told.select("series", "past", ex="describes", ratio="value")


def _on_splits_of(rows: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Multiply prices (and divide volumes) so that exactly the splits up to the cut are in them."""
    if not len(splits):
        return rows
    pairs = rows.select("series", "describes", "adjusted_to").join(splits, on="series")
    ahead = pl.col("describes") < pl.col("ex")
    inside = pl.col("ex") <= pl.col("adjusted_to")
    undo = ahead & inside & ~pl.col("past")
    apply = ahead & ~inside & pl.col("past")
    step = pl.when(undo).then("ratio").when(apply).then(1 / pl.col("ratio")).otherwise(1.0)
    factors = pairs.group_by("series", "describes").agg(factor=step.product())
    told = rows.join(factors, on=["series", "describes"], how="left", maintain_order="left")
    told = told.with_columns(pl.col("factor").fill_null(1.0))
    prices = [pl.col(name) * pl.col("factor") for name in ("open", "high", "low", "close")]
    return told.with_columns(*prices, pl.col("volume") / pl.col("factor")).drop("factor")


def _with_total(rows: pl.DataFrame, sessions: Sessions) -> tuple[pl.DataFrame, list[tuple[str, date]]]:
    """Add `total`: adj_close, or for series of returns only the chained index up to its first gap."""
    returns_only = rows.filter(
        pl.col("change").is_not_null() & pl.col("adj_close").is_null() & pl.col("close").is_null()
    )
    if not len(returns_only):
        return rows.with_columns(total="adj_close"), []
    chained = returns_only.select("series", "describes", "change").with_columns(step=_steps(returns_only, sessions))
    hole = (pl.col("step") - pl.col("step").shift(1).over("series")) > 1
    chained = chained.with_columns(after=hole.fill_null(value=False).cum_max().over("series"))
    index = BASE * (1 + pl.col("change")).cum_prod().over("series")
    chained = chained.with_columns(index=pl.when(~pl.col("after")).then(index))
    ended = chained.filter(~pl.col("after")).group_by("series", maintain_order=True).agg(pl.col("describes").max())
    holes = set(chained.filter("after")["series"])
    index_of = chained.select("series", "describes", "index")
    told = rows.join(index_of, on=["series", "describes"], how="left", maintain_order="left")
    total = pl.coalesce("adj_close", "index")
    return told.with_columns(total=total).drop("index"), [(n, d) for n, d in ended.iter_rows() if n in holes]


def _steps(rows: pl.DataFrame, sessions: Sessions) -> pl.Series:
    """The position of each row on its axis: months are counted for series of month labels, sessions for others."""
    day = rows["describes"].to_numpy().astype("datetime64[D]")
    months = rows["describes"].dt.year().cast(pl.Int64) * 12 + rows["describes"].dt.month().cast(pl.Int64)
    daily = pl.Series("step", np.searchsorted(sessions.days, day, side="right"))
    ends = rows.select(monthly=(pl.col("describes") == pl.col("describes").dt.month_end()).all().over("series"))
    return pl.select(pl.when(ends["monthly"]).then(months).otherwise(daily)).to_series()
