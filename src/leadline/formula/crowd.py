"""Who evaluates the members of a group: this process (`Local`), or anything else that keeps to `Crowd`.

A group function over stocks is two steps: the value of each member on each session, then one number a session. `Crowd`
is the place of both, so that they can be done elsewhere with the same bytes as result.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """This process."""

    def together(self, panel: Panel, names: Names, work: GroupWork) -> tuple[pl.DataFrame, list[str]]:
        """As in `Crowd`."""
        rows, remarks = member_values(panel, names, work.wanted)
        return by_session(panel.sessions, rows, work.takings), remarks


def by_session(sessions: pl.Series, rows: pl.DataFrame, takings: Sequence[Taking]) -> pl.DataFrame:
    """The members of each session taken together: one row a session, a column `value 0`, `value 1` .. a taking.

    rows: session and the columns of the member pass; `beside` of a taking may reach over more sessions. Rows of a
    session are brought next to each other first, in the order of the stocks: that is quicker than grouping, and sums
    come out the same to the last bit whatever else is in the panel.
    """
    days = rows["session"].to_physical().to_numpy()
    wide = np.uint16 if len(days) and int(days.max()) - int(days.min()) < 2**16 else np.int64
    order = np.argsort((days - (days.min() if len(days) else 0)).astype(wide), kind="stable")
    ordered = rows[pl.Series(order.astype(np.uint32))]
    for taking in takings:
        if taking.beside is not None:
            own = pl.DataFrame({"session": sessions, taking.own: taking.beside})
            ordered = ordered.join(own, on="session", how="left", maintain_order="left")
    found = (
        ordered.lazy()
        .with_columns(pl.col("session").set_sorted())
        .group_by("session", maintain_order=True)
        .agg(taking.expr.alias(f"value {at}") for at, taking in enumerate(takings))
        .collect(engine=ENGINE)
    )
    return sessions.alias("session").to_frame().join(found, on="session", how="left", maintain_order="left")
