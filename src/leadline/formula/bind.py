"""Binding: a checked tree meets a panel and the names. Roles are replaced, series must exist, defaults are filled in.

After binding every call has all its arguments by name, and every name is a series of the panel, a bare field of a
group's members, or a word that its argument asks for.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from leadline.core.errors import RequestError
from leadline.data.panel.panel import Panel
from leadline.formula.arguments import entry_of, matched, sort_of
from leadline.formula.entry import Argument
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.stocks import is_stock_group
from leadline.formula.tree import FIELDS, SERIES_FIELDS, Binary, Call, Day, Name, Node, Number, Span, Unary

ROLES_DEEP: Final = 5
_WORDS: Final = frozenset({"word", "calendar", "group"})


@dataclasses.dataclass(frozen=True)
class Binder:
    """The panel, the names, whether outcomes are allowed, and whether bare fields mean something."""

    panel: Panel
    names: Names
    outcomes: bool = False
    inside_group: bool = False
    roles: tuple[str, ...] = ()

    def bind(self, node: Node) -> Node:
        """The bound tree. Raises FormulaError for what does not exist, or is not allowed here."""
        if isinstance(node, Name):
            return self._name(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Binary):
            return dataclasses.replace(node, left=self.bind(node.left), right=self.bind(node.right))
        if isinstance(node, Unary):
            return dataclasses.replace(node, operand=self.bind(node.operand))
        return node

    def _name(self, node: Name) -> Node:
        if node.field is None and node.text in FIELDS:
            if self.inside_group:
                return node
            expected = f"IWM.{node.text}" if node.text in SERIES_FIELDS else f"mean(sp500, {node.text})"
            raise FormulaError(f"bare {node.text}", found="no group around it", expected=expected, at=node.at)
        if node.text in self.names.roles:
            return self._role(node)
        if node.text not in self.panel.series:
            raise self._unknown(node)
        return node

    def _role(self, node: Name) -> Node:
        if node.text in self.roles or len(self.roles) >= ROLES_DEEP:
            raise FormulaError(
                f"role {node.text}", found="a role that stands for itself", expected="a series", at=node.at
            )
        text = self.names.roles[node.text]
        inner = dataclasses.replace(self, roles=(*self.roles, node.text))
        try:
            meant = placed_at(inner.bind(as_tree(text)), node.at)
        except FormulaError as error:
            raise FormulaError(
                f"role {node.text} = {text}: {error.asked}", found=error.found, expected=error.expected, at=node.at
            ) from None
        if node.field is None:
            return meant
        if isinstance(meant, Name):
            return dataclasses.replace(meant, field=node.field, at=node.at)
        raise FormulaError(f"{node}", found=f"a role that stands for {text}", expected=f"{node.text} alone", at=node.at)

    def _unknown(self, node: Name) -> FormulaError:
        if node.text in self.names.groups or is_stock_group(self.panel, self.names, node.text):
            return FormulaError(
                "series",
                found=f"{node.text}, a group",
                expected=f"a group function: mean({node.text}, close)",
                at=node.at,
            )
        known = [*self.names.roles, *(self.panel.names or self.panel.series)]
        expected = nearest(node.text, known, "a series listed by `leadline status`, or a role")
        return FormulaError("series", found=node.text, expected=expected, at=node.at)

    def _call(self, node: Call) -> Node:
        entry = entry_of(node)
        if entry.outcome and not self.outcomes:
            expected = "it on the outcome side of a study only, because it looks ahead"
            raise FormulaError(node.name, found="an outcome in a formula", expected=expected, at=node.at)
        given = matched(node)
        if entry.stands_for is not None:
            return self.bind(placed_at(as_tree(entry.stands_for.format(**given)), node.at))
        if entry.aggregate is not None and "each" in given and given["each"] is None:
            given = self._one_series_in(node, given["x"], given["group"])
        bound = []
        for argument in entry.arguments:
            value = given.get(argument.name)
            if value is not None:
                bound.append((argument.name, self._argument(node, argument, value)))
        return Call(node.name, (), tuple(bound), at=node.at)

    def _argument(self, node: Call, argument: Argument, value: Node) -> Node:
        if isinstance(value, Name) and (value.text in argument.words or _WORDS & set(argument.kinds) - {"word"}):
            return value
        if "each" in argument.kinds:
            if self.inside_group:
                raise FormulaError(node.name, found="a group inside a group", expected="one group", at=node.at)
            return dataclasses.replace(self, inside_group=True).bind(value)
        bound = self.bind(value)
        at = getattr(value, "at", node.at)
        if argument.kinds == ("symbol",) and not (isinstance(bound, Name) and bound.text in self.panel.series):
            if isinstance(bound, Name) and bound.text in FIELDS:
                return bound
            raise FormulaError(f"{argument.name} of {node.name}", found=str(value), expected="a series by name", at=at)
        self._sort_fits(node, argument, bound, at)
        return bound

    def _sort_fits(self, node: Call, argument: Argument, bound: Node, at: int | None) -> None:
        """A role may stand for a truth or a number, which shows only now."""
        wanted, said = ("truth", "true or false") if argument.kinds == ("condition",) else ("number", "a number")
        if not {"value", "condition"} & set(argument.kinds) or sort_of(bound) not in {"truth", "number"} - {wanted}:
            return
        found = "a number" if wanted == "truth" else "true or false"
        raise FormulaError(f"{argument.name} of {node.name}", found=found, expected=said, at=at)

    def _one_series_in(self, node: Call, x: Node | None, group: Node | None) -> dict[str, Node | None]:
        """rank(change(IWM.total, 63d), sectors): the members are put in the place of the one series."""
        bound = x if x is None else self.bind(x)
        names = (
            {}
            if bound is None
            else {one.text: one for one in bound.walk() if isinstance(one, Name) and self._is_series(one)}
        )
        if len(names) != 1 or bound is None:
            found = " and ".join(names) or "no series"
            raise FormulaError(f"x of {node.name}", found=found, expected="exactly one series in it", at=node.at)
        return {"x": Name(next(iter(names))), "group": group, "each": self._bare(bound)}

    def _is_series(self, node: Node) -> bool:
        return isinstance(node, Name) and node.text in self.panel.series

    def _bare(self, node: Node) -> Node:
        if self._is_series(node):
            return Name(getattr(node, "field", None) or "close", at=getattr(node, "at", None))
        return rebuilt(node, tuple(self._bare(child) for child in node.children))


def rebuilt(node: Node, children: tuple[Node, ...]) -> Node:
    """The same node over other children, in the order of `node.children`."""
    if isinstance(node, Binary):
        return Binary(node.operator, children[0], children[1], at=node.at)
    if isinstance(node, Unary):
        return Unary(node.operator, children[0], at=node.at)
    if isinstance(node, Call):
        named = tuple((name, child) for (name, _), child in zip(node.named, children[len(node.args) :], strict=True))
        return Call(node.name, children[: len(node.args)], named, at=node.at)
    return node


def placed_at(node: Node, at: int | None) -> Node:
    """The same tree with every node at one place: for trees that stand in for a word of another text."""
    if isinstance(node, Number | Span | Day | Name):
        return dataclasses.replace(node, at=at) if node.at is not None else node
    moved = rebuilt(node, tuple(placed_at(child, at) for child in node.children))
    return dataclasses.replace(moved, at=at) if isinstance(moved, Call | Binary | Unary) else moved


def member_of(each: Node, member: Node) -> Node:
    """The expression with a member in the place of the bare fields: close of XLK.

    Raises RequestError when the member is itself an expression and a field other than close is asked of it.
    """
    if isinstance(each, Name) and each.field is None and each.text in FIELDS:
        if isinstance(member, Name) and each.text in SERIES_FIELDS:
            return Name(member.text, each.text, at=each.at)
        if each.text == "close":
            return member
        if each.text not in SERIES_FIELDS:
            raise FormulaError(f"{each.text} of {member}", found="a series", expected="a group of stocks")
        raise RequestError(f"{each.text} of {member}", expected="close: the member is an expression")
    if isinstance(each, Call | Binary | Unary):
        return rebuilt(each, tuple(member_of(child, member) for child in each.children))
    return each
