"""Averages and spreads around them."""

from __future__ import annotations

from typing import Final

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given, back
from leadline.formula.functions.pieces import smoothed

X = Argument("x", ("value",), "what is measured")
N = Argument("n", ("span",), "the window")
WHOLE = "missing where any value of the window is missing"
FLAT: Final = 1e-12


def _sma(given: Given) -> pl.Expr:
    n = given.rows("n")
    return given.expr("x").rolling_mean(n, min_samples=n)


def _ema(given: Given) -> pl.Expr:
    n = given.rows("n")
    return smoothed(given.expr("x"), n, 2 / (n + 1))


def _stdev(given: Given) -> pl.Expr:
    n = given.rows("n")
    return given.expr("x").rolling_std(n, min_samples=n)


def _zscore(given: Given) -> pl.Expr:
    x, mean, spread = given.expr("x"), _sma(given), _stdev(given)
    return (x - mean) / pl.when(spread > mean.abs() * FLAT).then(spread)


ENTRIES = (
    FunctionEntry(
        name="sma",
        family="averages",
        what="the simple average of the last n values",
        arguments=(X, N),
        unit="same",
        warm_up="n - 1 rows",
        gaps=WHOLE,
        source="arithmetic mean; equals TA-Lib SMA",
        example="IWM / sma(IWM, 200d) - 1",
        run=_sma,
        history=back("n", 1),
    ),
    FunctionEntry(
        name="ema",
        family="averages",
        what="the exponential average with weight 2 / (n + 1)",
        arguments=(X, N),
        unit="same",
        warm_up="n - 1 rows: the mean of the first n values is the seed",
        gaps="goes over the values there are; missing where x is missing",
        source="equals TA-Lib EMA",
        example="ema(IWM, 21d)",
        run=_ema,
        history=back("n", 1),
    ),
    FunctionEntry(
        name="stdev",
        family="averages",
        what="the standard deviation of the last n values (divisor n - 1)",
        arguments=(X, N),
        unit="same",
        warm_up="n - 1 rows",
        gaps=WHOLE,
        source="sample standard deviation",
        example="stdev(change(IWM, 1d), 63d)",
        run=_stdev,
        history=back("n", 1),
    ),
    FunctionEntry(
        name="zscore",
        family="averages",
        what="how many standard deviations x is above its average of the last n values, today's included",
        arguments=(X, N),
        unit=Unit.SIGMA,
        warm_up="n - 1 rows",
        gaps=f"{WHOLE}, or all values of it are equal",
        source="(x - sma) / stdev",
        example="zscore(change(IWM / SPY, 6d), 252d)",
        run=_zscore,
        history=back("n", 1),
    ),
)
