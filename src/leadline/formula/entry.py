"""What a function of the language is: one frozen entry, from which help, documentation and evaluation are made.

To add a function: one `FunctionEntry` in a file of `functions/`, in that file's tuple `ENTRIES`. The laws over the
whole catalogue (no look-ahead, the example runs, the warm-up is true) are inherited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.errors import PromiseError
from leadline.core.units import Unit

Kind = Literal["value", "condition", "span", "number", "date", "word", "symbol", "group", "calendar", "each"]
Floats = NDArray[np.float64]
#: a state machine: arrays in (NaN = missing) and parameters, named arrays out; it sees rows in order, past only
Machine = Callable[..., Mapping[str, Floats]]
#: spans in rows by argument name (None where left out) -> rows that are needed before the first value
History = Callable[[Mapping[str, int | None]], int]

KINDS: Mapping[Kind, str] = {
    "value": "a number for each session",
    "condition": "true or false for each session, such as IWM > 200",
    "span": "a span such as 6d, 3w, 3mo or 1y",
    "number": "a plain number or percentage",
    "date": "a date such as 2024-07-16",
    "word": "one of the words listed",
    "symbol": "a series by its bare name",
    "group": "a group of series or stocks",
    "calendar": "a calendar such as FOMC",
    "each": "an expression for each member, in which close, total, volume are the member's own",
}


@dataclass(frozen=True)
class Argument:
    """One argument: its name, the kinds it may have, what it is. `default` is formula text; optional without one."""

    name: str
    kinds: tuple[Kind, ...]
    what: str
    default: str | None = None
    optional: bool = False
    words: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is None and not self.optional

    def said(self) -> str:
        """How it is written in a signature.

        >>> Argument("n", ("span",), "the window", default="14d").said()
        'n=14d'
        """
        shown = "|".join(self.words) if self.words and self.kinds == ("word",) else self.name
        if self.default is not None:
            return f"{shown}={self.default}"
        return f"[{shown}]" if self.optional else shown


class Stage(Protocol):
    """What an implementation may ask of the place where it runs, besides expressions."""

    def machine(self, run: Machine, inputs: tuple[pl.Expr, ...], parameters: tuple[float, ...], output: str) -> pl.Expr:
        """One output of a state machine over the rows, as an expression."""
        ...

    def field(self, symbol: str, of: str) -> pl.Expr:
        """Another field of a price series."""
        ...

    def events(self, calendar: str) -> pl.Expr:
        """True on the sessions of a calendar's events, missing before its first."""
        ...

    def period_over(self, period: str) -> pl.Expr:
        """True on rows that are the last of a month, quarter or year."""
        ...


@dataclass(frozen=True)
class Given:
    """The arguments of one call as an implementation sees them, on one axis.

    `values` by argument name: an expression (value, condition, symbol), rows (span), a number, a word or a date; None
    when an optional argument was left out. `label` is the axis label (date) of each row.
    """

    values: Mapping[str, pl.Expr | int | float | str | date | None]
    symbols: Mapping[str, str]
    stage: Stage
    label: pl.Expr = field(default_factory=lambda: pl.col("session"))

    def expr(self, name: str) -> pl.Expr:
        """A value or condition argument."""
        value = self.values[name]
        if not isinstance(value, pl.Expr):
            raise PromiseError(f"argument {name}", found=type(value).__name__, expected="an expression")
        return value

    def rows(self, name: str) -> int:
        """A span argument that must be there, in rows."""
        value = self.values[name]
        if not isinstance(value, int):
            raise PromiseError(f"argument {name}", found=type(value).__name__, expected="rows")
        return value

    def maybe_rows(self, name: str) -> int | None:
        """A span argument in rows, None when left out."""
        value = self.values[name]
        return value if isinstance(value, int) else None

    def number(self, name: str) -> float:
        """A number argument."""
        value = self.values[name]
        if not isinstance(value, int | float):
            raise PromiseError(f"argument {name}", found=type(value).__name__, expected="a number")
        return float(value)

    def word(self, name: str) -> str | None:
        """A word, None when the argument is something else or left out."""
        value = self.values[name]
        return value if isinstance(value, str) else None

    def day(self, name: str) -> date | None:
        """A date, None when the argument is something else or left out."""
        value = self.values[name]
        return value if isinstance(value, date) else None


def no_history(_: Mapping[str, int | None]) -> int:
    """Values from the first row on."""
    return 0


def back(name: str, less: int = 0) -> History:
    """As many rows as the span `name` has, less some.

    >>> back("n", 1)({"n": 20}), back("n", 1)({"n": None})
    (19, 0)
    """
    return lambda spans: max((spans.get(name) or 0) - less, 0)


@dataclass(frozen=True)
class Count:
    """Members of a session as columns: of how many a condition holds, and of how many it is known. Both are Int64."""

    holds: pl.Expr
    known: pl.Expr


@dataclass(frozen=True)
class Tally:
    """A group function that needs no more of the members than how many there are of each kind, or sums over them.

    Numbers of members add up exactly in any order and in any parts, so no two members need ever meet. asks: from the
    members' values and what stands beside them, conditions on each member (where one of them is no condition for
    values such as these, the members must meet after all); adds: numbers of each member, none of them below zero, whose
    sums are exact in the same way where they are whole (where they are not, the members must meet after all); tells:
    from the counts and the sums, in the same order, the number.
    """

    asks: Callable[[pl.Expr, pl.Expr], tuple[pl.Expr, ...]]
    tells: Callable[[Sequence[Count], Sequence[pl.Expr]], pl.Expr]
    adds: Callable[[pl.Expr, pl.Expr], tuple[pl.Expr, ...]] | None = None


@dataclass(frozen=True)
class FunctionEntry:
    """One function of the language.

    unit: the unit of its value, or "same" as its first value argument. warm_up, gaps: in words. history: rows before
    the first value. run: the implementation, an expression of its arguments; aggregate (group functions): from the
    members' values of a session and what stands beside them (`own`, the value of the series named; `by`, the weights; a
    plain number) to one number; tally: the same from counts alone, where that is enough; stands_for: the formula that
    it is short for, its arguments in braces. where: "own" evaluates on the axis of its arguments, "session" always on
    sessions; "weekly" and "monthly" change the axis. outcome: looks ahead, studies only. exactly_one: optional
    arguments of which one must be given.
    """

    name: str
    family: str
    what: str
    arguments: tuple[Argument, ...]
    unit: Unit | Literal["same"]
    warm_up: str
    gaps: str
    source: str
    example: str
    run: Callable[[Given], pl.Expr] | None = None
    aggregate: Callable[[pl.Expr, pl.Expr], pl.Expr] | None = None
    tally: Tally | None = None
    stands_for: str | None = None
    history: History = no_history
    where: Literal["own", "session", "weekly", "monthly"] = "own"
    outcome: bool = False
    exactly_one: tuple[str, ...] = ()

    def signature(self) -> str:
        """The call as written, such as `rsi(x, n=14d)`."""
        return f"{self.name}({', '.join(argument.said() for argument in self.arguments)})"
