"""The block length of the stationary bootstrap: Politis and White (2004), mended by Patton, Politis and White (2009).

The numbers are those of `arch.bootstrap.optimal_block_length`, against which the tests hold this module to ten digits.
It is computed here because importing `arch` takes about 1.5 s and the estimate itself a few milliseconds, and a
question must be answered in under 2.5 s as a whole process.
"""

from __future__ import annotations

import math

import numpy as np

from leadline.inference.arrays import Floats


def block_length(series: Floats) -> float:
    """The mean block length that makes the stationary bootstrap's variance of a mean most accurate, at least 1.

    series: (n,), without gaps. A constant series, or one of fewer than 16 values, has no dependence to keep: 1.
    Source: Politis and White (2004), Econometric Reviews 23, section 3.2, with the constant of Patton, Politis and
    White (2009), Econometric Reviews 28; the cap min(3 sqrt(n), n/3) is theirs too.
    """
    n = len(series)
    centred = series - series.mean() if n else series
    if n < 16 or not float(centred @ centred) > 1e-300:
        return 1.0
    covariances, correlations = _autocovariances(centred, math.ceil(math.sqrt(n)) + _quiet(n))
    lags = _bandwidth(correlations, n)
    k = np.arange(1, lags + 1)
    flat_top = np.where(k / lags <= 0.5, 1.0, 2.0 * (1.0 - k / lags))
    long_run = covariances[0] + 2.0 * float(flat_top @ covariances[1 : lags + 1])
    slope = 2.0 * float((flat_top * k) @ covariances[1 : lags + 1])
    if long_run == 0:
        return float(_cap(n))
    best = (2.0 * slope**2 / (2.0 * long_run**2)) ** (1 / 3) * n ** (1 / 3)
    return float(max(1.0, min(best, _cap(n))))


def _cap(n: int) -> int:
    return math.ceil(min(3.0 * math.sqrt(n), n / 3.0))


def _quiet(n: int) -> int:
    """K_N: how many small autocorrelations in a row end the search."""
    return max(5, int(math.log10(n)))


def _autocovariances(centred: Floats, most: int) -> tuple[Floats, Floats]:
    """Autocovariances (divided by n) and correlations of each lag's own two parts, at lags 0 .. most."""
    n = len(centred)
    most = min(most, n - 2)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    products = np.fft.irfft(spectrum * np.conj(spectrum), size)[: most + 1]
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    lag = np.arange(most + 1)
    later, earlier = squares[n] - squares[lag + 1], squares[n - lag - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = np.abs(products) / np.sqrt(later * earlier)
    return products / n, np.nan_to_num(correlations, nan=0.0, posinf=1.0)


def _bandwidth(correlations: Floats, n: int) -> int:
    """Twice the lag after which K_N correlations in a row are small: the smallest M of the flat-top window."""
    quiet, most = _quiet(n), len(correlations) - 1
    small = correlations < 2.0 * math.sqrt(math.log10(n) / n)
    for first in range(most - quiet + 1):
        if bool(np.all(small[first : first + quiet])):
            return min(2 * max(first, 1), most)
    return most
