"""Whether an input can be relied on at a session: present, stale (since when) or missing, and which release is assumed.

Asked of every session at once, from what was known then alone, so that a card of the past is what it would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.data.panel.panel import Axis, Panel, SeriesFact, places
from leadline.formula.kept import once
from leadline.formula.names import Names
from leadline.judgement.playbook.attendance import absence, attendance, stock_set
from leadline.judgement.playbook.inputs import Input

State = Literal["present", "stale", "missing"]
#: how many days after the newest day described a macro series is stale: its period, the longest usual lag until the
#: next release, and some days of grace. A month is labelled by its first day.
STALE_AFTER: Final[Mapping[str, int]] = MappingProxyType(
    {"day": 10, "session": 10, "week": 21, "month": 95, "quarter": 220}
)


@dataclass(frozen=True)
class Place:
    """One session of a panel: its row, and the row of the last month that is over then (-1 before the first)."""

    session: date
    row: int
    month: int

    def row_on(self, axis: Axis) -> int:
        """The row of an axis that is the newest at the session."""
        return self.month if axis == "month" else self.row


@dataclass(frozen=True)
class Standing:
    """How one input stood at a session. last: the newest day it had a value of; assumed: by an assumed release date.

    absent: why it is missing, where that is known better than that it has no value.
    """

    input: Input
    state: State
    last: date | None
    assumed: bool = False
    absent: str = ""

    @property
    def why(self) -> str:
        """What is wrong, "" when nothing is."""
        if self.state == "missing":
            return self.absent or f"{self.input} has no value"
        if self.state == "stale" and self.input.stocks:
            return f"{self.input} has no prices after {self.last}"
        return f"{self.input} ends {self.last}" if self.state == "stale" else ""


@dataclass(frozen=True)
class Reach:
    """How far one input reached, by row of its axis. last: row of its newest value (prices), or -1.

    described: the newest day described (macro series), NaT before the first; assumed: whether its release is assumed.
    absent: a day (or None), and what is said of a missing input before that day, and from it on, as in `Standing`.
    """

    input: Input
    axis: Axis
    labels: NDArray[np.datetime64]
    last: NDArray[np.int64] | None = None
    described: NDArray[np.datetime64] | None = None
    assumed: NDArray[np.bool_] | None = None
    limit: int = 0
    absent: tuple[date | None, str, str] = (None, "", "")

    def at(self, place: Place) -> Standing:
        """The standing at one session."""
        row = place.row_on(self.axis)
        if self.described is not None and self.assumed is not None:
            return self._macro(row, place.session)
        last = -1 if self.last is None or row < 0 else int(self.last[row])
        if last < 0:
            first, before, after = self.absent
            known = first is not None and place.session >= first
            return Standing(self.input, "missing", None, absent=after if known else before)
        day: date = self.labels[last].item()
        return Standing(self.input, "present" if last == row else "stale", day)

    def present(self) -> NDArray[np.bool_]:
        """For every row of the axis whether the input can be relied on there."""
        if self.described is not None:
            age = (self.labels - self.described).astype("timedelta64[D]").astype(np.float64)
            age[np.isnat(self.described)] = np.inf
            return np.asarray(age <= self.limit)
        if self.last is None:
            return np.zeros(len(self.labels), dtype=bool)
        return np.asarray(self.last == np.arange(len(self.last)))

    def _macro(self, row: int, session: date) -> Standing:
        if self.described is None or self.assumed is None or np.isnat(self.described[row]):
            return Standing(self.input, "missing", None)
        day: date = self.described[row].item()
        late = (session - day).days > self.limit
        return Standing(self.input, "stale" if late else "present", day, bool(self.assumed[row]))


def place_of(panel: Panel, session: date) -> Place | None:
    """The place of a session of the panel; None for a day that is no session of it."""
    return once(panel, ("place", session), partial(_place_of, panel, session))


def _place_of(panel: Panel, session: date) -> Place | None:
    row = int(panel.sessions.search_sorted(session))
    if row >= len(panel.sessions) or panel.sessions[row] != session:
        return None
    return Place(session, row, int(panel.months["session"].search_sorted(session, side="right")) - 1)


def reaches(panel: Panel, inputs: Iterable[Input], names: Names | None = None) -> Mapping[Input, Reach]:
    """How far each input reaches; one that the panel does not have is missing everywhere.

    names: what words mean; groups of stocks are looked up by them.
    """
    meaning = names or Names()
    return MappingProxyType({one: _reach(panel, one, meaning) for one in dict.fromkeys(inputs)})


def has(panel: Panel, one: Input, names: Names | None = None) -> bool:
    """Whether the panel has the series and the field, or the group of stocks and its members' fields, at all."""
    if one.stocks:
        return stock_set(panel, names or Names(), one) is not None
    fact = panel.series.get(one.name)
    if fact is None:
        return False
    return not one.field if fact.kind == "macro" else (one.field or "close") in fact.fields


def _reach(panel: Panel, one: Input, names: Names) -> Reach:
    if one.stocks:
        return _stock_reach(panel, one, names)
    return once(panel, ("reach", one), partial(_series_reach, panel, one))


def _series_reach(panel: Panel, one: Input) -> Reach:
    if not has(panel, one):
        return Reach(one, "session", panel.sessions.to_numpy())
    fact = panel.series[one.name]
    if fact.kind == "macro":
        return _macro_reach(panel, one, fact, panel.observed(one.name).filter(pl.col("session").is_not_null()))
    axis: Axis = "month" if fact.frequency == "month" else "session"
    there = panel.column(one.name, one.field or "close").is_not_null().to_numpy()
    return Reach(one, axis, panel.axis(axis).to_numpy(), last=_newest(there))


def _stock_reach(panel: Panel, one: Input, names: Names) -> Reach:
    labels, stocks = panel.sessions.to_numpy(), stock_set(panel, names, one)
    last = None if stocks is None else _newest(attendance(panel, stocks.name).there)
    return Reach(one, "session", labels, last=last, absent=absence(panel, names, one))


def _newest(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each row the newest row up to it that has a value; -1 before the first."""
    rows: NDArray[np.int64] = np.maximum.accumulate(np.where(there, np.arange(len(there)), -1))
    return rows


def _macro_reach(panel: Panel, one: Input, fact: SeriesFact, seen: pl.DataFrame) -> Reach:
    newest = (
        seen.sort("session", "describes", "known_at")
        .filter(pl.col("describes") >= pl.col("describes").cum_max())
        .group_by("session", maintain_order=True)
        .last()
    )
    at = places(newest["session"], panel.sessions, exact=False)
    described = newest["describes"].gather(at).to_numpy().astype("datetime64[D]")
    assumed = (newest["known_by"] == "lag").gather(at).fill_null(value=False).to_numpy()
    limit = STALE_AFTER.get(fact.frequency, STALE_AFTER["month"])
    labels = panel.sessions.to_numpy()
    return Reach(one, "session", labels, described=described, assumed=assumed, limit=limit)
