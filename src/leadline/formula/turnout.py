"""How many stocks have a row on each session, and on which sessions that is too few to count as all of them."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

#: so many rows are counted at once: that bounds memory
_ROWS: Final = 2_000_000
#: a session is half empty where fewer than half as many stocks have a row as in the middle of so many before it
USUAL_SESSIONS: Final = 21


def turnout(sessions: pl.Series, days: pl.Series) -> NDArray[np.int64]:
    """How many of these days lie on each session. sessions ascend; days: one for every row, in any order."""
    labels, rows = sessions.to_physical().to_numpy(), days.to_physical().to_numpy()
    if not len(labels):
        return np.zeros(0, dtype=np.int64)
    first, many = int(labels[0]), int(labels[-1]) - int(labels[0]) + 1
    found = np.zeros(many + 2, dtype=np.int64)  # what lies before the first and after the last goes to the ends
    for start in range(0, len(rows), _ROWS):
        found += np.bincount(np.clip(rows[start : start + _ROWS] - (first - 1), 0, many + 1), minlength=many + 2)
    counts: NDArray[np.int64] = found[labels - (first - 1)]
    return counts


def enough(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each session whether it counts: at least half as many rows as in the middle of the sessions before.

    rows: by session. Only sessions that have a row are looked back at, at most USUAL_SESSIONS; the first one counts.
    """
    at = np.flatnonzero(rows)
    there = np.zeros(len(rows), dtype=bool)
    if len(at):
        counts = rows[at].astype(np.float64)
        before = np.concatenate([np.full(USUAL_SESSIONS, np.inf), counts])[: len(counts) + USUAL_SESSIONS - 1]
        ranked = np.sort(sliding_window_view(before, USUAL_SESSIONS), axis=1)
        many = np.minimum(np.arange(len(counts)), USUAL_SESSIONS)
        row = np.arange(len(counts))
        usual = (ranked[row, np.maximum(many - 1, 0) // 2] + ranked[row, many // 2]) / 2
        there[at] = counts >= np.where(many > 0, usual, 0.0) / 2
    return there
