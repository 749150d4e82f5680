"""Group functions: the members of that day, taken together.

A group is a list of series from the names, an index whose members the panel knows by date, a rule, or a whole set of
stocks. Group functions over the same stocks share one pass over their rows (`prepare`):

1. `_planned` compiles what is asked of each member; 2. `crowd.Crowd` evaluates it symbol by symbol, and takes the
members of each session together: in this process, or on a cluster.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from leadline.core.errors import DataError, LeadlineError
from leadline.core.units import Unit
from leadline.formula import axes
from leadline.formula.arguments import entry_of
from leadline.formula.bind import Binder, member_of
from leadline.formula.crowd import CrowdError, GroupWork
from leadline.formula.entry import FunctionEntry
from leadline.formula.errors import FormulaError
from leadline.formula.parse import as_tree
from leadline.formula.portions import Taking
from leadline.formula.stocks import (
    MemberPass,
    StockSet,
    chained,
    chosen_set,
    fields_in,
    is_stock_group,
    stock_sets,
)
from leadline.formula.tree import Call, Name, Node, Number
from leadline.formula.usual import no_group

if TYPE_CHECKING:
    from leadline.formula.workbench import Compiled, Shared, Workbench


def grouped(bench: Workbench, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Compiled:
    """A group function as a column. Raises FormulaError for an unknown group, DataError when no member has the data."""
    name = str(getattr(given["group"], "text", ""))
    bench.groups[name] = None
    text = str(node)
    if text not in bench.shared:
        if name in bench.names.groups:
            bench.shared[text] = _series_group(bench, node, entry, given)
        elif is_stock_group(bench.panel, bench.names, name):
            _run(bench, [_planned(bench, node)])
        else:
            raise no_group(bench.panel, bench.names, name, getattr(given["group"], "at", node.at))
    found = bench.shared[text]
    bench.used |= found.used
    bench.calendars |= found.calendars
    bench.said |= found.said
    return found.value


def prepare(bench: Workbench, trees: Sequence[Node]) -> None:
    """Compute the group functions over stocks of several bound formulas: one pass a group and set of stocks.

    What cannot be computed is left: its formula will say why, at its place. Raises CrowdError.
    """
    calls = {str(node): node for tree in trees for node in tree.walk() if isinstance(node, Call) and _over(bench, node)}
    plans: dict[tuple[str, str], list[_Plan]] = {}
    for node in calls.values():
        try:
            plan = _planned(bench, node)
        except LeadlineError:
            continue
        plans.setdefault((plan.group, plan.stocks.name), []).append(plan)
    for together in plans.values():
        try:
            _run(bench, together)
        except CrowdError:
            raise
        except DataError:
            continue


def _over(bench: Workbench, node: Call) -> bool:
    """Whether a call is a group function over stocks."""
    group = dict(node.named).get("group")
    if entry_of(node).aggregate is None or not isinstance(group, Name) or group.text in bench.names.groups:
        return False
    return is_stock_group(bench.panel, bench.names, group.text)


@dataclass(frozen=True)
class _Plan:
    """One group function over stocks: what is measured of each member, by column name, and what goes beside it."""

    node: Call
    entry: FunctionEntry
    group: str
    stocks: StockSet
    each: Mapping[str, tuple[Node, pl.Expr]]
    own: pl.Series | None
    noted: Shared


def _planned(bench: Workbench, node: Call) -> _Plan:
    """What a group function over stocks needs of each member. Raises FormulaError, DataError."""
    from leadline.formula.workbench import Shared

    entry, given = entry_of(node), dict(node.named)
    group = str(getattr(given["group"], "text", ""))
    kept = dict(bench.used), dict(bench.calendars), dict(bench.said)
    try:
        for ledger in (bench.used, bench.calendars, bench.said):
            ledger.clear()
        scope = f"stocks:{group}"
        each = given["each"] if "each" in given else _presence_of(bench, group)
        wanted = {str(one): one for one in (each, given.get("by")) if one is not None}
        exprs = {text: (one, bench.compile(one, scope)) for text, one in wanted.items()}
        own = None
        if isinstance(given.get("x"), Name):
            own = bench.series(bench.compile(member_of(each, given["x"])), axes.SESSION)
        value = exprs[str(each)][1]
        unit = value.unit if entry.unit == "same" else Unit(entry.unit)
        column = _column(str(node), axes.SESSION, unit, max(one.history for _, one in exprs.values()))
        noted = Shared(column, dict(bench.used), dict(bench.calendars), dict(bench.said))
    finally:
        bench.used, bench.calendars, bench.said = kept
    stocks = chosen_set(bench.panel, bench.names, group, fields_in(wanted.values()))
    return _Plan(node, entry, group, stocks, {text: (one, v.expr) for text, (one, v) in exprs.items()}, own, noted)


def _presence_of(bench: Workbench, group: str) -> Node:
    """What shows that a stock was there: its close, or its total in sets that know no more."""
    own = bench.names.rules[group].dataset if group in bench.names.rules else group
    sets = [one for one in stock_sets(bench.panel) if one.name == own] or list(stock_sets(bench.panel))
    return Name("close" if any("close" in one.offers for one in sets) else "total")


def _run(bench: Workbench, plans: Sequence[_Plan]) -> None:
    """Evaluate the members once for all plans of a group, and keep each one's column and remarks."""
    values, remarks = bench.crowd.together(bench.panel, bench.names, _work(bench, plans))
    for at, plan in enumerate(plans):
        bench.frames.add(axes.SESSION, str(plan.node), values[f"value {at}"])
        mine = [*remarks, *chained(plan.stocks, fields_in(node for node, _ in plan.each.values()))]
        said = {**plan.noted.said, **dict.fromkeys(mine)}
        bench.shared[str(plan.node)] = dataclasses.replace(plan.noted, said=said)


def group_work(bench: Workbench, calls: Sequence[Call]) -> GroupWork:
    """Bound group functions over one group and set of stocks as work for a crowd. Raises FormulaError, DataError."""
    return _work(bench, [_planned(bench, call) for call in calls])


def _work(bench: Workbench, plans: Sequence[_Plan]) -> GroupWork:
    """What is measured of each member for all plans of a group, and how members are taken together for each."""
    exprs = {text: expr for plan in plans for text, (_, expr) in plan.each.items()}
    fields = fields_in(node for plan in plans for node, _ in plan.each.values())
    names = {text: f"each {at}" for at, text in enumerate(exprs)}
    columns = {names[text]: expr for text, expr in exprs.items()}
    wanted = MemberPass(plans[0].group, plans[0].stocks, fields, columns, bench.outer)
    takings = [_taking(plan, at, names) for at, plan in enumerate(plans)]
    return GroupWork(tuple(plan.node for plan in plans), wanted, tuple(takings))


def _taking(plan: _Plan, at: int, names: Mapping[str, str]) -> Taking:
    if plan.entry.aggregate is None:
        raise DataError(plan.entry.name, found="no way to take members together")
    own = f"own {at}"
    each = pl.col(names[next(iter(plan.each))])
    beside = _beside(dict(plan.node.named), names) if plan.own is None else pl.col(own)
    expr, tally = plan.entry.aggregate(each, beside), plan.entry.tally
    if tally is None:
        return Taking(expr, own, plan.own)
    adds = () if tally.adds is None else tally.adds(each, beside)
    return Taking(expr, own, plan.own, tally.asks(each, beside), tally.tells, adds)


def _beside(given: Mapping[str, Node], names: Mapping[str, str]) -> pl.Expr:
    """What an aggregate gets beside the members' values: their weights, a plain number, or nothing."""
    if "by" in given:
        return pl.col(names[str(given["by"])])
    count = given.get("n")
    return pl.lit(int(count.decimal) if isinstance(count, Number) else None)


def _series_group(bench: Workbench, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Shared:
    from leadline.formula.workbench import Shared

    kept = dict(bench.used), dict(bench.calendars), dict(bench.said)
    try:
        for ledger in (bench.used, bench.calendars, bench.said):
            ledger.clear()
        column = _of_series(bench, node, entry, given)
        return Shared(column, dict(bench.used), dict(bench.calendars), dict(bench.said))
    finally:
        bench.used, bench.calendars, bench.said = kept


def _of_series(bench: Workbench, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Compiled:
    own = given.get("x")
    group = str(given["group"])
    values = _each_member(bench, group, given.get("each"), own)
    weights = _each_member(bench, group, given["by"], own) if "by" in given else {}
    if weights:
        values = {name: value for name, value in values.items() if name in weights}
    everything = [*values.values(), *weights.values()]
    if own is not None:
        everything.append(bench.compile(member_of(given["each"], own)))
    axis = axes.meet(value.axis for value in everything) or axes.SESSION
    long = _member_rows(bench, axis, values, weights, everything[-1] if own is not None else None)
    out = _aggregated(entry, long, given, len(bench.frames.columns(axis)["session"]))
    bench.frames.add(axis, str(node), out)
    first = everything[0]
    unit = first.unit if entry.unit == "same" else Unit(entry.unit)
    return _column(str(node), axis, unit, max(value.history for value in everything))


def _member_rows(
    bench: Workbench, axis: str, values: dict[str, Compiled], weights: dict[str, Compiled], own: Compiled | None
) -> pl.DataFrame:
    """All members' values on the axis: row, each, and its weight or the series it is compared with."""
    columns = {f"each {at}": bench.on(value, axis) for at, value in enumerate(values.values())}
    columns |= {f"by {at}": bench.on(weights[name], axis) for at, name in enumerate(values) if weights}
    columns |= {} if own is None else {"own": bench.on(own, axis)}
    wide = bench.frames.select(axis, columns)
    many = len(values)
    long = {"row": pl.concat([pl.int_range(len(wide), dtype=pl.UInt32, eager=True)] * many)}
    for name in ("each", *(("by",) if weights else ())):
        long[name] = pl.concat([wide[f"{name} {at}"] for at in range(many)])
    return pl.DataFrame(long | ({} if own is None else {"own": pl.concat([wide["own"]] * many)}))


def _aggregated(entry: FunctionEntry, long: pl.DataFrame, given: Mapping[str, Node], rows: int) -> pl.Series:
    if entry.aggregate is None:
        raise DataError(entry.name, found="no way to take members together")
    beside = pl.col("own") if "own" in long.columns else _beside(given, {str(given.get("by")): "by"})
    found = long.group_by("row").agg(entry.aggregate(pl.col("each"), beside).alias("value"))
    every = pl.DataFrame({"row": pl.int_range(rows, eager=True).cast(found.schema["row"])})
    return every.join(found, on="row", how="left", maintain_order="left")["value"]


def _each_member(bench: Workbench, group: str, each: Node | None, own: Node | None) -> dict[str, Compiled]:
    """The expression for every member but `own`; members without the data are named and left out."""
    values: dict[str, Compiled] = {}
    why = ""
    own_name = own.text if isinstance(own, Name) else None
    for text in bench.names.groups[group]:
        try:
            member = Binder(bench.panel, bench.names).bind(as_tree(text))
            if own_name is not None and isinstance(member, Name) and member.text == own_name:
                continue
            values[text] = bench.compile(member_of(_presence(bench, member) if each is None else each, member))
        except (DataError, FormulaError) as error:
            if isinstance(error, FormulaError) and error.asked.startswith("span"):
                raise
            why = f"{error.asked}: {error.found or error.expected}"
            bench.said[f"{group}: {text} is left out ({why})"] = None
    if not values:
        raise DataError(
            f"group {group}", found=f"no member with the data ({why})", todo=f"pull {bench.names.groups[group][0]}"
        )
    return values


def _presence(bench: Workbench, member: Node) -> Node:
    fact = bench.panel.series.get(getattr(member, "text", ""))
    return Name("close" if fact is None or "close" in fact.fields else "total")


def _column(text: str, axis: str, unit: Unit | None, history: int) -> Compiled:
    from leadline.formula.workbench import Compiled

    return Compiled(pl.col(text), axis, unit, history, text)
