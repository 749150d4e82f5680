"""From the values of members to one number a session, slice of stocks by slice of stocks.

1. `Split` tells takings that only count members from those for which all members of a session must meet. Between them
   are takings that add numbers up, such as volume: they count where the numbers are whole, which only the data tell.
2. `portion` turns the values of one slice of stocks into sums and into rows by session; `added` puts sums together.
3. `Split.settled` knows from them what must meet after all. `met` brings the rows of all slices together, those of one
   session in the order of the stocks, and takes them.
4. `told` puts everything into one frame.

Slices and ranges of sessions may be as many and as long as they like: counts, and sums of whole numbers below 2**53,
come out the same in any order, and every other number is made from the same values in the same order. So the result is
the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.formula.entry import Count
from leadline.formula.frames import ENGINE

#: so many rows meet at once, or those of one session: that bounds memory
MEET_ROWS: Final = 2_000_000
_UNKNOWN: Final = 2
#: floats hold every whole number below it, so a sum that stays below was never rounded
EXACT_BELOW: Final = 2**53


@dataclass(frozen=True)
class Taking:
    """How the members of a session become one number.

    expr: over columns of the member pass, and over the column `own` where there is one; beside: the values of `own`,
    one for every session of the panel, None where the number needs nothing beside the members. asks, adds, tells: the
    same as conditions on each member, numbers of each that are added up, and what follows from how many fulfil them and
    from the sums (`entry.Tally`); none where that is not enough.
    """

    expr: pl.Expr
    own: str
    beside: pl.Series | None
    asks: tuple[pl.Expr, ...] = ()
    tells: Callable[[Sequence[Count], Sequence[pl.Expr]], pl.Expr] | None = None
    adds: tuple[pl.Expr, ...] = ()


@dataclass(frozen=True)
class Split:
    """Takings by what they need of the members.

    conditions, numbers: by column name, each once; counted: the conditions of a taking that counts, by its place;
    adding: the numbers of one that adds up too, and so counts only where they are whole; meeting: the other takings.
    """

    takings: tuple[Taking, ...]
    conditions: dict[str, pl.Expr] = field(default_factory=dict)
    counted: dict[int, tuple[str, ...]] = field(default_factory=dict)
    meeting: dict[str, Taking] = field(default_factory=dict)
    numbers: dict[str, pl.Expr] = field(default_factory=dict)
    adding: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns of the member pass, and what stands beside them, that must meet."""
        return list({name: None for one in self.meeting.values() for name in one.expr.meta.root_names()})

    @property
    def late(self) -> Split:
        """All takings that must meet only if their numbers are not whole, as if none were."""
        return self.unsettled(np.zeros(len(self.numbers), dtype=bool))

    def unsettled(self, whole: NDArray[np.bool_]) -> Split:
        """The takings that must meet because their numbers are not whole. whole: which of the numbers are."""
        exact = dict(zip(self.numbers, whole, strict=True))
        broken = [at for at, names in self.adding.items() if not all(exact[name] for name in names)]
        return Split(self.takings, meeting={f"value {at}": self.takings[at] for at in broken})

    def settled(self, whole: NDArray[np.bool_]) -> Split:
        """The same where it is known which of the numbers are whole in all slices of stocks."""
        again = self.unsettled(whole).meeting
        counted = {at: names for at, names in self.counted.items() if f"value {at}" not in again}
        return replace(self, counted=counted, meeting=self.meeting | again)


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
        if taking.adds:
            added = {f"added {at} {of}": one for of, one in enumerate(taking.adds)}
            found.adding[at] = tuple(added)
            found.numbers.update(added)
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
class Sums:
    """What is added up, session by session.

    counts: condition x (holds, known) x session; totals: number x session; whole: by number, whether its totals are
    exact: whole numbers not below zero, and less than EXACT_BELOW in every session.
    """

    counts: NDArray[np.int64]
    totals: NDArray[np.int64]
    whole: NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Members by session. many: how many each session has; frame: those of the first in the order of the stocks, then
    those of the second ...
    """

    many: NDArray[np.int64]
    frame: pl.DataFrame


@dataclass(frozen=True)
class Portion:
    """What a slice of stocks gives: what is added up, and the rows of what must meet, or may have to."""

    sums: Sums
    rows: Rows


def portion(values: pl.DataFrame, parts: Split, places: Places) -> Portion:
    """The values of a slice of stocks by session. values: session and the columns of the member pass."""
    place = places.places(values["session"].to_physical().to_numpy())
    many = np.bincount(place, minlength=len(places.sessions) + 1)[: len(places.sessions)]
    order = np.argsort(place, kind="stable")[: many.sum()]
    shown = _with_own(values, parts.takings, place)
    sums = Sums(_counted(shown, parts, order, many), *_totals(shown, parts, order, many))
    columns = list(dict.fromkeys([*parts.columns, *parts.late.columns]))
    rows = shown.select(columns)[pl.Series(order.astype(np.uint32))] if columns else pl.DataFrame()
    return Portion(sums, Rows(many, rows))


def _counted(shown: pl.DataFrame, parts: Split, order: NDArray[np.int64], many: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.zeros((len(parts.conditions), 2, len(many)), dtype=np.int64)
    there = np.flatnonzero(many)
    begins = (np.cumsum(many) - many)[there]
    conditions = parts.conditions.items()
    asked = shown.select(expr.cast(pl.UInt8).fill_null(_UNKNOWN).alias(name) for name, expr in conditions)
    for at, column in enumerate(asked if len(there) else ()):
        truth = column.to_numpy()[order]
        counts[at, 0, there] = np.add.reduceat(truth & 1, begins, dtype=np.int64)
        counts[at, 1, there] = np.add.reduceat((truth != _UNKNOWN).view(np.uint8), begins, dtype=np.int64)
    return counts


def _totals(
    shown: pl.DataFrame, parts: Split, order: NDArray[np.int64], many: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The totals of numbers, and which are whole. Of others the totals are nothing, and nothing rests on them."""
    totals = np.zeros((len(parts.numbers), len(many)), dtype=np.int64)
    whole = np.ones(len(parts.numbers), dtype=bool)
    there = np.flatnonzero(many)
    begins = (np.cumsum(many) - many)[there]
    numbers = shown.select(expr.cast(pl.Float64).fill_null(0.0).alias(name) for name, expr in parts.numbers.items())
    for at, column in enumerate(numbers if len(there) else ()):
        number = column.to_numpy()[order]
        if (number >= 0).all() and (np.rint(number) == number).all():
            total = np.add.reduceat(number, begins)
            whole[at] = bool((total < EXACT_BELOW).all())
            totals[at, there] = total if whole[at] else 0
        else:
            whole[at] = False
    return totals, whole


def _with_own(values: pl.DataFrame, takings: Sequence[Taking], place: NDArray[Any] | None) -> pl.DataFrame:
    """The values with what stands beside them on their sessions."""
    beside = {one.own: one.beside for one in takings if one.beside is not None}
    if not beside:
        return values
    if place is None:
        return values.with_columns(series.clear().alias(name) for name, series in beside.items())
    at = pl.Series(np.minimum(place, max(len(next(iter(beside.values()))) - 1, 0)).astype(np.uint32))
    return values.with_columns(series.gather(at).alias(name) for name, series in beside.items())


def added(slices: Sequence[Sums]) -> Sums:
    """The sums of all slices of stocks. A total that is too large together is not exact either."""
    counts, totals = sum(one.counts for one in slices), sum(one.totals for one in slices)
    whole = np.all([one.whole for one in slices], axis=0)
    return Sums(np.asarray(counts), np.asarray(totals), whole & (np.asarray(totals) < EXACT_BELOW).all(axis=1))


def met(slices: Sequence[Rows], parts: Split, sessions: pl.Series) -> pl.DataFrame:
    """The members of each of these sessions taken together: session and a column a taking; no row where nobody is.

    slices: the rows of all slices of stocks in their order, for these sessions alone.
    """
    many = np.stack([one.many for one in slices])
    ends = np.cumsum(many.sum(axis=0))
    found, start = [], 0
    while start < len(sessions) or start == 0:
        before = int(ends[start - 1]) if start else 0
        end = max(int(np.searchsorted(ends, before + MEET_ROWS, side="right")), start + 1)
        found.append(_met([between(one, start, end) for one in slices], parts, sessions[start:end]))
        start = end
    return pl.concat(found)


def between(rows: Rows, start: int, end: int) -> Rows:
    """The rows in a range of their sessions."""
    first, many = int(rows.many[:start].sum()), rows.many[start:end]
    return Rows(many, rows.frame.slice(first, int(many.sum())))


def _met(slices: Sequence[Rows], parts: Split, sessions: pl.Series) -> pl.DataFrame:
    rows = pl.concat((one.frame.select(parts.columns) for one in slices), rechunk=True)
    many = np.stack([one.many for one in slices])
    runs = many.T.ravel()
    lie = (np.cumsum(many.ravel()) - many.ravel()).reshape(many.shape).T.ravel()
    order = np.repeat((lie - (np.cumsum(runs) - runs)).astype(np.int32), runs) + np.arange(len(rows), dtype=np.int32)
    whole = many.sum(axis=0)
    days = pl.Series("session", np.repeat(sessions.to_physical().to_numpy(), whole)).cast(pl.Date).set_sorted()
    members = rows[pl.Series(order.astype(np.uint32))].with_columns(days)
    exprs = {name: one.expr for name, one in parts.meeting.items()}
    return members.lazy().group_by("session", maintain_order=True).agg(**exprs).collect(engine=ENGINE)


def told(sessions: pl.Series, sums: Sums, taken: Sequence[pl.DataFrame], parts: Split) -> pl.DataFrame:
    """One row a session: session, `value 0`, `value 1` .. a taking.

    sums: those of all slices; taken: from `met`; parts: settled, so that each taking is either counted or in one of
    `taken`.
    """
    names = {name: at for at, name in enumerate(parts.conditions)}
    ways = ("holds", "known")
    columns = {f"{way} {at}": sums.counts[at, of] for at in names.values() for of, way in enumerate(ways)}
    found = pl.DataFrame({"session": sessions, **columns, **dict(zip(parts.numbers, sums.totals, strict=True))})
    exprs = {}
    for place, conditions in parts.counted.items():
        tells = parts.takings[place].tells
        if tells is not None:
            mine = [Count(pl.col(f"holds {names[one]}"), pl.col(f"known {names[one]}")) for one in conditions]
            exprs[f"value {place}"] = tells(mine, [pl.col(name) for name in parts.adding.get(place, ())])
    found = found.with_columns(**exprs)
    for values in taken:
        found = found.join(values, on="session", how="left", maintain_order="left")
    return found.select("session", *(f"value {place}" for place in range(len(parts.takings))))
