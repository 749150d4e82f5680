"""Formulas over a panel.

1. `parse.as_tree` reads and checks the text; `bind.Binder` meets it with the panel and the names.
2. `grouped.prepare` takes the group functions over stocks of all formulas in as few passes as there are groups.
3. `workbench.Workbench` turns each node into an expression on its axis; series and common parts are shared.
4. `_columns` computes all formulas of an axis in one pass; `_values` adds unit, needs and what must be said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypeVar

import polars as pl

from leadline.core.errors import DataError, LeadlineError
from leadline.core.units import Unit
from leadline.data.panel.panel import Axis, Panel
from leadline.formula import axes
from leadline.formula.bind import Binder
from leadline.formula.crowd import Crowd, Local
from leadline.formula.errors import FormulaError
from leadline.formula.frames import Frames, frames_of, meaning_of
from leadline.formula.grouped import prepare
from leadline.formula.kept import once
from leadline.formula.names import Names
from leadline.formula.needs import Needs
from leadline.formula.parse import as_tree
from leadline.formula.stocks import is_stock_group
from leadline.formula.tree import Node
from leadline.formula.workbench import Compiled, Workbench

T = TypeVar("T")


@dataclass(frozen=True)
class Values:
    """What a formula was worth, session by session.

    frame: session (Date: the session, or the month's last calendar day), value (Float64, Int64, Boolean or Date; null =
    missing); one row for every label of the axis. warnings: sentences a reader must see (assumed release dates,
    survivorship, a series that ended).
    """

    formula: str
    tree: Node
    frame: pl.DataFrame
    unit: Unit
    axis: Axis
    needs: Needs
    warnings: tuple[str, ...] = ()

    @property
    def last(self) -> float | bool | date | None:
        """The value at the cut; None when it is missing."""
        value: float | bool | date | None = self.frame["value"][-1] if len(self.frame) else None
        return value

    def at(self, session: date) -> float | bool | date | None:
        """The value of one session; None when it is missing. Raises DataError when `session` is not on the axis."""
        row = self.frame.filter(pl.col("session") == session)
        if not len(row):
            raise DataError(f"{self.formula} at {session}", found="no such label on its axis")
        value: float | bool | date | None = row["value"][0]
        return value


def evaluate(
    formula: str | Node,
    panel: Panel,
    names: Names | None = None,
    *,
    outcomes: bool = False,
    crowd: Crowd | None = None,
) -> Values:
    """The values of one formula at every session (or month) of the panel.

    Each value rests on what was known at that session's close. `outcomes` allows forward and its kin; `crowd`
    is where the members of groups of stocks are evaluated (None: here). Raises FormulaError (the formula is wrong),
    DataError (the panel cannot answer: a field it lacks, too short a history).
    """
    return evaluate_many((formula,), panel, names, outcomes=outcomes, crowd=crowd)[0]


def evaluate_many(
    formulas: Sequence[str | Node],
    panel: Panel,
    names: Names | None = None,
    *,
    outcomes: bool = False,
    crowd: Crowd | None = None,
) -> tuple[Values, ...]:
    """The values of several formulas in their order; series, common parts and state machines are computed once."""
    found = evaluate_each(formulas, panel, names, outcomes=outcomes, crowd=crowd)
    values = tuple(one for one in found if isinstance(one, Values))
    if len(values) < len(found):
        raise next(one for one in found if isinstance(one, LeadlineError))
    return values


def evaluate_each(
    formulas: Sequence[str | Node],
    panel: Panel,
    names: Names | None = None,
    *,
    outcomes: bool = False,
    crowd: Crowd | None = None,
    warned: bool = True,
) -> tuple[Values | LeadlineError, ...]:
    """As `evaluate_many`; what is wrong with a formula stands in its place and leaves the others alone.

    warned: False where nobody reads the warnings, which a panel of a whole (`Panel.of_whole`) then leaves out.
    Raises what is wrong with the cluster alone (CrowdError).
    """
    if panel.whole is None or names is None or outcomes:
        return _evaluated(formulas, panel, names, outcomes=outcomes, crowd=crowd)
    found = [_read_off(formula, panel.whole, panel, names, warned=warned) for formula in formulas]
    rest = [formula for formula, one in zip(formulas, found, strict=True) if one is None]
    anew = iter(_evaluated(rest, panel, names, outcomes=False, crowd=crowd))
    return tuple(next(anew) if one is None else one for one in found)


def _read_off(formula: str | Node, whole: Panel, panel: Panel, names: Names, *, warned: bool) -> Values | None:
    """The values over the whole panel up to the cut; None where they must be computed anew.

    That is: none at all, as an error may have to say why; and, with warnings, what they rest on besides prices.
    """
    key = ("values", meaning_of(names), formula if isinstance(formula, str) else str(formula))
    found = once(whole, key, lambda: _evaluated([formula], whole, names, outcomes=False, crowd=None)[0])
    if not isinstance(found, Values) or any(is_stock_group(whole, names, one) for one in found.needs.groups):
        return None
    plain = not found.needs.groups and not found.needs.calendars and all(of != "value" for _, of in found.needs.series)
    frame = found.frame.head(len(panel.axis(found.axis)))
    if (warned and not plain) or frame["value"].null_count() == len(frame):
        return None
    said = _ended(panel, found.needs) if warned and frame["value"][-1] is None else ()
    return replace(found, frame=frame, warnings=tuple(said))


def _evaluated(
    formulas: Sequence[str | Node], panel: Panel, names: Names | None, *, outcomes: bool, crowd: Crowd | None
) -> tuple[Values | LeadlineError, ...]:
    bench = _workbench(panel, names, crowd or Local())
    bound = [_tried(partial(_bound, formula, bench, outcomes=outcomes)) for formula in formulas]
    prepare(bench, [one.bound for one in bound if isinstance(one, _Bound)])
    made = [_tried(partial(_compiled, one, bench)) if isinstance(one, _Bound) else one for one in bound]
    columns = iter(_columns(bench, [one.value for one in made if isinstance(one, _Made)]))
    return tuple(_tried(partial(_values, bench, one, next(columns))) if isinstance(one, _Made) else one for one in made)


def _workbench(panel: Panel, names: Names | None, crowd: Crowd) -> Workbench:
    frames = Frames(panel) if names is None else frames_of(panel, names)
    return Workbench(panel, names or Names(), frames, crowd=crowd)


def _tried(work: Callable[[], T]) -> T | LeadlineError:
    try:
        return work()
    except LeadlineError as error:
        return error


def needs(formula: str | Node, panel: Panel, names: Names | None = None, *, outcomes: bool = False) -> Needs:
    """What a formula needs, and that it fits the panel. Raises as `evaluate`, but for too short a history."""
    bench = _workbench(panel, names, Local())
    return _compiled(_bound(formula, bench, outcomes=outcomes), bench).needs


@dataclass(frozen=True)
class _Bound:
    """A formula that was read and met with the panel: its text, its tree, and the tree bound."""

    text: str
    tree: Node
    bound: Node


@dataclass(frozen=True)
class _Made:
    """A formula that was compiled: its text and tree, its value, what it needs, what must be said."""

    text: str
    tree: Node
    value: Compiled
    needs: Needs
    said: tuple[str, ...]


def _bound(formula: str | Node, bench: Workbench, *, outcomes: bool) -> _Bound:
    text = formula if isinstance(formula, str) else str(formula)
    tree = as_tree(formula)
    try:
        return _Bound(text, tree, Binder(bench.panel, bench.names, outcomes).bind(tree))
    except FormulaError as error:
        raise error.placed(text) from None


def _compiled(one: _Bound, bench: Workbench) -> _Made:
    for ledger in (bench.used, bench.groups, bench.calendars, bench.said):
        ledger.clear()
    bench.done.clear()
    text = one.text
    try:
        value = bench.compile(one.bound)
    except FormulaError as error:
        raise error.placed(text) from None
    if value.axis is None:
        raise FormulaError("formula", found="no series in it", expected="something to measure", text=text, at=0)
    axis: Axis = "month" if value.axis == axes.MONTH else "session"
    need = Needs(tuple(bench.used), tuple(bench.groups), tuple(bench.calendars), value.history, axis)
    return _Made(text, one.tree, value, need, tuple(bench.said))


def _columns(bench: Workbench, values: list[Compiled]) -> list[pl.Series]:
    """The values on their axes: all formulas of one axis in one pass."""
    found: dict[int, pl.Series] = {}
    for axis in (axes.SESSION, axes.MONTH):
        mine = {f"{place}": value for place, value in enumerate(values) if _axis(value) == axis}
        exprs = {place: bench.on(value, axis) for place, value in mine.items()}
        if exprs:
            frame = bench.frames.select(axis, exprs)
            found |= {int(place): frame[place] for place in mine}
    return [found[place] for place in range(len(values))]


def _axis(value: Compiled) -> str:
    return axes.MONTH if value.axis == axes.MONTH else axes.SESSION


def _values(bench: Workbench, made: _Made, column: pl.Series) -> Values:
    if column.dtype.is_float():
        column = column.set(~column.is_finite(), None) if not column.is_finite().all() else column
    elif column.dtype.is_integer():
        column = column.cast(pl.Int64)
    frame = pl.DataFrame({"session": bench.panel.axis(made.needs.axis), "value": column})
    said = list(made.said)
    if not len(column) or column.null_count() == len(column):
        _enough(bench, made, len(column))
    if len(column) and column[-1] is None:
        said += _ended(bench.panel, made.needs)
    unit = made.value.unit or Unit.LEVEL
    return Values(made.text, made.tree, frame, unit, made.needs.axis, made.needs, tuple(said))


def _enough(bench: Workbench, made: _Made, rows: int) -> None:
    """Raises DataError when there is no value at all and the history is too short for one."""
    has, least = rows, ""
    for name, of in made.needs.series:
        if of != "value":
            there = bench.panel.column(name, of)
            count = len(there) - there.null_count()
            has, least = (count, f"{name}.{of} has {count}") if count < has else (has, least)
        elif axes.is_macro(made.value.axis):
            has = bench.frames.vintages(name).described.len()
            least = f"{name} has {has}"
    need = made.needs.history + 1
    if has < need:
        unit = "observations" if axes.is_macro(made.value.axis) else f"{made.needs.axis}s"
        found = f"{least or f'the panel has {has}'} {unit}"
        todo = f"{need - has} more are missing: pull a longer history or take a shorter span"
        raise DataError(made.text, found=found, expected=f"at least {need}", todo=todo)


def _ended(panel: Panel, needs: Needs) -> list[str]:
    """Which series of the formula have ended before the cut, and what goes on in their place."""
    said = []
    for name, of in needs.series:
        fact = panel.fact(name)
        if of == "value":
            continue
        axis = panel.axis(fact.frequency)
        last = axis.filter(panel.column(name, of).is_not_null())
        if not len(last) or last[-1] == axis[-1]:
            continue
        total = panel.column(name, "total") if "total" in fact.fields and of != "total" else None
        goes_on = "" if total is None else axis.filter(total.is_not_null())[-1]
        more = f"; {name}.total goes on to {goes_on}" if goes_on and goes_on > last[-1] else ""
        said.append(f"{name}.{of} ends {last[-1]}{more}")
    return said
