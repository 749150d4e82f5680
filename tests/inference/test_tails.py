"""The generalised Pareto tail against scipy, against closed forms, and its interval against a plain profile search."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.errors import DataError
from leadline.core.seeds import generator
from leadline.inference.tails import CHI2_95, Pareto, exceedance, fit_pareto, size_of, waiting_time


def drawn(shape: float, scale: float, n: int, stream: str) -> np.ndarray:
    """By inversion: X = scale/shape (U^-shape - 1), Coles (2001), section 4.2."""
    uniform = generator(f"test tails {stream}").random(n)
    if shape == 0:
        return -scale * np.log(uniform)
    return scale / shape * (uniform**-shape - 1)


def log_likelihood(shape: float, scale: float, excesses: np.ndarray) -> float:
    """Coles (2001), equation 4.10, value by value."""
    if abs(shape) < 1e-9:
        return float(sum(-math.log(scale) - x / scale for x in excesses))
    if any(1 + shape * x / scale <= 0 for x in excesses):
        return -math.inf
    return float(sum(-math.log(scale) - (1 + 1 / shape) * math.log1p(shape * x / scale) for x in excesses))


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.2, 0.5, 0.9])
def test_fit_equals_scipy(shape: float) -> None:
    from scipy.stats import genpareto

    excesses = drawn(shape, 2.0, 300, f"scipy {shape}")
    found = fit_pareto(excesses)
    c, _, scale = genpareto.fit(excesses, floc=0)
    assert (found.shape, found.scale) == pytest.approx((c, scale), rel=2e-3, abs=2e-3)
    assert found.log_likelihood >= float(genpareto.logpdf(excesses, c, 0, scale).sum()) - 1e-6
    assert found.log_likelihood == pytest.approx(log_likelihood(found.shape, found.scale, excesses), abs=1e-6)


@pytest.mark.parametrize(("shape", "tolerance"), [(-0.2, 0.03), (0.0, 0.03), (0.3, 0.04)])
def test_fit_finds_what_was_simulated(shape: float, tolerance: float) -> None:
    found = fit_pareto(drawn(shape, 1.5, 10_000, f"simulated {shape}"))
    assert found.shape == pytest.approx(shape, abs=tolerance)
    assert found.scale == pytest.approx(1.5, rel=0.05)


def test_an_exponential_tail_has_its_closed_form() -> None:
    """Excesses at the quantiles of an exponential law: the shape is near 0 and the scale near the mean."""
    n = 2_000
    excesses = -np.log(1 - (np.arange(1, n + 1) - 0.5) / n)
    found = fit_pareto(excesses)
    assert found.shape == pytest.approx(0.0, abs=0.01)
    assert found.scale == pytest.approx(1.0, abs=0.01)


def test_tail_formulas_by_hand() -> None:
    """Coles (2001), equation 4.2: with shape .5 and scale 2, P(X > 4) = (1 + .5 4/2)^-2 = 1/4."""
    law = Pareto(0.5, 2.0, 50, 0.0)
    assert exceedance(law, 4.0) == pytest.approx(0.25)
    assert size_of(law, 0.25) == pytest.approx(4.0)
    exponential = Pareto(0.0, 2.0, 50, 0.0)
    assert exceedance(exponential, 2.0) == pytest.approx(math.exp(-1))
    assert size_of(exponential, math.exp(-3)) == pytest.approx(6.0)
    assert exceedance(Pareto(-0.5, 1.0, 50, 0.0), 2.0) == 0.0


@given(st.floats(-0.4, 0.9), st.floats(0.1, 10), st.floats(0.001, 1))
def test_size_and_probability_are_inverse(shape: float, scale: float, probability: float) -> None:
    law = Pareto(shape, scale, 50, 0.0)
    assert exceedance(law, size_of(law, probability)) == pytest.approx(probability, rel=1e-6)


@settings(max_examples=30)
@given(st.floats(0.01, 100))
def test_the_unit_of_the_excesses_does_not_matter(factor: float) -> None:
    excesses = drawn(0.2, 1.0, 80, "unit")
    plain, scaled = fit_pareto(excesses), fit_pareto(excesses * factor)
    assert scaled.shape == pytest.approx(plain.shape, abs=1e-5)
    assert scaled.scale == pytest.approx(plain.scale * factor, rel=1e-4)


def test_waiting_time_estimate_by_hand() -> None:
    excesses = drawn(0.2, 1.0, 120, "waiting")
    law = fit_pareto(excesses)
    found = waiting_time(excesses, 3.0, 24.0)
    assert found.estimate == pytest.approx(24.0 / 120 / exceedance(law, 3.0))
    assert found.low < found.estimate < found.high


@pytest.mark.parametrize("size", [0.5, 3.0, 6.0])
def test_interval_equals_a_plain_profile_search(size: float) -> None:
    """For a wait w: the best of n log r - r Y + sum log gpd over (r, shape), the scale from P(X > size) = 1/(w r)."""
    from scipy.optimize import brentq, minimize

    years, excesses = 24.0, drawn(0.2, 1.0, 100, "profile")
    n, law = len(excesses), fit_pareto(excesses)
    top = n * math.log(n / years) - n + law.log_likelihood

    def minus(parameters: np.ndarray, wait: float) -> float:
        log_rate, shape = parameters
        p = 1 / (wait * math.exp(log_rate))
        if p >= 1 or abs(shape) > 3:
            return 1e9
        shape = shape if abs(shape) > 1e-6 else 1e-6
        scale = shape * size / (p**-shape - 1)
        found = n * log_rate - math.exp(log_rate) * years + log_likelihood(shape, scale, excesses)
        return -found if math.isfinite(found) else 1e9

    def short(log_wait: float) -> float:
        starts = [(math.log(n / years), shape) for shape in (-0.1, 0.1, 0.3)]
        starts += [(max(math.log(n / years), 0.05 - log_wait), 0.2)]
        wait = math.exp(log_wait)
        best = min(
            minimize(minus, one, (wait,), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7}).fun
            for one in starts
        )
        return 2 * (top + best) - CHI2_95

    found = waiting_time(excesses, size, years)
    centre = math.log(found.estimate)
    low, high = brentq(short, centre - 2.5, centre, xtol=2e-3), brentq(short, centre, centre + 6, xtol=2e-3)
    assert math.log(found.low) == pytest.approx(low, abs=0.02)
    assert math.log(found.high) == pytest.approx(high, abs=0.02)


def test_at_the_threshold_only_the_rate_is_unsure() -> None:
    """Likelihood interval of a Poisson rate, 100 in 25 years: the ends solve 100 log(r/4) - 25 (r - 4) = -1.92."""
    found = waiting_time(drawn(0.1, 1.0, 100, "threshold"), 0.0, 25.0)
    assert found.estimate == 0.25
    for end in (found.low, found.high):
        rate = 1 / end
        assert 100 * math.log(rate / 4) - 25 * (rate - 4) == pytest.approx(-CHI2_95 / 2, abs=0.12)


def test_beyond_the_end_of_a_bounded_tail_one_waits_for_ever() -> None:
    found = waiting_time(drawn(-0.4, 1.0, 400, "bounded"), 20.0, 25.0)
    assert found.estimate == math.inf
    assert found.high == math.inf


def test_too_few_or_odd_excesses_are_refused() -> None:
    with pytest.raises(DataError, match="found 19 excesses; expected at least 20"):
        fit_pareto(np.ones(19))
    with pytest.raises(DataError, match="all above zero"):
        fit_pareto(np.zeros(30))
