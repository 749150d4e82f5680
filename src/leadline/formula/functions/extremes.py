"""Extremes, and how a value stands in its own past."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, Floats, FunctionEntry, Given, back
from leadline.formula.functions.pieces import TOLERANCE, at_least, last_true, position, ratio

X = Argument("x", ("value",), "what is measured")
N = Argument("n", ("span",), "the window; left out, all of the past", optional=True)
GAPS = "with a window: missing where any value of it is missing; without: over the values there are, missing where x is"


def top(x: pl.Expr, n: int | None) -> pl.Expr:
    """The highest value of the last n rows, or of all so far."""
    return x.cum_max() if n is None else x.rolling_max(n, min_samples=n)


def bottom(x: pl.Expr, n: int | None) -> pl.Expr:
    """The lowest value of the last n rows, or of all so far."""
    return x.cum_min() if n is None else x.rolling_min(n, min_samples=n)


def _highest(given: Given) -> pl.Expr:
    return top(given.expr("x"), given.maybe_rows("n"))


def _lowest(given: Given) -> pl.Expr:
    return bottom(given.expr("x"), given.maybe_rows("n"))


def _drawdown(given: Given) -> pl.Expr:
    x = given.expr("x")
    return ratio(x, top(x, given.maybe_rows("n"))) - 1


def _since_high(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.maybe_rows("n")
    if n is None:
        since = position() - last_true(at_least(x, x.cum_max()))
        return pl.when(x.is_not_null()).then(since)
    return given.stage.machine(since_extreme, (x,), (n,), "since")


def since_extreme(x: Floats, n: float) -> dict[str, Floats]:
    """Rows since the highest of the last n values (the latest of equals); missing where the window is not whole."""
    from collections import deque

    since = np.full(len(x), np.nan)
    candidates: deque[int] = deque()
    whole = 0
    for now, value in enumerate(x.tolist()):
        if math.isnan(value):
            candidates.clear()
            whole = 0
            continue
        whole += 1
        while candidates and value - x[candidates[-1]] >= -TOLERANCE * abs(x[candidates[-1]]):
            candidates.pop()
        candidates.append(now)
        if candidates[0] <= now - n:
            candidates.popleft()
        if whole >= n:
            since[now] = now - candidates[0]
    return {"since": since}


def _percentile(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.maybe_rows("n")
    if n is None:
        below = x.rolling_rank(2**31, method="max", min_samples=1)
        return pl.when(x.is_not_null()).then(below / x.is_not_null().cum_sum())
    below = x.rolling_rank(n, method="max", min_samples=n)
    whole = x.is_not_null().cast(pl.Int32).rolling_sum(n, min_samples=n) == n
    return pl.when(whole).then(below / n)


def _nth(given: Given) -> pl.Expr:
    x = given.expr("x")
    return pl.when(x.is_not_null()).then((-x).rolling_rank(2**31, method="min", min_samples=1).cast(pl.Int64))


def _largest_since(given: Given) -> pl.Expr:
    x = given.expr("x")
    at = given.stage.machine(last_as_great, (x,), (), "row").cast(pl.Int64)
    return given.label.gather(at)


def last_as_great(x: Floats) -> dict[str, Floats]:
    """The row of the last earlier value that was at least as great; missing for a record or a missing value."""
    found = np.full(len(x), np.nan)
    standing: list[int] = []
    for now, value in enumerate(x.tolist()):
        if math.isnan(value):
            continue
        while standing and x[standing[-1]] - value < -TOLERANCE * abs(value):
            standing.pop()
        if standing:
            found[now] = standing[-1]
        standing.append(now)
    return {"row": found}


def _entry(name: str, what: str, source: str, example: str) -> FunctionEntry:
    run = {"highest": _highest, "lowest": _lowest, "drawdown": _drawdown, "since_high": _since_high}[name]
    units = {"drawdown": Unit.RETURN, "since_high": Unit.SESSIONS}
    return FunctionEntry(
        name=name,
        family="extremes",
        what=what,
        arguments=(X, N),
        unit=units.get(name, "same"),
        warm_up="n - 1 rows; none without a window",
        gaps=GAPS,
        source=source,
        example=example,
        run=run,
        history=back("n", 1),
    )


ENTRIES = (
    _entry(
        "highest", "the highest value of the last n, or of all so far", "max x[t-n+1..t]", "IWM >= highest(IWM, 252d)"
    ),
    _entry("lowest", "the lowest value of the last n, or of all so far", "min x[t-n+1..t]", "lowest(IWM, 252d)"),
    _entry("drawdown", "how far x is below its highest value", "x / highest(x, n) - 1", "drawdown(IWM)"),
    _entry(
        "since_high",
        "rows since the highest value, 0 on the high",
        "the latest of equal highs",
        "since_high(IWM, 252d)",
    ),
    FunctionEntry(
        name="percentile",
        family="extremes",
        what="the share of the values so far (or of the last n), today's included, that are not above today's",
        arguments=(X, N),
        unit=Unit.SHARE,
        warm_up="n - 1 rows; none without a window",
        gaps=GAPS,
        source="empirical distribution function of the past and present; a record is 1",
        example="percentile(change(IWM / SPY, 6d))",
        run=_percentile,
        history=back("n", 1),
    ),
    FunctionEntry(
        name="nth",
        family="extremes",
        what="the rank of today's value among all so far: 1 is the greatest",
        arguments=(X,),
        unit=Unit.RANK,
        warm_up="none",
        gaps="over the values there are; missing where x is missing",
        source="1 + the number of greater values so far",
        example="nth(change(IWM, 6d))",
        run=_nth,
    ),
    FunctionEntry(
        name="largest_since",
        family="extremes",
        what="the date when x was last at least as great as today; missing when it never was: a record",
        arguments=(X,),
        unit=Unit.DATE,
        warm_up="none",
        gaps="over the values there are; missing where x is missing",
        source="previous greater element",
        example="largest_since(change(IWM, 1d))",
        run=_largest_since,
        where="session",
    ),
)
