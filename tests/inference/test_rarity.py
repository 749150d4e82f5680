"""How rare a value is against its own past, and what picking the window does to it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.rarity import occurrences, rarity, return_period, standing, window_penalty

X = float("nan")


def sessions(n: int) -> np.ndarray:
    return np.arange("1990-01-01", np.datetime64("1990-01-01") + n, dtype="datetime64[D]")


def test_standing_by_hand() -> None:
    found = standing(np.array([3.0, 1.0, 4.0, 1.0, 3.0]))
    assert (found.value, found.rank, found.rank_low, found.n) == (3.0, 2, 3, 5)
    assert found.percentile == pytest.approx(0.8)
    # mean 2.4, squares .36 1.96 2.56 1.96 .36 = 7.2, sd sqrt(1.8)
    assert found.z_all == pytest.approx(0.6 / math.sqrt(1.8))
    assert standing(np.ones(5)).z_all is None


def test_the_year_is_the_last_252_values() -> None:
    values = np.concatenate([np.full(300, 50.0), generator("rarity year").normal(size=252)])
    last = values[-252:]
    assert standing(values).z_year == pytest.approx((last[-1] - np.mean(last)) / np.std(last, ddof=1))


@given(st.lists(st.floats(-5, 5), min_size=20, max_size=60))
def test_standing_equals_the_count(values: list[float]) -> None:
    found = standing(np.array(values))
    last = values[-1]
    assert found.rank == 1 + sum(one > last for one in values)
    assert found.rank_low == 1 + sum(one < last for one in values)
    assert found.percentile == pytest.approx(sum(one <= last for one in values) / len(values))


def test_occurrences_by_hand() -> None:
    values = np.array([5.0, 1, 5, 1, 1, 1, 1, 5, X, 5])
    found = occurrences(values, 5.0, 20.0, gap=4)
    assert found.rows == (0, 7)
    assert found.per_century == pytest.approx(10.0)
    # exact Poisson limits for 2 seen: chi-square quantiles (Garwood 1936): .2422 and 7.2247
    assert (found.low, found.high) == pytest.approx((0.2422 * 5, 7.2247 * 5), rel=1e-3)
    assert found.low == pytest.approx(stats.chi2.ppf(0.025, 4) / 2 * 5)
    nothing = occurrences(values, 9.0, 20.0)
    assert (nothing.count, nothing.low) == (0, 0.0)
    assert nothing.high == pytest.approx(-math.log(0.025) * 5)


def test_below_the_threshold_it_is_a_count() -> None:
    values = generator("rarity count").normal(size=3_000)
    found = return_period(values, 0.5, 12.0)
    seen = occurrences(values, 0.5, 12.0)
    assert (found.method, found.threshold, found.peaks) == ("count", None, seen.count)
    assert found.estimate == pytest.approx(12.0 / seen.count)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 12.0 / seen.count < found.high


def test_a_known_tail_is_found_again() -> None:
    """Independent exponential days: x is passed with chance e^-x, so the wait for x = 9 is e^9 days."""
    values = generator("rarity exponential").exponential(size=20_000)
    years = 20_000 / 252
    found = return_period(values, 9.0, years, gap=1)
    truth = math.exp(9) / 252
    assert found.method == "tail model"
    assert found.low is not None
    assert found.high is not None
    assert found.low < truth < found.high
    assert found.estimate == pytest.approx(truth, rel=0.6)


def test_the_lower_tail_is_the_upper_tail_mirrored() -> None:
    values = generator("rarity mirror").standard_t(4, size=2_000)
    values[-1] = 6.0
    up, down = rarity(sessions(2_000), values), rarity(sessions(2_000), -values)
    assert (up.tail, down.tail) == ("upper", "lower")
    assert up.return_period.estimate == down.return_period.estimate
    assert up.occurrences.per_century == down.occurrences.per_century
    assert up.return_period.threshold == pytest.approx(-(down.return_period.threshold or 0.0))
    assert down.standing.rank_low == up.standing.rank


def test_the_last_value_that_is_there_is_meant_and_nothing_after_it_counts() -> None:
    values = generator("rarity hole").normal(size=100)
    holed = np.concatenate([values, [X, X]])
    assert rarity(sessions(102), holed).row == 99
    assert rarity(sessions(102), holed).standing == rarity(sessions(100), values).standing


def test_cutting_the_future_changes_nothing_known() -> None:
    values = generator("rarity cut").normal(size=400)
    early = rarity(sessions(300), values[:300])
    other = np.concatenate([values[:300], np.full(100, X)])
    assert rarity(sessions(400), other) == early


def test_too_short_a_past_is_refused() -> None:
    with pytest.raises(DataError, match="found 19 values"):
        rarity(sessions(19), np.arange(19.0))


def naive_penalty(prices: np.ndarray, window: int, windows: list[int]) -> tuple[float, float]:
    """Day by day, window by window: shares of a window's own moves at least as great; then the smallest."""
    every = sorted({window, *windows})
    moves = {w: [X] * w + [prices[t] / prices[t - w] - 1 for t in range(w, len(prices))] for w in every}
    shares = {}
    for w in every:
        seen = [move for move in moves[w] if not math.isnan(move)]
        shares[w] = [
            sum(other >= move for other in seen) / len(seen) if not math.isnan(move) else X for move in moves[w]
        ]
    full = range(max(every), len(prices))
    today = shares[window][-1]
    plain = sum(shares[window][t] <= today for t in full) / len(full)
    any_window = sum(min(shares[w][t] for w in every) <= today for t in full) / len(full)
    return plain, any_window


def test_penalty_equals_the_naive_count() -> None:
    prices = np.exp(np.cumsum(generator("penalty").normal(0, 0.01, 300)))
    prices[-1] = prices[-7] * 1.06
    found = window_penalty(sessions(300), prices, 6, (1, 3, 6, 10), gap=5)
    plain, any_window = naive_penalty(prices, 6, [1, 3, 6, 10])
    assert (found.plain_share, found.any_share) == pytest.approx((plain, any_window))
    assert found.any_share >= found.plain_share
    assert found.factor >= 1


def test_one_window_has_no_penalty() -> None:
    prices = np.exp(np.cumsum(generator("penalty one").normal(0, 0.01, 300)))
    found = window_penalty(sessions(300), prices, 6, (6,))
    assert (found.factor, found.best_window) == (1.0, 6)
    assert found.plain_share == found.any_share


def test_a_window_longer_than_the_data_is_left_out() -> None:
    prices = np.exp(np.cumsum(generator("penalty long").normal(0, 0.01, 300)))
    assert window_penalty(sessions(300), prices, 6, (3, 1_000)) == window_penalty(sessions(300), prices, 6, (3,))


def test_penalty_refusals() -> None:
    prices = np.linspace(1.0, 2.0, 300)
    with pytest.raises(RequestError, match="window: found 0"):
        window_penalty(sessions(300), prices, 0)
    with pytest.raises(DataError, match="on which every window has a past"):
        window_penalty(sessions(300), prices, 6, (290,))
    with pytest.raises(DataError, match="no price at one of its ends"):
        window_penalty(sessions(300), np.append(prices[:-1], X), 6)
