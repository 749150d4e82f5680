"""Many tries: adjusted p-values, SPA, StepM. The published deflated Sharpe ratios are in tests/references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.errors import RequestError
from leadline.core.seeds import generator
from leadline.inference.multiple import (
    benjamini_yekutieli,
    deflated_sharpe,
    expected_best_sharpe,
    step_m,
    superior_ability,
)


def test_by_hand() -> None:
    # m = 3, 1 + 1/2 + 1/3 = 11/6: p_(1) 3 (11/6) = .055; p_(2) 3 (11/6) / 2 = .11 -> .11; p_(3) 11/6 -> 1
    assert benjamini_yekutieli([0.04, 0.01, 0.9]) == pytest.approx((0.11, 0.055, 1.0))
    assert benjamini_yekutieli([]) == ()


def test_a_try_without_p_counts_and_stays_without() -> None:
    assert benjamini_yekutieli([0.01, None]) == (pytest.approx(0.03), None)


def test_p_outside_is_refused() -> None:
    with pytest.raises(RequestError, match="between 0 and 1"):
        benjamini_yekutieli([1.2])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_equals_statsmodels(p: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    expected = multipletests(p, method="fdr_by")[1]
    assert benjamini_yekutieli(p) == pytest.approx(tuple(expected))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 1))
def test_another_try_never_makes_a_finding_surer_unless_it_is_itself_stronger(p: list[float], extra: float) -> None:
    before, after = benjamini_yekutieli(p), benjamini_yekutieli([*p, max(extra, *p)])
    for one, other in zip(before, after, strict=False):
        assert one is not None
        assert other is not None
        assert other >= one - 1e-12


def test_expected_best_against_simulation() -> None:
    """The mean of the greatest of 50 standard normals is 2.249 (order statistics); the formula is an approximation."""
    assert expected_best_sharpe(1.0, 50) == pytest.approx(2.249, abs=0.03)
    assert expected_best_sharpe(1.0, 1) == 0.0


def test_more_trials_deflate_more() -> None:
    few, many = (deflated_sharpe(0.1, 1_000, 0.0, 3.0, 0.001, trials).probability for trials in (2, 200))
    assert few > many


def test_impossible_moments_are_refused() -> None:
    with pytest.raises(RequestError, match="deflated Sharpe"):
        deflated_sharpe(2.0, 100, 3.0, 1.0, 0.1, 5)
    with pytest.raises(RequestError, match="trials"):
        expected_best_sharpe(1.0, 0)


def test_arch_finds_the_one_good_model() -> None:
    rng = generator("test spa")
    benchmark = rng.normal(size=400)
    losses = rng.normal(size=(400, 4))
    losses[:, 2] -= 0.5
    found = superior_ability(benchmark, losses, generator("spa"), 300)
    assert found.p_consistent < 0.01
    assert step_m(benchmark, losses, generator("stepm"), draws=300) == (2,)


def test_arch_finds_nothing_where_nothing_is() -> None:
    rng = generator("test spa null")
    found = superior_ability(rng.normal(size=300), rng.normal(size=(300, 5)), generator("spa"), 300)
    assert found.p_lower <= found.p_consistent <= found.p_upper
    assert found.p_consistent > 0.05
