"""Moves: over a span, since a date, in a calendar period; levels sampled by week and month."""

from __future__ import annotations

from datetime import date

import polars as pl

from leadline.core.errors import PromiseError
from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given, back
from leadline.formula.functions.pieces import position, ratio

X = Argument("x", ("value",), "what is measured")
PERIODS = ("month", "quarter", "year")
TO_DATE = {"mtd": "month", "qtd": "quarter", "ytd": "year"}
NOTHING_SKIPPED = "missing where either end is missing; nothing is filled"


def period_label(label: pl.Expr, period: str) -> pl.Expr:
    """The month, quarter or year of each label as one ascending number."""
    year = label.dt.year().cast(pl.Int32)
    within = {"year": pl.lit(0), "quarter": label.dt.quarter(), "month": label.dt.month()}[period]
    return year * 100 + within.cast(pl.Int32)


def _base(given: Given, x: pl.Expr) -> pl.Expr:
    """What a move starts from: the value n rows ago, at a date, or at the end of the last period."""
    word, day, n = given.word("n"), given.day("from"), given.maybe_rows("n")
    if word is not None:
        period = period_label(given.label, TO_DATE[word])
        start = pl.when(period != period.shift(1)).then(position() - 1).forward_fill()
        return x.gather(start)
    if day is not None:
        return _since(given.label, x, day)
    if n is None:
        raise PromiseError("change", found="neither span nor word nor date")
    return x.shift(n)


def _since(label: pl.Expr, x: pl.Expr, day: date) -> pl.Expr:
    """The value at the last row on or before `day`, on the rows from then on; missing earlier or when it has none.

    A column of rows, not one number: division by a single number may be a last bit off.
    """
    start = (label <= day).sum().cast(pl.Int64) - 1
    return x.gather(pl.when((label >= day) & (start >= 0)).then(start))


def _change(given: Given) -> pl.Expr:
    x = given.expr("x")
    return ratio(x, _base(given, x)) - 1


def _diff(given: Given) -> pl.Expr:
    x = given.expr("x")
    return x - _base(given, x)


def _advance(given: Given) -> pl.Expr:
    x, n = given.expr("x"), given.maybe_rows("n")
    if n is not None:
        return ratio(x, x.rolling_min(n, min_samples=n)) - 1
    return _change(given)


def _log(given: Given) -> pl.Expr:
    x = given.expr("x")
    return pl.when(x > 0).then(x).log()


def _calendar_change(given: Given) -> pl.Expr:
    x, over = given.expr("x"), given.stage.period_over(given.word("period") or "month")
    end = pl.when(over).then(position())
    before = pl.when(over).then(end.forward_fill().shift(1)).forward_fill()
    return ratio(x.gather(end.forward_fill()), x.gather(before)) - 1


def _ago(given: Given) -> pl.Expr:
    return given.expr("x").shift(given.rows("n"))


def _abs(given: Given) -> pl.Expr:
    return given.expr("x").abs()


def _same(given: Given) -> pl.Expr:
    return given.expr("x")


SINCE = Argument("from", ("date",), "the date it starts from: the last session on or before it", optional=True)
SPAN = Argument("n", ("span", "word"), "the span, or to date", optional=True, words=("ytd", "mtd", "qtd"))

ENTRIES = (
    FunctionEntry(
        name="change",
        family="moves",
        what="the relative change over a span, since a date, or to date in the month, quarter or year",
        arguments=(X, SPAN, SINCE),
        unit=Unit.RETURN,
        warm_up="the span; to date: the end of the last period; from a date: that date",
        gaps=NOTHING_SKIPPED,
        source="x[t] / x[t-n] - 1",
        example="change(IWM / SPY, 6d)",
        run=_change,
        exactly_one=("n", "from"),
        history=back("n"),
    ),
    FunctionEntry(
        name="diff",
        family="moves",
        what="the absolute change over a span, since a date, or to date: for yields, spreads and rates",
        arguments=(X, SPAN, SINCE),
        unit="same",
        warm_up="as change",
        gaps=NOTHING_SKIPPED,
        source="x[t] - x[t-n]",
        example="diff(FRED:DGS10, 21d)",
        run=_diff,
        exactly_one=("n", "from"),
        history=back("n"),
    ),
    FunctionEntry(
        name="advance",
        family="moves",
        what="the advance from a dated low, or from the lowest value of the last n sessions",
        arguments=(X, Argument("n", ("span",), "the window in which the low is found", optional=True), SINCE),
        unit=Unit.RETURN,
        warm_up="n - 1 sessions, or the date",
        gaps="missing where the value, or any value of the window, is missing",
        source="x[t] / min(x[t-n+1..t]) - 1, or x[t] / x[date] - 1",
        example="advance(IWM.total, from=2020-03-23)",
        run=_advance,
        exactly_one=("n", "from"),
        history=back("n", 1),
    ),
    FunctionEntry(
        name="calendar_change",
        family="moves",
        what="the change over the last complete calendar month, quarter or year",
        arguments=(X, Argument("period", ("word",), "the calendar period", words=PERIODS)),
        unit=Unit.RETURN,
        warm_up="two ends of a period",
        gaps="missing where the value at either end of the period is missing",
        source="close of the period's last session over that of the period before, less one",
        example="calendar_change(IWM, month)",
        run=_calendar_change,
    ),
    FunctionEntry(
        name="log",
        family="moves",
        what="the natural logarithm",
        arguments=(X,),
        unit=Unit.LEVEL,
        warm_up="none",
        gaps="missing where x is missing or not above zero",
        source="ln x",
        example="log(IWM / SPY)",
        run=_log,
    ),
    FunctionEntry(
        name="ago",
        family="moves",
        what="the value as it was a span ago",
        arguments=(X, Argument("n", ("span",), "how long ago")),
        unit="same",
        warm_up="the span",
        gaps="missing where there was no value then",
        source="x[t-n]",
        example="IWM > ago(highest(IWM, 126d), 1d)",
        run=_ago,
        history=back("n"),
    ),
    FunctionEntry(
        name="abs",
        family="moves",
        what="the size without the sign",
        arguments=(X,),
        unit="same",
        warm_up="none",
        gaps="missing where x is missing",
        source="|x|",
        example="abs(change(IWM, 1d))",
        run=_abs,
    ),
    FunctionEntry(
        name="weekly",
        family="moves",
        what="x at the end of every complete week; functions around it count weeks",
        arguments=(X,),
        unit="same",
        warm_up="the first complete week",
        gaps="the last session's value; a week is complete at its Friday session, else one session later",
        source="the value of the last session of the ISO week, carried until the next week is complete",
        example="change(weekly(IWM), 1w)",
        run=_same,
        where="weekly",
    ),
    FunctionEntry(
        name="monthly",
        family="moves",
        what="x at the end of every complete month; functions around it count months",
        arguments=(X,),
        unit="same",
        warm_up="the first complete month",
        gaps="the value of the month's last session, missing where that is missing",
        source="the value of the last session of the month, carried until the next month is complete",
        example="streak(change(monthly(IWM), 1mo) > 0)",
        run=_same,
        where="monthly",
    ),
)
