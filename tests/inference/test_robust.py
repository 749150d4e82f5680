"""HAC errors against statsmodels and against the formula written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.robust import event_t, hac_lag, hac_mean, ols_hac, two_sided

X = float("nan")


def sample(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = generator("test robust")
    x = np.convolve(rng.normal(size=(n + 9)), np.ones(10), "valid")
    return 0.3 * x + np.convolve(rng.normal(size=n + 4), np.ones(5), "valid"), x


@pytest.mark.parametrize("lag", [0, 1, 7, 62])
def test_ols_equals_statsmodels(lag: int) -> None:
    import statsmodels.api as sm

    y, x = sample()
    design = sm.add_constant(x)
    robust = sm.OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})
    naive = sm.OLS(y, design).fit()
    found = ols_hac(y, x[:, None], lag)
    assert found.coefficients == pytest.approx(tuple(robust.params))
    assert found.errors == pytest.approx(tuple(robust.bse))
    assert found.t == pytest.approx(tuple(robust.tvalues))
    assert found.t_naive == pytest.approx(tuple(naive.tvalues))


def test_mean_equals_a_regression_on_a_constant() -> None:
    import statsmodels.api as sm

    y, _ = sample()
    reference = sm.OLS(y, np.ones(len(y))).fit(cov_type="HAC", cov_kwds={"maxlags": 9, "use_correction": False})
    found = hac_mean(y, 9)
    assert found is not None
    assert (found.mean, found.error, found.p) == pytest.approx(
        (reference.params[0], reference.bse[0], reference.pvalues[0])
    )
    low, high = reference.conf_int()[0]
    assert (found.low, found.high) == pytest.approx((low, high))


@given(st.lists(st.one_of(st.floats(-2, 2), st.just(X)), min_size=4, max_size=40), st.integers(0, 6))
def test_mean_equals_the_double_sum_with_holes_keeping_their_place(values: list[float], lag: int) -> None:
    """Variance of a mean = sum over i, j of w(|i - j|) e_i e_j / n^2 with Bartlett weights, over the values there."""
    there = [row for row, value in enumerate(values) if not math.isnan(value)]
    found = hac_mean(np.array(values), lag)
    if len(there) < 2:
        assert found is None
        return
    assert found is not None
    mean = sum(values[row] for row in there) / len(there)
    total = sum(
        max(0.0, 1 - abs(i - j) / (lag + 1)) * (values[i] - mean) * (values[j] - mean) for i in there for j in there
    )
    assert found.error == pytest.approx(math.sqrt(max(total, 0.0)) / len(there), abs=1e-7)


def test_overlap_inflates_the_naive_t() -> None:
    """Neighbouring true sessions share nearly all of their outcome: the naive t takes them for many facts."""
    rng = generator("test overlap")
    horizon = 60
    steps = rng.normal(size=3_000 + horizon)
    outcomes = np.convolve(steps, np.ones(horizon), "valid")[:3_000]
    event = (np.arange(3_000) % 600 < 60).astype(float)
    found = event_t(outcomes, event, hac_lag(3_000, horizon))
    assert found is not None
    naive, robust = found
    assert abs(naive) > 3 * abs(robust)


def test_event_t_needs_both_kinds_of_sessions() -> None:
    assert event_t(np.arange(5.0), np.ones(5), 0) is None
    assert event_t(np.arange(5.0), np.zeros(5), 0) is None
    assert event_t(np.full(5, X), np.array([0, 1, 0, 1, 0.0]), 0) is None


def test_lag_rule_and_refusals() -> None:
    assert hac_lag(6_500, 126) == 125
    assert hac_lag(100, 1) == 4
    assert hac_lag(3, 10) == 2
    with pytest.raises(RequestError, match="HAC lag: found -1"):
        ols_hac(np.ones(5), np.arange(5.0)[:, None], -1)
    with pytest.raises(DataError, match="never changes"):
        ols_hac(np.arange(5.0), np.ones((5, 1)), 0)
    assert math.isnan(two_sided(X))
