"""Who evaluates the members of a group: this process (`Local`), or anything else that keeps to `Crowd`.

A group function over stocks is two steps: the value of each member on each session, then one number a session. `Crowd`
is the place of both, so that they can be done elsewhere with the same bytes as result.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.formula.portions import Places, Portion, Split, Taking, added, met, portion, split, told
from leadline.formula.stocks import MemberPass, evaluated, no_rows, remarks_of, slices, stock_rows, terms_of
from leadline.formula.tree import Call


class CrowdError(DataError):
    """Those who should evaluate the members cannot be reached, or gave up. Nothing is wrong with the data."""


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
        wanted, sessions = work.wanted, panel.sessions
        terms = terms_of(panel, names, wanted)
        rows = stock_rows(panel, wanted, terms)
        remarks = remarks_of(panel, names, wanted, rows)
        asked, places = parting(panel, names, work), Places.of(sessions)

        def part_of(part: pl.DataFrame) -> Portion:
            return portion(evaluated(panel, wanted, part, terms), asked, places)

        with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
            portions = list(threads.map(part_of, slices(rows)))
        sums = added([one.sums for one in portions])
        parts = asked.settled(sums.whole)
        taken = [met([one.rows for one in portions], parts, sessions)] if parts.meeting else []
        return told(sessions, sums, taken, parts), remarks


def parting(panel: Panel, names: Names, work: GroupWork) -> Split:
    """Which of the work is counts, what must meet, and what may have to: the same for every slice of stocks."""
    terms = terms_of(panel, names, work.wanted)
    return split(work.takings, evaluated(panel, work.wanted, no_rows(panel, work.wanted), terms))
