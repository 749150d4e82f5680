"""Bad ticks are set apart with their reason: they are never used and never dropped in silence.

Rules for followed series, in this order (a row is told by the first that fits): unreadable values (from the feed), a
date that has not closed yet, a row out of date order (the fewest rows are set apart that leave the others in order),
two rows for one date, a date that is no session, no price at all, a number that is not finite, a price of zero or less
(or a return of -100 %), high below low, a close outside its day's range, a one-day spike that reverts. The spike rule
(50 % and back within a fifth) is for followed series only: single small stocks really do that.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.calendar import TRUSTED_FROM, Sessions
from leadline.data.facts import FACTS, INSTANT, KEYS, REJECTED

SPIKE = math.log(1.5)
REVERTS = 0.2  # of the spike's size
RANGE_SLACK = 1e-3  # relative: sources round highs, lows and adjusted closes apart
PRICES = ("open", "high", "low", "close", "adj_close")


def judge_bars(
    bars: pl.DataFrame, sessions: Sessions, now: datetime, monthly: frozenset[str] = frozenset()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the bars of one part into those fit to store and those rejected (columns of `facts.REJECTED`).

    `bars` in the order of the source; a part that runs newest first is simply turned round. Series named in `monthly`
    are labelled by calendar days and so are not held against the sessions.
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

    Exact repeats of a row are one row. Events may lie ahead: a meeting is announced before it is held. A macro value
    that is here before its assumed release is known from now on (`known_by` = "pull"): the assumption was late.
    """
    key, name = list(KEYS[table]), KEYS[table][0]
    rows = rows.unique(maintain_order=True)
    if table == "observations":
        rows = _seen_early(rows, now)
    reason = (
        pl.when(pl.struct(key).is_duplicated())
        .then(pl.lit("two different rows for one key"))
        .when(pl.col("known_at") > now)
        .then(pl.lit("future date"))
    )
    reason = reason.when(_any_infinite(table)).then(pl.lit("not a finite number"))
    told = rows.with_columns(reason=reason)
    bad = told.filter(pl.col("reason").is_not_null()).rename({name: "series"} if name != "series" else {})
    return told.filter(pl.col("reason").is_null()).drop("reason"), rejected(bad)


def judge_stocks(rows: pl.DataFrame, sessions: Sessions, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The split for thousands of stocks: symbols, dates, repeats, impossible values; no spike rule (see the module).

    A change of -100 % or less would turn everything chained from it negative; that of a price which fell to nothing
    comes with a price of zero.
    """
    day = rows["describes"].to_numpy().astype("datetime64[D]")
    off = (~np.isin(day, sessions.days)) & (day >= np.datetime64(TRUSTED_FROM))
    key = rows.select(symbol=pl.col("symbol").rank("dense"), day=pl.col("describes").cast(pl.Int32))
    reason = (
        pl.when(pl.col("symbol").fill_null("").str.strip_chars() == "")
        .then(pl.lit("no symbol"))
        .when(pl.col("known_at") > now)
        .then(pl.lit("future date"))
        .when(pl.Series(off))
        .then(pl.lit("no session of the exchange"))
        .when(key.select(pl.struct("symbol", "day").is_duplicated()).to_series())
        .then(pl.lit("two rows for one date"))
        .when(_any_infinite("stocks"))
        .then(pl.lit("not a finite number"))
        .when((pl.col("close") <= 0) | (pl.col("adj_close") <= 0))
        .then(pl.lit("price of zero or less"))
        .when(pl.col("change") <= -1)
        .then(pl.lit("return of -100 % or less"))
        .when((pl.col("volume") < 0) | (pl.col("shares") < 0))
        .then(pl.lit("volume or shares below zero"))
    )
    told = rows.with_columns(reason=reason)
    bad = told.filter(pl.col("reason").is_not_null()).rename({"symbol": "series"})
    return (told if not len(bad) else told.filter(pl.col("reason").is_null())).drop("reason"), rejected(bad)


def rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `series`, `describes` and `reason` as quarantine rows; every other column goes into `raw` as JSON.

    known_at and adjusted_to are left out: they grow with the pull, and the same bad row would be told again and again.
    """
    if not len(rows):
        return pl.DataFrame(schema=dict(REJECTED))
    shown = [name for name in rows.columns if name not in ("series", "describes", "reason", "known_at", "adjusted_to")]
    return rows.select("series", "describes", "reason", raw=pl.struct(shown).struct.json_encode())


def _reasons(rows: pl.DataFrame, sessions: Sessions, now: datetime, *, daily: bool) -> pl.Series:
    day = rows["describes"].to_numpy().astype("datetime64[D]")
    off = ~np.isin(day, sessions.days) & (day >= np.datetime64(TRUSTED_FROM)) & daily
    prices = [name for name in PRICES if rows[name].null_count() < len(rows)]
    nothing = pl.all_horizontal(pl.col(*PRICES, "change").is_null())
    ahead = pl.col("known_at") > now
    slack = RANGE_SLACK * pl.col("close")
    reason = (
        pl.when(ahead)
        .then(pl.lit("future date"))
        .when(_out_of_order(rows.select(day=pl.when(~ahead).then("describes"))["day"]))
        .then(pl.lit("out of date order"))
        .when(pl.col("describes").is_duplicated())
        .then(pl.lit("two rows for one date"))
        .when(pl.Series(off))
        .then(pl.lit("no session of the exchange"))
        .when(nothing)
        .then(pl.lit("no price at all"))
        .when(_any_infinite("bars"))
        .then(pl.lit("not a finite number"))
        .when(pl.any_horizontal(pl.col(*prices) <= 0) if prices else pl.lit(value=False))
        .then(pl.lit("price of zero or less"))
        .when(pl.col("change") <= -1)
        .then(pl.lit("return of -100 % or less"))
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


def _any_infinite(table: str) -> pl.Expr:
    floats = [name for name, kind in FACTS[table].items() if kind == pl.Float64]
    return pl.any_horizontal(~pl.col(*floats).is_finite()) if floats else pl.lit(value=False)


def _seen_early(rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Lagged values whose assumed release lies ahead, of a day that does not: known from now on."""
    early = (pl.col("known_by") == "lag") & (pl.col("known_at") > now) & (pl.col("describes") <= now.date())
    return rows.with_columns(
        known_at=pl.when(early).then(pl.lit(now, dtype=INSTANT)).otherwise("known_at"),
        known_by=pl.when(early).then(pl.lit("pull")).otherwise("known_by"),
    )


def _out_of_order(days: pl.Series) -> pl.Series:
    """True for the fewest rows whose absence leaves the others in date order; nulls are no part of it.

    Source: longest non-decreasing subsequence by patience sorting (Fredman 1975).
    """
    there = days.is_not_null()
    known = days.filter(there)
    if known.is_sorted():
        return pl.Series([False] * len(days), dtype=pl.Boolean)
    values = known.to_physical().to_list()
    tails: list[int] = []  # the smallest last value of a run of each length
    ends: list[int] = []  # and its position
    before: list[int] = []
    for at, value in enumerate(values):
        place = bisect_right(tails, value)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [value]
        ends[place : place + 1] = [at]
    kept, at = set(), ends[-1]
    while at >= 0:
        kept.add(at)
        at = before[at]
    out = iter(position not in kept for position in range(len(values)))
    return pl.Series([next(out) if known_day else False for known_day in there.to_list()], dtype=pl.Boolean)


def _runs_backwards(days: pl.Series) -> bool:
    """Whether the dates fall more often than they rise: a file written newest first."""
    steps = days.diff().drop_nulls().dt.total_days()
    return int((steps < 0).sum()) > int((steps > 0).sum())
