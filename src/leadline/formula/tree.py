"""The tree of a formula: six kinds of frozen nodes, a canonical text, and Python operators that build the same tree.

`str(tree)` is canonical and `parse(str(tree)) == tree`. Two nodes are equal when they mean the same; where they stood
in a text (`at`) does not count. `>`, `>=`, `<`, `<=` build formulas; `==` compares trees, so the formula's own equality
is written `a.equals(b)`; `and`, `or`, `not` are `&`, `|`, `~`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final, Literal

from leadline.core.errors import RequestError
from leadline.formula.errors import FormulaError

DEPTH: Final = 60
SERIES_FIELDS: Final = ("open", "high", "low", "close", "total", "volume")
#: bare fields of a group's members; the last three are those of stocks alone
FIELDS: Final = (*SERIES_FIELDS, "traded", "shares", "market_value")
SPAN_UNITS: Final = ("d", "w", "mo", "y")
SESSIONS_IN: Final = {"d": 1, "w": 5, "mo": 21, "y": 252}
LONGEST: Final = 100 * SESSIONS_IN["y"]
PLAIN = re.compile(r"\^?[A-Za-z_][A-Za-z0-9_]*(:[A-Za-z0-9_]+)?")
KEYWORDS: Final = frozenset({"and", "or", "not"})

Compare = Literal[">", ">=", "<", "<=", "=="]
Operator = Literal[">", ">=", "<", "<=", "==", "+", "-", "*", "/", "and", "or"]
_LEVEL: Final = {"or": 1, "and": 2, "not": 3, ">": 4, ">=": 4, "<": 4, "<=": 4, "==": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_NEGATION, _ATOM = 7, 8


class Node:
    """What all nodes share: operators, the canonical text, the depth. Not made directly."""

    __slots__ = ()
    level: ClassVar[int] = _ATOM

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes directly below, in order of writing."""
        return ()

    def walk(self) -> Iterator[Node]:
        """The node itself and all below it, from the top, left to right."""
        yield self
        for child in self.children:
            yield from child.walk()

    def __bool__(self) -> bool:
        raise RequestError("the truth of a formula", expected="&, | and ~ in place of and, or and not")

    def __add__(self, other: Node | float | str | date) -> Node:
        return Binary("+", self, as_node(other))

    def __radd__(self, other: Node | float | str | date) -> Node:
        return Binary("+", as_node(other), self)

    def __sub__(self, other: Node | float | str | date) -> Node:
        return Binary("-", self, as_node(other))

    def __rsub__(self, other: Node | float | str | date) -> Node:
        return Binary("-", as_node(other), self)

    def __mul__(self, other: Node | float | str | date) -> Node:
        return Binary("*", self, as_node(other))

    def __rmul__(self, other: Node | float | str | date) -> Node:
        return Binary("*", as_node(other), self)

    def __truediv__(self, other: Node | float | str | date) -> Node:
        return Binary("/", self, as_node(other))

    def __rtruediv__(self, other: Node | float | str | date) -> Node:
        return Binary("/", as_node(other), self)

    def __neg__(self) -> Node:
        return Unary("-", self)

    def __gt__(self, other: Node | float | str | date) -> Node:
        return Binary(">", self, as_node(other))

    def __ge__(self, other: Node | float | str | date) -> Node:
        return Binary(">=", self, as_node(other))

    def __lt__(self, other: Node | float | str | date) -> Node:
        return Binary("<", self, as_node(other))

    def __le__(self, other: Node | float | str | date) -> Node:
        return Binary("<=", self, as_node(other))

    def equals(self, other: Node | float | str | date) -> Node:
        """The formula `self == other`: true where both values are equal."""
        return Binary("==", self, as_node(other))

    def __and__(self, other: Node | float | str | date) -> Node:
        return Binary("and", self, as_node(other))

    def __or__(self, other: Node | float | str | date) -> Node:
        return Binary("or", self, as_node(other))

    def __invert__(self) -> Node:
        return Unary("not", self)

    def __str__(self) -> str:
        raise NotImplementedError

    def inside(self, level: int) -> str:
        """The canonical text, in brackets when it binds less tightly than `level`."""
        return str(self) if self.level >= level else f"({self})"


def _depth(*below: Node) -> int:
    deep = 1 + max((getattr(node, "depth", 1) for node in below), default=0)
    if deep > DEPTH:
        at = next((getattr(node, "at", None) for node in below), None)
        raise FormulaError("nesting", found=f"more than {DEPTH} levels", expected="a flatter formula", at=at)
    return deep


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number of zero or more; with `percent`, hundredths: Number(5.0, percent=True) is 0.05."""

    value: float
    percent: bool = False
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value >= 0):
            raise FormulaError("number", found=f"{self.value}", expected="a finite number", at=self.at)

    @property
    def decimal(self) -> float:
        """The number meant: percent divided by a hundred."""
        return self.value / 100 if self.percent else self.value

    def __str__(self) -> str:
        said = repr(int(self.value)) if self.value.is_integer() and self.value < 1e15 else repr(self.value)
        return f"{said}%" if self.percent else said


@dataclass(frozen=True, slots=True)
class Span(Node):
    """A length of time: d sessions, w weeks, mo months, y years. What it is in rows depends on the axis."""

    count: int
    unit: str
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.unit not in SPAN_UNITS:
            raise FormulaError("span", found=self.unit, expected="6d, 3w, 3mo or 1y", at=self.at)
        if not 1 <= self.count * SESSIONS_IN[self.unit] <= LONGEST:
            limit = f"1d to {LONGEST // SESSIONS_IN['y']}y"
            raise FormulaError("span", found=f"{str(self.count)[:12]}{self.unit}", expected=limit, at=self.at)

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


@dataclass(frozen=True, slots=True)
class Day(Node):
    """A date."""

    day: date
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A series, a role, a group, a calendar or a word, by its text; with a field of a price series or without."""

    text: str
    field: str | None = None
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        printable = self.text.isascii() and self.text.isprintable()
        if not (0 < len(self.text) <= 64 and printable) or '"' in self.text or self.text != self.text.strip():
            raise FormulaError("name", found=repr(self.text)[:70], expected="1 to 64 ASCII characters", at=self.at)
        if self.field is not None and self.field not in SERIES_FIELDS:
            expected = f"a field: {', '.join(SERIES_FIELDS)}"
            raise FormulaError(f"field of {self.text}", found=self.field[:20], expected=expected, at=self.at)

    def __str__(self) -> str:
        plain = PLAIN.fullmatch(self.text) is not None and self.text not in KEYWORDS
        said = self.text if plain else f'"{self.text}"'
        return f"{said}.{self.field}" if self.field else said


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the catalogue with its arguments, by place and by name."""

    name: str
    args: tuple[Node, ...] = ()
    named: tuple[tuple[str, Node], ...] = ()
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)
    depth: int = dataclasses.field(default=1, compare=False, repr=False, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", _depth(*self.children))

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments by place, then those by name."""
        return (*self.args, *(value for _, value in self.named))

    def __str__(self) -> str:
        said = [str(arg) for arg in self.args] + [f"{name}={value}" for name, value in self.named]
        return f"{self.name}({', '.join(said)})"


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x` or `not x`."""

    operator: Literal["-", "not"]
    operand: Node
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)
    depth: int = dataclasses.field(default=1, compare=False, repr=False, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", _depth(self.operand))

    @property
    def level(self) -> int:  # type: ignore[override]
        """How tightly it binds."""
        return _NEGATION if self.operator == "-" else _LEVEL["not"]

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)

    def __str__(self) -> str:
        inner = self.operand.inside(self.level)
        return f"-{inner}" if self.operator == "-" else f"not {inner}"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands: arithmetic, comparison or logic."""

    operator: Operator
    left: Node
    right: Node
    at: int | None = dataclasses.field(default=None, compare=False, repr=False)
    depth: int = dataclasses.field(default=1, compare=False, repr=False, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", _depth(self.left, self.right))

    @property
    def level(self) -> int:  # type: ignore[override]
        """How tightly it binds."""
        return _LEVEL[self.operator]

    @property
    def children(self) -> tuple[Node, ...]:
        """Left, then right."""
        return (self.left, self.right)

    def __str__(self) -> str:
        alone = self.operator in _LEVEL and self.level == _LEVEL[">"]
        left = self.left.inside(self.level + 1 if alone else self.level)
        return f"{left} {self.operator} {self.right.inside(self.level + 1)}"


def series(name: str, field: str | None = None) -> Name:
    """A series (or role) by name, with a field or without: `series("IWM") / series("SPY")`.

    >>> str(series("IWM", "total") / series("RTY=F") > 5)
    'IWM.total / "RTY=F" > 5'
    """
    return Name(name, field)


def span(text: str) -> Span:
    """A span from its text. Raises FormulaError when it is none.

    >>> span("3mo")
    Span(count=3, unit='mo')
    """
    found = re.fullmatch(r"([0-9]{1,9})(d|w|mo|y)", text)
    if found is None:
        raise FormulaError("span", found=repr(text)[:40], expected="6d, 3w, 3mo or 1y")
    return Span(int(found[1]), found[2])


def call(
    name: str, *args: Node | float | str | date, named: dict[str, Node | float | str | date] | None = None
) -> Call:
    """A function of the catalogue: arguments by place, and by name in `named`. Text is a span, a percentage or a name.

    >>> str(call("advance", series("IWC", "total"), named={"from": date(2025, 4, 8)}))
    'advance(IWC.total, from=2025-04-08)'
    >>> str(call("change", series("IWM"), "6d") > "5%")
    'change(IWM, 6d) > 5%'
    """
    by_name = tuple((key, as_node(value)) for key, value in (named or {}).items())
    return Call(name, tuple(as_node(arg) for arg in args), by_name)


def as_node(value: Node | float | str | date) -> Node:
    """A node from a plain value: numbers, dates, and text that is a span, a percentage, a date or a name.

    >>> str(as_node(-0.5)), str(as_node("5%")), str(as_node("63d"))
    ('-0.5', '5%', '63d')
    """
    if isinstance(value, Node):
        return value
    if isinstance(value, date):
        return Day(value)
    if isinstance(value, str):
        return _from_text(value)
    number = float(value)
    return Number(number) if number >= 0 else Unary("-", Number(-number))


def _from_text(text: str) -> Node:
    if re.fullmatch(r"[0-9]{1,9}(d|w|mo|y)", text):
        return span(text)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?%", text):
        return Number(float(text[:-1]), percent=True)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return Day(date.fromisoformat(text))
    name, dot, of = text.rpartition(".")
    return Name(name, of) if dot and of in SERIES_FIELDS else Name(text)
