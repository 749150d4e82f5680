"""Wilder's oscillators."""

from __future__ import annotations

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given, back
from leadline.formula.functions.pieces import previous, smoothed

N = Argument("n", ("span",), "the window", default="14d")
WILDER = "Wilder (1978), New Concepts in Technical Trading Systems"


def _rsi(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.rows("n")
    moved = x - previous(x)
    gain, loss = (smoothed(side.clip(lower_bound=0), n, 1 / n) for side in (moved, -moved))
    both = gain + loss
    return 100 * gain / pl.when(both > 0).then(both)


def _atr(given: Given) -> pl.Expr:
    symbol, n = given.symbols["x"], given.rows("n")
    high, low, close = (given.stage.field(symbol, of) for of in ("high", "low", "close"))
    before = previous(close)
    top = pl.when(high > before).then(high).otherwise(before)
    bottom = pl.when(low < before).then(low).otherwise(before)
    ranged = pl.when(high.is_not_null() & low.is_not_null() & before.is_not_null()).then(top - bottom)
    return smoothed(ranged, n, 1 / n)


ENTRIES = (
    FunctionEntry(
        name="rsi",
        family="oscillators",
        what="the relative strength index, 0 to 100: over 70 is called overbought",
        arguments=(Argument("x", ("value",), "what is measured"), N),
        unit=Unit.SCORE,
        warm_up="n rows: the mean of the first n moves is the seed",
        gaps="goes over the values there are; missing where x is missing, or has not moved at all",
        source=f"{WILDER}; equals TA-Lib RSI",
        example="rsi(IWM / SPY, 14d)",
        run=_rsi,
        history=back("n"),
    ),
    FunctionEntry(
        name="atr",
        family="oscillators",
        what="the average true range: how far a series moves in a session, gaps included",
        arguments=(Argument("x", ("symbol",), "a price series with high, low and close"), N),
        unit=Unit.PRICE,
        warm_up="n rows",
        gaps="a session without high, low or an earlier close is skipped and missing",
        source=f"{WILDER}; equals TA-Lib ATR",
        example="atr(IWM, 14d) / IWM",
        run=_atr,
        history=back("n"),
    ),
)
