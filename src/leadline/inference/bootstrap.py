"""The stationary bootstrap of Politis and Romano (1994), for what an event's outcomes differ by from the base rate.

A draw strings together blocks of the data: each starts at a random session, its length is geometric, and the data are
laid on a ring. A block is contiguous, so its sums are differences of two running sums: means and rates never touch the
single sessions. Medians need to know how often each session was drawn, and get fewer draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import RequestError
from leadline.inference.arrays import Floats, Mask, Rows
from leadline.inference.quantiles import normal_share, student_quantile

DRAWS = 10_000
CHUNK_CELLS = 60_000  # blocks handled at once: a few megabytes, so that the sums stay in the processor's cache
LEAST_EPISODES = 3
LEVEL = 0.95

Matrix = NDArray[np.float64]
Number = TypeVar("Number", np.float64, np.uint64)


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks of some draws: row `starts` and `lengths`, both (draws, blocks); a draw's lengths sum to the sample."""

    starts: Rows
    lengths: Rows


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval that it cannot be parted from; None where there are too few episodes for one."""

    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Differences:
    """Event minus base rate: mean (decimal), median and hit rate, each with its interval; and the mean block length."""

    mean: Interval
    median: Interval
    hit_rate: Interval
    block: float


def draw_blocks(n: int, block: float, draws: int, rng: np.random.Generator) -> Blocks:
    """Blocks of a stationary bootstrap of n rows: uniform starts, geometric lengths with mean `block`, cut to sum to n.

    Raises RequestError when block is below 1.
    """
    if block < 1 or n < 1 or draws < 1:
        raise RequestError("bootstrap", found=f"block {block:g}, {n} rows, {draws} draws", expected="each at least 1")
    wide = int(n / block + 5.0 * np.sqrt(n / block) + 5)
    ends = np.cumsum(_lengths(block, (draws, wide), rng), axis=1, dtype=np.int32)
    while int(ends[:, -1].min()) < n:
        more = np.cumsum(_lengths(block, (draws, 8), rng), axis=1, dtype=np.int32)
        ends = np.concatenate([ends, ends[:, -1:] + more], axis=1)
    used = int((ends < n).sum(axis=1).max()) + 1
    lengths = np.diff(np.minimum(ends[:, :used], n), axis=1, prepend=np.int32(0)).astype(np.intp)
    return Blocks(rng.integers(0, n, size=lengths.shape, dtype=np.int32).astype(np.intp), lengths)


def _lengths(block: float, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.int32]:
    """Geometric lengths with mean `block`: exponential ones rounded up, as P(length > k) = (1 - 1/block)^k."""
    scale = 0.0 if block <= 1 else -1.0 / math.log1p(-1.0 / block)
    drawn = rng.standard_exponential(size=shape, dtype=np.float32)
    drawn *= np.float32(scale)
    return drawn.astype(np.int32) + np.int32(1)


def resampled_sums(columns: Matrix, blocks: Blocks) -> Matrix:
    """The sums of each column over each draw's blocks: (draws, columns). columns: (rows, columns), without NaN.

    >>> blocks = Blocks(np.array([[2, 0]]), np.array([[2, 1]]))  # rows 2, 0 (round the ring), then row 0
    >>> resampled_sums(np.array([[1.0], [10.0], [100.0]]), blocks).tolist()
    [[102.0]]
    """
    parts = np.ascontiguousarray(columns.T)
    return np.stack([_block_sums(part, blocks) for part in parts], axis=1)


def resampled_flags(flags: Mask, blocks: Blocks) -> NDArray[np.int64]:
    """How many rows of each draw carry each flag: (draws, flags). flags: (rows, flags). `resampled_sums` of truths.

    A count never passes the number of rows, so the counts of several flags stand side by side in one word.

    >>> blocks = Blocks(np.array([[2, 0]]), np.array([[2, 1]]))
    >>> resampled_flags(np.array([[True, False], [False, True], [True, True]]), blocks).tolist()
    [[3, 1]]
    """
    n, many = flags.shape
    bits = n.bit_length()
    room = 64 // bits
    found = []
    for begin in range(0, many, room):
        part = flags[:, begin : begin + room]
        shifts = np.uint64(bits) * np.arange(part.shape[1], dtype=np.uint64)
        words = _block_sums((part.astype(np.uint64) << shifts).sum(axis=1, dtype=np.uint64), blocks)
        found.append((words[:, None] >> shifts) & np.uint64((1 << bits) - 1))
    return np.concatenate(found, axis=1).astype(np.int64)


def _block_sums(column: NDArray[Number], blocks: Blocks) -> NDArray[Number]:
    """The sum of a column (rows,) over each draw's blocks; of words modulo 2**64, which no sum of counts passes."""
    ring = np.concatenate([np.zeros(1, column.dtype), np.cumsum(np.concatenate([column, column]))])
    sums = ring.take(blocks.starts + blocks.lengths)
    sums -= ring.take(blocks.starts)
    return np.asarray(sums.sum(axis=1))


def resampled_counts(n: int, blocks: Blocks) -> NDArray[np.int32]:
    """How often each row was drawn: (draws, rows). Every line sums to n."""
    draws = len(blocks.starts)
    line = (n + 1) * np.arange(draws)[:, None]
    after = blocks.starts + blocks.lengths
    ends = np.where(after > n, after - n, after)
    # +1 where a block begins, -1 after its last row; blocks that go round the ring begin again at row 0
    steps = np.bincount((line + blocks.starts).ravel(), minlength=draws * (n + 1))
    steps -= np.bincount((line + ends).ravel(), minlength=draws * (n + 1))
    found = steps.reshape(draws, n + 1).astype(np.int32)
    found[:, 0] += (after > n).sum(axis=1, dtype=np.int32)
    return np.asarray(found.cumsum(axis=1, dtype=np.int32)[:, :n])


def weighted_medians(ordered: Floats, counts: NDArray[np.int32]) -> Floats:
    """The median of ascending values (rows,) in each line of counts (draws, rows), as if written out; NaN if empty."""
    wide = counts.shape[1]
    upto = counts.cumsum(dtype=np.int32)  # over all lines: one search finds a place in any of them
    ends = upto[wide - 1 :: wide]
    begins = ends - np.diff(ends, prepend=np.int32(0))
    total = ends - begins
    lower, upper = (upto.searchsorted(begins + half) for half in ((total + 1) // 2, total // 2 + 1))
    found = (ordered[lower % wide] + ordered[upper % wide]) / 2.0
    return np.where(total > 0, found, np.nan)


def expanded_tail(n: int, level: float) -> float:
    """The tail share at which to read a percentile interval so that it is as wide as a t interval for n episodes.

    Percentile intervals are too short in small samples; reading them at the normal tail of the t quantile mends it.
    Source: Hesterberg (2015), The American Statistician 69(4), section 5.2 ("expanded percentile"). His further factor
    sqrt(n/(n-1)) is left out: here the number of episodes differs from draw to draw, which widens by about as much, and
    with both the calibration tests find 98 % instead of 95 %.

    >>> round(expanded_tail(10**6, 0.95), 4), round(expanded_tail(8, 0.95), 4)
    (0.025, 0.009)
    """
    return normal_share(student_quantile(n - 1, (1 - level) / 2))


def differences(
    outcomes: Floats,
    starts: Mask,
    block: float,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    median_draws: int | None = None,
) -> Differences:
    """Mean, median and hit rate after an event minus those of every session, each with a 95 % bootstrap interval.

    outcomes: (rows,), NaN where absent; starts: (rows,), true on the first session of each episode. Rows are drawn in
    blocks with their outcome and their event together; median_draws: None for a tenth of `draws`, as a median takes
    longer. Below three episodes with an outcome the intervals are None.
    """
    there = ~np.isnan(outcomes)
    event = starts & there
    n = int(event.sum())
    if n == 0:
        nothing = Interval(None, None, None)
        return Differences(nothing, nothing, nothing, block)
    filled = np.where(there, outcomes, 0.0)
    points = _points(outcomes[event], outcomes[there])
    if n < LEAST_EPISODES:
        bare = [Interval(point, None, None) for point in points]
        return Differences(bare[0], bare[1], bare[2], block)
    means, rates = _mean_draws(filled, event, there, _chunks(len(outcomes), block, draws, rng))
    fewer = -(-draws // 10) if median_draws is None else median_draws
    medians = _median_draws(filled, event, there, _chunks(len(outcomes), block, fewer, rng, whole=True))
    tail = expanded_tail(n, LEVEL)
    made = [_interval(point, drawn, tail) for point, drawn in zip(points, (means, medians, rates), strict=True)]
    return Differences(made[0], made[1], made[2], block)


def mean_interval(values: Floats, block: float, rng: np.random.Generator, draws: int = DRAWS) -> Interval:
    """The mean of a series (rows,) with its 95 % stationary-bootstrap interval. NaN are absent; None without values."""
    there = ~np.isnan(values)
    if not there.any():
        return Interval(None, None, None)
    columns = np.stack([np.where(there, values, 0.0), there.astype(np.float64)], axis=1)
    sums = np.concatenate([resampled_sums(columns, part) for part in _chunks(len(values), block, draws, rng)])
    drawn = sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], np.nan)
    return _interval(float(values[there].mean()), drawn, 0.025)


def _points(event: Floats, base: Floats) -> tuple[float, float, float]:
    mean = float(event.mean() - base.mean())
    return mean, float(np.median(event) - np.median(base)), float((event > 0).mean() - (base > 0).mean())


def _interval(estimate: float, drawn: Floats, tail: float) -> Interval:
    usable = drawn[~np.isnan(drawn)]
    low, high = np.quantile(usable, [tail, 1.0 - tail])
    return Interval(estimate, float(low), float(high))


def _mean_draws(filled: Floats, event: Mask, there: Mask, chunks: Iterator[Blocks]) -> tuple[Floats, Floats]:
    hit = filled > 0
    columns = np.stack([event * filled, filled], axis=1)
    flags = np.stack([event, event & hit, there, there & hit], axis=1)
    drawn = [(resampled_sums(columns, part), resampled_flags(flags, part)) for part in chunks]
    sums = np.concatenate([one for one, _ in drawn])
    counts = np.concatenate([one for _, one in drawn]).astype(np.float64)
    count = np.where(counts[:, 0] > 0, counts[:, 0], np.nan)
    base = np.where(counts[:, 2] > 0, counts[:, 2], np.nan)
    return sums[:, 0] / count - sums[:, 1] / base, counts[:, 1] / count - counts[:, 3] / base


def _median_draws(filled: Floats, event: Mask, there: Mask, chunks: Iterator[Blocks]) -> Floats:
    drawn = []
    of_event, of_base = _ascending(filled, event), _ascending(filled, there)
    for part in chunks:
        counts = resampled_counts(len(filled), part)
        medians = weighted_medians(filled[of_event], np.take(counts, of_event, axis=1))
        drawn.append(medians - weighted_medians(filled[of_base], np.take(counts, of_base, axis=1)))
    return np.concatenate(drawn)


def _ascending(values: Floats, mask: Mask) -> Rows:
    """The rows of the mask, least value first."""
    rows = np.flatnonzero(mask)
    return rows[np.argsort(values[rows], kind="stable")]


def _chunks(n: int, block: float, draws: int, rng: np.random.Generator, *, whole: bool = False) -> Iterator[Blocks]:
    """The draws in portions that fit the cache; `whole` when every row of every draw will be written out."""
    size = max(1, int(CHUNK_CELLS * 5 / n) if whole else int(CHUNK_CELLS / (n / block + 1)))
    for done in range(0, draws, size):
        yield draw_blocks(n, block, min(size, draws - done), rng)
