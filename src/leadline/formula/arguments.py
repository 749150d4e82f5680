"""Do the arguments of every call fit the catalogue? Asked of a tree alone, before any data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from leadline.formula.catalogue import CATALOGUE
from leadline.formula.entry import KINDS, Argument, FunctionEntry, Kind
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.tree import FIELDS, Binary, Call, Day, Name, Node, Number, Span, Unary

Sort = Literal["number", "truth", "date", "span", "day", "open"]
PLACED = (Number, Span, Day, Name, Call, Unary, Binary)
COMPARISONS: Final = frozenset({">", ">=", "<", "<=", "=="})
_SAID: Final[Mapping[Sort, str]] = {
    "number": "a number",
    "truth": "true or false",
    "date": "a date for each session",
    "span": "a span",
    "day": "a date",
    "open": "a name",
}


def entry_of(node: Call) -> FunctionEntry:
    """The catalogue entry of a call. Raises FormulaError with the nearest name."""
    entry = CATALOGUE.get(node.name)
    if entry is None:
        expected = nearest(node.name, CATALOGUE, "a function listed by `leadline functions`")
        raise FormulaError("function", found=node.name[:40], expected=expected, at=node.at)
    return entry


def matched(node: Call) -> Mapping[str, Node | None]:
    """The arguments of a call by name; defaults filled in, None for optional ones that were left out.

    Raises FormulaError: too many, unknown, given twice, missing, of a wrong kind.
    """
    entry = entry_of(node)
    if len(node.args) > len(entry.arguments):
        found = f"{len(node.args)} arguments"
        raise FormulaError(node.name, found=found, expected=entry.signature(), at=_at(node.args[-1], node))
    given: dict[str, Node] = dict(zip((one.name for one in entry.arguments), node.args, strict=False))
    given = _moved(entry, given)
    for name, value in node.named:
        if name not in {one.name for one in entry.arguments}:
            expected = nearest(name, [one.name for one in entry.arguments], entry.signature())
            raise FormulaError(f"argument of {node.name}", found=name[:40], expected=expected, at=_at(value, node))
        if name in given:
            raise FormulaError(f"argument of {node.name}", found=f"{name} twice", expected="once", at=_at(value, node))
        given[name] = value
    if entry.exactly_one and sum(name in given for name in entry.exactly_one) != 1:
        found = " and ".join(name for name in entry.exactly_one if name in given) or f"no {entry.exactly_one[0]}"
        expected = f"one of {' and '.join(entry.exactly_one)}: {entry.example}"
        raise FormulaError(node.name, found=found, expected=expected, at=node.at)
    return MappingProxyType({one.name: _filled(node, entry, one, given.get(one.name)) for one in entry.arguments})


def _moved(entry: FunctionEntry, given: dict[str, Node]) -> dict[str, Node]:
    """An argument by place that does not fit goes to the next optional one that it fits: advance(x, 2025-04-08)."""
    moved: dict[str, Node] = {}
    for name, value in given.items():
        place = next(at for at, one in enumerate(entry.arguments) if one.name == name)
        fits = [one for one in entry.arguments[place:] if any(_fits(kind, one, value) for kind in one.kinds)]
        skipped = entry.arguments[place : entry.arguments.index(fits[0])] if fits else ()
        free = fits and fits[0].name not in moved and all(not one.required for one in skipped)
        moved[fits[0].name if free and not entry.arguments[place].required else name] = value
    return moved if len(moved) == len(given) else given


def _filled(node: Call, entry: FunctionEntry, argument: Argument, value: Node | None) -> Node | None:
    if value is None:
        if argument.required:
            raise FormulaError(
                node.name, found=f"no {argument.name}", expected=f"{argument.what}: {entry.signature()}", at=node.at
            )
        return None if argument.default is None else _default(argument.default)
    if not any(_fits(kind, argument, value) for kind in argument.kinds):
        raise FormulaError(
            f"{argument.name} of {node.name}",
            found=_found(value),
            expected=_wanted(argument, value),
            at=_at(value, node),
        )
    return value


def _default(text: str) -> Node:
    from leadline.formula.tree import as_node

    return as_node(text if not text.replace(".", "").isdigit() else float(text))


def _found(value: Node) -> str:
    return str(value)[:60] if isinstance(value, Name | Span | Day | Number) else _SAID[sort_of(value)]


def _wanted(argument: Argument, value: Node) -> str:
    if argument.words and isinstance(value, Name):
        return nearest(value.text, argument.words, " or ".join(argument.words))
    said = [" or ".join(argument.words) if kind == "word" else KINDS[kind] for kind in argument.kinds]
    return " or ".join(said)


def _fits(kind: Kind, argument: Argument, value: Node) -> bool:
    plain = isinstance(value, Name) and value.field is None
    if kind == "word":
        return plain and isinstance(value, Name) and value.text in argument.words
    if kind == "number":
        inner = value.operand if isinstance(value, Unary) and value.operator == "-" else value
        return isinstance(inner, Number)
    if kind in ("span", "date"):
        return isinstance(value, Span if kind == "span" else Day)
    if kind in ("group", "calendar"):
        return plain
    if kind == "symbol":
        return isinstance(value, Name)
    sort = sort_of(value)
    fitting = {"value": ("number", "open"), "condition": ("truth", "open"), "each": ("number", "truth", "open")}
    return sort in fitting[kind] and not (argument.words and plain and _word_like(argument, value))


def _word_like(argument: Argument, value: Node) -> bool:
    return isinstance(value, Name) and value.text in argument.words


def _at(value: Node, otherwise: Call) -> int | None:
    places = [node.at for node in value.walk() if isinstance(node, PLACED) and node.at is not None]
    return min(places, default=otherwise.at)


def sort_of(node: Node) -> Sort:
    """What a node gives: a number, a truth, a date - or "open" for a name, which may be a role."""
    if isinstance(node, Call):
        unit = entry_of(node).unit
        return {"truth": "truth", "date": "date"}.get(str(unit), "number")  # type: ignore[return-value]
    if isinstance(node, Binary):
        return "truth" if node.operator in COMPARISONS or node.operator in ("and", "or") else "number"
    if isinstance(node, Unary):
        return "truth" if node.operator == "not" else "number"
    if isinstance(node, Span | Day):
        return "span" if isinstance(node, Span) else "day"
    return "number" if isinstance(node, Number) or (isinstance(node, Name) and node.text in FIELDS) else "open"


def check(tree: Node) -> None:
    """Raises FormulaError where a call does not fit the catalogue, or operands do not fit their operator."""
    top = sort_of(tree)
    if top in ("span", "day"):
        raise FormulaError("formula", found=_found(tree), expected="something to measure", at=getattr(tree, "at", None))
    for node in tree.walk():
        if isinstance(node, Call):
            matched(node)
        elif isinstance(node, Unary):
            _operand(node, node.operand, ("truth",) if node.operator == "not" else ("number",))
        elif isinstance(node, Binary):
            _operands(node)


def _operands(node: Binary) -> None:
    if node.operator in COMPARISONS:
        sorts = {sort_of(node.left), sort_of(node.right)}
        if "date" in sorts:
            for side in (node.left, node.right):
                _operand(node, side, ("date", "day"))
            return
        wanted: tuple[Sort, ...] = ("number",)
    else:
        wanted = ("truth",) if node.operator in ("and", "or") else ("number",)
    for side in (node.left, node.right):
        _operand(node, side, wanted)


def _operand(node: Binary | Unary, side: Node, wanted: tuple[Sort, ...]) -> None:
    sort = sort_of(side)
    if sort != "open" and sort not in wanted:
        at = getattr(side, "at", None) if getattr(side, "at", None) is not None else node.at
        raise FormulaError(f"operand of {node.operator}", found=_SAID[sort], expected=_SAID[wanted[0]], at=at)
