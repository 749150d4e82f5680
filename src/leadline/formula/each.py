"""What formulas with bare fields are worth for each member of a group of stocks, session by session.

Where a group function takes the members together, this hands them out one by one: for scans and movers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from leadline.core.errors import DataError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula import axes
from leadline.formula.bind import Binder
from leadline.formula.errors import FormulaError
from leadline.formula.frames import Frames
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.stocks import (
    MemberPass,
    StockSet,
    chained,
    chosen_set,
    fields_in,
    is_stock_group,
    member_values,
)
from leadline.formula.tree import Node
from leadline.formula.usual import no_group
from leadline.formula.workbench import Compiled, Workbench


def _no_exprs() -> Mapping[str, pl.Expr]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """Formulas with bare fields, by column name; beside them Polars expressions over each stock's rows.

    more: expressions over the fields named in `fields`, in the order of the stock's rows. They may look ahead: only
    outcomes of a study are made so.
    """

    formulas: Mapping[str, str | Node]
    more: Mapping[str, pl.Expr] = field(default_factory=_no_exprs)
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Members:
    """What formulas were worth for each member: session, symbol (Categorical), key, and a column a formula.

    Rows are those of the sessions on which a stock has one and is a member, stock by stock. key: a number for each
    stock and segment, so that a symbol that changed hands is two. units: by column name. warnings: for the reader.
    """

    group: str
    stocks: StockSet
    frame: pl.DataFrame
    units: Mapping[str, Unit]
    warnings: tuple[str, ...]


def evaluate_members(panel: Panel, group: str, asked: Asked, names: Names | None = None) -> Members:
    """The values of formulas for each member of a group of stocks, all in one pass.

    Raises FormulaError for a formula or group that is wrong, DataError where no set of stocks has the fields, and for a
    group of series, which has no stocks.
    """
    words = names or Names()
    stock_group(panel, words, group)
    bench = Workbench(panel, words, Frames(panel))
    trees = {name: as_tree(one) for name, one in asked.formulas.items()}
    made = {name: _compiled(bench, tree, group) for name, tree in trees.items()}
    fields = tuple(sorted({*fields_in(tree for tree, _ in made.values()), *asked.fields}))
    exprs = {name: value.expr for name, (_, value) in made.items()} | dict(asked.more)
    stocks = chosen_set(panel, words, group, fields)
    wanted = MemberPass(group, stocks, fields, exprs, bench.outer)
    frame, said = member_values(panel, words, wanted, identified=True)
    warnings = dict.fromkeys([*bench.said, *said, *chained(stocks, fields)])
    units = {name: value.unit or Unit.LEVEL for name, (_, value) in made.items()}
    return Members(group, stocks, frame, units, tuple(warnings))


def stock_group(panel: Panel, names: Names, group: str) -> None:
    """Raises FormulaError for a word that is no group, DataError for one of series, or without members by the cut."""
    if group in names.groups:
        found = f"a group of series: {', '.join(names.groups[group])}"
        raise DataError(f"the stocks of {group}", found=found, todo="name a group of stocks")
    if not is_stock_group(panel, names, group):
        raise no_group(panel, names, group)


def _compiled(bench: Workbench, tree: Node, group: str) -> tuple[Node, Compiled]:
    try:
        bound = Binder(bench.panel, bench.names, inside_group=True).bind(tree)
        value = bench.compile(bound, f"stocks:{group}")
    except FormulaError as error:
        raise error.placed(str(tree)) from None
    if not axes.is_stocks(value.axis):
        raise FormulaError(f"{tree}", found="nothing of a member in it", expected="bare fields such as close")
    return bound, value
