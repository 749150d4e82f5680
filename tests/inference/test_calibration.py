"""Are the numbers honest? Simulated markets without an effect, at our sample sizes: intervals must cover 93-97 % and
p-values be uniform; a planted effect must be found. The bounded run is part of every test run, the long one is slow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from leadline.core.seeds import generator
from leadline.inference.arrays import truths
from leadline.inference.episodes import find_episodes
from leadline.inference.outcomes import outcomes
from leadline.inference.shifts import circular_shift
from leadline.inference.study import Options, study
from leadline.inference.tails import waiting_time

N = 6_500  # sessions: 26 years


@dataclass(frozen=True)
class Market:
    """One kind of market without an effect: volatility clusters or not, the event comes from the prices or not."""

    horizon: int
    gap: int
    clustered: bool
    own: bool
    share: float


MARKETS = (
    Market(21, 42, clustered=False, own=False, share=0.03),
    Market(63, 63, clustered=False, own=True, share=0.05),
    Market(63, 63, clustered=True, own=True, share=0.03),
    Market(126, 126, clustered=False, own=False, share=0.02),
    Market(21, 63, clustered=True, own=False, share=0.01),
)


def returns(market: Market, rng: np.random.Generator) -> np.ndarray:
    """Independent, or GARCH(1,1) with usual daily values (.06, .92)."""
    shocks = rng.normal(size=N)
    if not market.clustered:
        return 0.01 * shocks
    found, variance = np.empty(N), 1e-4
    for row in range(N):
        found[row] = shocks[row] * variance**0.5
        variance = 2e-6 + 0.06 * found[row] ** 2 + 0.92 * variance
    return found


def one_draw(market: Market, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Prices whose relative changes are fair games (no drift in x[s+h]/x[s] - 1), and an event that knows nothing."""
    steps = returns(market, rng)
    prices = np.cumprod(1 + steps)
    look = np.convolve(steps if market.own else rng.normal(size=N), np.ones(6), "valid")
    signal = np.concatenate([np.full(5, np.nan), look])
    event = np.where(np.isnan(signal), np.nan, signal > np.nanquantile(signal, 1 - market.share))
    return prices, event


def run(market: Market, draws: int, stream: str) -> tuple[float, np.ndarray]:
    """Share of intervals that hold the truth (no difference), and the p-values."""
    rng = generator(f"calibration {stream} {market}")
    labels = np.arange("1998-01-01", np.datetime64("1998-01-01") + N, dtype="datetime64[D]")
    held, p = [], []
    for draw in range(draws):
        prices, event = one_draw(market, rng)
        options = Options(draws=1_000, gap=market.gap, stream=f"{stream} {draw}")
        (found,) = study(labels, event, prices, (market.horizon,), options)
        low, high = found.difference.mean.low, found.difference.mean.high
        if found.episodes >= 8 and low is not None and high is not None and found.p is not None:
            held.append(low <= 0 <= high)
            p.append(found.p)
    assert len(held) > 0.9 * draws
    return float(np.mean(held)), np.array(p)


def test_bounded_calibration() -> None:
    """80 markets, with room for chance: 95 % of 80 is 76 +- 2; p-values by Kolmogorov-Smirnov at 1 %."""
    covered, p = run(MARKETS[0], 80, "bounded")
    assert 0.875 <= covered <= 1.0
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_bounded_power() -> None:
    """A drift of .25 % a day for 21 sessions after 40 episodes is about three standard errors: mostly found."""
    rng = generator("calibration power")
    labels = np.arange("1998-01-01", np.datetime64("1998-01-01") + N, dtype="datetime64[D]")
    found = 0
    for draw in range(20):
        steps = rng.normal(0, 0.01, N)
        event = np.zeros(N, dtype=bool)
        event[np.sort(rng.choice(N // 70, 40, replace=False)) * 70 + 20] = True
        for row in np.flatnonzero(event):
            steps[row + 1 : row + 22] += 0.0025
        options = Options(draws=1_000, stream=f"power {draw}")
        found += study(labels, event, np.cumprod(1 + steps), (21,), options)[0].verdict == "supported"
    assert found >= 18


@pytest.mark.slow
@pytest.mark.parametrize("market", MARKETS, ids=str)
def test_intervals_cover(market: Market) -> None:
    """1,200 markets: the standard error of a coverage of 95 % is .6 points, so 93-97 % is three of them."""
    covered, p = run(market, 1_200, "long")
    assert 0.93 <= covered <= 0.97
    if not (market.own and market.clustered):  # where the shift test is too sure, see below
        assert stats.kstest(p, "uniform").pvalue > 0.001


def test_the_shift_test_is_too_sure_of_rare_events_in_restless_times() -> None:
    """The rarest moves of a market whose volatility clusters: p is below .05 about twice too often, as events sit in
    restless times and the shifted ones do not. The bootstrap draws events with their outcomes and covers all the same
    (`test_intervals_cover`); hence a verdict takes both."""
    market = Market(63, 63, clustered=True, own=True, share=0.005)
    rng = generator("calibration restless")
    p = []
    for _ in range(250):
        prices, event = one_draw(market, rng)
        starts = np.zeros(N, dtype=bool)
        starts[find_episodes(truths(event), market.gap).starts] = True
        found = circular_shift(outcomes(prices, market.horizon), starts)
        p += [] if found is None else [found.p]
    assert 0.06 < float((np.array(p) < 0.05).mean()) < 0.18


@pytest.mark.slow
@pytest.mark.parametrize("shape", [-0.1, 0.1, 0.3])
def test_waiting_time_intervals_cover(shape: float) -> None:
    """Profile-likelihood intervals of a return period from 80 peaks in 24 years, size passed once in 50 years."""
    rng = generator(f"calibration tails {shape}")
    share = (24 / 80) / 50
    size = (share**-shape - 1) / shape
    held = []
    for _ in range(400):
        peaks = rng.poisson(80)
        excesses = (rng.random(peaks) ** -shape - 1) / shape
        found = waiting_time(excesses, size, 24.0)
        held.append(found.low <= 50 <= found.high)
    assert 0.90 <= np.mean(held) <= 0.98  # likelihood intervals are a little short where the tail is bounded
