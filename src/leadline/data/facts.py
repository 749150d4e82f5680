"""The kinds of facts: one row a fact. `describes` is the day a fact is about, `known_at` when it was knowable.

A feed hands over the columns of `FACTS`; the ledger adds `source` and `pull` to every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
#: how the note of a series ends whose price close ends before its dividend-adjusted one
TOTAL_ONLY: Final = "only the dividend-adjusted price is known: use .total"

Schema = Mapping[str, pl.DataType | type[pl.DataType]]


#: name -> columns that a feed fills. `series` is unique over the whole ledger.
FACTS: Mapping[str, Schema] = MappingProxyType(
    {
        # prices of a followed series. OHLC are adjusted for splits up to `adjusted_to` (= describes: as traded);
        # adj_close includes dividends too; change is a return as given (decimal) where the source gives no price.
        "bars": MappingProxyType(
            {
                "series": pl.String,
                "describes": pl.Date,
                "known_at": INSTANT,
                "open": pl.Float64,
                "high": pl.Float64,
                "low": pl.Float64,
                "close": pl.Float64,
                "adj_close": pl.Float64,
                "change": pl.Float64,
                "volume": pl.Float64,
                "adjusted_to": pl.Date,
            }
        ),
        # macro values. known_by: "vintage" (the source says when), "month" (it says in which month), "pull" (a pull
        # witnessed it) or "lag" (the feed's stated lag: an assumption, and every result that uses it says so). A panel
        # says "release" where a release calendar moved a lagged value to its true day.
        "observations": MappingProxyType(
            {"series": pl.String, "describes": pl.Date, "known_at": INSTANT, "value": pl.Float64, "known_by": pl.String}
        ),
        # kind "split": value = new shares for one old share; kind "dividend": money a share, split basis as given.
        # describes = the ex-date. known_by: "given" or "inferred" (from a source that rescaled its past).
        "actions": MappingProxyType(
            {
                "series": pl.String,
                "describes": pl.Date,
                "known_at": INSTANT,
                "kind": pl.String,
                "value": pl.Float64,
                "known_by": pl.String,
            }
        ),
        # change: "in", "out" (a start / end table) or "held" (a snapshot of the whole group on that day).
        "members": MappingProxyType(
            {
                "group": pl.String,
                "symbol": pl.String,
                "describes": pl.Date,
                "known_at": INSTANT,
                "change": pl.String,
                "weight": pl.Float64,
            }
        ),
        # dates of meetings and releases. reference = the period a release is about.
        "events": MappingProxyType(
            {"calendar": pl.String, "describes": pl.Date, "known_at": INSTANT, "kind": pl.String, "reference": pl.Date}
        ),
        # thousands of stocks; close as traded, change = the day's return (split-adjusted), shares outstanding.
        "stocks": MappingProxyType(
            {
                "dataset": pl.String,
                "symbol": pl.String,
                "describes": pl.Date,
                "known_at": INSTANT,
                "close": pl.Float64,
                "change": pl.Float64,
                "adj_close": pl.Float64,
                "volume": pl.Float64,
                "shares": pl.Float64,
            }
        ),
        # what a symbol was, segment by segment (a re-used ticker has several).
        "listings": MappingProxyType(
            {
                "dataset": pl.String,
                "symbol": pl.String,
                "segment": pl.Int64,
                "describes": pl.Date,
                "known_at": INSTANT,
                "last_seen": pl.Date,
                "name": pl.String,
                "exchange": pl.String,
                "sector": pl.String,
                "industry": pl.String,
                "kind": pl.String,
            }
        ),
    }
)

#: the columns that make a fact of each table the same fact when it comes again
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bars": ("series", "describes"),
        "observations": ("series", "describes", "known_at"),
        "actions": ("series", "describes", "kind"),
        "members": ("group", "symbol", "describes", "change"),
        "events": ("calendar", "describes", "kind"),
        "stocks": ("dataset", "symbol", "describes"),
        "listings": ("dataset", "symbol", "segment"),
    }
)

#: what a feed says of rows it could not take, before the ledger judges the rest
REJECTED: Schema = MappingProxyType({"series": pl.String, "describes": pl.Date, "reason": pl.String, "raw": pl.String})


def like_rejected(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with exactly the columns of `REJECTED`, in order and type."""
    return frame.select(pl.col(name).cast(kind) for name, kind in REJECTED.items())


def empty(table: str) -> pl.DataFrame:
    """No rows, with the feed's columns of a fact table."""
    return pl.DataFrame(schema=dict(FACTS[table]))


def conform(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with exactly the feed's columns of `table`, in order and type; columns it lacks are missing.

    Raises polars' own errors where a value does not fit its type: feeds parse before they hand over.
    """
    return frame.select(
        (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, dtype=kind).alias(name))
        for name, kind in FACTS[table].items()
    )
