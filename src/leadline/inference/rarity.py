"""How rare is a value of a series, against the series' own past as known that day?

Steps: `standing` (percentile, rank, z), `occurrences` (separate ones per century), `return_period` (a tail model, with
an interval), put together by `rarity`; `window_penalty` asks the same of a move whose window was chosen after seeing
it. Nothing here looks past the last row given: cut the arrays at the day that is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from leadline.core.calendar import Days
from leadline.core.errors import DataError, RequestError
from leadline.inference.arrays import Floats, Mask, years_of
from leadline.inference.episodes import runs
from leadline.inference.quantiles import gamma_quantile
from leadline.inference.tails import LEAST_PEAKS, Waiting, waiting_time

YEAR = 252
LEAST_VALUES = 20
THRESHOLD = 0.95  # of the past: where the tail is taken to begin
WINDOWS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 21, 32, 42, 63, 84, 126, 189, 252)

Tail = Literal["upper", "lower"]


@dataclass(frozen=True)
class Standing:
    """Where the last value stands in its own past, itself included. `n` values.

    percentile: share of values at or below it (decimal, the greatest has 1); rank: 1 for the greatest; rank_low: 1 for
    the least; z_all, z_year: (value - mean) / sd (n - 1) over all and over the last 252 values, None without spread.
    """

    value: float
    percentile: float
    rank: int
    rank_low: int
    n: int
    z_all: float | None
    z_year: float | None


@dataclass(frozen=True)
class Occurrences:
    """Separate occurrences of a value at least as extreme, each a row of its first session, and how many a century.

    low, high: the exact 95 % Poisson interval (Garwood 1936) of the number per century.
    """

    rows: tuple[int, ...]
    count: int
    years: float
    per_century: float
    low: float
    high: float


@dataclass(frozen=True)
class ReturnPeriod:
    """Years between separate occurrences at least as extreme. Infinite ends are None (no end to the wait is ruled out).

    method: "tail model" (generalised Pareto over `threshold`, fitted to `peaks` declustered peaks) or "count" where the
    value lies below the threshold or there are too few peaks.
    """

    estimate: float | None
    low: float | None
    high: float | None
    method: Literal["tail model", "count"]
    threshold: float | None
    peaks: int


@dataclass(frozen=True)
class Rarity:
    """Everything about how rare the last value is. `row`: its place on the axis; `tail`: which side was looked at."""

    row: int
    tail: Tail
    standing: Standing
    occurrences: Occurrences
    return_period: ReturnPeriod


@dataclass(frozen=True)
class WindowPenalty:
    """A move whose window was chosen after seeing it. Shares are of the days on which every window had a past.

    plain_share: days whose move over the chosen window was at least as rare; any_share: days on which the move over
    some window was; plain_per_century, any_per_century: the same as separate occurrences. factor: any_share over
    plain_share. best_window: the window whose last move is the rarest.
    """

    window: int
    plain_share: float
    any_share: float
    plain_per_century: float
    any_per_century: float
    factor: float
    best_window: int


def rarity(sessions: Days, values: Floats, gap: int = 21, tail: Tail | None = None) -> Rarity:
    """How rare the last value that is there is, against all values before it and itself.

    sessions, values: (rows,), NaN where missing (left out everywhere; distances stay in rows). gap: two occurrences
    this many rows apart are separate. tail: "upper", "lower", or None for the side of its median that the value lies
    on. Raises DataError below 20 values.
    """
    there = np.flatnonzero(~np.isnan(values))
    if len(there) < LEAST_VALUES:
        raise DataError("rarity", found=f"{len(there)} values", expected=f"at least {LEAST_VALUES} to compare with")
    row = int(there[-1])
    past = values[: row + 1]
    side = tail or ("upper" if past[row] >= np.nanmedian(past) else "lower")
    signed = past if side == "upper" else -past
    years = years_of(sessions[there[0] : row + 1])
    found = occurrences(signed, float(signed[row]), years, gap)
    return Rarity(row, side, standing(past[there]), found, _signed_period(signed, side, years, gap))


def standing(values: Floats) -> Standing:
    """Percentile, ranks and z of the last of `values` (n,), which must have no gaps.

    >>> standing(np.array([1.0, 2.0, 4.0, 3.0]))
    Standing(value=3.0, percentile=0.75, rank=2, rank_low=3, n=4, z_all=0.3872983346207417, z_year=0.3872983346207417)
    """
    last, n = float(values[-1]), len(values)
    above, below = int((values > last).sum()), int((values < last).sum())
    return Standing(last, 1 - above / n, above + 1, below + 1, n, _z(values), _z(values[-YEAR:]))


def occurrences(values: Floats, size: float, years: float, gap: int = 21) -> Occurrences:
    """Separate occurrences of values >= size in a series (rows,): nearer than `gap` rows to the one before is the same.

    >>> occurrences(np.array([0.0, 5, 6, 0, 0, 0, 7]), 5.0, 50.0, gap=3).rows
    (1, 6)
    """
    first, _ = runs(np.flatnonzero(values >= size).astype(np.int64), gap)
    count = len(first)
    centuries = years / 100
    if centuries <= 0:
        raise DataError("occurrences per century", found="a single day of data")
    low = gamma_quantile(count, 0.025) if count else 0.0
    high = gamma_quantile(count + 1, 0.975)
    return Occurrences(
        tuple(int(row) for row in first), count, years, count / centuries, low / centuries, high / centuries
    )


def return_period(values: Floats, size: float, years: float, gap: int = 21) -> ReturnPeriod:
    """Years between separate occurrences of values >= size, from the tail of a series (rows,), NaN left out.

    Peaks over the past's 95 % point are declustered by runs of `gap` rows, the greatest of each cluster kept, and a
    generalised Pareto law is fitted to what they exceed it by (`tails.waiting_time`). Below the threshold, and with
    fewer than 20 peaks, the separate occurrences are counted instead, with their exact Poisson interval.
    """
    threshold, peaks = peaks_over(values, gap)
    if size <= threshold or len(peaks) < LEAST_PEAKS:
        found = occurrences(values, size, years, gap)
        ends = [_inverse(one) for one in (found.per_century, found.high, found.low)]
        return ReturnPeriod(ends[0], ends[1], ends[2], "count", None, found.count)
    waiting: Waiting = waiting_time(peaks - threshold, size - threshold, years)
    finite = [one if math.isfinite(one) else None for one in (waiting.estimate, waiting.low, waiting.high)]
    return ReturnPeriod(finite[0], finite[1], finite[2], "tail model", threshold, len(peaks))


def peaks_over(values: Floats, gap: int) -> tuple[float, Floats]:
    """The past's 95 % point, and the greatest value of each cluster above it; clusters are `gap` rows apart or more."""
    threshold = float(np.nanquantile(values, THRESHOLD))
    above = np.flatnonzero(values > threshold).astype(np.int64)
    first, _ = runs(above, gap)
    if not len(above):
        return threshold, np.empty(0)
    return threshold, np.maximum.reduceat(values[above], np.searchsorted(above, first))


def window_penalty(
    sessions: Days, prices: Floats, window: int, windows: Sequence[int] = WINDOWS, gap: int = 21
) -> WindowPenalty:
    """What is left of a move's rarity when its window was picked because the move over it was the most striking.

    Every day's move over every candidate window is given the share of that window's past with a move at least as great
    (in the direction of the last move over `window`). The chosen share is then compared with each day's *smallest*
    share over all windows: the minimum-p correction, taken from the data's own dependence (Westfall and Young 1993).
    sessions, prices: (rows,), NaN where missing; a window without a move at the last row is left out. Raises
    RequestError for a window below 1, DataError when the last price or the one a window before is missing, or when
    fewer than 20 days have every window.
    """
    if min(window, *windows) < 1:
        raise RequestError("window", found=str(min(window, *windows)), expected="1 or more sessions")
    moves = {one: moved for one in sorted({window, *windows}) if not np.isnan((moved := _moves(prices, one))[-1])}
    if window not in moves:
        raise DataError(f"the move over {window} sessions", found="no price at one of its ends")
    candidates, chosen = tuple(moves), list(moves).index(window)
    sign = 1.0 if moves[window][-1] >= 0 else -1.0
    shares = np.stack([_upper_share(sign * one) for one in moves.values()])
    full = ~np.isnan(shares).any(axis=0)
    if int(full.sum()) < LEAST_VALUES:
        raise DataError("the penalty for the window", found=f"{int(full.sum())} days on which every window has a past")
    years = years_of(sessions[np.flatnonzero(full)[[0, -1]]])
    today = shares[chosen, -1]
    plain, anyone = shares[chosen] <= today, np.where(full, shares.min(axis=0), np.nan) <= today
    single, several = (_separate(mask & full, gap) * 100 / years for mask in (plain, anyone))
    best = candidates[int(np.nanargmin(shares[:, -1]))]
    return WindowPenalty(
        window=window,
        plain_share=float((plain & full).sum() / full.sum()),
        any_share=float((anyone & full).sum() / full.sum()),
        plain_per_century=single,
        any_per_century=several,
        factor=float((anyone & full).sum() / (plain & full).sum()),
        best_window=best,
    )


def _signed_period(signed: Floats, side: Tail, years: float, gap: int) -> ReturnPeriod:
    found = return_period(signed, float(signed[-1]), years, gap)
    if side == "upper" or found.threshold is None:
        return found
    return ReturnPeriod(found.estimate, found.low, found.high, found.method, -found.threshold, found.peaks)


def _z(values: Floats) -> float | None:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return float((values[-1] - values.mean()) / spread) if spread > 0 else None


def _inverse(per_century: float) -> float | None:
    return 100.0 / per_century if per_century > 0 else None


def _moves(prices: Floats, window: int) -> Floats:
    moved = np.full(len(prices), np.nan)
    if window < len(prices):
        moved[window:] = prices[window:] / prices[:-window] - 1.0
    return moved


def _upper_share(values: Floats) -> Floats:
    """For each value the share of all values at least as great; NaN where missing."""
    there = ~np.isnan(values)
    ordered = np.sort(values[there])
    share = np.full(len(values), np.nan)
    share[there] = 1.0 - np.searchsorted(ordered, values[there], side="left") / max(len(ordered), 1)
    return share


def _separate(mask: Mask, gap: int) -> int:
    return len(runs(np.flatnonzero(mask).astype(np.int64), gap)[0])
