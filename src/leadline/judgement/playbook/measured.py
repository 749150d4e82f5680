"""All formulas of a playbook over a panel, once, to be read at any session.

1. `inputs.inputs_of` says what each formula rests on; one whose series are not there is not evaluated
2. conditions that compare other formulas of the playbook with numbers are left to be read off them (`derived`)
3. `answered` evaluates the rest together; one that fails, fails alone
4. `Measured.read` gives the value of a formula at a session, or why there is none: fails closed

A formula cannot look ahead, so its value at a past session is the one that a panel cut there would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.errors import DataError, LeadlineError, RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Axis, Panel
from leadline.formula.evaluate import Values, evaluate_each
from leadline.formula.names import Names
from leadline.formula.parse import parse
from leadline.formula.tree import Node
from leadline.formula.usual import resolved
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.derived import constant, derivable, truth
from leadline.judgement.playbook.freshness import Place, Reach, Standing, has, place_of, reaches
from leadline.judgement.playbook.inputs import Input, Inputs, inputs_of
from leadline.judgement.playbook.model import Playbook

Floats = NDArray[np.float64]
NO_VALUE: Final = "no value at this session: too short a history, or a gap in the data"
#: how many values of the past are needed before a value is called high or low
LEAST_PAST: Final[Mapping[Axis, int]] = MappingProxyType({"session": 252, "month": 36})


@dataclass(frozen=True)
class Column:
    """The values of one formula on its axis as numbers: NaN missing, a truth 0 or 1, a date as days since 1970."""

    unit: Unit
    axis: Axis
    values: Floats


@dataclass(frozen=True)
class Read:
    """A value at a session; `why` says why there is none. unit: None where the formula could not be evaluated."""

    value: float | None
    why: str = ""
    unit: Unit | None = None

    @property
    def truth(self) -> bool | None:
        """The value of a condition."""
        return None if self.value is None else bool(self.value)

    @property
    def day(self) -> date | None:
        """The value of a date formula."""
        return None if self.value is None else np.datetime64(int(self.value), "D").item()


@dataclass(frozen=True)
class Past:
    """How a value stands in its own past as known then. percentile: the share of values not above it, its own included.

    A weekly or monthly value counts once for every session on which it was the newest known. rank: 1 for the greatest;
    n: the values so far; since: the label of the first; surprise: 1 less twice the share of values at least as far out
    on its side: 0 in the middle, 1 - 2/n for a record.
    """

    percentile: float
    rank: int
    n: int
    since: date
    surprise: float


@dataclass(frozen=True)
class Measured:
    """A playbook's formulas over a panel. inputs, problems, derived: by formula text; columns: by canonical text.

    derived: conditions that are read off the columns; reaches: how far each input reaches.
    """

    panel: Panel
    playbook: Playbook
    names: Names
    inputs: Mapping[str, Inputs]
    columns: Mapping[str, Column]
    problems: Mapping[str, str]
    derived: Mapping[str, Node]
    reaches: Mapping[Input, Reach]

    def until(self, panel: Panel) -> Measured:
        """What measuring a panel that was cut from this one's gives: no formula looks ahead, so values are read off."""
        rows = {axis: len(panel.axis(axis)) for axis in ("session", "month")}
        columns = {text: replace(one, values=one.values[: rows[one.axis]]) for text, one in self.columns.items()}
        return replace(self, panel=panel, columns=columns)

    def place(self, session: date) -> Place:
        """The place of a session. Raises RequestError for a day that is no session of the panel."""
        found = place_of(self.panel, session)
        if found is None:
            span = f"{self.panel.sessions[0]} to {self.panel.cut}"
            raise RequestError(f"a card as of {session}", found="no session of the panel", expected=f"one of {span}")
        return found

    def column(self, formula: str) -> Column | None:
        """The values of a formula; None where it was not evaluated, or is read off others."""
        return self.columns.get(_text(formula))

    def wrong(self, formula: str, place: Place) -> tuple[Standing, ...]:
        """The inputs without which a formula says nothing at a session: direct ones missing or stale, members stale."""
        found = self.inputs[formula]
        direct = [self.reaches[one].at(place) for one in found.direct]
        members = [self.reaches[one].at(place) for one in found.members]
        bad = [one for one in direct if one.state != "present"] + [one for one in members if one.state == "stale"]
        if members and all(one.state == "missing" for one in members):
            bad += members
        return tuple(dict.fromkeys(bad))

    def absent(self, formula: str, place: Place) -> tuple[str, ...]:
        """The members of a formula's groups that have no value yet at a session and are left out of it."""
        members = (self.reaches[one].at(place) for one in self.inputs[formula].members)
        return tuple(dict.fromkeys(one.input.name for one in members if one.state == "missing"))

    def read(self, formula: str, place: Place) -> Read:
        """The value of a formula at a session, or why there is none."""
        wrong = self.wrong(formula, place)
        if wrong:
            return Read(None, "; ".join(dict.fromkeys(one.why for one in wrong)))
        if formula in self.derived:
            held = truth(self.derived[formula], lambda x: self._value(x, place), lambda x: self._percentile(x, place))
            return Read(None, NO_VALUE, Unit.TRUTH) if held is None else Read(float(held), "", Unit.TRUTH)
        column = self.columns.get(_text(formula))
        if column is None:
            return Read(None, self.problems.get(formula) or NO_VALUE)
        value = self._value(_text(formula), place)
        return Read(value, NO_VALUE if value is None else "", column.unit)

    def _value(self, text: str, place: Place) -> float | None:
        column = self.columns.get(text)
        row = place.row_on(column.axis) if column is not None else -1
        value = column.values[row] if column is not None and row >= 0 else np.nan
        return None if np.isnan(value) else float(value)

    def _percentile(self, text: str, place: Place) -> float | None:
        column = self.columns.get(text)
        value = self._value(text, place)
        if column is None or value is None:
            return None
        known = column.values[: place.row_on(column.axis) + 1]
        return float((known <= value).sum() / (~np.isnan(known)).sum())

    def past(self, formula: str, place: Place) -> Past | None:
        """How the value of a formula at a session stands in its own past; None with too few values, or none."""
        column = self.columns.get(_text(formula))
        row = place.row_on(column.axis) if column is not None else -1
        if column is None or row < 0 or np.isnan(column.values[row]):
            return None
        there = ~np.isnan(column.values[: row + 1])
        known, value = column.values[: row + 1][there], column.values[row]
        n = len(known)
        if n < LEAST_PAST[column.axis]:
            return None
        below, above = int((known <= value).sum()), int((known >= value).sum())
        first: date = self.panel.axis(column.axis)[int(np.argmax(there))]
        greater = n - below
        return Past(below / n, greater + 1, n, first, max(0.0, 1 - 2 * min(below, above) / n))


def reasons(reads: Iterable[Read]) -> str:
    """What is wrong with any of several values, each reason once; that there is no value only where nothing else is."""
    found = dict.fromkeys(one.why for one in reads if one.why)
    return "; ".join([why for why in found if why != NO_VALUE] or found)


def measure(panel: Panel, playbook: Playbook, names: Names | None = None) -> Measured:
    """Everything a card needs, over all sessions of a panel.

    names: what words mean, roles and groups of the playbook included (`choose.names_of`); None: those of the playbook.
    Nothing is raised for data that are missing or stale: reading says so.
    """
    meaning = resolved(names_of(playbook, None, panel) if names is None else names, panel)
    formulas = playbook.formulas
    inputs = {formula: inputs_of(formula, meaning) for formula in formulas}
    trees = {formula: parse(formula) for formula in formulas}
    constants = {str(tree): value for tree in trees.values() if (value := constant(tree)) is not None}
    known = {str(tree) for tree in trees.values()} - set(constants)
    ranked = {str(tree) for formula, tree in trees.items() if _by_session(panel, inputs[formula])} & known
    derived = {formula: tree for formula, tree in trees.items() if derivable(tree, known, ranked)}
    rest = {str(tree): formula for formula, tree in trees.items() if formula not in derived and constant(tree) is None}
    possible = {text: formula for text, formula in rest.items() if _possible(panel, inputs[formula], meaning)}
    stocks = {text for text, formula in possible.items() if inputs[formula].of_stocks}
    columns, told = answered([text for text in possible if text not in stocks], panel, meaning)
    more = answered([text for text in possible if text in stocks], panel, meaning)  # apart: one pass for all of them
    columns, told = columns | more[0], told | more[1]
    rows = len(panel.sessions)
    columns |= {text: Column(Unit.LEVEL, "session", np.full(rows, value)) for text, value in constants.items()}
    problems = {rest[text]: problem for text, problem in told.items()}
    reached = reaches(panel, [one for found in inputs.values() for one in found.all], meaning)
    return Measured(panel, playbook, meaning, inputs, columns, problems, derived, reached)


def _text(formula: str) -> str:
    """The canonical text of a formula, under which its column stands."""
    return str(parse(formula))


def answered(formulas: Sequence[str], panel: Panel, names: Names) -> tuple[dict[str, Column], dict[str, str]]:
    """The columns of formulas, and of those that have none what is wrong ("" where the data are too short)."""
    found = dict(zip(formulas, evaluate_each(formulas, panel, names, warned=False), strict=True))
    columns = {text: _column(one) for text, one in found.items() if isinstance(one, Values)}
    return columns, {text: _problem(one) for text, one in found.items() if isinstance(one, LeadlineError)}


def _problem(error: LeadlineError) -> str:
    return "" if isinstance(error, DataError) else f"{error.asked}: found {error.found}"


def _by_session(panel: Panel, found: Inputs) -> bool:
    """Whether the rows of a formula are those of price series or daily values: its past is counted in them."""
    facts = [panel.series.get(one.name) for one in found.all if not one.stocks]
    plain = all(fact is None or fact.kind == "bars" or fact.frequency in ("day", "session") for fact in facts)
    return plain and not found.sampled


def _possible(panel: Panel, found: Inputs, names: Names) -> bool:
    there = all(has(panel, one, names) for one in found.direct)
    return there and (not found.members or any(has(panel, one) for one in found.members))


def _column(found: Values) -> Column:
    value = found.frame["value"]
    if value.dtype == pl.Date:
        value = value.cast(pl.Int32)
    return Column(found.unit, found.axis, value.cast(pl.Float64).to_numpy())  # null is NaN
