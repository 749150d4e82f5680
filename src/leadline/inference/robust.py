"""Standard errors that know about overlap: Newey and West (1987), beside the naive ones.

The estimates are those of `statsmodels` (`OLS(...).fit(cov_type="HAC")` without small-sample correction), to which the
tests hold them; importing it takes over a second and the sum itself well under a millisecond. One difference: where
values are missing, time is kept. A missing row has a score of zero, and its neighbours stay two steps apart (the
"amplitude modulated" estimator, Datta and Du 2012), where dropping rows would call them neighbours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import DataError, RequestError
from leadline.inference.arrays import Floats

Matrix = NDArray[np.float64]
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Fit:
    """A least-squares fit with HAC errors: one value a coefficient (constant first). `n` complete rows, `lag` steps."""

    coefficients: tuple[float, ...]
    errors: tuple[float, ...]
    t: tuple[float, ...]
    t_naive: tuple[float, ...]
    n: int
    lag: int


@dataclass(frozen=True)
class HacMean:
    """The mean of a series that depends on its past, with HAC error, t and 95 % interval (normal). `n` values."""

    mean: float
    error: float
    t: float
    low: float
    high: float
    p: float
    n: int
    lag: int


def hac_lag(n: int, horizon: int = 1) -> int:
    """Newey-West lags: horizon - 1, and at least floor(4 (n/100)^(2/9)) (Newey and West 1994); below n.

    >>> hac_lag(6500, 63), hac_lag(6500, 1), hac_lag(300, 3)
    (62, 10, 5)
    """
    rule = int(4 * (n / 100) ** (2 / 9))
    return max(0, min(max(horizon - 1, rule), n - 1))


def long_run(scores: Matrix, lag: int) -> Matrix:
    """The sum of the scores' autocovariances with Bartlett weights 1 - k/(lag+1), times n: (columns, columns).

    scores: (rows, columns), zero where missing. Source: Newey and West (1987), Econometrica 55, equation 5.
    """
    total = scores.T @ scores
    for k in range(1, min(lag, len(scores) - 1) + 1):
        cross = scores[k:].T @ scores[:-k]
        total = total + (1 - k / (lag + 1)) * (cross + cross.T)
    return np.asarray(total)


def ols_hac(y: Floats, regressors: Matrix, lag: int) -> Fit:
    """Least squares of y (rows,) on a constant and `regressors` (rows, columns), with HAC and with naive t.

    Rows with anything missing are left out of the fit and keep their place in time. Raises RequestError for a negative
    lag, DataError when fewer complete rows than coefficients are left, or when a regressor is constant.
    """
    if lag < 0:
        raise RequestError("HAC lag", found=str(lag), expected="0 or more")
    design = np.column_stack([np.ones(len(y)), regressors])
    there = ~np.isnan(y) & ~np.isnan(design).any(axis=1)
    x, n = design[there], int(there.sum())
    if n <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataError("a regression", found=f"{n} complete rows, or a regressor that never changes")
    bread = np.linalg.inv(x.T @ x)
    coefficients = bread @ (x.T @ y[there])
    residuals = np.where(there, np.nan_to_num(y) - np.nan_to_num(design) @ coefficients, 0.0)
    scores = np.where(there[:, None], np.nan_to_num(design), 0.0) * residuals[:, None]
    robust = np.sqrt(np.diag(bread @ long_run(scores, lag) @ bread))
    naive = np.sqrt(np.diag(bread) * (residuals @ residuals) / (n - x.shape[1]))
    return Fit(_row(coefficients), _row(robust), _over(coefficients, robust), _over(coefficients, naive), n, lag)


def hac_mean(values: Floats, lag: int) -> HacMean | None:
    """The mean of a series (rows,) with its HAC error. NaN are absent and keep their place. None below two values."""
    there = ~np.isnan(values)
    n = int(there.sum())
    if n < 2:
        return None
    mean = float(values[there].mean())
    centred = np.where(there, values - mean, 0.0)[:, None]
    error = math.sqrt(max(float(long_run(centred, lag)[0, 0]), 0.0)) / n
    t = mean / error if error > 0 else math.nan
    return HacMean(mean, error, t, mean - Z95 * error, mean + Z95 * error, two_sided(t), n, lag)


def two_sided(t: float) -> float:
    """The two-sided normal p-value of a t statistic; NaN for NaN.

    >>> round(two_sided(1.96), 3)
    0.05
    """
    return math.erfc(abs(t) / math.sqrt(2.0)) if not math.isnan(t) else math.nan


def event_t(outcomes: Floats, event: Floats, lag: int) -> tuple[float, float] | None:
    """Naive and HAC t of the outcome's mean over every true session against the other sessions. None where undefined.

    outcomes: (rows,), NaN where absent; event: 1 / 0 / NaN. The naive one takes overlapping outcomes of neighbouring
    sessions for separate facts; it is shown so that the reader sees what that does.
    """
    seen = event[~np.isnan(outcomes) & ~np.isnan(event)]
    if len(seen) < 3 or not 0 < int(seen.sum()) < len(seen):
        return None
    fit = ols_hac(outcomes, event[:, None], lag)
    return fit.t_naive[1], fit.t[1]


def _row(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _over(values: Floats, errors: Floats) -> tuple[float, ...]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _row(np.where(errors > 0, values / errors, np.nan))
