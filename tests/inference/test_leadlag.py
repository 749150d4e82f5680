"""Lead and lag: correlations with honest intervals, and predictions both ways round."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.leadlag import cross_correlation, lead_lag, predict

X = float("nan")


def memory(stream: str, n: int, rho: float) -> np.ndarray:
    shocks = generator(f"test leadlag {stream}").normal(size=n)
    values = np.zeros(n)
    for row in range(1, n):
        values[row] = rho * values[row - 1] + shocks[row]
    return values


def test_correlation_by_loop() -> None:
    a, b = memory("a", 200, 0.0), memory("b", 200, 0.0)
    a[5], b[100] = X, X
    for lag in (-3, 0, 4):
        pairs = [
            (a[t], b[t + lag]) for t in range(200) if 0 <= t + lag < 200 and a[t] == a[t] and b[t + lag] == b[t + lag]
        ]
        found = cross_correlation(a, b, lag)
        assert found.n == len(pairs)
        assert found.r == pytest.approx(np.corrcoef(np.array(pairs).T)[0, 1])


def test_white_noise_has_the_textbook_interval() -> None:
    found = cross_correlation(memory("w1", 4_000, 0.0), memory("w2", 4_000, 0.0), 0)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 / np.sqrt(4_000), rel=0.15)


def test_memory_widens_the_interval_as_bartlett_says() -> None:
    """Two AR(1) of .8: the variance is (1 + .64)/(1 - .64)/n = 4.56/n (Bartlett 1935)."""
    found = cross_correlation(memory("m1", 6_000, 0.8), memory("m2", 6_000, 0.8), 0)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(4.5556 / 6_000), rel=0.2)


def test_intervals_cover_for_series_with_memory() -> None:
    misses = 0
    for draw in range(300):
        found = cross_correlation(memory(f"c{draw}", 400, 0.8), memory(f"d{draw}", 400, 0.8), 0)
        misses += not found.low <= 0 <= found.high
    assert 0.02 <= misses / 300 <= 0.10  # 5 % wanted; with 1.96/sqrt(n) it would be over 30 %


def test_the_leader_is_found() -> None:
    a = memory("leader", 1_000, 0.3)
    b = np.concatenate([np.zeros(3), a[:-3]]) + 0.5 * memory("noise", 1_000, 0.0)
    found = lead_lag(a, b, 5, 6)
    best = max(found.correlations, key=lambda one: one.r)
    assert best.lag == 3
    assert found.forward.low > 0
    assert found.backward.low <= 0 <= found.backward.high


def test_prediction_equals_statsmodels() -> None:
    import statsmodels.api as sm

    a, b = memory("p1", 500, 0.5), memory("p2", 500, 0.5)
    horizon = 4
    y = np.array([b[t + 1 : t + 1 + horizon].mean() for t in range(500 - horizon)])
    design = sm.add_constant(np.column_stack([a[: 500 - horizon], b[: 500 - horizon]]))
    lag = max(horizon - 1, int(4 * 5 ** (2 / 9)))
    reference = sm.OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})
    found = predict(a, b, horizon)
    assert (found.slope, found.t, found.p, found.n) == pytest.approx(
        (reference.params[1], reference.tvalues[1], reference.pvalues[1], 496)
    )


def test_a_window_with_a_hole_is_left_out() -> None:
    a, b = memory("h1", 300, 0.0), memory("h2", 300, 0.0)
    b[150] = X
    # rows 148, 149 look at it, row 150 has no present, 2 rows at the end have no future
    assert predict(a, b, 2).n == 300 - 2 - 3


def test_refusals() -> None:
    with pytest.raises(RequestError, match="lead and lag"):
        lead_lag(np.ones(5), np.ones(6), 1, 1)
    with pytest.raises(DataError, match="4 pairs"):
        cross_correlation(np.arange(5.0), np.arange(5.0), 1)
    with pytest.raises(DataError, match="never changes"):
        cross_correlation(np.ones(30), np.arange(30.0), 0)
    with pytest.raises(DataError, match="a regression"):
        predict(np.arange(4.0), np.arange(4.0), 2)
