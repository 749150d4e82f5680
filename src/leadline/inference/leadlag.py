"""Does one series lead another? Correlations at leads and lags, and a prediction both ways round.

Give changes, not levels: two trending levels correlate at any lag (Yule 1926; Granger and Newbold 1974).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leadline.core.errors import DataError, RequestError
from leadline.inference.arrays import Floats
from leadline.inference.robust import Z95, hac_lag, ols_hac, two_sided

LEAST_PAIRS = 20


@dataclass(frozen=True)
class LagCorrelation:
    """The correlation of a[t] with b[t + lag] over `n` pairs, and its 95 % interval. A positive lag: a comes first."""

    lag: int
    r: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Prediction:
    """How much the follower's mean over the next rows rises a unit of the leader's value, its own present held fixed.

    t, p, low, high are HAC. `n` complete rows.
    """

    slope: float
    low: float
    high: float
    t: float
    p: float
    n: int


@dataclass(frozen=True)
class LeadLag:
    """Both ways round: `forward` is a predicting b, `backward` b predicting a. `horizon` rows ahead."""

    correlations: tuple[LagCorrelation, ...]
    forward: Prediction
    backward: Prediction
    horizon: int


def lead_lag(a: Floats, b: Floats, horizon: int, most: int) -> LeadLag:
    """Correlations at lags -most .. most and both predictive regressions. a, b: (rows,) on one axis, NaN where missing.

    Raises RequestError for different lengths or a horizon below 1, DataError below 20 pairs.
    """
    if len(a) != len(b) or horizon < 1 or most < 0:
        found = f"{len(a)} and {len(b)} rows, horizon {horizon}, lags to {most}"
        raise RequestError("lead and lag", found=found, expected="two series on one axis, a horizon of 1 or more")
    correlations = tuple(cross_correlation(a, b, lag) for lag in range(-most, most + 1))
    return LeadLag(correlations, predict(a, b, horizon), predict(b, a, horizon), horizon)


def cross_correlation(a: Floats, b: Floats, lag: int) -> LagCorrelation:
    """The correlation of a[t] with b[t + lag] with an interval that knows both series remember their past.

    The variance is Bartlett's for two series that do not depend on each other, (1/n) sum over j of rho_a(j) rho_b(j),
    with j up to 2 sqrt(n); for series without memory it is 1/n. Missing pairs are left out. Raises DataError below 20
    pairs or for a constant series. Source: Bartlett (1935); Box and Jenkins, Time Series Analysis, section 12.1.3.
    """
    first, second = (a[: len(a) - lag], b[lag:]) if lag >= 0 else (a[-lag:], b[: len(b) + lag])
    there = ~(np.isnan(first) | np.isnan(second))
    n = int(there.sum())
    if n < LEAST_PAIRS:
        raise DataError(f"a correlation at lag {lag}", found=f"{n} pairs", expected=f"{LEAST_PAIRS} or more")
    x, y = (np.where(there, part - part[there].mean(), 0.0) for part in (first, second))
    size = math.sqrt(float(x @ x) * float(y @ y))
    if size <= 0:
        raise DataError(f"a correlation at lag {lag}", found="a series that never changes")
    r = float(x @ y) / size
    error = math.sqrt(_memory(x, y, math.ceil(2 * math.sqrt(n))) / n)
    return LagCorrelation(lag, r, max(-1.0, r - Z95 * error), min(1.0, r + Z95 * error), n)


def predict(leader: Floats, follower: Floats, horizon: int) -> Prediction:
    """The follower's mean over rows t+1 .. t+h regressed on leader and follower at t, with HAC lag >= h - 1.

    The follower's own present is in the regression, so that its memory is not credited to the leader (Granger 1969).
    leader, follower: (rows,), NaN where missing; a window with a missing value is left out. Raises DataError when fewer
    complete rows than coefficients are left.
    """
    n = len(follower)
    ahead = np.full(n, np.nan)
    if n > horizon:
        sums = np.cumsum(np.concatenate([[0.0], np.nan_to_num(follower)]))
        holes = np.cumsum(np.concatenate([[0], np.isnan(follower).astype(np.int64)]))
        rows = np.arange(n - horizon)
        whole = holes[rows + horizon + 1] == holes[rows + 1]
        ahead[: n - horizon] = np.where(whole, (sums[rows + horizon + 1] - sums[rows + 1]) / horizon, np.nan)
    fit = ols_hac(ahead, np.stack([leader, follower], axis=1), hac_lag(n, horizon))
    slope, error, t = fit.coefficients[1], fit.errors[1], fit.t[1]
    return Prediction(slope, slope - Z95 * error, slope + Z95 * error, t, two_sided(t), fit.n)


def _memory(x: Floats, y: Floats, most: int) -> float:
    """1 + 2 sum of products of autocorrelations up to `most`; at least .1, as noise can push it below nothing."""
    n = len(x)
    total = 1.0
    for j in range(1, min(most, n - 1) + 1):
        total += 2.0 * float(x[j:] @ x[:-j]) / float(x @ x) * float(y[j:] @ y[:-j]) / float(y @ y)
    return max(total, 0.1)
