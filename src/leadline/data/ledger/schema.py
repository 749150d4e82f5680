"""The tables of the ledger: the feeds' facts with `source` and `pull`, and the books it keeps about itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from leadline.data.facts import FACTS, INSTANT, Schema

#: the calendar name of early months that only monthly series show
EARLY_MONTHS = "months before 1970"

#: tables that the ledger keeps about itself
BOOKS: Mapping[str, Schema] = MappingProxyType(
    {
        "series": MappingProxyType(
            {
                "series": pl.String,
                "title": pl.String,
                "frequency": pl.String,
                "unit": pl.String,
                "standing": pl.String,
                "note": pl.String,
                "source": pl.String,
                "pull": pl.String,
            }
        ),
        # the sessions of the exchange calendar; before 1970 those that daily data show; and the last weekdays of
        # months that monthly data show (EARLY_MONTHS)
        "sessions": MappingProxyType(
            {"calendar": pl.String, "session": pl.Date, "close": INSTANT, "source": pl.String, "pull": pl.String}
        ),
        "parts": MappingProxyType(
            {
                "source": pl.String,
                "part": pl.String,
                "sha256": pl.String,
                "status": pl.String,
                "rows": pl.Int64,
                "said": pl.String,
                "at": INSTANT,
                "pull": pl.String,
            }
        ),
        "quarantine": MappingProxyType(
            {
                "series": pl.String,
                "describes": pl.Date,
                "known_at": INSTANT,
                "reason": pl.String,
                "raw": pl.String,
                "source": pl.String,
                "pull": pl.String,
            }
        ),
        "drift": MappingProxyType(
            {
                "series": pl.String,
                "first": pl.Date,
                "last": pl.Date,
                "rows": pl.Int64,
                "largest": pl.Float64,
                "said": pl.String,
                "known_at": INSTANT,
                "source": pl.String,
                "pull": pl.String,
            }
        ),
    }
)


def stored(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The columns of a table as they are stored: the feed's, and source and pull."""
    if table in BOOKS:
        return dict(BOOKS[table])
    return {**FACTS[table], "source": pl.String, "pull": pl.String}
