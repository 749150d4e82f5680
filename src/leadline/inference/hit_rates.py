"""The exact interval of a hit rate over separate episodes."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.core.errors import RequestError
from leadline.inference.quantiles import beta_quantile


@dataclass(frozen=True)
class HitRate:
    """`hits` of `n`, their share, and its exact 95 % (or other) interval. None without episodes."""

    hits: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


def clopper_pearson(hits: int, n: int, level: float = 0.95) -> HitRate:
    """The exact binomial interval of Clopper and Pearson (1934): the share of hits that the data cannot rule out.

    Its ends are quantiles of beta distributions; it never covers less than `level`. Raises RequestError when hits are
    not between 0 and n.

    >>> found = clopper_pearson(9, 21)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2182, 0.6598)
    """
    if not 0 <= hits <= n:
        raise RequestError(
            "hit rate", found=f"{hits} hits of {n}", expected="hits between 0 and the number of episodes"
        )
    if n == 0:
        return HitRate(0, 0, None, None, None)
    tail = (1 - level) / 2
    low = beta_quantile(hits, n - hits + 1, tail) if hits else 0.0
    high = beta_quantile(hits + 1, n - hits, 1 - tail) if hits < n else 1.0
    return HitRate(hits, n, hits / n, low, high)
