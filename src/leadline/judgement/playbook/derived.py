"""Conditions that compare what is measured anyway with plain numbers: read off those values, not evaluated again.

`percentile(x) >= 0.95 and y < 3%`, where x and y are formulas of the playbook, needs no more than x and y at the
session and the past of x. The rules are those of the language: a tolerance of 1e-9 of the number compared with, missing
values by three-valued logic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from leadline.formula.arguments import COMPARISONS
from leadline.formula.tree import Binary, Call, Node, Number, Unary

TOLERANCE: Final = 1e-9
Value = Callable[[str], float | None]


def constant(tree: Node) -> float | None:
    """The value of a plain number or percentage, with or without a minus; None for any other tree."""
    if isinstance(tree, Unary) and isinstance(tree.operand, Number):
        return -tree.operand.decimal
    return tree.decimal if isinstance(tree, Number) else None


def derivable(tree: Node, known: Collection[str], ranked: Collection[str]) -> bool:
    """Whether a condition compares known formulas (canonical texts), or percentiles of ranked ones, with numbers alone.

    ranked: those known formulas whose rows are sessions, or months of a monthly series: their past is counted in them.
    """
    if isinstance(tree, Unary):
        return tree.operator == "not" and derivable(tree.operand, known, ranked)
    if not isinstance(tree, Binary):
        return False
    if tree.operator in ("and", "or"):
        return derivable(tree.left, known, ranked) and derivable(tree.right, known, ranked)
    if tree.operator not in COMPARISONS or constant(tree.right) is None:
        return False
    return str(tree.left) in known or _ranked(tree.left) in ranked


def truth(tree: Node, value: Value, percentile: Value) -> bool | None:
    """The truth of a derivable condition; value and percentile give those of a known formula, None where missing."""
    if isinstance(tree, Unary):
        inner = truth(tree.operand, value, percentile)
        return None if inner is None else not inner
    if not isinstance(tree, Binary):
        return None
    if tree.operator in ("and", "or"):
        sides = (truth(tree.left, value, percentile), truth(tree.right, value, percentile))
        deciding = tree.operator == "or"
        return deciding if deciding in sides else None if None in sides else not deciding
    ranked, edge = _ranked(tree.left), constant(tree.right)
    found = percentile(ranked) if ranked is not None else value(str(tree.left))
    return None if found is None or edge is None else _compared(tree.operator, found, edge)


def _ranked(tree: Node) -> str | None:
    """The x of percentile(x) over all of the past; None for any other tree."""
    plain = isinstance(tree, Call) and tree.name == "percentile" and len(tree.args) == 1 and not tree.named
    return str(tree.children[0]) if plain else None


def _compared(operator: str, value: float, edge: float) -> bool:
    near = abs(edge) * TOLERANCE
    return {
        ">": value > edge + near,
        ">=": value >= edge - near,
        "<": value < edge - near,
        "<=": value <= edge + near,
        "==": abs(value - edge) <= near,
    }[operator]
