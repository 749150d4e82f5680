"""What a formula rests on, read off its tree alone: series and fields, groups of stocks, the members of its groups.

Unlike `formula.needs` this asks no panel, so that a formula whose series are not there can still say which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from leadline.formula.arguments import entry_of, matched
from leadline.formula.kept import once
from leadline.formula.names import Names
from leadline.formula.parse import parse
from leadline.formula.stocks import fields_in
from leadline.formula.tree import FIELDS, Call, Name, Node

#: fields that a function reads of its series without their being written
_UNWRITTEN: Final = {"overhead": ("close", "volume"), "atr": ("high", "low", "close")}
_DEEP: Final = 8


@dataclass(frozen=True, order=True)
class Input:
    """One field of one series; `field` is empty where none was written (the close, or a macro value).

    stocks: a group of stocks in place of a series; `field` then has the fields of its members, joined by "+".
    """

    name: str
    field: str = ""
    stocks: bool = False

    def __str__(self) -> str:
        return self.name if self.stocks or self.field in ("", "close") else f"{self.name}.{self.field}"


@dataclass(frozen=True)
class Inputs:
    """The inputs of a formula: those without which it has no value, and the members of its groups.

    sampled: whether it takes values by the week or month (`weekly`, `monthly`), so that its rows are not sessions.
    """

    direct: tuple[Input, ...]
    members: tuple[Input, ...]
    sampled: bool = False

    @property
    def of_stocks(self) -> tuple[Input, ...]:
        """The groups of stocks among them."""
        return tuple(one for one in self.direct if one.stocks)

    @property
    def all(self) -> tuple[Input, ...]:
        """Both, each once."""
        return tuple(dict.fromkeys((*self.direct, *self.members)))


def inputs_of(formula: str, names: Names) -> Inputs:
    """The inputs of a formula whose words mean what `names` says. Raises FormulaError for a formula that is none.

    >>> str(inputs_of("change(small / SPY, 6d)", Names(roles={"small": "IWM"})).direct[0])
    'IWM'
    """
    return once(names, ("inputs", formula), partial(_inputs_of, formula, names))


def _inputs_of(formula: str, names: Names) -> Inputs:
    found = list(_walk(parse(formula), names, ()))
    direct = tuple(dict.fromkeys(one for one, member in found if not member))
    members = tuple(dict.fromkeys(one for one, member in found if member))
    return Inputs(direct, members, _sampled(parse(formula), names, ()))


def _sampled(node: Node, names: Names, through: tuple[str, ...]) -> bool:
    if isinstance(node, Name):
        meaning = names.roles.get(node.text)
        known = meaning is None or node.text in through or len(through) > _DEEP
        return False if known else _sampled(parse(str(meaning)), names, (*through, node.text))
    if isinstance(node, Call) and node.name in ("weekly", "monthly"):
        return True
    return any(_sampled(child, names, through) for child in node.children)


def _walk(node: Node, names: Names, through: tuple[str, ...]) -> Iterator[tuple[Input, bool]]:
    if isinstance(node, Name):
        yield from _named(node, names, through)
    elif isinstance(node, Call):
        yield from _called(node, names, through)
    else:
        for child in node.children:
            yield from _walk(child, names, through)


def _named(node: Name, names: Names, through: tuple[str, ...]) -> Iterator[tuple[Input, bool]]:
    meaning = names.roles.get(node.text)
    if meaning is None or node.text in through or len(through) > _DEEP:
        yield Input(node.text, node.field or ""), False
        return
    for one, member in _walk(parse(meaning), names, (*through, node.text)):
        yield (_with(one, node.field) if node.field else one), member


def _called(node: Call, names: Names, through: tuple[str, ...]) -> Iterator[tuple[Input, bool]]:
    given, entry = matched(node), entry_of(node)
    if entry.aggregate is not None:
        yield from _grouped(node, names, through)
        return
    if entry.stands_for is not None:
        yield from _walk(parse(entry.stands_for.format(**given)), names, through)
        return
    for argument in entry.arguments:
        value = given[argument.name]
        if value is None or (isinstance(value, Name) and value.text in argument.words) or "calendar" in argument.kinds:
            continue
        for one, member in _walk(value, names, through):
            fields = _UNWRITTEN.get(node.name, ()) if argument.kinds == ("symbol",) else ()
            yield from ((_with(one, field), member) for field in fields or (one.field,))


def _with(one: Input, field: str) -> Input:
    """The same series with another field; a group of stocks as it is."""
    return one if one.stocks else Input(one.name, field)


def _grouped(node: Call, names: Names, through: tuple[str, ...]) -> Iterator[tuple[Input, bool]]:
    """A group function: the fields of `each` of every member, and of the series that is compared with them."""
    given = matched(node)
    each, own, group = given.get("each"), given.get("x"), str(given["group"])
    if group not in names.groups:
        used = fields_in(one for one in (each, given.get("by")) if one is not None)
        yield Input(group, "+".join(used), stocks=True), False
    if each is None and own is None:  # members(group) counts those that are there: nothing is missing from it
        return
    written = _fields(each) if each is not None else _fields_of_own(own)
    for member in names.groups.get(group, ()):
        for one, _ in _walk(parse(member), names, through):
            yield from ((Input(one.name, field), True) for field in written or ("",))
    if each is not None:
        yield from ((one, False) for one, _ in _walk(each, names, through) if one.name not in FIELDS)
    if own is not None:
        fields = written if each is not None and isinstance(own, Name) else ()
        for one, _ in _walk(own, names, through):
            yield from ((_with(one, field), False) for field in fields or (one.field,))


def _fields(each: Node) -> tuple[str, ...]:
    bare = (node.text for node in each.walk() if isinstance(node, Name) and node.field is None and node.text in FIELDS)
    return tuple(dict.fromkeys(bare))


def _fields_of_own(own: Node | None) -> tuple[str, ...]:
    named = [] if own is None else [node for node in own.walk() if isinstance(node, Name)]
    return tuple(dict.fromkeys(node.field or "close" for node in named[:1]))
