"""Quantiles against scipy.special, which has them from Boost and Cephes, and against printed tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from leadline.core.errors import RequestError
from leadline.inference.quantiles import beta_quantile, gamma_quantile, normal_share, student_quantile

SHARES = st.sampled_from([0.0005, 0.01, 0.025, 0.2, 0.5, 0.8, 0.975, 0.99, 0.9995])


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 3_000), st.integers(1, 3_000), SHARES)
def test_beta(a: int, b: int, share: float) -> None:
    assert beta_quantile(a, b, share) == pytest.approx(special.betaincinv(a, b, share), rel=1e-10)


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 3_000), SHARES)
def test_gamma(shape: int, share: float) -> None:
    assert gamma_quantile(shape, share) == pytest.approx(special.gammaincinv(shape, share), rel=1e-10)


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 10_000), SHARES)
def test_student(freedom: int, share: float) -> None:
    assert student_quantile(freedom, share) == pytest.approx(special.stdtrit(freedom, share), rel=1e-9, abs=1e-12)


def test_a_large_sample_is_nearly_normal() -> None:
    assert student_quantile(10**6, 0.025) == pytest.approx(-1.959966, abs=2e-6)


@given(st.floats(-30, 30))
def test_normal(x: float) -> None:
    assert normal_share(x) == pytest.approx(special.ndtr(x), rel=1e-13)


@pytest.mark.parametrize(
    ("freedom", "share", "printed"),
    [
        (1, 0.975, 12.706),
        (2, 0.975, 4.303),
        (4, 0.95, 2.132),
        (10, 0.975, 2.228),
        (29, 0.975, 2.045),
        (30, 0.995, 2.750),
    ],
)
def test_the_printed_table_of_t(freedom: int, share: float, printed: float) -> None:
    """Student's t, as in the appendix of any textbook."""
    assert round(student_quantile(freedom, share), 3) == printed


@pytest.mark.parametrize(("count", "low", "high"), [(1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904)])
def test_the_printed_limits_of_a_poisson_count(count: int, low: float, high: float) -> None:
    """Exact 95 % limits of a Poisson mean: Garwood (1936), Biometrika 28."""
    assert gamma_quantile(count, 0.025) == pytest.approx(low, abs=5e-5)
    assert gamma_quantile(count + 1, 0.975) == pytest.approx(high, abs=5e-5)


def test_closed_forms() -> None:
    assert beta_quantile(1, 1, 0.3) == pytest.approx(0.3, rel=1e-14)
    assert beta_quantile(1, 8, 0.975) == pytest.approx(1 - 0.025 ** (1 / 8), rel=1e-14)
    assert gamma_quantile(1, 0.2) == pytest.approx(-math.log(0.8), rel=1e-14)
    assert student_quantile(1, 0.75) == pytest.approx(1.0, rel=1e-12)
    assert student_quantile(3, 0.5) == 0.0


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_no_share_has_no_quantile(share: float) -> None:
    with pytest.raises(RequestError, match="a share between 0 and 1"):
        beta_quantile(2, 3, share)
    with pytest.raises(RequestError, match="a share between 0 and 1"):
        student_quantile(4, share)


def test_parameters_are_above_zero() -> None:
    with pytest.raises(RequestError, match=r"parameters 0 and a share of 0\.5"):
        gamma_quantile(0, 0.5)
