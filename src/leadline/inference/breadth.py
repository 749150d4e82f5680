"""Breadth: how many of a group's members take part, each number a formula that can be asked by itself.

1. `_offered` finds which fields the members have; 2. `LINES` that need no others are evaluated together;
3. each value is set against its own past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import polars as pl

from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula.crowd import Crowd
from leadline.formula.each import stock_group
from leadline.formula.evaluate import Values, evaluate_many
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.stocks import fullest_set
from leadline.formula.tree import Name
from leadline.formula.usual import with_usual

#: sessions that suffice for today's values: a year for the 52 weeks, and room for gaps and the moving average's start
ENOUGH: Final = 340


@dataclass(frozen=True)
class Line:
    """One measure: its key, the formula ({g} the group, {x} close or total), the fields it needs besides x."""

    key: str
    formula: str
    fields: tuple[str, ...] = ()

    def of(self, group: str, price: str) -> str:
        """The formula for a group."""
        return self.formula.format(g=group, x=price)


_HIGH, _LOW = "{x} >= highest({x}, 252d)", "{x} <= lowest({x}, 252d)"
LINES: Final = (
    Line("above_50", "share({g}, {x} > sma({x}, 50d))"),
    Line("above_200", "share({g}, {x} > sma({x}, 200d))"),
    Line("new_highs", f"how_many({{g}}, {_HIGH})"),
    Line("new_lows", f"how_many({{g}}, {_LOW})"),
    Line("highs_less_lows", f"share({{g}}, {_HIGH}) - share({{g}}, {_LOW})"),
    Line("advancers", "how_many({g}, change({x}, 1d) > 0)"),
    Line("decliners", "how_many({g}, change({x}, 1d) < 0)"),
    Line("up_volume", "weighted_share({g}, change({x}, 1d) > 0, volume)", ("volume",)),
    Line("zweig", "zweig({g}, {x})"),
    Line("zweig_thrust_last", "last(zweig_thrust({g}, {x}))"),
    Line("median_change_21d", "median({g}, change({x}, 21d))"),
    Line("dispersion_21d", "dispersion({g}, change({x}, 21d))"),
    Line("top_ten_share", "top_share({g}, market_value, 10)", ("market_value",)),
    Line(
        "equal_less_weighted_21d",
        "mean({g}, change({x}, 21d)) - weighted_mean({g}, change({x}, 21d), ago(market_value, 21d))",
        ("market_value",),
    ),
)
_MEMBERS: Final = "members({g})"


@dataclass(frozen=True)
class Measure:
    """One measure at the cut: its value (None: missing), its formula and unit, and how it stands in its own past.

    percentile: the share of its values so far, today's included, that are not above it, over `n` of them since `since`;
    None for a date, and where it has no value.
    """

    key: str
    formula: str
    value: float | date | None
    unit: Unit
    percentile: float | None
    n: int
    since: date | None


@dataclass(frozen=True)
class Breadth:
    """The breadth of a group at the cut. members: how many have a price that day; None when none has.

    price: "close" or "total", which the formulas use. warnings: as of when the members are, survivorship, gaps.
    """

    group: str
    as_of: date
    members: int | None
    price: str
    measures: tuple[Measure, ...]
    warnings: tuple[str, ...]

    @property
    def values(self) -> Mapping[str, float | date | None]:
        """The values by key, in the order of `LINES`; None where the data have not what it needs."""
        return {one.key: one.value for one in self.measures}

    def measure(self, key: str) -> Measure:
        """One measure by its key. Raises RequestError for an unknown one."""
        for one in self.measures:
            if one.key == key:
                return one
        raise RequestError(f"measure {key}", expected=f"one of {', '.join(one.key for one in self.measures)}")


def breadth(
    panel: Panel,
    group: str,
    names: Names | None = None,
    *,
    sessions: int | None = None,
    crowd: Crowd | None = None,
) -> Breadth:
    """The breadth of a group of stocks or series at the cut, all formulas in one pass.

    sessions: only so many of the last are looked at, for a quick answer about today; at least ENOUGH. Percentiles are
    then among those. crowd: where members of groups of stocks are evaluated (None: here). A measure whose fields the
    members lack is None and named in the warnings.

    Raises FormulaError for an unknown group, RequestError for too few sessions, DataError for a group whose members are
    known later only, and where no member ever has a price.
    """
    if sessions is not None and sessions < ENOUGH:
        raise RequestError("sessions of breadth", found=str(sessions), expected=f"at least {ENOUGH}")
    seen = panel if sessions is None else recent(panel, sessions)
    words = with_usual(names or Names(), seen)
    offered = _offered(seen, words, group)
    price = "close" if "close" in offered else "total"
    if price not in offered:
        raise DataError(f"breadth of {group}", found="members without a price", todo="pull their prices")
    lines = [line for line in LINES if set(line.fields) <= offered]
    formulas = [line.of(_quoted(group), price) for line in lines]
    counted, *found = evaluate_many([_MEMBERS.format(g=_quoted(group)), *formulas], seen, words, crowd=crowd)
    by_key = {line.key: _measure(line.key, values) for line, values in zip(lines, found, strict=True)}
    missing = [line for line in LINES if line.key not in by_key]
    by_key |= {line.key: _absent(line, line.of(_quoted(group), price)) for line in missing}
    said = dict.fromkeys(one for values in (counted, *found) for one in values.warnings)
    warnings = [*said, *_unsaid(group, panel.cut, counted, missing, sessions)]
    members = counted.last if isinstance(counted.last, int) else None
    return Breadth(group, panel.cut, members, price, tuple(by_key[line.key] for line in LINES), tuple(warnings))


def recent(panel: Panel, sessions: int) -> Panel:
    """The panel with its last sessions alone, for what needs no more of the past: stocks before them are not read."""
    last = panel.sessions.tail(sessions)
    stocks = None if panel.stocks is None else panel.stocks.filter(pl.col("session") >= last[0])
    months = panel.months.filter(pl.col("session") >= last[0])
    return replace(panel, sessions=last, months=months, stocks=stocks)


def _quoted(group: str) -> str:
    return str(Name(group))


def _offered(panel: Panel, names: Names, group: str) -> frozenset[str]:
    """The bare fields that the members have, any of them."""
    if group not in names.groups:
        stock_group(panel, names, group)
        found = fullest_set(panel, names, group)
        return frozenset(found.offers) if found is not None else frozenset()
    fields: set[str] = set()
    for text in names.groups[group]:
        member = as_tree(text)
        if not isinstance(member, Name):
            fields.add("close")
        elif member.text in panel.series:
            fields |= set(panel.fact(member.text).fields)
    return frozenset(fields)


def _measure(key: str, values: Values) -> Measure:
    value, seen = values.last, values.frame.drop_nulls()
    if isinstance(value, date):
        return Measure(key, values.formula, value, values.unit, None, len(seen), seen["session"][0])
    number = None if value is None else float(value) if isinstance(value, float) else int(value)
    if number is None or not len(seen):
        return Measure(key, values.formula, number, values.unit, None, len(seen), None)
    below = int((seen["value"] <= number).sum()) / len(seen)
    return Measure(key, values.formula, number, values.unit, below, len(seen), seen["session"][0])


def _absent(line: Line, formula: str) -> Measure:
    return Measure(line.key, formula, None, Unit.LEVEL, None, 0, None)


def _unsaid(group: str, cut: date, counted: Values, missing: list[Line], sessions: int | None) -> list[str]:
    """What else a reader must see: nobody was there, and when somebody was; measures without data; a short look."""
    said = []
    if counted.last is None:
        there = counted.frame.drop_nulls()["session"]
        before = f"; the last session on which any has is {there[-1]}" if len(there) else ""
        said.append(f"{group}: no member has a price on {cut}{before}")
    said += [f"{line.key} is missing: the members have no {' and '.join(line.fields)}" for line in missing]
    if sessions is not None:
        said.append(f"looked at the last {sessions} sessions only: older thrusts and percentiles are not in it")
    return said
