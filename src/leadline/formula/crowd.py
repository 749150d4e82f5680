"""Who evaluates the members of a group: this process (`Local`), or anything else that keeps to `Crowd`.

A group function over stocks is two steps: the value of each member on each session, then one number a session. `Crowd`
is the place of both, so that they can be done elsewhere with the same bytes as result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.frames import ENGINE
from leadline.formula.names import Names
from leadline.formula.stocks import MemberPass, member_values
from leadline.formula.tree import Call


class CrowdError(DataError):
    """Those who should evaluate the members cannot be reached, or gave up. Nothing is wrong with the data."""


@dataclass(frozen=True)
class Taking:
    """How the members of a session become one number.

    expr: over columns of the member pass, and over the column `own` where there is one; beside: the values of `own`,
    one for every session of the panel, None where the number needs nothing beside the members.
    """

    expr: pl.Expr
    own: str
    beside: pl.Series | None


@dataclass(frozen=True)
class GroupWork:
    """Group functions over one group and set of stocks: the bound calls, what is measured of each member, the takings.

    calls and takings are in the same order. Everything else follows from the calls, the names and the panel.
    """

    calls: tuple[Call, ...]
    wanted: MemberPass
    takings: tuple[Taking, ...]


class Crowd(Protocol):
    """Where the members of a group are evaluated and taken together."""

    def together(self, panel: Panel, names: Names, work: GroupWork) -> tuple[pl.DataFrame, list[str]]:
        """One row for every session of the panel (session, `value 0`, `value 1` .. a call), and what must be said.

        Raises DataError when the data cannot answer, CrowdError when the crowd cannot.
        """
        ...


@dataclass(frozen=True)
class Local:
    """Here, in the process that asks."""

    def together(self, panel: Panel, names: Names, work: GroupWork) -> tuple[pl.DataFrame, list[str]]:
        """As in `Crowd`."""
        rows, remarks = member_values(panel, names, work.wanted)
        return by_session(panel.sessions, rows, work.takings), remarks


def by_session(sessions: pl.Series, rows: pl.DataFrame, takings: Sequence[Taking]) -> pl.DataFrame:
    """The members of each session taken together: one row a session, a column `value 0`, `value 1` .. a taking.

    rows: session and the columns of the member pass; `beside` of a taking may reach over more sessions. Whatever else
    is in the panel, the numbers come out the same to the last bit: counts are exact in any order, and for the others
    the members of a session are brought next to each other first, in the order of the stocks (`_in_order`).
    """
    named = {f"value {at}": taking for at, taking in enumerate(takings)}
    counts = {name: taking for name, taking in named.items() if _counts(taking, rows)}
    others = {name: taking for name, taking in named.items() if name not in counts}
    found = sessions.alias("session").to_frame()
    if counts:
        counted = rows.lazy().select("session", *_columns(counts)).group_by("session").agg(**_exprs(counts))
        counts_found = counted.collect(engine="streaming")
        found = found.join(counts_found, on="session", how="left", maintain_order="left")
    if others:
        ordered = _in_order(rows.select("session", *_columns(others)))
        for taking in others.values():
            if taking.beside is not None:
                own = pl.DataFrame({"session": sessions, taking.own: taking.beside})
                ordered = ordered.join(own, on="session", how="left", maintain_order="left")
        taken = ordered.lazy().group_by("session", maintain_order=True).agg(**_exprs(others)).collect(engine=ENGINE)
        found = found.join(taken, on="session", how="left", maintain_order="left")
    return found.select("session", *named)


def _counts(taking: Taking, rows: pl.DataFrame) -> bool:
    """Whether a taking only counts: every column it looks at is true or false."""
    return taking.beside is None and all(rows.schema[name] == pl.Boolean for name in taking.expr.meta.root_names())


def _columns(takings: Mapping[str, Taking]) -> list[str]:
    """The columns of the member pass that takings look at."""
    found = {name: None for one in takings.values() for name in one.expr.meta.root_names() if name != one.own}
    return list(found)


def _exprs(takings: Mapping[str, Taking]) -> dict[str, pl.Expr]:
    return {name: taking.expr for name, taking in takings.items()}


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by session, those of one session in the order in which they stood: quicker than grouping."""
    rows = rows.rechunk()  # from one piece rows are gathered twice as fast
    days = rows["session"].to_physical().to_numpy()
    first = int(days.min()) if len(days) else 0
    wide = np.uint16 if len(days) and int(days.max()) - first < 2**16 else np.int64
    order = np.argsort((days - first).astype(wide), kind="stable")
    return rows[pl.Series(order.astype(np.uint32))].with_columns(pl.col("session").set_sorted())
