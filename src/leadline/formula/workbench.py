"""From a bound tree to Polars expressions: each node once, on the axis where it belongs.

1. `Workbench.compile` turns a node into an expression on an axis, with its unit and the history it needs.
2. `_on` moves a value to the axis on which it meets others (`frames.Frames.moved`).
3. Calls go to the implementation of their catalogue entry; state machines run at once and become columns (`_Stage`).
4. Group functions take the members of the day (`grouped.series_group`, `stocks.stock_group`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from leadline.core.errors import PromiseError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel, SeriesFact
from leadline.formula import axes
from leadline.formula.arguments import COMPARISONS, entry_of
from leadline.formula.crowd import Crowd, Local
from leadline.formula.entry import FunctionEntry, Given, Machine
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.frames import Frames
from leadline.formula.functions.pieces import margin, ratio
from leadline.formula.kept import once
from leadline.formula.names import Names
from leadline.formula.tree import FIELDS, Binary, Call, Day, Name, Node, Number, Span, Unary
from leadline.formula.vintages import remarks

MONTHS_IN: Final = {"month": 1, "quarter": 3, "year": 12}
_FIELD_UNITS: Final = {
    "volume": Unit.SHARES,
    "shares": Unit.SHARES,
    "traded": Unit.PRICE,
    "market_value": Unit.MONEY,
}


@dataclass(frozen=True)
class Compiled:
    """A node as an expression: its axis (None: constant), unit (None: plain number), rows before the first value."""

    expr: pl.Expr
    axis: str | None
    unit: Unit | None
    history: int
    text: str
    constant: float | date | None = None


@dataclass(frozen=True)
class Shared:
    """A group function that was computed: its value, and what it used, rests on and said."""

    value: Compiled
    used: Mapping[tuple[str, str], None]
    calendars: Mapping[str, None]
    said: Mapping[str, None]


@dataclass
class Workbench:
    """One evaluation of formulas: frames, what was compiled, what was needed, what must be said."""

    panel: Panel
    names: Names
    frames: Frames
    done: dict[tuple[Node, str | None], Compiled] = field(default_factory=dict)
    used: dict[tuple[str, str], None] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    calendars: dict[str, None] = field(default_factory=dict)
    said: dict[str, None] = field(default_factory=dict)
    outer: dict[str, pl.Series] = field(default_factory=dict)
    shared: dict[str, Shared] = field(default_factory=dict)
    crowd: Crowd = field(default_factory=Local)

    def compile(self, node: Node, scope: str | None = None) -> Compiled:
        """A bound node as an expression. `scope` is the axis of the group's stocks inside a group function."""
        key = (node, scope)
        if key not in self.done:
            self.done[key] = self._compile(node, scope)
        return self.done[key]

    def _compile(self, node: Node, scope: str | None) -> Compiled:
        if isinstance(node, Number):
            return Compiled(pl.lit(node.decimal), None, None, 0, str(node), node.decimal)
        if isinstance(node, Day):
            return Compiled(pl.lit(node.day), None, Unit.DATE, 0, str(node), node.day)
        if isinstance(node, Name):
            return self._name(node, scope)
        if isinstance(node, Unary):
            return self._unary(node, scope)
        if isinstance(node, Binary):
            return self._binary(node, scope)
        if isinstance(node, Call):
            return self._call(node, scope)
        raise PromiseError("formula", found=f"{node} where a value belongs")

    def _name(self, node: Name, scope: str | None) -> Compiled:
        if node.text in FIELDS and node.field is None:
            if scope is None:
                raise PromiseError(f"bare {node.text}", found="no group around it")
            return Compiled(pl.col(node.text), scope, _FIELD_UNITS.get(node.text, Unit.INDEX), 0, node.text)
        fact = self.panel.fact(node.text)
        return self._bars(fact, node) if fact.kind == "bars" else self._macro(fact, node)

    def _bars(self, fact: SeriesFact, node: Name) -> Compiled:
        of = node.field or "close"
        axis = axes.MONTH if fact.frequency == "month" else axes.SESSION
        text = f"{fact.name}.{of}"
        if not self.frames.has(axis, text):
            self.frames.add(axis, text, self.panel.column(fact.name, of))
        self.used[fact.name, of] = None
        unit = Unit.SHARES if of == "volume" else _unit(fact.unit)
        return Compiled(pl.col(text), axis, unit, 0, text)

    def _macro(self, fact: SeriesFact, node: Name) -> Compiled:
        if node.field is not None:
            raise FormulaError(f"{node}", found="a macro series, which has no fields", expected=fact.name, at=node.at)
        self.used[fact.name, "value"] = None
        found = self.frames.vintages(fact.name)
        for remark in once(self.panel, ("remarks", fact.name), partial(remarks, self.panel, fact.name, found)):
            self.said[remark] = None
        if fact.frequency not in ("day", "session"):
            return Compiled(pl.col("value"), f"macro:{fact.name}", _unit(fact.unit), 0, fact.name)
        if not self.frames.has(axes.SESSION, fact.name):
            self.frames.add(axes.SESSION, fact.name, self.frames.carried(found.newest))
        return Compiled(pl.col(fact.name), axes.SESSION, _unit(fact.unit), 0, fact.name)

    def on(self, value: Compiled, axis: str | None) -> pl.Expr:
        """The expression of a value on an axis where it meets others."""
        if axis is None or value.axis is None or value.axis == axis:
            return value.expr
        name = f"{value.axis}|{value.text}"
        if axes.is_stocks(axis):
            if name not in self.outer:
                self.outer[name] = self.series(value, axes.SESSION)
            return pl.col(name)
        if not self.frames.has(axis, name):
            self.frames.add(axis, name, self.frames.moved(value.axis, value.expr, axis))
        return pl.col(name)

    def _column(self, value: Compiled, axis: str) -> pl.Expr:
        """An argument as a column of its axis: computed once, however often a formula or its neighbours use it."""
        expr = self.on(value, axis)
        if axis not in (axes.SESSION, axes.MONTH, axes.WEEKLY, axes.MONTHLY) or value.axis != axis:
            return expr
        plain = value.expr.meta.is_column()
        return expr if plain else self.frames.add(axis, f"= {value.text}", self.frames.values(axis, expr))

    def series(self, value: Compiled, axis: str) -> pl.Series:
        """The values on a wide axis."""
        if value.axis == axis or value.axis is None:
            return self.frames.values(axis, value.expr)
        return self.frames.moved(value.axis, value.expr, axis)

    def _unary(self, node: Unary, scope: str | None) -> Compiled:
        inner = self.compile(node.operand, scope)
        expr = -inner.expr if node.operator == "-" else inner.expr.not_()
        constant = -inner.constant if isinstance(inner.constant, float) and node.operator == "-" else None
        return Compiled(expr, inner.axis, inner.unit, inner.history, str(node), constant)

    def _binary(self, node: Binary, scope: str | None) -> Compiled:
        left, right = self.compile(node.left, scope), self.compile(node.right, scope)
        axis = axes.meet((left.axis, right.axis))
        a, b = self.on(left, axis), self.on(right, axis)
        history = max(_history(left, axis), _history(right, axis))
        if node.operator in COMPARISONS:
            unit: Unit | None = Unit.TRUTH
            expr = _compared(node.operator, a, b, right, left)
        elif node.operator in ("and", "or"):
            expr, unit = (a & b if node.operator == "and" else a | b), Unit.TRUTH
        else:
            expr, unit = (
                _arithmetic(node.operator, a, b, right.constant),
                _unit_of(node.operator, left.unit, right.unit),
            )
        return Compiled(expr, axis, unit, history, str(node))

    def _call(self, node: Call, scope: str | None) -> Compiled:
        entry, given = entry_of(node), dict(node.named)
        if entry.aggregate is not None:
            from leadline.formula.grouped import grouped

            return grouped(self, node, entry, given)
        parts = {
            name: self.compile(value, scope) for name, value in given.items() if self._is_value(entry, name, value)
        }
        axis = axes.meet(part.axis for part in parts.values())
        if entry.where == "session" and not axes.is_stocks(axis) and axis not in (None, axes.MONTH):
            axis = axes.SESSION
        if entry.where in (axes.WEEKLY, axes.MONTHLY):
            return self._sampled(node, entry, parts["x"])
        if axis is None:
            axis = axes.SESSION
        spans = self._spans(entry, given, axis)
        values: dict[str, pl.Expr | int | float | str | date | None] = {one.name: None for one in entry.arguments}
        values |= {name: _plain(value) for name, value in given.items() if name not in parts}
        values |= spans
        values |= {name: self._column(part, axis) for name, part in parts.items()}
        symbols = {name: value.text for name, value in given.items() if isinstance(value, Name)}
        stage = _Stage(self, axis, ", ".join(str(given[name]) for name in parts), node)
        expr = entry.run(Given(values, symbols, stage)) if entry.run else pl.lit(None)
        history = max((_history(part, axis) for part in parts.values()), default=0) + entry.history(spans)
        unit = next(iter(parts.values())).unit if entry.unit == "same" and parts else entry.unit
        return Compiled(expr, axis, None if unit in (None, "same") else Unit(unit), history, str(node))

    def _is_value(self, entry: FunctionEntry, name: str, value: Node) -> bool:
        argument = next(one for one in entry.arguments if one.name == name)
        if not {"value", "condition", "symbol"} & set(argument.kinds):
            return False
        return not isinstance(value, Span) and not (isinstance(value, Name) and value.text in argument.words)

    def _spans(self, entry: FunctionEntry, given: Mapping[str, Node], axis: str) -> dict[str, int | None]:
        frequency, data = None, "the series of the formula"
        if axes.is_macro(axis):
            fact = self.panel.fact(axis.partition(":")[2])
            frequency, data = fact.frequency, fact.name
        found: dict[str, int | None] = {}
        defaults = {one.name: one.default for one in entry.arguments}
        for name, value in given.items():
            if not isinstance(value, Span):
                continue
            left_out = value.at is None and str(value) == defaults[name]
            if left_out and axis != axes.SESSION and not axes.is_stocks(axis):
                found[name] = value.count  # a default of 14d is 14 rows where a row is not a session
            else:
                found[name] = axes.rows_of(value, axis, frequency, data)
        return found

    def _sampled(self, node: Call, entry: FunctionEntry, x: Compiled) -> Compiled:
        if x.axis in (axes.MONTH, axes.MONTHLY) and entry.where == axes.MONTHLY:
            return x
        if x.axis in (axes.MONTH, axes.MONTHLY, axes.WEEKLY) or axes.is_stocks(x.axis):
            raise FormulaError(node.name, found=f"{x.axis} data", expected="a daily series", at=node.at)
        rows = {axes.WEEKLY: 5, axes.MONTHLY: 21}[entry.where]
        return Compiled(self.on(x, entry.where), entry.where, x.unit, -(-_history(x, axes.SESSION) // rows), str(node))

    def event_column(self, calendar: str, at: int | None) -> pl.Expr:
        """True on the sessions of a calendar's events, missing before its first."""
        known = self.panel.events["calendar"].unique().to_list()
        if calendar not in known:
            expected = nearest(calendar, known, f"one of {', '.join(sorted(known)) or 'none: no calendar was pulled'}")
            raise FormulaError("calendar", found=calendar, expected=expected, at=at)
        self.calendars[calendar] = None
        days = self.panel.events.filter((pl.col("calendar") == calendar) & pl.col("session").is_not_null())["session"]
        sessions = self.panel.sessions
        held = sessions.is_in(days.implode()) if len(days) else pl.Series([False] * len(sessions))
        first = days.min()
        return self.frames.add(axes.SESSION, f"@{calendar}", held.set(_before(sessions, first), None))

    def machine_column(
        self, axis: str, key: str, run: Machine, inputs: tuple[pl.Expr, ...], given: tuple[float, ...]
    ) -> str:
        """Run a machine over the rows of a wide axis; its outputs become columns. Returns their prefix."""
        if key not in self.frames.machines:
            frame = self.frames.select(axis, {f"{at}": x for at, x in enumerate(inputs)})
            for name, values in run(*(_floats(frame[f"{at}"]) for at in range(len(inputs))), *given).items():
                self.frames.add(axis, f"{key}|{name}", pl.Series(values, nan_to_null=True))
            self.frames.machines.add(key)
        return key


@dataclass(frozen=True)
class _Stage:
    """What an implementation may ask of its place."""

    bench: Workbench
    axis: str
    inputs: str
    node: Call

    def machine(self, run: Machine, inputs: tuple[pl.Expr, ...], parameters: tuple[float, ...], output: str) -> pl.Expr:
        if axes.is_macro(self.axis) or axes.is_stocks(self.axis):

            def over(columns: Sequence[pl.Series]) -> pl.Series:
                found = run(*(_floats(column) for column in columns), *parameters)
                return pl.Series(found[output], nan_to_null=True)

            return pl.map_groups(list(inputs), over, return_dtype=pl.Float64, returns_scalar=False)
        key = f"{run.__name__}({self.inputs}; {parameters})"
        return pl.col(f"{self.bench.machine_column(self.axis, key, run, inputs, parameters)}|{output}")

    def field(self, symbol: str, of: str) -> pl.Expr:
        if symbol in FIELDS:
            return pl.col(of)
        found = self.bench.compile(Name(symbol, of))
        return self.bench.on(found, self.axis)

    def events(self, calendar: str) -> pl.Expr:
        return self.bench.event_column(calendar, self.node.at)

    def period_over(self, period: str) -> pl.Expr:
        if self.axis == axes.WEEKLY or axes.is_macro(self.axis):
            raise FormulaError(self.node.name, found=f"{self.axis} data", expected="a price series", at=self.node.at)
        months = self.bench.panel.months.filter(pl.col("label").dt.month() % MONTHS_IN[period] == 0)
        ends = months["label" if self.axis in (axes.MONTH, axes.MONTHLY) else "session"]
        return pl.col("session").is_in(ends.implode())


def _before(sessions: pl.Series, first: object) -> pl.Series:
    if first is None:
        return pl.Series([True] * len(sessions))
    return sessions < first


def _floats(values: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = values.cast(pl.Float64).to_numpy()  # null is NaN
    return found


def _unit(text: str) -> Unit:
    return Unit(text) if text in set(Unit) else Unit.LEVEL


def _history(value: Compiled, axis: str | None) -> int:
    """Rows of history of a value in rows of the axis where it is used."""
    if value.axis in (None, axis) or axis is None or value.axis == axes.SESSION:
        return value.history
    return value.history * {axes.WEEKLY: 5, axes.MONTHLY: 21, axes.MONTH: 21}.get(value.axis or "", 0)


def _plain(value: Node) -> float | str | date | None:
    if isinstance(value, Number):
        return value.decimal
    if isinstance(value, Unary) and isinstance(value.operand, Number):
        return -value.operand.decimal
    if isinstance(value, Day):
        return value.day
    return value.text if isinstance(value, Name) else None


def _arithmetic(operator: str, a: pl.Expr, b: pl.Expr, constant: object) -> pl.Expr:
    if operator == "/":
        if isinstance(constant, float):
            return a / constant if constant else a * pl.lit(None, dtype=pl.Float64)
        return ratio(a, b)
    if operator == "*":
        return a * b
    return a + b if operator == "+" else a - b


def _compared(operator: str, a: pl.Expr, b: pl.Expr, right: Compiled, left: Compiled) -> pl.Expr:
    if Unit.DATE in (left.unit, right.unit):
        return {">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b, "==": a == b}[operator]
    near = abs(right.constant) * 1e-9 if isinstance(right.constant, float) else margin(a if a.meta.is_column() else b)
    if isinstance(right.constant, float):
        edge = right.constant
        return {
            ">": a > edge + near,
            ">=": a >= edge - near,
            "<": a < edge - near,
            "<=": a <= edge + near,
            "==": (a - edge).abs() <= near,
        }[operator]
    apart = a - b
    return {
        ">": apart > near,
        ">=": apart >= -near,
        "<": apart < -near,
        "<=": apart <= near,
        "==": apart.abs() <= near,
    }[operator]


def _unit_of(operator: str, left: Unit | None, right: Unit | None) -> Unit | None:
    """The unit of a sum, difference, product or quotient.

    >>> _unit_of("/", Unit.PRICE, Unit.PRICE), _unit_of("-", Unit.RATIO, None)
    (<Unit.RATIO: 'ratio'>, <Unit.RATIO: 'ratio'>)
    """
    if right is None:
        return left
    if left is None:
        return right if operator != "/" else Unit.LEVEL
    if operator == "/":
        alike = left == right or {left, right} <= {Unit.PRICE, Unit.INDEX}
        return Unit.RATIO if alike else Unit.LEVEL
    if operator == "*":
        money = {left, right} in ({Unit.PRICE, Unit.SHARES}, {Unit.INDEX, Unit.SHARES})
        scaled = {Unit.RATIO, Unit.SHARE, Unit.RETURN, Unit.COUNT}
        if money:
            return Unit.MONEY
        return right if left in scaled else left if right in scaled else Unit.LEVEL
    return left if left == right else Unit.LEVEL
