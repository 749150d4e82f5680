"""The far tail: a generalised Pareto law for the excesses over a threshold, and how long one waits for a given size.

The two parameters reduce to one (Grimshaw 1993, Technometrics 35): with theta = shape/scale the best shape is the mean
of log(1 + theta x), so the fit is a search along a line. Checked against `scipy.stats.genpareto` in the tests; that
module takes 0.6 s to import.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import DataError
from leadline.inference.arrays import Floats

LEAST_PEAKS = 20
CHI2_95 = 3.841458820694124  # the 95 % point of chi-square with one degree of freedom
FARTHEST = -30.0  # the smallest log probability looked at: a peak in ten million million
_GRID = 240


@dataclass(frozen=True)
class Pareto:
    """A generalised Pareto fit to `n` excesses: P(X > x) = (1 + shape x/scale)^(-1/shape), and its log-likelihood."""

    shape: float
    scale: float
    n: int
    log_likelihood: float


@dataclass(frozen=True)
class Waiting:
    """Years between separate occurrences of at least a size, with a 95 % interval. Infinity: the tail ends before."""

    estimate: float
    low: float
    high: float


def fit_pareto(excesses: Floats) -> Pareto:
    """The maximum-likelihood generalised Pareto law of positive excesses (n,), with a shape above -1.

    Raises DataError below 20 excesses, or when one is not positive. Source: Grimshaw (1993); Coles (2001), section 4.3.
    """
    if len(excesses) < LEAST_PEAKS or not bool(np.all(excesses > 0)):
        raise DataError(
            "a tail fit", found=f"{len(excesses)} excesses", expected=f"at least {LEAST_PEAKS}, all above zero"
        )
    thetas = _thetas(excesses)
    scores = _profile(thetas, excesses)
    best = int(np.argmax(scores))
    low, high = thetas[max(best - 1, 0)], thetas[min(best + 1, len(thetas) - 1)]
    theta = _climb(low, high, excesses)
    shape = float(np.mean(np.log1p(theta * excesses)))
    scale = shape / theta if abs(theta) > 1e-12 / excesses.mean() else float(excesses.mean())
    return Pareto(shape, float(scale), len(excesses), float(_profile(np.array([theta]), excesses)[0]))


def exceedance(fit: Pareto, size: float) -> float:
    """P(X > size) of one excess, 0 beyond the end of a tail that has one.

    >>> round(exceedance(Pareto(0.5, 1.0, 100, 0.0), 2.0), 6), exceedance(Pareto(-0.5, 1.0, 100, 0.0), 3.0)
    (0.25, 0.0)
    """
    if abs(fit.shape) < 1e-9:
        return math.exp(-size / fit.scale)
    inside = 1 + fit.shape * size / fit.scale
    return float(inside ** (-1 / fit.shape)) if inside > 0 else 0.0


def size_of(fit: Pareto, probability: float) -> float:
    """The excess that is exceeded with a probability: the inverse of `exceedance`. Coles (2001), equation 4.12.

    >>> round(size_of(Pareto(0.5, 1.0, 100, 0.0), 0.25), 6)
    2.0
    """
    if abs(fit.shape) < 1e-9:
        return -fit.scale * math.log(probability)
    return float(fit.scale / fit.shape * (probability ** (-fit.shape) - 1))


def waiting_time(excesses: Floats, size: float, years: float) -> Waiting:
    """Years between separate occurrences of an excess of at least `size`, with a profile-likelihood 95 % interval.

    excesses: (n,) declustered, all that came in `years`. The rate of peaks is Poisson and their size generalised
    Pareto; for each waiting time the likelihood is made as great as the other two parameters allow (rate and shape),
    and the interval holds the times within 1.92 of the best. Raises as `fit_pareto`.
    Source: Coles (2001), An Introduction to Statistical Modeling of Extreme Values, sections 2.6.6 and 4.3.3, with the
    rate's own uncertainty added.
    """
    fit = fit_pareto(excesses)
    n = len(excesses)
    log_rate = math.log(n / years) + np.linspace(-5.0, 5.0, 401) / math.sqrt(n)
    poisson = n * log_rate - np.exp(log_rate) * years
    if size <= 0:
        inside = np.exp(-log_rate[2 * (poisson.max() - poisson) <= CHI2_95])
        return Waiting(years / n, float(inside.min()), float(inside.max()))
    log_p = -np.concatenate([np.linspace(0.0, 3.0, 60)[:-1], np.geomspace(3.0, -FARTHEST, 100)])
    given = np.array([_best_given(one, size, excesses) for one in log_p])
    top = fit.log_likelihood + n * math.log(n / years) - n
    low, high = _held(np.stack([log_p, given]), np.stack([log_rate, poisson]), top)
    best = exceedance(fit, size)
    return Waiting(math.inf if best == 0 else years / n / best, low, high)


def _held(tail: NDArray[np.float64], rate: NDArray[np.float64], top: float) -> tuple[float, float]:
    """The shortest and longest waiting time whose profile likelihood is within half of chi-square of the top.

    tail: (log probability, best log-likelihood), rate: the same of the log rate; both (2, points).
    """
    (log_p, given), (log_rate, poisson) = tail, rate
    waits = np.linspace(-log_rate[-1], -log_rate[0] - FARTHEST, 2_000)  # log years = -(log rate + log p)
    wanted = -waits[:, None] - log_rate[None, :]
    flat = np.interp(wanted.ravel(), log_p[::-1], given[::-1], left=-np.inf, right=-np.inf)
    short = 2 * (top - (flat.reshape(wanted.shape) + poisson).max(axis=1)) - CHI2_95
    inside = np.flatnonzero(short <= 0)
    if not len(inside):
        return math.inf, math.inf
    endless = 2 * (top - given[-1] - poisson.max()) <= CHI2_95
    low = _crossing(waits, short, inside[0], inside[0] - 1)
    return low, math.inf if endless else _crossing(waits, short, inside[-1], inside[-1] + 1)


def _crossing(waits: Floats, short: Floats, inside: int, outside: int) -> float:
    """The waiting time between two neighbouring points at which the likelihood falls out of the interval."""
    if not 0 <= outside < len(waits) or not math.isfinite(short[outside]):
        return float(np.exp(waits[inside]))
    part = -short[inside] / (short[outside] - short[inside])
    return float(np.exp(waits[inside] + part * (waits[outside] - waits[inside])))


def _best_given(log_p: float, size: float, excesses: Floats) -> float:
    """The greatest log-likelihood of the excesses when P(X > size) is exp(log_p): a search over the shape."""
    low, high = -0.95, 3.0
    for _ in range(3):
        shapes = np.linspace(low, high, 48)
        scores = _given(shapes, log_p, size, excesses)
        best = int(np.argmax(scores))
        low, high = shapes[max(best - 1, 0)], shapes[min(best + 1, len(shapes) - 1)]
    return float(scores.max())


def _given(shapes: Floats, log_p: float, size: float, excesses: Floats) -> Floats:
    shapes = np.where(np.abs(shapes) < 1e-6, 1e-6, shapes)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        thetas = np.expm1(-shapes * log_p) / size  # 1 + theta size = p^(-shape)
        scales = shapes / thetas
        logs = np.log1p(thetas[:, None] * excesses[None, :]).sum(axis=1)
        found = -len(excesses) * np.log(scales) - (1 / shapes + 1) * logs
    return np.where(np.isnan(found), -np.inf, found)


def _thetas(excesses: Floats) -> Floats:
    """Where to look for theta: above -1/max (the tail must reach the greatest excess), up to a very heavy tail."""
    edge = 1.0 / excesses.max()
    below = -edge * (1 - np.geomspace(1e-6, 1.0, _GRID)[:-1])
    above = np.geomspace(1e-6, 1e3, _GRID) / excesses.mean()
    return np.concatenate([below, above])


def _profile(thetas: Floats, excesses: Floats) -> Floats:
    """The log-likelihood along theta, with the best shape for each; shapes of -1 and below are ruled out."""
    logs: NDArray[np.float64] = np.log1p(thetas[:, None] * excesses[None, :]).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = np.where(thetas == 0, excesses.mean(), logs / thetas)
        found = -len(excesses) * (np.log(scales) + logs + 1)
    return np.where((logs > -1) & ~np.isnan(found), found, -np.inf)


def _climb(low: float, high: float, excesses: Floats) -> float:
    for _ in range(12):
        points = np.linspace(low, high, 9)
        best = int(np.argmax(_profile(points, excesses)))
        low, high = points[max(best - 1, 0)], points[min(best + 1, 8)]
    return float((low + high) / 2)
