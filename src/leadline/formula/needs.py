"""What a formula needs: series and fields, groups, calendars, history, axis - and whether the panel has enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leadline.formula.arguments import matched
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.tree import FIELDS, Call, Name, Node

Frequency = Literal["session", "month"]


@dataclass(frozen=True)
class Needs:
    """What a formula rests on.

    series: (name, field) in order of use; a macro series has the field "value". history: rows of the axis before the
    first value, 0 when the first row has one; of a formula of one macro series alone, its observations.
    """

    series: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    calendars: tuple[str, ...]
    history: int
    axis: Frequency

    def names(self) -> tuple[str, ...]:
        """The series by name, each once."""
        return tuple(dict.fromkeys(name for name, _ in self.series))


def mentioned(formula: str | Node, names: Names) -> tuple[str, ...]:
    """Every name in a formula that may be a series, through roles, groups and defaults: what to read for it.

    Known before there is a panel; words such as ytd and names of calendars and indices may be among them.

    >>> words = Names({"small": "IWM"}, {"pair": ("XLK", "XLF.total")})
    >>> mentioned("share(pair, close > small) > 50% and first_cut()", words)
    ('pair', 'XLK', 'XLF', 'small', 'IWM', 'FRED:DFEDTARU')
    """
    found: dict[str, None] = {}
    _mentioned(as_tree(formula), names, found)
    return tuple(found)


def _mentioned(tree: Node, names: Names, found: dict[str, None]) -> None:
    for node in tree.walk():
        if isinstance(node, Call):
            left_out = [value for value in matched(node).values() if isinstance(value, Name) and value.at is None]
            texts = [value.text for value in left_out if value not in node.children]
        else:
            texts = [node.text] if isinstance(node, Name) else []
        for text in texts:
            if text in found or text in FIELDS:
                continue
            found[text] = None
            for meant in (*names.groups.get(text, ()), *((names.roles[text],) if text in names.roles else ())):
                _mentioned(as_tree(meant), names, found)
