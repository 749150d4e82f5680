"""The fan: every path that followed an event, their middle, and the middle of all paths that ever were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.inference.arrays import Floats
from leadline.inference.outcomes import How

Paths = NDArray[np.float64]


@dataclass(frozen=True)
class Fan:
    """Paths from the episode's close on. All are outcomes against step 0 (decimal returns, or differences).

    paths: (episodes, steps + 1), NaN after the data end; median, low, high: (steps + 1,) of the paths, the middle half
    between low and high; base: (steps + 1,) the median over all sessions. NaN where fewer than two paths are there.
    """

    paths: Paths
    median: Floats
    low: Floats
    high: Floats
    base: Floats


def fan(values: Floats, rows: Sequence[int], steps: int, how: How = "ratio") -> Fan:
    """The paths of `values` over `steps` rows from each of `rows`, beside the median path of every row.

    values: (rows,), NaN where missing. A step whose value is missing is missing in the path, and only there; a ratio
    needs a start above zero.

    >>> made = fan(np.array([1.0, 1.1, 1.21, 1.0, 2.0]), [0, 1], 2)
    >>> made.paths.round(3).tolist()
    [[0.0, 0.1, 0.21], [0.0, 0.1, -0.091]]
    """
    longer = np.concatenate([values, np.full(steps, np.nan)])
    every = np.lib.stride_tricks.sliding_window_view(longer, steps + 1)
    paths = _against_first(every[np.asarray(rows, dtype=np.int64)], how)
    base = np.array([_middle(_against_first(every[:, [0, step]], how)[:, 1]) for step in range(steps + 1)])
    median, low, high = (np.array([_middle(column, share) for column in paths.T]) for share in (0.5, 0.25, 0.75))
    return Fan(paths, median, low, high, base)


def _against_first(paths: Paths, how: How) -> Paths:
    start = np.where((how == "difference") | (paths[:, :1] > 0), paths[:, :1], np.nan)
    return paths / start - 1 if how == "ratio" else paths - start


def _middle(values: Floats, share: float = 0.5) -> float:
    there = values[~np.isnan(values)]
    return float(np.quantile(there, share)) if len(there) >= 2 else float("nan")
