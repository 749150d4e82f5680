"""The parts of a movement, the average correlation and the top hundredth, each against a second implementation."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.seeds import generator
from leadline.inference.movement import correlations, daily_parts, mean_correlation, top_shares, windows

from ..formula.panels import weekdays  # noqa: TID252 - tests are no package


def table(r: np.ndarray, w: np.ndarray, sector: list[str]) -> pl.DataFrame:
    """Long rows of (sessions, stocks)."""
    days = weekdays(len(r))
    rows = [
        {"session": days[t], "key": i, "r": float(r[t, i]), "w": float(w[t, i]), "sector": sector[i]}
        for t, i in itertools.product(range(len(r)), range(r.shape[1]))
    ]
    return pl.DataFrame(rows)


def test_the_parts_by_hand() -> None:
    """Two sectors of two stocks with equal weights: 3, 1 and -1, -3 per cent: no market, sectors at +-2."""
    rows = table(np.array([[0.03, 0.01, -0.01, -0.03]]), np.ones((1, 4)), ["a", "a", "b", "b"])
    found = daily_parts(rows).row(0, named=True)
    assert found["mean"] == pytest.approx(0)
    assert found["total"] == pytest.approx(5e-4)
    assert found["market"] == pytest.approx(0)
    assert found["sector"] == pytest.approx(4e-4)
    assert found["own"] == pytest.approx(1e-4)


def test_the_same_rows_give_the_same_bytes() -> None:
    """Sums of fractions depend on their order: half a million rows, in and out of threads, ten times over."""
    rng = generator("same bytes")
    days, stocks = weekdays(100), 5_000
    many = len(days) * stocks
    rows = pl.DataFrame(
        {
            "session": np.repeat(np.array(days, dtype="datetime64[D]"), stocks),
            "key": np.tile(np.arange(stocks), len(days)),
            "r": rng.normal(0, 0.02, many),
            "w": rng.lognormal(0, 2, many),
            "sector": np.tile([f"sector {at % 12}" for at in range(stocks)], len(days)),
        }
    ).sort("key", "session")
    placed = windows(pl.Series("session", days), 5)
    found = [(daily_parts(rows), top_shares(rows.with_columns(mean=0.0), placed)) for _ in range(10)]
    for parts, tops in found[1:]:
        assert parts.equals(found[0][0])
        assert tops.equals(found[0][1])


def test_the_parts_beside_a_benchmark_by_hand() -> None:
    """All rise 2 %, the benchmark 1 %: the market part is 2^2 - (2-1)^2 = 3, the sectors' tilt 1, of 4."""
    rows = table(np.full((1, 3), 0.02), np.ones((1, 3)), ["a", "a", "b"]).with_columns(benchmark=pl.lit(0.01))
    found = daily_parts(rows).row(0, named=True)
    assert (found["market"], found["sector"], found["own"]) == (
        pytest.approx(3e-4),
        pytest.approx(1e-4),
        pytest.approx(0, abs=1e-12),
    )


@given(st.integers(0, 10_000), st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_the_parts_add_up_whatever_the_weights(seed: int, stocks: int) -> None:
    rng = generator(f"parts {seed}")
    r, w = rng.normal(0, 0.03, (4, stocks)), rng.uniform(0.1, 5, (4, stocks))
    sector = [str(at % 3) for at in range(stocks)]
    found = daily_parts(table(r, w, sector))
    total = (w * r**2).sum(axis=1) / w.sum(axis=1)
    parts = found.select(pl.col("market") + pl.col("sector") + pl.col("own")).to_series().to_numpy()
    np.testing.assert_allclose(parts, total, rtol=1e-10)
    np.testing.assert_allclose(found["mean"].to_numpy(), (w * r).sum(axis=1) / w.sum(axis=1), rtol=1e-10, atol=1e-15)


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(3, 30))
@settings(max_examples=60, deadline=None)
def test_the_average_correlation_is_that_over_all_pairs(seed: int, stocks: int, sessions: int) -> None:
    rng = generator(f"pairs {seed}")
    returns = rng.normal(0, 0.02, (sessions, stocks)) + rng.normal(0, 0.02, (sessions, 1))
    pairs = [np.corrcoef(returns[:, a], returns[:, b])[0, 1] for a, b in itertools.combinations(range(stocks), 2)]
    assert mean_correlation(returns) == pytest.approx(float(np.mean(pairs)), abs=1e-9)


def test_stocks_that_do_not_vary_have_no_correlation() -> None:
    returns = np.column_stack([np.zeros(5), np.arange(5.0), np.arange(5.0)[::-1]])
    assert mean_correlation(returns) == pytest.approx(-1)
    assert mean_correlation(returns[:, :2]) is None
    assert mean_correlation(returns[:2]) is None


def test_windows_do_not_overlap_and_end_today() -> None:
    found = windows(pl.Series("session", weekdays(8)), 3)
    assert found["window"].to_list() == [1, 1, 1, 0, 0, 0]
    assert found["session"].to_list() == weekdays(8)[2:]


def test_correlations_leave_out_stocks_with_a_gap() -> None:
    returns = generator("gaps").normal(0, 0.01, (63, 3))
    rows = table(returns, np.ones((63, 3)), ["a"] * 3)
    holed = rows.with_columns(
        r=pl.when((pl.col("key") == 2) & (pl.col("session") == weekdays(40)[-1])).then(None).otherwise(pl.col("r"))
    )
    expected = float(np.corrcoef(returns[:, 0], returns[:, 1])[0, 1])
    assert correlations(holed) == {0: (pytest.approx(expected), 2)}


def test_the_top_hundredth_by_hand() -> None:
    """Of 101 names two are the top hundredth: distances 10 and 5 of 10, 5 and ninety-nine of 1."""
    apart = np.array([[0.10, -0.05, *([0.01] * 50), *([-0.01] * 49)]])
    rows = table(apart, np.ones((1, 101)), ["a"] * 101).with_columns(mean=pl.lit(0.0))
    found = top_shares(rows, windows(rows["session"].unique(), 1)).row(0, named=True)
    assert found["names"] == 101
    assert found["top"] == pytest.approx((100 + 25) / (100 + 25 + 99))
