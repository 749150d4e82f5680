"""What came after: only for studies of the past. These look ahead, so they are refused everywhere else."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given
from leadline.formula.functions.pieces import ratio

ARGUMENTS = (Argument("x", ("value",), "what is measured"), Argument("n", ("span",), "the horizon"))


def _forward(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.rows("n")
    return ratio(x.shift(-n), x) - 1


def _worst(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.rows("n")
    return ratio(x.rolling_min(n, min_samples=n).shift(-n), x) - 1


def _best(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.rows("n")
    return ratio(x.rolling_max(n, min_samples=n).shift(-n), x) - 1


def _entry(name: str, what: str, source: str, run: Callable[[Given], pl.Expr]) -> FunctionEntry:
    return FunctionEntry(
        name=name,
        family="outcomes",
        what=what,
        arguments=ARGUMENTS,
        unit=Unit.RETURN,
        warm_up="none; missing for the last n sessions",
        gaps="missing where any value it needs is missing",
        source=source,
        example=f"{name}(IWM, 21d)",
        run=run,
        outcome=True,
        where="session",
    )


ENTRIES = (
    _entry("forward", "the change over the next n sessions", "x[t+n] / x[t] - 1", _forward),
    _entry(
        "worst_forward", "the lowest point of the next n sessions against today", "min x[t+1..t+n] / x[t] - 1", _worst
    ),
    _entry(
        "best_forward", "the highest point of the next n sessions against today", "max x[t+1..t+n] / x[t] - 1", _best
    ),
)
