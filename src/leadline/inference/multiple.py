"""What many tries do to one finding: adjusted p-values, data-snooping tests and the deflated Sharpe ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import RequestError
from leadline.inference.arrays import Floats

EULER = 0.5772156649015329


@dataclass(frozen=True)
class Deflated:
    """The deflated Sharpe ratio: the probability that the true Sharpe ratio is above zero, given how many were tried.

    `expected_best`: the Sharpe ratio a period that the best of as many worthless trials is expected to show.
    """

    probability: float
    expected_best: float


@dataclass(frozen=True)
class Superior:
    """Hansen's test of superior predictive ability: is the best of the models better than the benchmark at all?"""

    p_lower: float
    p_consistent: float
    p_upper: float


def benjamini_yekutieli(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """False-discovery-adjusted p-values that hold under any dependence among the tries; same order, at most 1.

    A try without a p-value (None) counts among the tries and stays None. Raises RequestError for a p outside 0..1.
    Source: Benjamini and Yekutieli (2001), Annals of Statistics 29(4), theorem 1.3.

    >>> [round(one, 4) for one in benjamini_yekutieli([0.01, 0.02, 0.9])]
    [0.055, 0.055, 1.0]
    """
    tried = [1.0 if one is None else one for one in p]
    if any(not 0 <= one <= 1 for one in tried):
        raise RequestError("p-values", found=str(tried), expected="numbers between 0 and 1")
    m = len(tried)
    factor = m * sum(1.0 / i for i in range(1, m + 1))
    order = sorted(range(m), key=lambda i: tried[i], reverse=True)
    adjusted: list[float | None] = [None] * m
    least = 1.0
    for rank, i in zip(range(m, 0, -1), order, strict=True):
        least = min(least, tried[i] * factor / rank)
        adjusted[i] = None if p[i] is None else least
    return tuple(adjusted)


def expected_best_sharpe(variance: float, trials: int) -> float:
    """The expected best Sharpe ratio of `trials` independent worthless ones whose ratios have that variance; 0 for one.

    Source: Bailey and Lopez de Prado (2014), The Journal of Portfolio Management 40(5), equation 1.
    """
    from scipy.special import ndtri

    if variance < 0 or trials < 1:
        raise RequestError("trials", found=f"variance {variance:g}, {trials} trials", expected="0 or more, 1 or more")
    if trials == 1:
        return 0.0
    spread = (1 - EULER) * ndtri(1 - 1 / trials) + EULER * ndtri(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * float(spread)


def deflated_sharpe(sharpe: float, n: int, skew: float, kurtosis: float, variance: float, trials: int) -> Deflated:
    """How sure one may be of a Sharpe ratio after `trials` tries, short samples and fat tails.

    sharpe, variance: per period of the returns (not annual), `variance` that of the Sharpe ratios tried; n: periods;
    kurtosis: 3 for normal returns. Raises RequestError for fewer than 2 periods or an impossible skew and kurtosis.
    Source: Bailey and Lopez de Prado (2014), equation 2.
    """
    from scipy.special import ndtr

    best = expected_best_sharpe(variance, trials)
    width = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if n < 2 or width <= 0:
        raise RequestError("deflated Sharpe ratio", found=f"{n} periods, skew {skew:g}, kurtosis {kurtosis:g}")
    return Deflated(float(ndtr((sharpe - best) * math.sqrt(n - 1) / math.sqrt(width))), best)


def superior_ability(
    benchmark_losses: Floats, losses: NDArray[np.float64], rng: np.random.Generator, draws: int = 1_000
) -> Superior:
    """Hansen (2005): p-values of "no model beats the benchmark", by `arch.bootstrap.SPA`.

    benchmark_losses: (periods,), losses: (periods, models), without gaps; smaller is better (minus the return).
    """
    from arch.bootstrap import SPA

    test = SPA(benchmark_losses, losses, reps=draws, seed=rng)
    test.compute()
    p = test.pvalues
    return Superior(float(p["lower"]), float(p["consistent"]), float(p["upper"]))


def step_m(
    benchmark_losses: Floats,
    losses: NDArray[np.float64],
    rng: np.random.Generator,
    size: float = 0.05,
    draws: int = 1_000,
) -> tuple[int, ...]:
    """Romano and Wolf (2005): which models (columns) beat the benchmark at family-wise error `size`, by `arch` StepM.

    Arguments as for `superior_ability`.
    """
    from arch.bootstrap import StepM

    test = StepM(benchmark_losses, losses, size=size, reps=draws, seed=rng)
    test.compute()
    return tuple(int(str(column)) for column in test.superior_models)
