"""Two series at once: sensitivity and correlation over a window."""

from __future__ import annotations

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given, back
from leadline.formula.functions.averages import FLAT

Y = Argument("y", ("value",), "what responds")
X = Argument("x", ("value",), "what it responds to")
N = Argument("n", ("span",), "the window")
WHOLE = "missing where any pair of the window is missing, or x does not vary in it"


def _both(given: Given) -> tuple[pl.Expr, pl.Expr, int]:
    y, x, n = given.expr("y"), given.expr("x"), given.rows("n")
    there = y.is_not_null() & x.is_not_null()
    return pl.when(there).then(y), pl.when(there).then(x), n


def _varies(x: pl.Expr, n: int) -> pl.Expr:
    spread = x.rolling_std(n, min_samples=n)
    return spread > x.rolling_mean(n, min_samples=n).abs() * FLAT


def _beta(given: Given) -> pl.Expr:
    y, x, n = _both(given)
    together = pl.rolling_cov(y, x, window_size=n, min_samples=n)
    return together / pl.when(_varies(x, n)).then(x.rolling_var(n, min_samples=n))


def _corr(given: Given) -> pl.Expr:
    y, x, n = _both(given)
    together = pl.rolling_corr(y, x, window_size=n, min_samples=n)
    return pl.when(_varies(x, n) & _varies(y, n)).then(together.clip(-1, 1))


ENTRIES = (
    FunctionEntry(
        name="beta",
        family="together",
        what="the slope of y on x over the last n rows: how y has moved for one unit of x",
        arguments=(Y, X, N),
        unit=Unit.RATIO,
        warm_up="n - 1 rows",
        gaps=WHOLE,
        source="ordinary least squares with a constant; equals statsmodels OLS",
        example="beta(change(IWM, 1d), change(SPY, 1d), 63d)",
        run=_beta,
        history=back("n", 1),
    ),
    FunctionEntry(
        name="corr",
        family="together",
        what="the correlation of y and x over the last n rows",
        arguments=(Y, X, N),
        unit=Unit.CORRELATION,
        warm_up="n - 1 rows",
        gaps=f"{WHOLE}, or y does not",
        source="Pearson",
        example="corr(change(IWM, 1d), change(SPY, 1d), 63d)",
        run=_corr,
        history=back("n", 1),
    ),
)
