"""Does leadership persist: does what was strong over the past period lead, or at least do better, over the next?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.arrays import Floats
from leadline.inference.block_length import block_length
from leadline.inference.bootstrap import mean_interval
from leadline.inference.outcomes import outcomes
from leadline.inference.robust import HacMean, hac_lag, hac_mean

Table = NDArray[np.float64]
LEAST_MEMBERS = 3


@dataclass(frozen=True)
class Odds:
    """How often the strongest member was again the best over the next period, against chance (one in the members).

    low, high: 95 % stationary-bootstrap interval of `share`; p: two-sided, of share against chance, by HAC t.
    """

    share: float
    low: float
    high: float
    chance: float
    p: float


@dataclass(frozen=True)
class Persistence:
    """Four views of one question over `dates` dates. Each mean carries its HAC error, t, p and 95 % interval.

    rank_correlation: Spearman's, of strength with the next period's return, a date; slope: of the next return on
    strength across members (Fama and MacBeth 1973), in return per unit of strength; top_minus_rest: next return of the
    strongest less the mean of the others. The last three are None where no date has three members, or no spread.
    """

    leads_next: Odds
    rank_correlation: HacMean | None
    slope: HacMean | None
    top_minus_rest: HacMean | None
    dates: int
    horizon: int


def next_returns(prices: Table, horizon: int) -> Table:
    """What followed over the next `horizon` rows, member by member: (dates, members), NaN where absent."""
    return np.stack([outcomes(column, horizon) for column in np.ascontiguousarray(prices.T)], axis=1)


def persistence(strength: Table, following: Table, horizon: int, stream: str = "persistence") -> Persistence:
    """Transition odds, rank correlation, Fama-MacBeth slope and top-minus-rest, each with interval and against chance.

    strength, following: (dates, members), NaN where missing; a member counts on a date when it has both, and a date
    when it has at least three such members. horizon: rows that `following` spans; where it is above 1 neighbouring
    dates overlap, which the HAC lag (at least horizon - 1) and the block length (at least horizon) allow for. stream:
    names the random numbers. Raises RequestError for different shapes, DataError when fewer than two dates can be used.
    """
    if strength.shape != following.shape or strength.ndim != 2:
        found = f"shapes {strength.shape} and {following.shape}"
        raise RequestError("persistence", found=found, expected="two tables of dates by members")
    table = np.array([one_date(past, ahead) for past, ahead in zip(strength, following, strict=True)]).reshape(-1, 5)
    hit, chance, rank, slope, spread = table.T
    dates = int((~np.isnan(hit)).sum())
    if dates < 2:
        found = f"{dates} dates with at least {LEAST_MEMBERS} members and a next period"
        raise DataError("persistence", found=found, expected="two or more")
    lag = hac_lag(dates, horizon)
    odds = _odds(hit, chance, max(horizon, 1), lag, stream)
    return Persistence(odds, hac_mean(rank, lag), hac_mean(slope, lag), hac_mean(spread, lag), dates, horizon)


def one_date(strength: Floats, following: Floats) -> tuple[float, float, float, float, float]:
    """One date, (members,) each: led again (1 or 0), chance, Spearman's correlation, slope, top minus rest; or NaN.

    >>> [round(one, 4) for one in one_date(np.array([3.0, 2.0, 1.0]), np.array([0.3, 0.1, 0.2]))]
    [1.0, 0.3333, 0.5, 0.05, 0.15]
    """
    there = ~(np.isnan(strength) | np.isnan(following))
    past, ahead = strength[there], following[there]
    if len(past) < LEAST_MEMBERS:
        return math.nan, math.nan, math.nan, math.nan, math.nan
    leader = int(np.argmax(past))
    rest = (float(ahead.sum()) - float(ahead[leader])) / (len(past) - 1)
    centred = past - past.mean()
    spread = float(centred @ centred)
    slope = float(centred @ ahead) / spread if spread > 0 else math.nan
    again = float(int(np.argmax(ahead)) == leader)
    return again, 1.0 / len(past), _correlation(ranks(past), ranks(ahead)), slope, float(ahead[leader]) - rest


def ranks(values: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean rank. values: (n,), without gaps.

    >>> ranks(np.array([10.0, 30.0, 10.0])).tolist()
    [1.5, 3.0, 1.5]
    """
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    return np.asarray((upto - (counts - 1) / 2.0)[where])


def _correlation(a: Floats, b: Floats) -> float:
    x, y = a - a.mean(), b - b.mean()
    size = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / size if size > 0 else math.nan


def _odds(hit: Floats, chance: Floats, horizon: int, lag: int, stream: str) -> Odds:
    there = ~np.isnan(hit)
    block = max(float(horizon), block_length(hit[there]))
    interval = mean_interval(hit[there], block, generator(f"inference {stream}"))
    beyond = hac_mean(hit - chance, lag)
    p = math.nan if beyond is None else beyond.p
    low, high = interval.low or 0.0, interval.high if interval.high is not None else 1.0
    return Odds(float(hit[there].mean()), low, high, float(chance[there].mean()), p)
