"""Gaps between vintages: lagged values of another file carry what was known, and no change mixes two files.

Where the vintages of a series stop, newer days are known from the newest file by its stated lag. That file stands on
another basis (years of revisions), so at the first such day the months before it are restated from the same file, as an
assumption; at the first vintage after the gap they return to what the vintages say.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

RESTATED = timedelta(days=430)  # a year of changes, and two months
_KEY = ["series", "describes"]


def splices(kept: pl.DataFrame, every: pl.DataFrame) -> pl.DataFrame:
    """The rows that a gap needs beside `kept`, in its columns; none where a series has no vintages, or no gap.

    kept, every: series, describes, known_at, value, known_by; `every` has the lagged rows that were dropped too.
    """
    assumed = pl.col("known_by").is_in(["lag", "release"])
    newest = pl.col("describes") > pl.col("describes").cum_max().shift(1).over("series")
    order = kept.sort("series", "known_at", "describes").filter(newest.fill_null(value=True))
    turned = order.select("series", "known_at", "describes", assumed=assumed).with_columns(
        before=pl.col("assumed").shift(1).over("series")
    )
    starts = turned.filter(pl.col("assumed") & ~pl.col("before")).select("series", from_="known_at", first="describes")
    if not len(starts):
        return kept.clear()
    ends = turned.filter(~pl.col("assumed") & pl.col("before")).select("series", until="known_at").sort("until")
    spans = starts.sort("from_").join_asof(
        ends, left_on="from_", right_on="until", by="series", strategy="forward", check_sortedness=False
    )
    inside = pl.col("describes").is_between(pl.col("first") - RESTATED, pl.col("first"), closed="left")
    restated = every.filter(assumed).join(spans, on="series").filter(inside)
    again = restated.with_columns(known_at="from_").select(kept.columns)
    return pl.concat([again, _returned(restated, kept)])


def _returned(restated: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """The restated days as the vintages had them, at the first vintage after the gap that does not say them anew."""
    vintages = kept.filter(pl.col("known_by") == "vintage").sort("known_at")
    asked = restated.drop_nulls("until").select(*_KEY, "until").sort("until")
    held = asked.join_asof(
        vintages, left_on="until", right_on="known_at", by=_KEY, strategy="backward", check_sortedness=False
    )
    stale = held.filter(pl.col("value").is_not_null() & (pl.col("known_at") < pl.col("until")))
    return stale.with_columns(known_at="until").select(kept.columns)
