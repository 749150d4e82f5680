"""Can a quoted sigma and a quoted frequency both be true?

"A three-sigma move, seen once or twice a century" makes two claims about one tail. Under the normal law each fixes the
other, and so does the series' own past. Where neither lets both stand, the pair contradicts itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leadline.core.errors import DataError, RequestError
from leadline.inference.arrays import Floats
from leadline.inference.rarity import Occurrences, occurrences, peaks_over
from leadline.inference.tails import LEAST_PEAKS, fit_pareto, size_of

SESSIONS_A_CENTURY = 25_200
TOLERANCE = 2.0  # a factor: round numbers such as "once or twice" are not held to the digit


@dataclass(frozen=True)
class NormalTail:
    """What a number of standard deviations is under the normal law: shares inside (two-sided) and below (one-sided)."""

    sigma: float
    inside: float
    below: float


@dataclass(frozen=True)
class SigmaCheck:
    """A quoted sigma beside a quoted frequency (separate occurrences a century, from `stated_low` to `stated_high`).

    normal_per_century: what sigma implies under the normal law, with `periods` separate periods a century; empirical:
    what the series' own past shows at that sigma; sigma_of_frequency: the sigmas that the stated frequency implies
    under the normal law (of the highest and the lowest frequency); sigma_in_tail: the same by the series' own fitted
    tail. contradicts: neither the normal law nor the past lets both stand.
    """

    sigma: float
    stated_low: float
    stated_high: float
    periods: float
    normal_per_century: float
    empirical: Occurrences
    sigma_of_frequency: tuple[float, float]
    sigma_in_tail: tuple[float, float] | None
    contradicts: bool

    @property
    def sentence(self) -> str:
        """The comparison in one line of words."""
        return _sentence(self)


def normal_tail(sigma: float) -> NormalTail:
    """The normal law's shares for a number of standard deviations, both ways of counting.

    >>> tail = normal_tail(3.0)
    >>> round(tail.inside, 4), round(tail.below, 5)
    (0.9973, 0.99865)
    """
    outside = math.erfc(abs(sigma) / math.sqrt(2.0))
    return NormalTail(sigma, 1.0 - outside, 1.0 - outside / 2)


def percentile_agrees(sigma: float, percentile: float) -> bool:
    """Does a quoted percentile (decimal) round to what the quoted sigma means, one- or two-sided, in its own digits?

    >>> percentile_agrees(3.0, 0.9973), percentile_agrees(3.0, 0.993), percentile_agrees(3.0, 0.9987)
    (True, False, True)
    """
    tail = normal_tail(sigma)
    digits = len(f"{percentile:.10f}".rstrip("0").split(".")[1])
    return any(round(share, digits) == round(percentile, digits) for share in (tail.inside, tail.below))


def sigma_of(per_century: float, periods: float) -> float:
    """The sigma whose upper normal tail is passed that often in that many separate periods.

    >>> round(sigma_of(1.0, 4_200), 2)
    3.49
    """
    from scipy.special import ndtri

    return float(-ndtri(min(per_century / periods, 1.0)))


def check_sigma(
    values: Floats, years: float, sigma: float, stated: tuple[float, float], length: int = 1, gap: int = 21
) -> SigmaCheck:
    """Sets a quoted sigma beside a quoted frequency, under the normal law and under the series' own past.

    values: (rows,), NaN left out, over `years`; sigma: signed, counted from the mean in standard deviations of the
    values; stated: lowest and highest number of occurrences a century; length: rows that one move spans, so that a
    century holds 25,200 / length separate ones. One tail is looked at: that of sigma's sign. Under the normal law the
    numbers must agree within a factor of two; in the past, the stated range must touch the exact 95 % interval of the
    count. Raises RequestError for a frequency that is not positive or a range upside down, DataError for a constant
    series.
    """
    low, high = stated
    if not 0 < low <= high or sigma == 0 or length < 1:
        raise RequestError("a sigma and a frequency", found=f"{sigma:g} sigma, {low:g} to {high:g} a century")
    sign = math.copysign(1.0, sigma)
    signed = sign * values
    scale = _Scale(float(np.nanmean(signed)), float(np.nanstd(signed, ddof=1)))
    if not scale.sd > 0:
        raise DataError("a sigma", found="a series that never changes")
    periods = SESSIONS_A_CENTURY / length
    expected = (1.0 - normal_tail(sigma).below) * periods
    seen = occurrences(signed, scale.mean + abs(sigma) * scale.sd, years, gap)
    normal_fits = low / TOLERANCE <= expected <= high * TOLERANCE
    past_fits = seen.low <= high and seen.high >= low
    return SigmaCheck(
        sigma=sigma,
        stated_low=low,
        stated_high=high,
        periods=periods,
        normal_per_century=expected,
        empirical=seen,
        sigma_of_frequency=(sigma_of(high, periods), sigma_of(low, periods)),
        sigma_in_tail=_in_tail(signed, scale, years, (high, low), gap),
        contradicts=not normal_fits and not past_fits,
    )


@dataclass(frozen=True)
class _Scale:
    mean: float
    sd: float


def _in_tail(
    signed: Floats, scale: _Scale, years: float, often: tuple[float, float], gap: int
) -> tuple[float, float] | None:
    """The sigmas that come that often a century by the tail model; None below the tail or with too few peaks."""
    threshold, peaks = peaks_over(signed, gap)
    if len(peaks) < LEAST_PEAKS:
        return None
    fit = fit_pareto(peaks - threshold)
    shares = [one / 100 * years / len(peaks) for one in often]
    if max(shares) > 1:
        return None
    first, second = ((threshold + size_of(fit, share) - scale.mean) / scale.sd for share in shares)
    return first, second


def _sentence(found: SigmaCheck) -> str:
    seen = found.empirical
    often = _range(found.stated_low, found.stated_high, "g")
    needed = _range(*found.sigma_of_frequency, ".1f")
    tail = "" if found.sigma_in_tail is None else f" and {_range(*found.sigma_in_tail, '.1f')} in this series' own tail"
    verdict = "the two cannot both be true" if found.contradicts else "the two can both be true"
    return (
        f"{found.sigma:g} sigma is passed {found.normal_per_century:.1f} times a century under the normal law and was "
        f"{seen.per_century:.1f} times a century in this series ({seen.count} in {seen.years:.0f} years); "
        f"{often} a century would need {needed} sigma under the normal law{tail}: {verdict}"
    )


def _range(low: float, high: float, form: str) -> str:
    first, second = format(low, form), format(high, form)
    return first if first == second else f"{first} to {second}"
