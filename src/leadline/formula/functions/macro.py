"""Macro series as known: rules of the field, and the sign of the yield curve."""

from __future__ import annotations

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given
from leadline.formula.functions.pieces import last_true, position

X = Argument("x", ("value",), "a spread such as FRED:T10Y2Y")


def _sahm(given: Given) -> pl.Expr:
    quarter = given.expr("x").rolling_mean(3, min_samples=3)
    return quarter - quarter.rolling_min(12, min_samples=12).shift(1)


def _inverted(given: Given) -> pl.Expr:
    return given.expr("x") < 0


def _uninverted(given: Given) -> pl.Expr:
    below, n = given.expr("x") < 0, given.rows("n")
    run = position() - last_true(below.not_().fill_null(value=True)).fill_null(-1)
    return below.not_() & (run.shift(1) >= n)


ENTRIES = (
    FunctionEntry(
        name="sahm",
        family="macro",
        what="the three-month mean of x less the lowest of the twelve three-month means before it: 0.5 says recession",
        arguments=(Argument("x", ("value",), "a monthly unemployment rate"),),
        unit="same",
        warm_up="14 observations",
        gaps="counts the series' own observations, in the vintage known that session",
        source="Sahm (2019), real time",
        example="sahm(FRED:UNRATE)",
        run=_sahm,
        history=lambda _: 14,
    ),
    FunctionEntry(
        name="inverted",
        family="macro",
        what="whether a spread is below zero",
        arguments=(X,),
        unit=Unit.TRUTH,
        warm_up="none",
        gaps="missing where x is missing",
        source="x < 0",
        example="sessions_since(inverted(FRED:T10Y2Y))",
        run=_inverted,
        where="session",
    ),
    FunctionEntry(
        name="uninverted",
        family="macro",
        what="true on the session when a spread is back at or above zero after at least n sessions below it",
        arguments=(X, Argument("n", ("span",), "how long it must have been below", default="21d")),
        unit=Unit.TRUTH,
        warm_up="none; it cannot be true before n sessions below",
        gaps="missing where x is missing; a missing session breaks the run",
        source="end of an inversion",
        example="uninverted(FRED:T10Y2Y, 21d)",
        run=_uninverted,
        where="session",
    ),
)
