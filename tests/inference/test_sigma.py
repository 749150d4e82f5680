"""A quoted sigma beside a quoted frequency."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.sigma import check_sigma, normal_tail, percentile_agrees, sigma_of


def test_three_sigma_is_99_73_percent_not_99_3() -> None:
    """Tables of the normal law: 3 sigma hold 99.73 % two-sided, 99.865 % one-sided; 99.3 % is 2.70 sigma."""
    assert normal_tail(3.0).inside == pytest.approx(0.9973002, abs=1e-7)
    assert normal_tail(3.0).below == pytest.approx(0.9986501, abs=1e-7)
    assert percentile_agrees(3.0, 0.9973)
    assert percentile_agrees(3.0, 0.997)
    assert percentile_agrees(3.0, 0.9987)
    assert not percentile_agrees(3.0, 0.993)
    assert normal_tail(2.6968).inside == pytest.approx(0.993, abs=1e-5)


def test_sigma_of_a_frequency() -> None:
    """Once in 25,200 days: the upper normal tail of 1/25,200 is 3.95 sigma."""
    assert sigma_of(1.0, 25_200) == pytest.approx(stats.norm.isf(1 / 25_200))
    assert sigma_of(1.0, 25_200) == pytest.approx(3.947, abs=1e-3)


def test_normal_days_at_three_sigma_are_no_once_in_a_century() -> None:
    """Under the normal law 3 sigma a day come 34 times a century: "once or twice" cannot be true beside it."""
    values = generator("sigma normal").normal(size=25_200)
    found = check_sigma(values, 100.0, 3.0, (1.0, 2.0), gap=1)
    assert found.normal_per_century == pytest.approx(34.02, abs=0.01)
    assert found.empirical.count == int((values >= values.mean() + 3 * values.std(ddof=1)).sum())
    assert found.contradicts
    assert "the two cannot both be true" in found.sentence
    assert found.sentence.startswith("3 sigma is passed 34.0 times a century under the normal law")


def test_what_fits_is_let_stand() -> None:
    values = generator("sigma normal").normal(size=25_200)
    found = check_sigma(values, 100.0, 3.0, (30.0, 40.0), gap=1)
    assert not found.contradicts
    assert "can both be true" in found.sentence


def test_the_own_past_may_acquit_what_the_normal_law_condemns() -> None:
    """One wild day in a century: six sigma once a century is true of the series, though not under the normal law."""
    values = generator("sigma wild").uniform(-1, 1, size=25_200)
    values[100] = 30.0
    found = check_sigma(values, 100.0, 6.0, (1.0, 2.0))
    assert found.normal_per_century < 0.001
    assert found.empirical.count == 1
    assert not found.contradicts


def test_a_negative_sigma_looks_at_the_lower_tail() -> None:
    values = generator("sigma lower").standard_t(3, size=5_000)
    down, up = check_sigma(values, 20.0, -3.0, (1.0, 2.0)), check_sigma(-values, 20.0, 3.0, (1.0, 2.0))
    assert down.empirical.count == up.empirical.count
    assert down.sigma_in_tail == up.sigma_in_tail


def test_a_fat_tail_needs_more_sigma_for_the_same_frequency() -> None:
    values = generator("sigma fat").standard_t(3, size=8_000)
    found = check_sigma(values, 32.0, 3.0, (1.0, 2.0))
    assert found.sigma_in_tail is not None
    assert found.sigma_in_tail[0] > found.sigma_of_frequency[0]
    assert found.sigma_in_tail[0] <= found.sigma_in_tail[1]


def test_longer_moves_leave_fewer_separate_ones() -> None:
    values = generator("sigma length").normal(size=2_000)
    assert check_sigma(values, 8.0, 3.0, (1.0, 2.0), length=6).periods == 4_200


def test_refusals() -> None:
    with pytest.raises(RequestError, match="a sigma and a frequency"):
        check_sigma(np.arange(50.0), 1.0, 3.0, (2.0, 1.0))
    with pytest.raises(DataError, match="never changes"):
        check_sigma(np.ones(50), 1.0, 3.0, (1.0, 2.0))
