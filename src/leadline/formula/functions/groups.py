"""Groups: the members of that day, seen together. Inside, bare fields (close, total, volume) are each member's own.

Members of stock groups have `traded` (the close as traded), `shares` and `market_value` too, where the set has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, Count, FunctionEntry, Tally
from leadline.formula.functions.pieces import TOLERANCE, margin

GROUP = Argument("group", ("group",), "a group of series, an index, or a set of stocks")
EACH = Argument("each", ("each",), "what is measured of each member, with bare fields")
OPTIONAL_EACH = Argument(
    "each",
    ("each",),
    "what is measured of each; left out, x measured of each in place of its one series",
    optional=True,
)
GAPS = "members without a value that day are left out; missing when none has one"


X = Argument("x", ("symbol", "value"), "the series that is compared with the members")
BY = Argument("by", ("each",), "the weight of each member, such as market_value or volume")
TOP = Argument("n", ("number",), "how many of the greatest", default="10")
OF = Argument("of", ("word",), "which price rises or falls", default="close", words=("close", "total"))
ARGUMENTS = {
    "leads": (X, GROUP, EACH),
    "rank": (X, GROUP, OPTIONAL_EACH),
    "members": (GROUP,),
    "weighted_mean": (GROUP, EACH, BY),
    "weighted_share": (GROUP, EACH, BY),
    "top_share": (GROUP, EACH, TOP),
}


def _entry(
    name: str, what: str, unit: Unit | None, example: str, aggregate: Callable[[pl.Expr, pl.Expr], pl.Expr]
) -> FunctionEntry:
    arguments = ARGUMENTS.get(name, (GROUP, EACH))
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
        tally=TALLIES.get(name),
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


def _how_many(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return pl.when(each.count() > 0).then(each.sum().cast(pl.Int64))


def _advancing(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    up, down = (each > TOLERANCE).sum(), (each < -TOLERANCE).sum()
    return pl.when(up + down > 0).then(up / (up + down))


def _weight(each: pl.Expr, by: pl.Expr) -> pl.Expr:
    return pl.when(each.is_not_null() & (by > 0)).then(by)


def _weighted(each: pl.Expr, by: pl.Expr) -> pl.Expr:
    weight = _weight(each, by)
    return pl.when(weight.count() > 0).then((each * weight).sum() / weight.sum())


def _top_share(each: pl.Expr, n: pl.Expr) -> pl.Expr:
    parts = each.filter(each > 0)
    return pl.when(parts.count() >= n).then(parts.top_k(n).sum() / parts.sum())


def _members(each: pl.Expr, _: pl.Expr) -> pl.Expr:
    return pl.when(each.count() > 0).then(each.count().cast(pl.Int64))


def _leads(each: pl.Expr, own: pl.Expr) -> pl.Expr:
    there = own.first().is_not_null() & (each.count() > 0)
    return pl.when(there).then((own - each > margin(each)).all(ignore_nulls=True))


def _rank(each: pl.Expr, own: pl.Expr) -> pl.Expr:
    there = own.first().is_not_null() & (each.count() > 0)
    return pl.when(there).then((each - own > margin(own)).sum().cast(pl.Int64) + 1)


def _condition(each: pl.Expr, _: pl.Expr) -> tuple[pl.Expr, ...]:
    return (each,)


def _share_told(counts: Sequence[Count], _: Sequence[pl.Expr]) -> pl.Expr:
    (one,) = counts
    return pl.when(one.known > 0).then(one.holds / one.known)


def _how_many_told(counts: Sequence[Count], _: Sequence[pl.Expr]) -> pl.Expr:
    (one,) = counts
    return pl.when(one.known > 0).then(one.holds)


def _up_and_down(each: pl.Expr, _: pl.Expr) -> tuple[pl.Expr, ...]:
    return each > TOLERANCE, each < -TOLERANCE


def _advancing_told(counts: Sequence[Count], _: Sequence[pl.Expr]) -> pl.Expr:
    up, down = counts
    both = up.holds + down.holds
    return pl.when(both > 0).then(up.holds / both)


def _there(each: pl.Expr, _: pl.Expr) -> tuple[pl.Expr, ...]:
    return (each.is_not_null(),)


def _members_told(counts: Sequence[Count], _: Sequence[pl.Expr]) -> pl.Expr:
    (one,) = counts
    return pl.when(one.holds > 0).then(one.holds)


def _below(each: pl.Expr, own: pl.Expr) -> tuple[pl.Expr, ...]:
    return (own - each > margin(each),)


def _leads_told(counts: Sequence[Count], _: Sequence[pl.Expr]) -> pl.Expr:
    (below,) = counts
    return pl.when(below.known > 0).then(below.holds == below.known)


def _above(each: pl.Expr, own: pl.Expr) -> tuple[pl.Expr, ...]:
    return (each - own > margin(own),)


def _rank_told(counts: Sequence[Count], _: Sequence[pl.Expr]) -> pl.Expr:
    (above,) = counts
    return pl.when(above.known > 0).then(above.holds + 1)


def _weights(each: pl.Expr, by: pl.Expr) -> tuple[pl.Expr, ...]:
    weight = _weight(each, by)
    return weight, pl.when(each).then(weight)


def _weighted_told(_: Sequence[Count], sums: Sequence[pl.Expr]) -> pl.Expr:
    every, where_true = sums
    return pl.when(every > 0).then(where_true / every)


TALLIES: Final = {
    "share": Tally(_condition, _share_told),
    "mean": Tally(_condition, _share_told),
    "how_many": Tally(_condition, _how_many_told),
    "advancing": Tally(_up_and_down, _advancing_told),
    "members": Tally(_there, _members_told),
    "leads": Tally(_below, _leads_told),
    "rank": Tally(_above, _rank_told),
    "weighted_share": Tally(_condition, _weighted_told, _weights),
    "weighted_mean": Tally(_condition, _weighted_told, _weights),
}

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
    _entry(
        "how_many",
        "of how many members a condition holds",
        Unit.COUNT,
        "how_many(sectors, total >= highest(total, 63d))",
        _how_many,
    ),
    _entry(
        "advancing",
        "the share of the members above zero among those above or below it: advances over advances and declines",
        Unit.SHARE,
        "advancing(sectors, change(total, 1d))",
        _advancing,
    ),
    _entry(
        "weighted_mean",
        "the mean over the members, each with its weight; weights not above zero do not count",
        None,
        "weighted_mean(sectors, change(total, 1d), volume)",
        _weighted,
    ),
    _entry(
        "weighted_share",
        "the weight of the members of which a condition holds as a share of all weight, such as up-volume",
        Unit.SHARE,
        "weighted_share(sectors, change(total, 1d) > 0, volume)",
        _weighted,
    ),
    _entry(
        "top_share",
        "what the n greatest have of the sum over the members; missing where fewer have a value above zero",
        Unit.SHARE,
        "top_share(sectors, volume, 2)",
        _top_share,
    ),
    FunctionEntry(
        name="zweig",
        family="groups",
        what="Zweig's breadth: the 10-session exponential average of advances over advances and declines",
        arguments=(GROUP, OF),
        unit=Unit.SHARE,
        warm_up="10 sessions with an advance or a decline",
        gaps="goes over the sessions there are; missing where no member rose or fell",
        source="Zweig (1986), Winning on Wall Street: real advances and declines of the members of that day",
        example="zweig(sectors, total)",
        stands_for="ema(advancing({group}, change({of}, 1d)), 10d)",
    ),
    FunctionEntry(
        name="zweig_thrust",
        family="groups",
        what="true where Zweig's breadth rises above 61.5 %, having been below 40 % within ten sessions",
        arguments=(GROUP, OF),
        unit=Unit.TRUTH,
        warm_up="that of zweig, and 10 sessions",
        gaps="missing where zweig is missing in the ten sessions",
        source="Zweig (1986), Winning on Wall Street: from below .40 to above .615 within ten days",
        example="zweig_thrust(sectors, total)",
        stands_for="crosses_above(zweig({group}, {of}), 61.5%) and any(zweig({group}, {of}) < 40%, 10d)",
    ),
)
