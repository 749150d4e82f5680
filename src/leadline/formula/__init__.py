"""The language: anything measurable in one line, unable to look ahead."""

from leadline.formula.catalogue import CATALOGUE, describe
from leadline.formula.each import Asked, Members, evaluate_members
from leadline.formula.entry import FunctionEntry
from leadline.formula.errors import FormulaError
from leadline.formula.evaluate import Values, evaluate, evaluate_many, needs
from leadline.formula.names import Names, Rule
from leadline.formula.needs import Needs, mentioned
from leadline.formula.parse import parse
from leadline.formula.tree import Node, call, series, span

__all__ = [
    "CATALOGUE",
    "Asked",
    "FormulaError",
    "FunctionEntry",
    "Members",
    "Names",
    "Needs",
    "Node",
    "Rule",
    "Values",
    "call",
    "describe",
    "evaluate",
    "evaluate_many",
    "evaluate_members",
    "mentioned",
    "needs",
    "parse",
    "series",
    "span",
]
