"""Base rates, hit rates, overlap and decades."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.core.errors import RequestError
from leadline.inference.base_rates import Summary, base_rate, effective_n, summarise
from leadline.inference.decades import leave_one_decade_out
from leadline.inference.hit_rates import clopper_pearson

X = float("nan")


def test_summary_by_hand() -> None:
    found = summarise(np.array([0.02, -0.01, 0.0, 0.05, X]))
    assert found.mean == pytest.approx(0.015)
    assert found.median == pytest.approx(0.01)
    assert found.hit_rate == 0.5  # zero is no hit
    assert found.n == 4
    assert summarise(np.array([X])) == Summary(None, None, None, 0)


def test_base_rate_keeps_to_the_span() -> None:
    found = base_rate(np.array([9.0, 1.0, 3.0, 9.0]), np.array([False, True, True, False]))
    assert (found.mean, found.n) == (2.0, 2)


def test_effective_n_is_one_over_the_variance_of_the_mean() -> None:
    """Sums of h unit-variance steps from each row: the exact variance of their mean, from the steps themselves."""
    rows, horizon = np.array([0, 3, 4, 11, 30]), 10
    weights = np.zeros(60)
    for row in rows:
        weights[row + 1 : row + horizon + 1] += 1 / len(rows)
    assert effective_n(rows, horizon) == pytest.approx(horizon / float(weights @ weights))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40, unique=True), st.integers(1, 60))
def test_effective_n_equals_the_double_sum(rows: list[int], horizon: int) -> None:
    total = sum(max(0.0, 1 - abs(i - j) / horizon) for i in rows for j in rows)
    assert effective_n(np.array(rows), horizon) == pytest.approx(len(rows) ** 2 / total)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40, unique=True), st.integers(1, 60))
def test_effective_n_is_between_one_and_n(rows: list[int], horizon: int) -> None:
    assert 1 - 1e-9 <= effective_n(np.array(rows), horizon) <= len(rows) + 1e-9


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (9, 21, 0.2182, 0.6598), (5, 10, 0.1871, 0.8129)],
)
def test_clopper_pearson_tables(hits: int, n: int, low: float, high: float) -> None:
    """Exact binomial tables; 0 of n has the upper end 1 - (0.025)^(1/n), here 1 - .025^.1 = .3085."""
    found = clopper_pearson(hits, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 200), st.data())
def test_clopper_pearson_is_what_binomial_tails_say(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    found = clopper_pearson(hits, n)
    assert found.low is not None
    assert found.high is not None
    if hits:
        assert stats.binom.sf(hits - 1, n, found.low) == pytest.approx(0.025, rel=1e-6)
    if hits < n:
        assert stats.binom.cdf(hits, n, found.high) == pytest.approx(0.025, rel=1e-6)


def test_hit_rate_edges() -> None:
    assert clopper_pearson(0, 0).rate is None
    with pytest.raises(RequestError, match="3 hits of 2"):
        clopper_pearson(3, 2)


def test_leave_one_decade_out_by_hand() -> None:
    sessions = np.array(["1999-01-04", "1999-06-01", "2005-01-03", "2005-06-01", "2015-01-02"], dtype="datetime64[D]")
    outcomes = np.array([0.10, 0.00, -0.02, 0.04, 0.06])
    starts = np.array([True, False, True, False, False])
    found = leave_one_decade_out(sessions, outcomes, starts)
    assert found is not None
    # without the 1990s: -.02 - mean(-.02, .04, .06); without the 2000s: .10 - mean(.10, 0, .06)
    # without the 2010s: mean(.10, -.02) - mean(.10, 0, -.02, .04)
    assert found.low == pytest.approx(-0.02 - 0.08 / 3)
    assert found.high == pytest.approx(0.10 - 0.16 / 3)
    assert (found.low_without, found.high_without) == (1990, 2000)


def test_one_decade_cannot_be_left_out() -> None:
    sessions = np.array(["2001-01-02", "2005-01-03"], dtype="datetime64[D]")
    assert leave_one_decade_out(sessions, np.array([0.1, 0.2]), np.array([True, False])) is None


def test_all_episodes_in_one_decade_of_two() -> None:
    sessions = np.array(["1999-01-04", "2005-01-03", "2006-01-03"], dtype="datetime64[D]")
    found = leave_one_decade_out(sessions, np.array([0.1, 0.2, 0.0]), np.array([False, True, False]))
    assert found is not None
    assert found.low == pytest.approx(0.1)
    assert found.low_without == found.high_without == 1990
    assert not math.isnan(found.high)
