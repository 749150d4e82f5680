"""Two regimes, on data that has them."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.core.errors import DataError
from leadline.core.seeds import generator
from leadline.inference.markov import fit_switching


def test_planted_regimes_are_found() -> None:
    rng = generator("test markov")
    low = np.zeros(400, dtype=bool)
    for row in range(1, 400):
        low[row] = rng.random() < (0.95 if low[row - 1] else 0.05)
    values = np.where(low, -1.0, 1.0) + rng.normal(0, 0.4, 400)
    found = fit_switching(values, order=1)
    assert found.stay_low == pytest.approx(0.95, abs=0.04)
    assert found.fall == pytest.approx(0.05, abs=0.04)
    assert found.means == pytest.approx((-1.0, 1.0), abs=0.15)
    right = (found.smoothed[1:] > 0.5) == low[1:]
    assert right.mean() > 0.97


def test_gaps_and_short_series_are_refused() -> None:
    with pytest.raises(DataError, match="1 missing"):
        fit_switching(np.append(np.arange(60.0), np.nan))
    with pytest.raises(DataError, match="at least 34 rows"):
        fit_switching(np.arange(20.0))
