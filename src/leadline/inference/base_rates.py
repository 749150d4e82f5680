"""The base rate: the same outcome over every session of the same span, not over another period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.inference.arrays import Floats, Mask, Rows


@dataclass(frozen=True)
class Summary:
    """`n` outcomes in three numbers: mean, median (decimals), hit rate (share above zero); None without any."""

    mean: float | None
    median: float | None
    hit_rate: float | None
    n: int


def summarise(values: Floats) -> Summary:
    """Mean, median and hit rate of the values that are there. An outcome of exactly zero is no hit.

    >>> summarise(np.array([0.1, -0.1, 0.3, np.nan]))
    Summary(mean=0.09999999999999999, median=0.1, hit_rate=0.6666666666666666, n=3)
    """
    there = values[~np.isnan(values)]
    if not len(there):
        return Summary(None, None, None, 0)
    return Summary(float(there.mean()), float(np.median(there)), float((there > 0).mean()), len(there))


def base_rate(outcomes: Floats, span: Mask) -> Summary:
    """The base rate of an outcome over the sessions of `span` (where the event's truth is known), gaps left out."""
    return summarise(outcomes[span])


def effective_n(rows: Rows, horizon: int) -> float:
    """How many separate outcomes a set of overlapping ones amounts to.

    The sums over h steps of an uncorrelated series that start d < h steps apart correlate by 1 - d/h, so the mean over
    `rows` varies like the mean of n^2 / sum over i, j of max(0, 1 - |i - j|/h) independent ones (Hansen and Hodrick
    1980; Richardson and Smith 1991). Equals n where no two are nearer than the horizon; 0 without rows.

    >>> effective_n(np.array([0, 10, 20]), 10), round(effective_n(np.array([0, 5]), 10), 3)
    (3.0, 1.333)
    """
    if not len(rows):
        return 0.0
    ordered = np.sort(rows).astype(np.float64)
    reach = np.searchsorted(ordered, ordered + horizon, side="left")
    total_before = np.concatenate([[0.0], np.cumsum(ordered)])
    after = np.arange(len(ordered)) + 1
    count = reach - after
    distance = total_before[reach] - total_before[after] - count * ordered
    pairs = float(np.sum(count - distance / horizon))
    return len(ordered) ** 2 / (len(ordered) + 2.0 * pairs)
