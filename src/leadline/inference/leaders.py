"""Persistence of leadership over a panel: formulas in, four views out, each against chance.

1. `_measured` puts every member in the place of the bare fields of `by`; members without the data are named
2. `_table` evaluates strength and the series whose next return is asked, members side by side on one axis
3. `persistence.persistence` looks at every date, and again at dates so far apart that no two periods overlap
4. `_views` holds each of the four numbers against chance, adjusted together
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula.arguments import entry_of
from leadline.formula.bind import member_of
from leadline.formula.errors import FormulaError
from leadline.formula.evaluate import Values, evaluate_many, needs
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.tree import FIELDS, Call, Name, Node
from leadline.inference.arrays import floats
from leadline.inference.ask import horizon_rows
from leadline.inference.episodes import Step
from leadline.inference.finding import ALPHA, LEAST_EPISODES, Verdict
from leadline.inference.multiple import benjamini_yekutieli
from leadline.inference.persistence import LEAST_MEMBERS, Persistence, Table, next_returns, persistence
from leadline.inference.robust import HacMean
from leadline.inference.study import horizon_name

ViewName = Literal["leads again", "rank correlation", "slope", "top minus rest"]


@dataclass(frozen=True)
class View:
    """One of the four numbers: its estimate and 95 % interval, what chance gives, p and p adjusted over the four.

    dates: on which it could be measured; separate: how many periods of them do not overlap. Missing is None.
    """

    name: ViewName
    estimate: float | None
    low: float | None
    high: float | None
    chance: float
    p: float | None
    adjusted_p: float | None
    dates: int
    separate: int

    @property
    def verdict(self) -> Verdict:
        """Supported or contrary only when the interval leaves out chance and the adjusted p is at most .05."""
        if self.separate < LEAST_EPISODES or self.low is None or self.high is None:
            return "too few to say"
        if self.low <= self.chance <= self.high or self.adjusted_p is None or self.adjusted_p > ALPHA:
            return "not distinguishable"
        return "supported" if self.low > self.chance else "contrary"


@dataclass(frozen=True)
class PersistenceAnswer:
    """Whether the strongest member stays ahead. Strength is `by`, the next return that of `following` over `horizon`.

    members: those with the data, as formulas. since, until: the first and last date on which the next return is known.
    views: over every date, neighbouring periods overlapping, which intervals and p allow for; separate_views: over
    dates a whole horizon apart, None when fewer than two fit. standing: strength at the cut in `unit`, strongest first.
    """

    members: tuple[str, ...]
    by: str
    following: str
    horizon: str
    as_of: date
    axis: Step
    since: date
    until: date
    views: tuple[View, ...]
    separate_views: tuple[View, ...] | None
    every: Persistence
    separate: Persistence | None
    standing: tuple[tuple[str, float], ...]
    unit: Unit
    warnings: tuple[str, ...] = ()


def leaders(
    panel: Panel, group_formulas: tuple[str, ...], by: str, next_: str, names: Names | None = None
) -> PersistenceAnswer:
    """Does leadership by `by` persist over `next_` ("63d", "3mo") among the members?

    by: a formula in which bare fields mean each member, such as change(total, 63d). The next return is of total where
    `by` names total, else of close. Members without the data are left out, and the warnings name them. Raises
    FormulaError for a formula that cannot be read, RequestError when `by` names no field of the members or when daily
    and monthly members meet, DataError when fewer than three members have the data or fewer than two dates can be used.
    """
    tree = _checked(as_tree(by), by)
    field = "total" if any(_is_field(node, "total") for node in tree.walk()) else "close"
    members, formulas, left_out = _measured(panel, group_formulas, tree, field, names)
    values = evaluate_many([one for pair in formulas for one in pair], panel, names)
    strengths, prices = values[::2], values[1::2]
    step = _one_axis(values, members)
    rows = horizon_rows(next_, step)
    strength, following = _table(strengths), next_returns(_table(prices), rows)
    usable = np.flatnonzero((~(np.isnan(strength) | np.isnan(following))).sum(axis=1) >= LEAST_MEMBERS)
    if len(usable) < 2:
        found = f"{len(usable)} dates on which {LEAST_MEMBERS} members have a strength and a return over {next_}"
        raise DataError(f"persistence by {by}", found=found, expected="two or more", todo="pull a longer history")
    stream = f"persistence {by} {next_} {' '.join(members)}"
    span = slice(int(usable[0]), int(usable[-1]) + 1)
    every = persistence(strength[span], following[span], rows, stream)
    apart = np.arange(int(usable[-1]), int(usable[0]) - 1, -rows)[::-1]
    once = np.isin(apart, usable).sum() >= 2
    separate = persistence(strength[apart], following[apart], 1, f"{stream} separate") if once else None
    labels = strengths[0].frame["session"]
    return PersistenceAnswer(
        members=members,
        by=by,
        following=field,
        horizon=horizon_name(rows, step),
        as_of=panel.cut,
        axis=step,
        since=labels[int(usable[0])],
        until=labels[int(usable[-1])],
        views=_views(every, -(-every.dates // rows)),
        separate_views=None if separate is None else _views(separate, separate.dates),
        every=every,
        separate=separate,
        standing=_standing(members, strength[-1]),
        unit=strengths[0].unit,
        warnings=tuple(dict.fromkeys((*left_out, *(said for one in values for said in one.warnings)))),
    )


def _is_field(node: Node, *fields: str) -> bool:
    return isinstance(node, Name) and node.field is None and node.text in (fields or FIELDS)


def _checked(tree: Node, by: str) -> Node:
    """The tree of `by`. Raises RequestError when no bare field is in it, or a group is."""
    nodes = tuple(tree.walk())
    if any(isinstance(node, Call) and entry_of(node).aggregate is not None for node in nodes):
        expected = "a formula of each member alone, such as change(total, 63d)"
        raise RequestError(f"--by {by}", found="a group function", expected=expected)
    if not any(_is_field(node) for node in nodes):
        expected = "bare fields, which mean each member: change(total, 63d)"
        raise RequestError(f"--by {by}", found="the same number for every member", expected=expected)
    return tree


def _measured(
    panel: Panel, group: tuple[str, ...], tree: Node, field: str, names: Names | None
) -> tuple[tuple[str, ...], list[tuple[Node, Node]], list[str]]:
    """The members with the data, the formulas of their strength and next return, and who is left out and why."""
    members, formulas, left_out = [], [], []
    for text in group:
        member = as_tree(text)
        pair = (member_of(tree, member), member_of(Name(field), member))
        try:
            for formula in pair:
                needs(formula, panel, names)
        except (DataError, FormulaError) as error:
            if isinstance(error, FormulaError) and error.asked.startswith("span"):
                raise
            left_out.append(f"{text} is left out ({error.asked}: {error.found or error.expected})")
            continue
        members.append(text)
        formulas.append(pair)
    if len(members) < LEAST_MEMBERS:
        found = f"{len(members)} of {len(group)} members with the data; {'; '.join(left_out)}".removesuffix("; ")
        raise DataError("persistence", found=found, expected=f"at least {LEAST_MEMBERS} members")
    return tuple(members), formulas, left_out


def _one_axis(values: tuple[Values, ...], members: tuple[str, ...]) -> Step:
    axes = {one.axis for one in values}
    if len(axes) > 1:
        expected = "all daily or all monthly members"
        raise RequestError(f"persistence among {', '.join(members)}", found="both axes", expected=expected)
    for one in values:
        if one.unit in (Unit.TRUTH, Unit.DATE):
            raise RequestError(f"strength {one.formula}", found=f"a {one.unit}", expected="a number")
    return "month" if axes == {"month"} else "session"


def _table(values: tuple[Values, ...]) -> Table:
    return np.stack([floats(one.frame["value"].cast(pl.Float64), one.formula) for one in values], axis=1)


def _views(found: Persistence, separate: int) -> tuple[View, ...]:
    odds = found.leads_next
    first = (odds.share, odds.low, odds.high, odds.chance, odds.p, found.dates)
    means: tuple[tuple[ViewName, HacMean | None], ...] = (
        ("rank correlation", found.rank_correlation),
        ("slope", found.slope),
        ("top minus rest", found.top_minus_rest),
    )
    rest = [(name, _numbers(mean)) for name, mean in means]
    named: list[tuple[ViewName, tuple[float | None, ...]]] = [("leads again", first[:5]), *rest]
    adjusted = benjamini_yekutieli([_or_none(numbers[4]) for _, numbers in named])
    return tuple(
        View(
            name, numbers[0], numbers[1], numbers[2], numbers[3] or 0.0, _or_none(numbers[4]), p, found.dates, separate
        )
        for (name, numbers), p in zip(named, adjusted, strict=True)
    )


def _numbers(mean: HacMean | None) -> tuple[float | None, ...]:
    return (None, None, None, 0.0, None) if mean is None else (mean.mean, mean.low, mean.high, 0.0, mean.p)


def _or_none(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _standing(
    members: tuple[str, ...], strength: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[tuple[str, float], ...]:
    there = [(name, float(one)) for name, one in zip(members, strength, strict=True) if not math.isnan(one)]
    return tuple(sorted(there, key=lambda pair: pair[1], reverse=True))
