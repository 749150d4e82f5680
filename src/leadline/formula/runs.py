"""Rows of stocks as runs: stretches in which the days of one symbol ascend.

A ledger stores whole symbols, a file a year and one more a pull, so that millions of rows are some thousand runs. They
are put in order, and told apart, run by run and not row by row. Rows in any other order give the same, only slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class Runs:
    """The runs of rows. starts: the row at which each begins; codes: its symbol; first, last: its days, as numbers."""

    starts: NDArray[np.int64]
    codes: NDArray[np.uint32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]

    def lengths(self, rows: int) -> NDArray[np.int64]:
        """How many rows each has, of so many in all."""
        many: NDArray[np.int64] = np.diff(np.r_[self.starts, rows])
        return many


def codes_of(rows: pl.DataFrame) -> NDArray[np.uint32]:
    """The symbols (Categorical) as numbers."""
    codes: NDArray[np.uint32] = rows["symbol"].to_physical().cast(pl.UInt32).to_numpy()
    return codes


def runs_of(codes: NDArray[np.uint32], days: NDArray[np.int32], apart: int | None = None) -> Runs:
    """The runs of rows with these symbols and days; with `apart` a run also ends before a longer gap, in days."""
    if not len(codes):
        return Runs(np.zeros(0, dtype=np.int64), codes, days, days)
    gap = days[1:] - days[:-1]
    other = (codes[1:] != codes[:-1]) | (gap <= 0)
    starts = np.r_[0, np.flatnonzero(other if apart is None else other | (gap > apart)) + 1]
    return Runs(starts, codes[starts], days[starts], days[np.r_[starts[1:], len(days)] - 1])


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (symbol: Categorical, session, and more) by symbol, in alphabetical order, and session."""
    if not len(rows):
        return rows
    codes, days = codes_of(rows), rows["session"].to_physical().to_numpy()
    runs, place = runs_of(codes, days), alphabetical(rows)
    order = _by_run(runs, place, len(rows))
    return rows[pl.Series((_by_row(codes, days, place) if order is None else order).astype(np.uint32))]


def alphabetical(rows: pl.DataFrame) -> NDArray[np.int64]:
    """The place of each symbol (Categorical) in alphabetical order, by its code."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    names = rows["symbol"].unique()
    codes = names.to_frame("name").select(pl.col("name").cast(pl.String), code=names.to_physical()).sort("name")["code"]
    place = np.zeros(int(codes.to_numpy().max()) + 1, dtype=np.int64)
    place[codes.to_numpy()] = np.arange(len(codes))
    return place


def _by_run(runs: Runs, place: NDArray[np.int64], rows: int) -> NDArray[np.int64] | None:
    """The order of rows whose runs of a symbol do not overlap; None for others, and where runs are many."""
    if len(runs.starts) > rows // 4 + 1:
        return None
    order = np.lexsort((runs.first, place[runs.codes]))
    codes, first, last = runs.codes[order], runs.first[order], runs.last[order]
    if ((codes[1:] == codes[:-1]) & (first[1:] <= last[:-1])).any():
        return None
    many = runs.lengths(rows)[order]
    found: NDArray[np.int64] = np.repeat(runs.starts[order] - (np.cumsum(many) - many), many) + np.arange(rows)
    return found


def _by_row(codes: NDArray[np.uint32], days: NDArray[np.int32], place: NDArray[np.int64]) -> NDArray[np.int64]:
    by_day = np.argsort(small(days - days.min()), kind="stable")
    found: NDArray[np.int64] = by_day[np.argsort(small(place[codes])[by_day], kind="stable")]
    return found


def small(numbers: NDArray[np.integer]) -> NDArray[np.integer]:
    """The same numbers, none below zero, in two bytes where they fit: those are sorted in one sweep."""
    return numbers.astype(np.uint16) if len(numbers) and numbers.max() < 2**16 else numbers
