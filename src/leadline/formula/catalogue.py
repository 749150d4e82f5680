"""The catalogue: every function of the language, from an explicit tuple of families."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from leadline.formula.entry import FunctionEntry
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.functions import (
    averages,
    breakouts,
    calendar_events,
    extremes,
    groups,
    levels,
    macro,
    moves,
    oscillators,
    outcomes,
    streaks,
    together,
)

FAMILIES = (
    moves,
    averages,
    oscillators,
    extremes,
    streaks,
    together,
    breakouts,
    levels,
    groups,
    calendar_events,
    macro,
    outcomes,
)

CATALOGUE: Mapping[str, FunctionEntry] = MappingProxyType(
    {entry.name: entry for family in FAMILIES for entry in family.ENTRIES}
)


def describe(name: str) -> FunctionEntry:
    """The entry of a function. Raises FormulaError with the nearest name when there is none.

    >>> describe("change").signature()
    'change(x, [n], [from])'
    """
    if name not in CATALOGUE:
        expected = nearest(name, CATALOGUE, "a function listed by `leadline functions`")
        raise FormulaError("function", found=name[:40], expected=expected)
    return CATALOGUE[name]
