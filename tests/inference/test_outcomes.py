"""What followed, with the way there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.errors import RequestError
from leadline.inference.outcomes import on_the_way, outcomes, paths, relative

X = float("nan")


def test_typed_by_hand() -> None:
    np.testing.assert_allclose(outcomes(np.array([100, 110, 121, X, 60.0]), 2), [0.21, X, -0.504132231405, X, X])
    np.testing.assert_allclose(outcomes(np.array([4.0, 4.5, 3.0]), 1, "difference"), [0.5, -1.5, X])


def test_a_horizon_as_long_as_the_data_has_no_outcome() -> None:
    assert np.isnan(outcomes(np.arange(1.0, 6.0), 5)).all()
    assert np.isnan(outcomes(np.arange(1.0, 6.0), 50)).all()


def test_prices_that_are_not_positive_have_no_return() -> None:
    assert np.isnan(outcomes(np.array([0.0, 5.0, -1.0, 2.0]), 1)).all()


def test_horizon_below_one_is_refused() -> None:
    with pytest.raises(RequestError, match="horizon: found 0"):
        outcomes(np.ones(3), 0)


def test_worst_and_best_on_the_way() -> None:
    prices = np.array([100.0, 90.0, X, 130.0, 120.0, 120.0])
    worst, best = on_the_way(prices, np.array([0, 1, 3]), 3)
    np.testing.assert_allclose(worst, [-0.1, 1 / 3, X])
    np.testing.assert_allclose(best, [0.3, 4 / 9, X])


def test_the_starting_session_is_not_on_the_way() -> None:
    worst, best = on_the_way(np.array([100.0, 110.0, 120.0]), np.array([0]), 2)
    assert (worst[0], best[0]) == pytest.approx((0.1, 0.2))


def test_no_episode_no_way() -> None:
    worst, best = on_the_way(np.ones(5), np.array([], dtype=np.int64), 2)
    assert (len(worst), len(best)) == (0, 0)


def test_relative_is_the_ratio_where_both_exist() -> None:
    np.testing.assert_array_equal(relative(np.array([2.0, X, 3.0]), np.array([1.0, 1.0, X])), [2.0, X, X])


prices_lists = st.lists(st.one_of(st.floats(1.0, 1e4), st.just(X)), min_size=1, max_size=60)


@given(prices_lists, st.integers(1, 20))
def test_equals_a_loop(prices: list[float], horizon: int) -> None:
    expected = [prices[s + horizon] / prices[s] - 1 if s + horizon < len(prices) else X for s in range(len(prices))]
    np.testing.assert_allclose(outcomes(np.array(prices), horizon), expected, rtol=1e-12, atol=1e-12)


@given(prices_lists, st.integers(1, 20))
def test_paths_end_in_the_outcome_and_worst_is_below_best(prices: list[float], horizon: int) -> None:
    values, rows = np.array(prices), np.arange(len(prices))
    end = outcomes(values, horizon)
    np.testing.assert_allclose(paths(values, rows, horizon)[:, -1], end, atol=1e-12)
    worst, best = on_the_way(values, rows, horizon)
    done = ~np.isnan(end)
    assert (np.isnan(worst) == ~done).all()
    assert (worst[done] <= end[done] + 1e-12).all()
    assert (best[done] >= end[done] - 1e-12).all()


@given(prices_lists, st.integers(1, 10), st.floats(0.01, 100))
def test_the_scale_of_prices_does_not_matter(prices: list[float], horizon: int, factor: float) -> None:
    values = np.array(prices)
    np.testing.assert_allclose(outcomes(values * factor, horizon), outcomes(values, horizon), rtol=1e-9, atol=1e-9)
