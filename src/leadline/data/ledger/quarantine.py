"""Bad ticks are set apart with their reason: they are never used and never dropped in silence.

Rules for followed series, in this order (a row is told by the first that fits): unreadable values (from the feed), a
row out of date order, two rows for one date, a date that is no session, a date that has not closed yet, a price of zero
or less, high below low, a close outside its day's range, a one-day spike that reverts. The spike rule (50 % and back
within a fifth) is for followed series only: single small stocks really do that.
"""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.calendar import TRUSTED_FROM, Sessions
from leadline.data.facts import KEYS, REJECTED

SPIKE = math.log(1.5)
REVERTS = 0.2  # of the spike's size
RANGE_SLACK = 1e-3  # relative: sources round highs, lows and adjusted closes apart
PRICES = ("open", "high", "low", "close", "adj_close")


def judge_bars(
    bars: pl.DataFrame, sessions: Sessions, now: datetime, monthly: frozenset[str] = frozenset()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the bars of one part into those fit to store and those rejected (columns of `facts.REJECTED`).

    `bars` in the order of the source; a part that runs newest first throughout is simply turned round. Series named in
    `monthly` are labelled by calendar days and so are not held against the sessions.
    """
    kept, told = [], []
    for (name,), rows in bars.partition_by("series", as_dict=True, maintain_order=True).items():
        ordered = rows.reverse() if _runs_backwards(rows["describes"]) else rows
        reasons = _reasons(ordered, sessions, now, daily=name not in monthly)
        kept.append(ordered.filter(reasons.is_null()))
        told.append(rejected(ordered.with_columns(reason=reasons).filter(pl.col("reason").is_not_null())))
    if not kept:
        return bars, pl.DataFrame(schema=dict(REJECTED))
    return pl.concat(kept), pl.concat(told)


def judge_dated(table: str, rows: pl.DataFrame, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same split for a table of other facts: nothing that contradicts itself on one key, nothing from the future.

    Exact repeats of a row are one row. Events may lie ahead: a meeting is announced before it is held.
    """
    key, name = list(KEYS[table]), KEYS[table][0]
    rows = rows.unique(maintain_order=True)
    reason = (
        pl.when(pl.struct(key).is_duplicated())
        .then(pl.lit("two different rows for one key"))
        .when(pl.col("known_at") > now)
        .then(pl.lit("future date"))
    )
    if "value" in rows.columns:
        reason = reason.when(~pl.col("value").is_finite()).then(pl.lit("not a finite number"))
    told = rows.with_columns(reason=reason)
    bad = told.filter(pl.col("reason").is_not_null()).rename({name: "series"} if name != "series" else {})
    return told.filter(pl.col("reason").is_null()).drop("reason"), rejected(bad)


def judge_stocks(rows: pl.DataFrame, sessions: Sessions, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The split for thousands of stocks: dates, repeats and prices of zero or less; no spike rule (see the module)."""
    day = rows["describes"].to_numpy().astype("datetime64[D]")
    off = (~np.isin(day, sessions.days)) & (day >= np.datetime64(TRUSTED_FROM))
    key = rows.select(symbol=pl.col("symbol").rank("dense"), day=pl.col("describes").cast(pl.Int32))
    reason = (
        pl.when(pl.Series(off))
        .then(pl.lit("no session of the exchange"))
        .when(key.select(pl.struct("symbol", "day").is_duplicated()).to_series())
        .then(pl.lit("two rows for one date"))
        .when(pl.col("known_at") > now)
        .then(pl.lit("future date"))
        .when((pl.col("close") <= 0) | (pl.col("adj_close") <= 0))
        .then(pl.lit("price of zero or less"))
    )
    told = rows.with_columns(reason=reason)
    bad = told.filter(pl.col("reason").is_not_null()).rename({"symbol": "series"})
    return (told if not len(bad) else told.filter(pl.col("reason").is_null())).drop("reason"), rejected(bad)


def rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `series`, `describes` and `reason` as quarantine rows; every other column goes into `raw` as JSON."""
    if not len(rows):
        return pl.DataFrame(schema=dict(REJECTED))
    shown = [name for name in rows.columns if name not in ("series", "describes", "reason", "known_at")]
    return rows.select("series", "describes", "reason", raw=pl.struct(shown).struct.json_encode())


def _reasons(rows: pl.DataFrame, sessions: Sessions, now: datetime, *, daily: bool) -> pl.Series:
    day = rows["describes"].to_numpy().astype("datetime64[D]")
    off = ~np.isin(day, sessions.days) & (day >= np.datetime64(TRUSTED_FROM)) & daily
    prices = [name for name in PRICES if rows[name].null_count() < len(rows)]
    nothing = pl.all_horizontal(pl.col(*PRICES, "change").is_null())
    slack = RANGE_SLACK * pl.col("close")
    reason = (
        pl.when(pl.col("describes") < pl.col("describes").cum_max().shift(1))
        .then(pl.lit("out of date order"))
        .when(pl.col("describes").is_duplicated())
        .then(pl.lit("two rows for one date"))
        .when(pl.Series(off))
        .then(pl.lit("no session of the exchange"))
        .when(pl.col("known_at") > now)
        .then(pl.lit("future date"))
        .when(nothing)
        .then(pl.lit("no price at all"))
        .when(pl.any_horizontal(pl.col(*prices) <= 0) if prices else pl.lit(value=False))
        .then(pl.lit("price of zero or less"))
        .when(pl.col("high") < pl.col("low") * (1 - 1e-9))
        .then(pl.lit("high below low"))
        .when((pl.col("close") > pl.col("high") + slack) | (pl.col("close") < pl.col("low") - slack))
        .then(pl.lit("close outside the day's range"))
    )
    told = rows.select(reason=reason)["reason"]
    usable = rows.select(price=pl.coalesce("close", "adj_close"))["price"].to_numpy().copy()
    usable[told.is_not_null().to_numpy()] = np.nan
    spikes = pl.Series(_spikes(usable) & told.is_null().to_numpy())
    return pl.select(pl.when(spikes).then(pl.lit("one-day spike that reverts")).otherwise(told)).to_series()


def _spikes(price: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True where a price jumps by more than SPIKE from its neighbours, which agree within REVERTS of the jump."""
    there = np.flatnonzero(np.isfinite(price) & (price > 0))
    found = np.zeros(len(price), dtype=bool)
    if len(there) >= 3:
        logs = np.log(price[there])
        jump, left = logs[1:-1] - logs[:-2], logs[2:] - logs[:-2]
        found[there[1:-1]] = (np.abs(jump) > SPIKE) & (np.abs(left) < REVERTS * np.abs(jump))
    return found


def _runs_backwards(days: pl.Series) -> bool:
    """Whether the dates fall throughout: a file written newest first."""
    return len(days) > 1 and bool((days.diff().drop_nulls().dt.total_days() < 0).all())
