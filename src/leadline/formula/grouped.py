"""Group functions: the members of that day, taken together.

A group is a list of series from the names, an index whose members the panel knows by date, or a whole set of stocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from leadline.core.errors import DataError
from leadline.core.units import Unit
from leadline.formula import axes
from leadline.formula.bind import Binder, member_of
from leadline.formula.entry import FunctionEntry
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.frames import ENGINE
from leadline.formula.parse import as_tree
from leadline.formula.stocks import dataset_names, stock_values
from leadline.formula.tree import Call, Name, Node

if TYPE_CHECKING:
    from leadline.formula.workbench import Compiled, Workbench

    _Make = Callable[[Workbench, Call, FunctionEntry, Mapping[str, Node]], Compiled]


def grouped(bench: Workbench, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Compiled:
    """A group function as a column. Raises FormulaError for an unknown group, DataError when no member has the data."""
    name = str(getattr(given["group"], "text", ""))
    bench.groups[name] = None
    if name in bench.names.groups:
        return _once(bench, _series_group, node, entry, given)
    if name in set(bench.panel.members["group"].unique()) or name in dataset_names(bench.panel):
        return _once(bench, _stock_group, node, entry, given)
    known = [*bench.names.groups, *bench.panel.members["group"].unique(), *dataset_names(bench.panel)]
    expected = nearest(name, known, f"one of {', '.join(sorted(known)) or 'none: the names have no groups'}")
    raise FormulaError("group", found=name, expected=expected, at=getattr(given["group"], "at", node.at))


def _once(bench: Workbench, make: _Make, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Compiled:
    """Each group function once an evaluation; what it used and said is told again to every formula that has it."""
    text = str(node)
    if text not in bench.shared:
        used, said = dict(bench.used), dict(bench.said)
        bench.used.clear()
        bench.said.clear()
        made = make(bench, node, entry, given)
        bench.shared[text] = (made, dict(bench.used), dict(bench.said))
        bench.used, bench.said = used, said
    made, used, said = bench.shared[text]
    bench.used |= used
    bench.said |= said
    return made


def _series_group(bench: Workbench, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Compiled:
    own = given.get("x")
    values = _each_member(bench, str(given["group"]), given.get("each"), own)
    if own is not None:
        each = given["each"]
        values["own"] = bench.compile(member_of(each, own))
    axis = axes.meet(value.axis for value in values.values()) or axes.SESSION
    columns = [bench.on(value, axis).alias(name) for name, value in values.items()]
    frame = bench.frames.frame(axis).select(pl.col("session"), *columns)
    members = [name for name in values if name != "own"]
    long = frame.with_row_index("row").unpivot(
        members, index=["row", *(["own"] if own is not None else [])], value_name="each", variable_name="member"
    )
    out = _aggregated(entry, long, "row", len(frame))
    text = str(node)
    bench.frames.add(axis, text, out)
    first = next(iter(values.values()))
    unit = first.unit if entry.unit == "same" else Unit(entry.unit)
    return _column(text, axis, unit, max(value.history for value in values.values()))


def _aggregated(entry: FunctionEntry, long: pl.DataFrame, by: str, rows: int) -> pl.Series:
    if entry.aggregate is None:
        raise DataError(entry.name, found="no way to take members together")
    own = pl.col("own") if "own" in long.columns else pl.lit(None)
    found = long.group_by(by).agg(entry.aggregate(pl.col("each"), own).alias("value"))
    every = pl.DataFrame({by: pl.int_range(rows, eager=True).cast(found.schema[by])})
    return every.join(found, on=by, how="left", maintain_order="left")["value"]


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


def _stock_group(bench: Workbench, node: Call, entry: FunctionEntry, given: Mapping[str, Node]) -> Compiled:
    name = str(getattr(given["group"], "text", ""))
    scope = f"stocks:{name}"
    each = given.get("each", Name("close"))
    value = bench.compile(each, scope)
    own = None
    if isinstance(given.get("x"), Name):
        own = bench.series(bench.compile(member_of(each, given["x"])), axes.SESSION)
    long, remarks = stock_values(bench.panel, name, each, value.expr, bench.outer)
    for remark in remarks:
        bench.said[remark] = None
    if own is not None:
        long = long.join(pl.DataFrame({"session": bench.panel.sessions, "own": own}), on="session", how="left")
    sessions = bench.panel.sessions
    found = _by_session(entry, long)
    every = sessions.alias("session").to_frame().join(found, on="session", how="left", maintain_order="left")
    text = str(node)
    bench.frames.add(axes.SESSION, text, every["value"])
    unit = value.unit if entry.unit == "same" else Unit(entry.unit)
    return _column(text, axes.SESSION, unit, value.history)


def _by_session(entry: FunctionEntry, long: pl.DataFrame) -> pl.DataFrame:
    if entry.aggregate is None:
        raise DataError(entry.name, found="no way to take members together")
    own = pl.col("own") if "own" in long.columns else pl.lit(None)
    counted = long.schema["each"] == pl.Boolean  # counts are exact in any order, sums of numbers are not
    by_session = long.lazy().group_by("session").agg(entry.aggregate(pl.col("each"), own).alias("value"))
    return by_session.collect(engine="streaming" if counted else ENGINE)


def _column(text: str, axis: str, unit: Unit | None, history: int) -> Compiled:
    from leadline.formula.workbench import Compiled

    return Compiled(pl.col(text), axis, unit, history, text)
