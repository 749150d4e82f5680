"""From the values of members to one number a session, slice of stocks by slice of stocks.

1. `Split` tells takings that only count members from those for which all members of a session must meet.
2. `portion` turns the values of one slice of stocks into counts and into rows by session.
3. `met` brings the rows of all slices together, those of one session in the order of the stocks, and takes them.
4. `told` adds the counts up and puts everything into one frame.

Slices and ranges of sessions may be as many and as long as they like: counts are whole numbers, and every other number
is made from the same values in the same order, so the result is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.formula.entry import Count
from leadline.formula.frames import ENGINE

#: so many rows meet at once, or those of one session: that bounds memory
MEET_ROWS: Final = 2_000_000
_UNKNOWN: Final = 2


@dataclass(frozen=True)
class Taking:
    """How the members of a session become one number.

    expr: over columns of the member pass, and over the column `own` where there is one; beside: the values of `own`,
    one for every session of the panel, None where the number needs nothing beside the members. asks, tells: the same as
    conditions on each member and what follows from how many fulfil them (`entry.Tally`); none where that is not enough.
    """

    expr: pl.Expr
    own: str
    beside: pl.Series | None
    asks: tuple[pl.Expr, ...] = ()
    tells: Callable[[Sequence[Count]], pl.Expr] | None = None


@dataclass(frozen=True)
class Split:
    """Takings by what they need of the members.

    conditions: by column name, each once; counted: the columns that a taking counts, by its place; meeting: the others.
    """

    takings: tuple[Taking, ...]
    conditions: dict[str, pl.Expr] = field(default_factory=dict)
    counted: dict[int, tuple[str, ...]] = field(default_factory=dict)
    meeting: dict[str, Taking] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns of the member pass, and what stands beside them, that must meet."""
        return list({name: None for one in self.meeting.values() for name in one.expr.meta.root_names()})


def split(takings: Sequence[Taking], values: pl.DataFrame) -> Split:
    """Which takings are counts for values such as these: those whose conditions are all true or false."""
    found = Split(tuple(takings))
    for at, taking in enumerate(takings):
        asked = {
            one.meta.output_name() if one.meta.is_column() else f"asked {at} {of}": one
            for of, one in enumerate(taking.asks)
        }
        shown = _with_own(values.clear(), [taking], None)
        if taking.tells is None or set(shown.select(**asked).dtypes) != {pl.Boolean}:
            found.meeting[f"value {at}"] = taking
            continue
        found.counted[at] = tuple(asked)
        found.conditions.update(asked)
    return found


@dataclass(frozen=True)
class Places:
    """The places of days among the sessions of a panel; a day that is none of them has the place after the last."""

    sessions: pl.Series
    first: int
    table: NDArray[Any]

    @classmethod
    def of(cls, sessions: pl.Series) -> Places:
        """The places of sessions, which ascend."""
        days = sessions.to_physical().to_numpy().astype(np.int64)
        first, last = (int(days[0]), int(days[-1])) if len(days) else (0, -1)
        table = np.full(last - first + 3, len(days), dtype=np.uint16 if len(days) < 2**16 else np.int64)
        table[days - first + 1] = np.arange(len(days))
        return cls(sessions, first, table)

    def places(self, days: NDArray[np.int32]) -> NDArray[Any]:
        """The place of each day."""
        found: NDArray[Any] = self.table[np.clip(days - (self.first - 1), 0, len(self.table) - 1)]
        return found


@dataclass(frozen=True)
class Portion:
    """What a slice of stocks gives, session by session.

    counts: condition x (holds, known) x session; many: how many rows each session has; rows: those of the first session
    in the order of the stocks, then those of the second ...
    """

    counts: NDArray[np.int64]
    many: NDArray[np.int64]
    rows: pl.DataFrame


def portion(values: pl.DataFrame, parts: Split, places: Places) -> Portion:
    """The values of a slice of stocks by session. values: session and the columns of the member pass."""
    place = places.places(values["session"].to_physical().to_numpy())
    many = np.bincount(place, minlength=len(places.sessions) + 1)[: len(places.sessions)]
    order = np.argsort(place, kind="stable")[: many.sum()]
    counts = np.zeros((len(parts.conditions), 2, len(many)), dtype=np.int64)
    shown = _with_own(values, parts.takings, place)
    there = np.flatnonzero(many)
    if len(there):
        begins = (np.cumsum(many) - many)[there]
        conditions = parts.conditions.items()
        asked = shown.select(expr.cast(pl.UInt8).fill_null(_UNKNOWN).alias(name) for name, expr in conditions)
        for at, column in enumerate(asked):
            truth = column.to_numpy()[order]
            counts[at, 0, there] = np.add.reduceat(truth & 1, begins, dtype=np.int64)
            counts[at, 1, there] = np.add.reduceat((truth != _UNKNOWN).view(np.uint8), begins, dtype=np.int64)
    meeting = shown.select(parts.columns)[pl.Series(order.astype(np.uint32))] if parts.meeting else pl.DataFrame()
    return Portion(counts, many, meeting)


def _with_own(values: pl.DataFrame, takings: Sequence[Taking], place: NDArray[Any] | None) -> pl.DataFrame:
    """The values with what stands beside them on their sessions."""
    beside = {one.own: one.beside for one in takings if one.beside is not None}
    if not beside:
        return values
    if place is None:
        return values.with_columns(series.clear().alias(name) for name, series in beside.items())
    at = pl.Series(np.minimum(place, max(len(next(iter(beside.values()))) - 1, 0)).astype(np.uint32))
    return values.with_columns(series.gather(at).alias(name) for name, series in beside.items())


def sum_of(portions: Sequence[Portion]) -> NDArray[np.int64]:
    """The counts of all slices of stocks: condition x (holds, known) x session."""
    found = np.zeros_like(portions[0].counts)
    for one in portions:
        found += one.counts
    return found


def met(portions: Sequence[Portion], parts: Split, sessions: pl.Series) -> pl.DataFrame:
    """The members of each of these sessions taken together: session and a column a taking; no row where nobody is.

    portions: those of all slices of stocks in their order, for these sessions alone.
    """
    many = np.stack([one.many for one in portions])
    ends = np.cumsum(many.sum(axis=0))
    found, start = [], 0
    while start < len(sessions) or start == 0:
        before = int(ends[start - 1]) if start else 0
        end = max(int(np.searchsorted(ends, before + MEET_ROWS, side="right")), start + 1)
        found.append(_met([between(one, start, end) for one in portions], parts, sessions[start:end]))
        start = end
    return pl.concat(found)


def between(one: Portion, start: int, end: int) -> Portion:
    """The part of a portion in a range of its sessions."""
    first, many = int(one.many[:start].sum()), one.many[start:end]
    return Portion(one.counts[:, :, start:end], many, one.rows.slice(first, int(many.sum())))


def _met(portions: Sequence[Portion], parts: Split, sessions: pl.Series) -> pl.DataFrame:
    rows = pl.concat((one.rows for one in portions), rechunk=True)
    many = np.stack([one.many for one in portions])
    runs = many.T.ravel()
    lie = (np.cumsum(many.ravel()) - many.ravel()).reshape(many.shape).T.ravel()
    order = np.repeat((lie - (np.cumsum(runs) - runs)).astype(np.int32), runs) + np.arange(len(rows), dtype=np.int32)
    whole = many.sum(axis=0)
    days = pl.Series("session", np.repeat(sessions.to_physical().to_numpy(), whole)).cast(pl.Date).set_sorted()
    members = rows[pl.Series(order.astype(np.uint32))].with_columns(days)
    exprs = {name: one.expr for name, one in parts.meeting.items()}
    return members.lazy().group_by("session", maintain_order=True).agg(**exprs).collect(engine=ENGINE)


def told(sessions: pl.Series, counts: NDArray[np.int64], taken: pl.DataFrame | None, parts: Split) -> pl.DataFrame:
    """One row a session: session, `value 0`, `value 1` .. a taking. counts: those of all portions, added up."""
    names = {name: at for at, name in enumerate(parts.conditions)}
    columns = {f"{way} {at}": counts[at, of] for at in names.values() for of, way in enumerate(("holds", "known"))}
    found = pl.DataFrame({"session": sessions, **columns})
    exprs = {}
    for place, conditions in parts.counted.items():
        tells = parts.takings[place].tells
        if tells is not None:
            mine = [Count(pl.col(f"holds {names[one]}"), pl.col(f"known {names[one]}")) for one in conditions]
            exprs[f"value {place}"] = tells(mine)
    found = found.with_columns(**exprs)
    if taken is not None:
        found = found.join(taken, on="session", how="left", maintain_order="left")
    return found.select("session", *(f"value {place}" for place in range(len(parts.takings))))
