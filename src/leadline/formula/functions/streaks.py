"""Runs, counts, first times and crossings of conditions."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given, History, back, no_history
from leadline.formula.functions.pieces import at_least, last_true, margin, position

C = Argument("c", ("condition",), "the condition")
X = Argument("x", ("value",), "what is measured")
N = Argument("n", ("span",), "the window")
WHOLE = "missing where the condition is missing anywhere in the window"


def _streak(given: Given) -> pl.Expr:
    c = given.expr("c")
    broken = last_true(c.not_().fill_null(value=True)).fill_null(-1)
    return pl.when(c.is_not_null()).then(position() - broken)


def _count(given: Given) -> pl.Expr:
    n = given.rows("n")
    return given.expr("c").cast(pl.Int64).rolling_sum(n, min_samples=n)


def _any(given: Given) -> pl.Expr:
    return _count(given) > 0


def _all(given: Given) -> pl.Expr:
    return _count(given) == given.rows("n")


def _first(given: Given) -> pl.Expr:
    c, gap = given.expr("c"), given.rows("gap")
    before = last_true(c).shift(1)
    return pl.when(c.is_not_null()).then(c & (before.is_null() | (position() - before > gap)))


def _turned(now: pl.Expr) -> pl.Expr:
    before = now.shift(1)
    return pl.when(now.is_not_null() & before.is_not_null()).then(now & before.not_())


def _crosses_above(given: Given) -> pl.Expr:
    a, b = given.expr("a"), given.expr("b")
    over = a - b > margin(b)
    return _turned(over)


def _crosses_below(given: Given) -> pl.Expr:
    a, b = given.expr("a"), given.expr("b")
    under = b - a > margin(b)
    return _turned(under)


def _sessions_since(given: Given) -> pl.Expr:
    return position() - last_true(given.expr("c"))


def _last(given: Given) -> pl.Expr:
    return given.label.gather(last_true(given.expr("c")))


def _before(given: Given) -> pl.Expr:
    c = given.expr("c")
    return pl.when(c).then(given.label.gather(last_true(c).shift(1)))


def _last_above(given: Given) -> pl.Expr:
    x, v = given.expr("x"), given.expr("v")
    return given.label.gather(last_true(at_least(x, v)))


def _entry(
    name: str, what: str, arguments: tuple[Argument, ...], unit: Unit, example: str, run: Callable[[Given], pl.Expr]
) -> FunctionEntry:
    windowed: History = back("n", 1) if arguments[-1].name == "n" else no_history
    crossing = name.startswith("crosses")
    since = unit is Unit.DATE or name in ("sessions_since", "first") or crossing
    gaps = WHOLE if arguments[-1].name == "n" else "a missing row does not hold"
    return FunctionEntry(
        name=name,
        family="streaks",
        what=what,
        arguments=arguments,
        unit=unit,
        warm_up="n - 1 rows" if arguments[-1].name == "n" else ("one row" if crossing else "none"),
        gaps={"streak": "a missing row is missing and breaks the run"}.get(
            name, "missing where either side is missing now or one row before" if crossing else gaps
        ),
        source="definition",
        example=example,
        run=run,
        history=(lambda _: 1) if crossing else windowed,
        where="session" if since else "own",
    )


A, B = Argument("a", ("value",), "what crosses"), Argument("b", ("value",), "what is crossed")
V = Argument("v", ("value",), "the value")
GAP = Argument("gap", ("span",), "how long it must not have held before", default="63d")

ENTRIES = (
    _entry(
        "streak",
        "how many rows in a row the condition has held, 0 when it does not hold now",
        (C,),
        Unit.COUNT,
        "streak(change(IWM, 1d) > 1%)",
        _streak,
    ),
    _entry(
        "count", "on how many of the last n rows it held", (C, N), Unit.COUNT, "count(change(IWM, 1d) > 0, 10d)", _count
    ),
    _entry(
        "any", "whether it held on any of the last n rows", (C, N), Unit.TRUTH, "any(change(IWM, 1d) > 2%, 10d)", _any
    ),
    _entry(
        "all", "whether it held on all of the last n rows", (C, N), Unit.TRUTH, "all(IWM > sma(IWM, 20d), 10d)", _all
    ),
    _entry(
        "first",
        "true when it holds and has not held on the `gap` sessions before",
        (C, GAP),
        Unit.TRUTH,
        "first(change(IWM / SPY, 6d) > 2%, gap=63d)",
        _first,
    ),
    _entry(
        "crosses_above",
        "true on the session when a goes above b, having been at or below it one session before",
        (A, B),
        Unit.TRUTH,
        "crosses_above(IWM, sma(IWM, 50d))",
        _crosses_above,
    ),
    _entry(
        "crosses_below",
        "true on the session when a goes below b, having been at or above it one session before",
        (A, B),
        Unit.TRUTH,
        "crosses_below(IWM, sma(IWM, 50d))",
        _crosses_below,
    ),
    _entry(
        "sessions_since",
        "sessions since the condition last held, 0 when it holds now; missing while it never has",
        (C,),
        Unit.SESSIONS,
        "sessions_since(change(IWM, 1d) > 2%)",
        _sessions_since,
    ),
    _entry("last", "the date when it last held, today included", (C,), Unit.DATE, "last(change(IWM, 1d) > 2%)", _last),
    _entry(
        "time_before",
        "when it holds, the date when it held the time before: the first since; else missing",
        (C,),
        Unit.DATE,
        "time_before(change(IWM, 1d) > 2%)",
        _before,
    ),
    _entry(
        "last_above", "the date when x was last at or above v", (X, V), Unit.DATE, "last_above(IWM, 100)", _last_above
    ),
)
