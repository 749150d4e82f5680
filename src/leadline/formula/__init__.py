"""The language: anything measurable in one line, unable to look ahead."""

from leadline.formula.catalogue import CATALOGUE, describe
from leadline.formula.entry import FunctionEntry
from leadline.formula.errors import FormulaError
from leadline.formula.evaluate import Values, evaluate, evaluate_many, needs
from leadline.formula.names import Names
from leadline.formula.needs import Needs, mentioned
from leadline.formula.parse import parse
from leadline.formula.tree import Node, call, series, span

__all__ = [
    "CATALOGUE",
    "FormulaError",
    "FunctionEntry",
    "Names",
    "Needs",
    "Node",
    "Values",
    "call",
    "describe",
    "evaluate",
    "evaluate_many",
    "mentioned",
    "needs",
    "parse",
    "series",
    "span",
]
