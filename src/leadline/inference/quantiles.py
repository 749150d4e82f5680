"""Quantiles of the beta, gamma and t distributions for single numbers: exact intervals need few of them.

`scipy.special` has them too, and the tests hold these to it; importing it takes a quarter of a second of processor
time, longer than the studies of a question.

1. the distribution functions are sums and continued fractions (Abramowitz and Stegun 1964, 26.5.8; 6.5.11)
2. `_root` inverts them: Newton's steps, kept inside a bracket that shrinks
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from leadline.core.errors import PromiseError, RequestError

_STEPS: Final = 500
_CLOSE: Final = 4e-16
_TINY: Final = 1e-300


def normal_share(x: float) -> float:
    """The share of a standard normal distribution below x.

    >>> round(normal_share(-1.96), 4)
    0.025
    """
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@lru_cache(maxsize=4096)
def beta_quantile(a: float, b: float, share: float) -> float:
    """Where the beta distribution with parameters a and b has `share` below it.

    Raises RequestError for parameters that are not above 0, or a share that is not between 0 and 1.

    >>> round(beta_quantile(9, 13, 0.025), 4)  # the lower end for 9 hits of 21
    0.2182
    """
    _check(share, a, b)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)

    def density(x: float) -> float:
        return math.exp(scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))

    return _root(lambda x: _beta_share(a, b, x, scale), density, share, (0.0, 1.0))


@lru_cache(maxsize=4096)
def gamma_quantile(shape: int, share: float) -> float:
    """Where the gamma distribution of a whole shape and scale 1 has `share` below it.

    It is the mean of a Poisson count that reaches `shape` with that chance. Raises RequestError as `beta_quantile`.

    >>> round(gamma_quantile(1, 0.975), 4)  # -log(0.025)
    3.6889
    """
    _check(share, shape)
    widest = 1.0
    while _gamma_share(shape, widest) < share:
        widest *= 2.0
    scale = math.lgamma(shape)

    def density(x: float) -> float:
        return math.exp((shape - 1) * math.log(x) - x - scale)

    return _root(lambda x: _gamma_share(shape, x), density, share, (0.0, widest))


def student_quantile(freedom: float, share: float) -> float:
    """Where Student's t distribution has `share` below it. Raises RequestError as `beta_quantile`.

    >>> round(student_quantile(7, 0.025), 4)
    -2.3646
    """
    _check(share, freedom)
    if share > 0.5:
        return -student_quantile(freedom, 1.0 - share)
    if share == 0.5:
        return 0.0
    # the beta that is small where t is: no digits are lost in 1 - x
    x = beta_quantile(0.5, freedom / 2, 1.0 - 2.0 * share)
    return -math.sqrt(freedom * x / (1.0 - x))


def _check(share: float, *parameters: float) -> None:
    if not 0 < share < 1 or min(parameters) <= 0:
        found = f"parameters {', '.join(f'{one:g}' for one in parameters)} and a share of {share:g}"
        raise RequestError("quantile", found=found, expected="parameters above 0 and a share between 0 and 1")


def _beta_share(a: float, b: float, x: float, scale: float) -> float:
    """The incomplete beta function. scale: the logarithm of 1 / B(a, b)."""
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by the method of Lentz (1976)."""
    c, d = 1.0, 1.0 / _apart(1.0 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _apart(1.0 + term * d)
            c = _apart(1.0 + term / c)
            found *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            return found
    raise PromiseError("incomplete beta function", found=f"no end at a = {a:g}, b = {b:g}, x = {x:g}")


def _apart(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def _gamma_share(shape: int, x: float) -> float:
    """The chance of a Poisson count with mean x to reach `shape`, summed from the side that loses no digits."""
    log = math.log(x)
    if x > shape:
        return 1.0 - math.fsum(math.exp(k * log - x - math.lgamma(k + 1)) for k in range(shape))
    term = math.exp(shape * log - x - math.lgamma(shape + 1))
    found, k = 0.0, shape
    while term > found * _CLOSE:
        found, k = found + term, k + 1
        term *= x / k
    return found


def _root(
    share_at: Callable[[float], float],
    density: Callable[[float], float],
    share: float,
    bracket: tuple[float, float],
) -> float:
    low, high = bracket
    x = (low + high) / 2.0
    for _ in range(_STEPS):
        off = share_at(x) - share
        low, high = (low, x) if off > 0 else (x, high)
        slope = density(x)
        step = x - off / slope if slope > 0 else low
        ahead = step if low < step < high else (low + high) / 2.0
        if abs(ahead - x) <= _CLOSE * ahead:
            return ahead
        x = ahead
    return x
