"""Two regimes that switch by a Markov chain: Hamilton (1989), Econometrica 57, fitted by `statsmodels`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.core.errors import DataError
from leadline.inference.arrays import Floats


@dataclass(frozen=True, eq=False)
class Switching:
    """A two-regime autoregression; the regime of the lower mean is regime 0.

    stay_low: P(low next | low now); fall: P(low next | high now); means: of each regime; filtered: P(low) at each row
    given the rows up to it, NaN for the first `order` rows (this one may be shown as known that day, as far as the
    parameters, fitted on the whole sample, allow); smoothed: the same given all rows, for looking back only.
    """

    stay_low: float
    fall: float
    means: tuple[float, float]
    log_likelihood: float
    filtered: Floats
    smoothed: Floats


def fit_switching(values: Floats, order: int = 4) -> Switching:
    """Fits a mean that switches between two regimes, with an autoregression of `order` common to both.

    values: (rows,), without gaps, at least 30 rows beyond the order. The likelihood has several tops: the search starts
    from the library's guess and from two lasting regimes at the quartiles, and the higher top is kept.
    Raises DataError otherwise, and when no search arrives.
    """
    if len(values) < 30 + order or np.isnan(values).any():
        found = f"{len(values)} rows, {int(np.isnan(values).sum())} missing"
        raise DataError("regimes", found=found, expected=f"at least {30 + order} rows without gaps")
    model, fit = _best(values, order)
    named = dict(zip(model.param_names, fit.params, strict=True))
    means = (float(named["const[0]"]), float(named["const[1]"]))
    low = 0 if means[0] <= means[1] else 1
    stay, leave = float(named["p[0->0]"]), float(named["p[1->0]"])
    stay_low, fall = (stay, leave) if low == 0 else (1 - leave, 1 - stay)
    gap = np.full(order, np.nan)
    filtered = np.concatenate([gap, fit.filtered_marginal_probabilities[:, low]])
    smoothed = np.concatenate([gap, fit.smoothed_marginal_probabilities[:, low]])
    return Switching(stay_low, fall, (min(means), max(means)), float(fit.llf), filtered, smoothed)


def _best(values: Floats, order: int) -> tuple[Any, Any]:
    from statsmodels.tsa.regime_switching.markov_autoregression import MarkovAutoregression

    model = MarkovAutoregression(values, k_regimes=2, order=order, switching_ar=False)
    low, high = np.quantile(values, [0.25, 0.75])
    lasting = np.array([0.9, 0.1, low, high, values.var() / 2, *np.zeros(order)])
    fits = []
    for start in (None, lasting):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a search that does not arrive says so in mle_retvals, checked below
            fits.append(model.fit(start_params=start, disp=False))
    arrived = [fit for fit in fits if fit.mle_retvals["converged"]]
    if not arrived:
        raise DataError("regimes", found="a likelihood whose top was not reached", todo="use a longer series")
    return model, max(arrived, key=lambda fit: float(fit.llf))
