"""The stationary bootstrap: blocks, sums, medians, lengths, intervals; arch is the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.errors import RequestError
from leadline.core.seeds import generator
from leadline.inference.block_length import block_length
from leadline.inference.bootstrap import (
    Blocks,
    differences,
    draw_blocks,
    mean_interval,
    resampled_counts,
    resampled_sums,
    weighted_medians,
)


def written_out(blocks: Blocks, n: int) -> list[list[int]]:
    """The rows of every draw, one by one, round the ring."""
    return [
        [(start + step) % n for start, length in zip(starts, lengths, strict=True) for step in range(length)]
        for starts, lengths in zip(blocks.starts.tolist(), blocks.lengths.tolist(), strict=True)
    ]


def series_of(kind: str, n: int) -> np.ndarray:
    rng = generator(f"test block length {kind} {n}")
    shocks = rng.normal(size=n + 200)
    if kind == "white":
        return shocks[:n]
    if kind == "overlapping":
        return np.convolve(shocks, np.ones(21), "valid")[:n]
    values = np.zeros(n)
    for row in range(1, n):
        values[row] = (0.9 if kind == "persistent" else -0.6) * values[row - 1] + shocks[row]
    return values


@pytest.mark.parametrize("kind", ["white", "overlapping", "persistent", "alternating"])
@pytest.mark.parametrize("n", [16, 30, 500, 6500])
def test_block_length_is_that_of_arch(kind: str, n: int) -> None:
    """Patton, Politis and White (2009) as computed by arch.bootstrap.optimal_block_length."""
    from arch.bootstrap import optimal_block_length

    values = series_of(kind, n)
    expected = float(optimal_block_length(values)["stationary"].iloc[0])
    assert block_length(values) == pytest.approx(max(1.0, expected), rel=1e-9)


def test_block_length_of_nothing_to_keep() -> None:
    assert block_length(np.ones(100)) == 1.0
    assert block_length(np.arange(15.0)) == 1.0
    assert block_length(np.array([])) == 1.0


@given(st.integers(1, 60), st.floats(1.0, 30.0), st.integers(1, 6), st.integers(0, 10**6))
def test_sums_and_counts_equal_the_rows_written_out(n: int, block: float, draws: int, seed: int) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    values = np.stack([rng.normal(size=n), np.arange(n, dtype=float)], axis=1)
    blocks = draw_blocks(n, block, draws, rng)
    rows = written_out(blocks, n)
    assert all(len(one) == n for one in rows)
    np.testing.assert_allclose(resampled_sums(values, blocks), [values[one].sum(axis=0) for one in rows], atol=1e-9)
    np.testing.assert_array_equal(resampled_counts(n, blocks), [np.bincount(one, minlength=n) for one in rows])


def test_blocks_have_geometric_lengths_and_uniform_starts() -> None:
    blocks = draw_blocks(5_000, 20.0, 400, generator("test geometry"))
    inner = blocks.lengths[:, :100].ravel()  # the last block of a draw is cut
    assert inner.mean() == pytest.approx(20.0, rel=0.03)
    assert (inner == 1).mean() == pytest.approx(1 / 20, abs=0.005)
    assert blocks.starts.mean() == pytest.approx(2_499.5, rel=0.02)


def test_bootstrap_refuses_nonsense() -> None:
    with pytest.raises(RequestError, match=r"block 0\.5"):
        draw_blocks(10, 0.5, 1, generator("x"))


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 4)), min_size=1, max_size=30))
def test_weighted_median_equals_the_values_written_out(pairs: list[tuple[float, int]]) -> None:
    pairs = sorted(pairs)
    values = np.array([value for value, _ in pairs])
    counts = np.array([[count for _, count in pairs]], dtype=np.int32)
    long = np.repeat(values, counts[0])
    expected = np.median(long) if len(long) else np.nan
    np.testing.assert_allclose(weighted_medians(values, counts), [expected])


def null_case(n: int = 1_500, horizon: int = 21) -> tuple[np.ndarray, np.ndarray]:
    rng = generator("test null case")
    steps = rng.normal(size=n + horizon)
    outcomes = np.convolve(steps, np.ones(horizon), "valid")[:n] / 100
    starts = np.zeros(n, dtype=bool)
    starts[rng.choice(n, 30, replace=False)] = True
    return outcomes, starts


def naive_draws(outcomes: np.ndarray, starts: np.ndarray, block: float, draws: int) -> np.ndarray:
    """Politis and Romano (1994) session by session: with chance 1/block jump anywhere, else go on to the next row."""
    rng = generator("test naive bootstrap")
    n = len(outcomes)
    found = []
    for _ in range(draws):
        jump = rng.random(n) < 1 / block
        fresh = rng.integers(n, size=n)
        row, rows = int(fresh[0]), []
        for step in range(n):
            row = int(fresh[step]) if jump[step] else (row + 1) % n
            rows.append(row)
        y, event = outcomes[rows], starts[rows]
        found.append(
            (y[event].mean() - y.mean(), np.median(y[event]) - np.median(y), (y[event] > 0).mean() - (y > 0).mean())
        )
    return np.array(found)


def test_intervals_agree_with_a_naive_bootstrap() -> None:
    outcomes, starts = null_case()
    found = differences(outcomes, starts, 40.0, generator("test agree"), draws=4_000, median_draws=2_000)
    drawn = naive_draws(outcomes, starts, 40.0, 600)
    for interval, sample in zip((found.mean, found.median, found.hit_rate), drawn.T, strict=True):
        assert interval.low is not None
        assert interval.high is not None
        # the interval is read a little further out than 2.5 % (30 episodes): compare widths in standard deviations
        assert (interval.high - interval.low) / (2 * 2.045) == pytest.approx(sample.std(), rel=0.12)


def test_intervals_agree_with_arch() -> None:
    """The same statistic through arch's StationaryBootstrap, percentile interval."""
    from arch.bootstrap import StationaryBootstrap

    outcomes, starts = null_case()

    def statistic(y: np.ndarray, event: np.ndarray) -> float:
        return float(y[event > 0].mean() - y.mean())

    reference = StationaryBootstrap(40, outcomes, starts.astype(float), seed=generator("test arch"))
    expected = reference.apply(statistic, 2_000)[:, 0]
    found = differences(outcomes, starts, 40.0, generator("test agree"), draws=8_000, median_draws=10).mean
    assert found.estimate == pytest.approx(statistic(outcomes, starts), abs=1e-15)
    assert found.low is not None
    assert found.high is not None
    from scipy import stats

    tail = float(stats.norm.cdf(stats.t.ppf(0.025, 29)))
    low, high = np.quantile(expected, [tail, 1 - tail])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.12 * (high - low))


def test_a_row_without_outcome_is_not_counted() -> None:
    outcomes, starts = null_case()
    holed = outcomes.copy()
    holed[::7] = np.nan
    found = differences(holed, starts, 30.0, generator("test holes"), draws=200, median_draws=50)
    there = ~np.isnan(holed)
    assert found.mean.estimate == pytest.approx(holed[starts & there].mean() - holed[there].mean())


def test_too_few_episodes_have_no_interval() -> None:
    outcomes, _ = null_case()
    two = np.zeros(len(outcomes), dtype=bool)
    two[[10, 900]] = True
    found = differences(outcomes, two, 30.0, generator("test few")).mean
    assert found.estimate is not None
    assert (found.low, found.high) == (None, None)
    none = differences(outcomes, np.zeros(len(outcomes), dtype=bool), 30.0, generator("test few")).mean
    assert (none.estimate, none.low) == (None, None)


def test_the_same_stream_gives_the_same_interval() -> None:
    outcomes, starts = null_case()
    first, second = (differences(outcomes, starts, 30.0, generator("same"), draws=300) for _ in range(2))
    assert first == second


@settings(max_examples=20)
@given(st.floats(-3, 3), st.floats(0.1, 10))
def test_shift_and_scale_of_outcomes(shift: float, scale: float) -> None:
    """Differences do not feel a shift and scale with the outcomes (the hit rate aside)."""
    outcomes, starts = null_case(400)
    plain = differences(outcomes, starts, 20.0, generator("scale"), draws=200, median_draws=50)
    moved = differences(outcomes * scale + shift, starts, 20.0, generator("scale"), draws=200, median_draws=50)
    for one, other in ((plain.mean, moved.mean), (plain.median, moved.median)):
        assert one.low is not None
        assert other.low == pytest.approx(one.low * scale, abs=1e-9)


def test_mean_interval_of_white_noise_is_the_textbook_one() -> None:
    values = generator("test mean interval").normal(size=2_000)
    found = mean_interval(values, 1.0, generator("draws"), 4_000)
    error = values.std() / np.sqrt(2_000)
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)
    assert mean_interval(np.array([np.nan]), 1.0, generator("draws")).estimate is None
