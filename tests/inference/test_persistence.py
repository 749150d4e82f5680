"""Persistence of leadership against scipy, linearmodels and loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.persistence import next_returns, one_date, persistence, ranks
from leadline.inference.robust import hac_lag

X = float("nan")


def table(dates: int = 240, members: int = 8, slope: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = generator(f"test persistence {slope}")
    strength = rng.normal(size=(dates, members))
    return strength, slope * strength + rng.normal(size=(dates, members))


def test_one_date_by_hand() -> None:
    # the leader is the second; it does best next (.4), the others make .1 and .1; slope from (1, 3, 2) -> (.1, .4, .1)
    found = one_date(np.array([1.0, 3.0, 2.0, X]), np.array([0.1, 0.4, 0.1, 0.9]))
    assert found == pytest.approx((1.0, 1 / 3, np.sqrt(3) / 2, 0.15, 0.3))


def test_fewer_than_three_members_is_no_date() -> None:
    assert np.isnan(one_date(np.array([1.0, 2.0, X]), np.array([1.0, 2.0, 3.0]))).all()


def test_members_all_alike_have_no_slope() -> None:
    found = one_date(np.ones(3), np.array([0.1, 0.2, 0.3]))
    assert np.isnan(found[2])
    assert np.isnan(found[3])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(values: list[int]) -> None:
    np.testing.assert_array_equal(ranks(np.array(values, dtype=float)), stats.rankdata(values))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=15))
def test_correlation_is_spearman(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert one_date(a, b)[2] == pytest.approx(stats.spearmanr(a, b).statistic)


def test_slope_is_that_of_linearmodels() -> None:
    """Fama and MacBeth (1973) with a Bartlett kernel, by linearmodels.FamaMacBeth."""
    from linearmodels import FamaMacBeth

    strength, following = table(slope=0.2)
    found = persistence(strength, following, 1).slope
    assert found is not None
    dates, members = strength.shape
    index = pd.MultiIndex.from_product([range(members), pd.date_range("2000-01-31", periods=dates, freq="ME")])
    frame = pd.DataFrame({"y": following.T.ravel(), "x": strength.T.ravel(), "const": 1.0}, index=index)
    reference = FamaMacBeth(frame["y"], frame[["const", "x"]]).fit(
        cov_type="kernel", kernel="bartlett", bandwidth=hac_lag(dates, 1), debiased=False
    )
    assert found.mean == pytest.approx(float(reference.params["x"]))
    assert found.t == pytest.approx(float(reference.tstats["x"]), rel=1e-6)


def test_planted_persistence_is_found_and_chance_is_chance() -> None:
    strong = persistence(*table(slope=0.5), 1)
    assert strong.leads_next.low > strong.leads_next.chance
    assert strong.leads_next.p < 0.01
    assert strong.rank_correlation is not None
    assert strong.rank_correlation.low > 0
    assert strong.top_minus_rest is not None
    assert strong.top_minus_rest.low > 0
    none = persistence(*table(), 1)
    assert none.leads_next.low <= none.leads_next.chance <= none.leads_next.high
    assert none.leads_next.chance == pytest.approx(1 / 8)


def test_odds_by_loop_with_missing_members() -> None:
    strength, following = table(60, 5)
    strength[::3, 0] = X
    following[::4, 1] = X
    hits, chances = [], []
    for past, ahead in zip(strength, following, strict=True):
        there = [i for i in range(5) if past[i] == past[i] and ahead[i] == ahead[i]]
        leader = max(there, key=lambda i: past[i])
        hits.append(max(there, key=lambda i: ahead[i]) == leader)
        chances.append(1 / len(there))
    found = persistence(strength, following, 1).leads_next
    assert found.share == pytest.approx(sum(hits) / 60)
    assert found.chance == pytest.approx(sum(chances) / 60)


def test_next_returns_are_outcomes_by_column() -> None:
    prices = np.array([[100.0, 10.0], [110.0, X], [121.0, 12.0]])
    np.testing.assert_allclose(next_returns(prices, 2), [[0.21, 0.2], [X, X], [X, X]])


def test_overlap_widens_the_intervals() -> None:
    rng = generator("persistence overlap")
    prices = np.exp(np.cumsum(rng.normal(0, 0.01, size=(1_500, 6)), axis=0))
    past = np.vstack([np.full((63, 6), X), prices[63:] / prices[:-63] - 1])
    found, naive = persistence(past, next_returns(prices, 63), 63), persistence(past, next_returns(prices, 63), 1)
    assert found.rank_correlation is not None
    assert naive.rank_correlation is not None
    assert found.rank_correlation.error > 1.5 * naive.rank_correlation.error
    assert found.rank_correlation.lag == 62


def test_refusals() -> None:
    with pytest.raises(RequestError, match="two tables of dates by members"):
        persistence(np.ones((3, 4)), np.ones((3, 5)), 1)
    with pytest.raises(DataError, match="0 dates with at least 3 members"):
        persistence(np.ones((5, 2)), np.ones((5, 2)), 1)
