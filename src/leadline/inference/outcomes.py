"""Outcomes: from the close of a session to the close h sessions later, with the worst and best point on the way.

An outcome is absent (NaN) when the later session is after the end of the data, or when either value is missing.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from leadline.core.errors import RequestError
from leadline.inference.arrays import Floats, Rows

How = Literal["ratio", "difference"]


def relative(prices: Floats, against: Floats) -> Floats:
    """One series over another; NaN where either is missing or `against` is not positive. Same shape.

    >>> relative(np.array([2.0, 3.0, np.nan]), np.array([4.0, 0.0, 1.0])).tolist()
    [0.5, nan, nan]
    """
    usable = np.where(against > 0, against, np.nan)
    return np.asarray(prices / usable)


def outcomes(prices: Floats, horizon: int, how: How = "ratio") -> Floats:
    """What followed each session: x[s+h]/x[s] - 1, or x[s+h] - x[s] for rates and spreads. Shape kept.

    prices: (sessions,), NaN where missing; a ratio needs positive values and is absent from any other. horizon: in rows
    of the same axis. Raises RequestError when it is below 1.

    >>> outcomes(np.array([100.0, 110.0, 99.0]), 1).round(6).tolist()
    [0.1, -0.1, nan]
    """
    if horizon < 1:
        raise RequestError("horizon", found=str(horizon), expected="at least 1 session or month")
    result = np.full(len(prices), np.nan)
    if horizon >= len(prices):
        return result
    start, end = prices[:-horizon], prices[horizon:]
    result[:-horizon] = _moved(start, end, how)
    return result


def on_the_way(prices: Floats, rows: Rows, horizon: int, how: How = "ratio") -> tuple[Floats, Floats]:
    """The worst and the best point after each of `rows`, over sessions s+1 .. s+h: two arrays, one value a row.

    Sessions without a value on the way are passed over; absent where the outcome itself is absent.
    """
    path = paths(prices, rows, horizon, how)[:, 1:]
    worst, best = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    done = ~np.isnan(path[:, -1]) if path.size else np.zeros(len(rows), dtype=bool)
    worst[done], best[done] = np.nanmin(path[done], axis=1), np.nanmax(path[done], axis=1)
    return worst, best


def paths(prices: Floats, rows: Rows, horizon: int, how: How = "ratio") -> Floats:
    """The way of each episode: (episodes, horizon + 1), the move since its session at 0, 1 .. h sessions later.

    NaN after the end of the data and where a value is missing.

    >>> paths(np.array([100.0, 110.0, 99.0]), np.array([0, 1]), 2).round(6).tolist()
    [[0.0, 0.1, -0.01], [0.0, -0.1, nan]]
    """
    padded = np.concatenate([prices, np.full(horizon, np.nan)])
    way = padded[rows[:, None] + np.arange(horizon + 1)]
    return _moved(way[:, :1], way, how)


def _moved(start: Floats, end: Floats, how: How) -> Floats:
    if how == "difference":
        return np.asarray(end - start)
    with np.errstate(invalid="ignore"):
        usable = np.where(start > 0, start, np.nan)
        return np.asarray(np.where(end > 0, end, np.nan) / usable - 1.0)
