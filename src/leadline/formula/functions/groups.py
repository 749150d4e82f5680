"""Groups: the members of that day, seen together. Inside, bare fields (close, total, volume) are each member's own."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry
from leadline.formula.functions.pieces import margin

GROUP = Argument("group", ("group",), "a group of series, an index, or a set of stocks")
EACH = Argument("each", ("each",), "what is measured of each member, with bare fields")
OPTIONAL_EACH = Argument(
    "each",
    ("each",),
    "what is measured of each; left out, x measured of each in place of its one series",
    optional=True,
)
GAPS = "members without a value that day are left out; missing when none has one"


def _entry(
    name: str, what: str, unit: Unit | None, example: str, aggregate: Callable[[pl.Expr, pl.Expr], pl.Expr]
) -> FunctionEntry:
    own = name in ("leads", "rank")
    symbol = Argument("x", ("symbol", "value"), "the series that is compared with the members")
    each = OPTIONAL_EACH if name == "rank" else EACH
    arguments = (symbol, GROUP, each) if own else ((GROUP,) if name == "members" else (GROUP, EACH))
    return FunctionEntry(
        name=name,
        family="groups",
        what=what,
        arguments=arguments,
        unit=unit or "same",
        warm_up="that of the expression, member by member",
        gaps=GAPS,
        source="over the members of that day",
        example=example,
        aggregate=aggregate,
    )


def _share(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return each.mean()


def _mean(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return each.mean()


def _median(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return each.median()


def _best(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return each.max()


def _worst(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return each.min()


def _dispersion(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return each.std()


def _members(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return pl.when(each.count() > 0).then(each.count().cast(pl.Int64))


def _leads(each: pl.Expr, own: pl.Expr) -> pl.Expr:
    there = own.first().is_not_null() & (each.count() > 0)
    return pl.when(there).then((own - each > margin(each)).all(ignore_nulls=True))


def _rank(each: pl.Expr, own: pl.Expr) -> pl.Expr:
    there = own.first().is_not_null() & (each.count() > 0)
    return pl.when(there).then((each - own > margin(own)).sum().cast(pl.Int64) + 1)


MOVE = "change(total, 63d)"

ENTRIES = (
    _entry(
        "share",
        "the share of the members of which a condition holds",
        Unit.SHARE,
        "share(sectors, close > sma(close, 50d))",
        _share,
    ),
    _entry("mean", "the mean over the members", None, f"mean(sectors, {MOVE})", _mean),
    _entry("median", "the median over the members", None, f"median(sectors, {MOVE})", _median),
    _entry("best", "the greatest value among the members", None, f"best(sectors, {MOVE})", _best),
    _entry("worst", "the smallest value among the members", None, f"worst(sectors, {MOVE})", _worst),
    _entry("dispersion", "the standard deviation over the members", None, f"dispersion(sectors, {MOVE})", _dispersion),
    _entry("members", "how many members have a close or total that day", Unit.COUNT, "members(sectors)", _members),
    _entry(
        "leads", "true when x is greater than every (other) member", Unit.TRUTH, f"leads(IWM, sectors, {MOVE})", _leads
    ),
    _entry(
        "rank",
        "the place of x among itself and the (other) members: 1 is the greatest",
        Unit.RANK,
        f"rank(IWM, sectors, {MOVE})",
        _rank,
    ),
)
