"""The panel: sessions by series, as it was known at one cut. A frozen fact; building it is `data.panel.build.read`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl

from leadline.core.calendar import load_sessions, usual_closes
from leadline.core.errors import DataError, RequestError
from leadline.data.facts import TOTAL_ONLY

Axis = Literal["session", "month"]
_RECENT_DAYS = 400  # an assumption about older values does not touch what is said of the present
_LATE_ARCHIVE = "where the archive begins later, the stated lag of its release is assumed"
_REVISED = "release dates are known, values are the newest ones: revisions before the pull are not"
PRICE_FIELDS = ("open", "high", "low", "close", "total", "volume")


@dataclass(frozen=True)
class SeriesFact:
    """One series of the panel: what it is and how far it reaches at the cut.

    `fields` are those that have at least one value. `assumed` says in words which release lag was assumed, else "".
    `standing` is live, files, sample or simulated. `first` and `last` are sessions with any value.
    """

    name: str
    title: str
    kind: Literal["bars", "macro"]
    frequency: str
    unit: str
    standing: str
    source: str
    fields: tuple[str, ...]
    first: date
    last: date
    rows: int
    assumed: str = ""
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """Sessions x series at a cut.

    cut: the last session whose close is inside; instant: that close (UTC); version: the ledger's version read.
    sessions: all sessions up to the cut, ascending (Date), `session` by name.
    months: the months that are over at the cut: label (last calendar day) and session (the last one of that month).
    series: the catalogue, by name.
    bars: series, session (a monthly series: the month's label), open, high, low, close, total, volume; sorted by series
        and session. close and its kin are adjusted for splits known at the cut; total is an index with
        dividends; a gap is null, never a number.
    observations: series, describes, known_at, session, value, known_by: every vintage known at the cut; `session` is
        the first session whose close follows known_at. Sorted by series, known_at, describes.
    events: calendar, session (first session on or after the day), describes, kind, reference; members: group, symbol,
        describes, session, change, weight. Future events that were announced have a null session.
    stocks: lazy, dataset, symbol, session, close, change, adj_close, volume, shares; None where the ledger has none.
    listings: dataset, symbol, segment, session (first seen on that day), name, exchange, sector, industry, kind: what
        symbols are, as their source saw them last; None where the ledger has none.
    notices: sentences a reader must see (drift, quarantine, assumptions).
    names: every series of the ledger, also those that were not read: for suggestions.
    whole: the longer panel that this one was cut from (`of_whole`), where values may be taken from; None for any other.
    later: groups whose members are known from a later day on than the cut, and that day: for errors that say so.
    """

    cut: date
    instant: datetime
    version: int
    sessions: pl.Series
    months: pl.DataFrame
    series: Mapping[str, SeriesFact]
    bars: pl.DataFrame
    observations: pl.DataFrame
    events: pl.DataFrame
    members: pl.DataFrame
    stocks: pl.LazyFrame | None = None
    notices: tuple[str, ...] = field(default=())
    names: tuple[str, ...] = field(default=())
    listings: pl.DataFrame | None = None
    whole: Panel | None = field(default=None, repr=False, compare=False)
    later: Mapping[str, date] = field(default_factory=dict)

    def fact(self, name: str) -> SeriesFact:
        """The catalogue entry of a series. Raises RequestError with the nearest names when it is unknown."""
        if name not in self.series:
            raise RequestError(f"series {name}", found="no such series in the ledger", expected=self._near(name))
        return self.series[name]

    def axis(self, frequency: str) -> pl.Series:
        """The labels of an axis: every session, or the last calendar day of every month that is over at the cut."""
        return self.months["label"] if frequency == "month" else self.sessions

    def column(self, name: str, field_: str = "close") -> pl.Series:
        """One field of a price series on the axis of its frequency; null where it has no value.

        Raises RequestError for an unknown series or field, DataError where the series never has that field.
        """
        fact = self.fact(name)
        if fact.kind != "bars" or field_ not in PRICE_FIELDS:
            raise RequestError(f"{name}.{field_}", expected=f"a field of {name}: {', '.join(fact.fields)}")
        if field_ not in fact.fields:
            has = f"{name} has {' and '.join(fact.fields)} only"
            raise DataError(f"{name}.{field_}", found=has, todo=_instead(fact))
        return self._aligned(name)[field_]

    def as_known(self, name: str) -> pl.DataFrame:
        """A macro series as it read at the cut: describes, value, known_by, known_at; newest vintages."""
        self.fact(name)
        rows = self.observations.filter(pl.col("series") == name).sort("known_at")
        return rows.group_by("describes").last().select("describes", "value", "known_by", "known_at").sort("describes")

    def truncate(self, session: date) -> Panel:
        """The same panel without anything after `session`: what a formula must not need. The scale of prices stays.

        So do the notices. Events that were announced but lie ahead are gone: the panel does not keep when they were.
        Raises DataError for a day before the first session.
        """
        inside = self.sessions.filter(self.sessions <= session)
        if not len(inside):
            raise DataError(f"a panel cut at {session}", found=f"sessions from {self.sessions[0]}")
        months = self.months.filter(pl.col("session") <= session)
        limit = max([inside[-1], *months["label"].tail(1)])  # a month's label may lie after its last session
        bars = self.bars.filter(pl.col("session") <= limit)
        seen = self.observations.filter(pl.col("session") <= session)
        return replace(
            self,
            cut=inside[-1],
            instant=_close(inside[-1], self.cut),
            sessions=inside,
            months=months,
            bars=bars,
            observations=seen,
            series=reach({name: _noted(fact, inside[-1]) for name, fact in self.series.items()}, bars, seen),
            events=self.events.filter(pl.col("session") <= session),
            members=self.members.filter(pl.col("session") <= session),
            stocks=None if self.stocks is None else self.stocks.filter(pl.col("session") <= session),
            listings=None if self.listings is None else self.listings.filter(pl.col("session") <= session),
        )

    def of_whole(self, session: date) -> Panel:
        """`truncate`, for many sessions of one panel: a formula is computed over the whole panel once and read off.

        As no formula looks ahead the values are those of `truncate`, which computes them anew.
        """
        return replace(self.truncate(session), whole=self)

    def observed(self, name: str) -> pl.DataFrame:
        """The rows of `observations` of one series; none for a name without any."""
        rows = self._observed.get(name)
        return self.observations.clear() if rows is None else rows

    @cached_property
    def _observed(self) -> Mapping[str, pl.DataFrame]:
        return {str(key[0]): rows for key, rows in self.observations.partition_by("series", as_dict=True).items()}

    @cached_property
    def _by_series(self) -> Mapping[str, pl.DataFrame]:
        return {str(key[0]): rows for key, rows in self.bars.partition_by("series", as_dict=True).items()}

    @cached_property
    def _cache(self) -> dict[str, pl.DataFrame]:
        return {}

    def _aligned(self, name: str) -> pl.DataFrame:
        if name not in self._cache:
            rows = self._by_series[name]
            at = places(rows["session"], self.axis(self.series[name].frequency), exact=True)
            self._cache[name] = rows.select(pl.exclude("series", "session").gather(at))
        return self._cache[name]

    def _near(self, name: str) -> str:
        near = get_close_matches(name.upper(), self.names or list(self.series), n=3, cutoff=0.5)
        return f"one of {', '.join(near)}" if near else "a name listed by `leadline status`"


def places(known: pl.Series, labels: pl.Series, *, exact: bool) -> pl.Series:
    """For each label the row of the newest known day at or before it, of that very day if `exact`; null where none is.

    Both ascend; of equal days the last counts.

    >>> days, labels = (pl.Series(x, dtype=pl.Date) for x in ([date(2024, 7, 1), date(2024, 7, 3)], [date(2024, 7, 2)]))
    >>> places(days, labels, exact=False).to_list(), places(days, labels, exact=True).to_list()
    ([0], [None])
    """
    days, wanted = known.to_physical().to_numpy(), labels.to_physical().to_numpy()
    at = np.searchsorted(days, wanted, side="right") - 1
    there = at >= 0
    if exact and len(days):
        there &= days[np.maximum(at, 0)] == wanted
    return pl.Series(np.where(there, at, 0)).set(pl.Series(~there), None)


def note_then(note: str, cut: date) -> str:
    """A note as it could be written at a cut: one that names a later day is left out; where a price ends is not kept.

    `reach` says that again from the rows themselves.

    >>> note_then("rebased on 2020-01-02", date(2019, 12, 31)), note_then("a fund", date(2019, 12, 31))
    ('', 'a fund')
    """
    if note.endswith(TOTAL_ONLY):
        return TOTAL_ONLY
    days = re.findall(r"\b\d{4}-\d\d-\d\d\b", note)
    return "" if any(day > cut.isoformat() for day in days) else note


def _noted(fact: SeriesFact, cut: date) -> SeriesFact:
    return replace(fact, note=note_then(fact.note, cut))


def reach(book: Mapping[str, SeriesFact], bars: pl.DataFrame, observations: pl.DataFrame) -> Mapping[str, SeriesFact]:
    """The facts of the series that have a row, by name: those of `book`, with fields, reach and assumption as they are.

    bars, observations: as in a panel. Raises KeyError when `book` does not have a series.
    """
    there = [pl.col(name).is_not_null().any() for name in PRICE_FIELDS]
    spans = bars.group_by("series").agg(*_SPAN, *there, _last("close"), _last("total"))
    found = {row["series"]: _bars_fact(book[row["series"]], row) for row in spans.iter_rows(named=True)}
    if not len(observations):
        return dict(sorted(found.items()))
    recent = pl.col("describes") > pl.col("describes").max() - pl.duration(days=_RECENT_DAYS)
    placed = observations.group_by("series").agg(
        *_SPAN,
        ((pl.col("known_by") == "lag") & recent).any().alias("lag"),
        ((pl.col("known_by") == "release") & recent).any().alias("release"),
    )
    found |= {row["series"]: _macro_fact(book[row["series"]], row) for row in placed.iter_rows(named=True)}
    return dict(sorted(found.items()))


_SPAN = (
    pl.col("session").min().alias("first"),
    pl.col("session").max().alias("last"),
    pl.len().alias("rows"),
)


def _bars_fact(fact: SeriesFact, row: Mapping[str, Any]) -> SeriesFact:
    fields = tuple(name for name in PRICE_FIELDS if row[name])
    span = replace(fact, first=row["first"], last=row["last"], rows=row["rows"], assumed="")
    return replace(span, kind="bars", fields=fields, note=_price_note(fact.note, row["close_last"], row["total_last"]))


def _price_note(note: str, close: date | None, total: date | None) -> str:
    """The note of a series of which the price close may end before the total return: what the rows show of that."""
    if not note.endswith(TOTAL_ONLY):
        return note
    if close is None:
        return TOTAL_ONLY
    return f"price close ends {close}; from then on {TOTAL_ONLY}" if total is not None and close < total else ""


def _last(name: str) -> pl.Expr:
    return pl.col("session").filter(pl.col(name).is_not_null()).max().alias(f"{name}_last")


def _macro_fact(fact: SeriesFact, row: Mapping[str, Any]) -> SeriesFact:
    lagged = fact.note if "assumed" in fact.note else f"{fact.note}; {_LATE_ARCHIVE}".removeprefix("; ")
    assumed = lagged if row["lag"] else _REVISED if row["release"] else ""
    fact = replace(fact, kind="macro", fields=("value",), assumed=assumed)
    return replace(fact, first=row["first"], last=row["last"], rows=row["rows"])


def _close(session: date, cut: date) -> datetime:
    """The instant at which a session ended; before 1970, and where the calendar differs, 16:00 New York."""
    sessions = load_sessions(date(cut.year + 1, 1, 31))
    if session in sessions:
        return sessions.close_of(session)
    usual: datetime = usual_closes(np.array([session], dtype="datetime64[D]"))[0].item()
    return usual.replace(tzinfo=UTC)


def _instead(fact: SeriesFact) -> str:
    if "total" in fact.fields and "close" not in fact.fields:
        return f"only its dividend-adjusted price is known: write {fact.name}.total"
    if "close" in fact.fields:
        return f"write {fact.name}"
    return f"write {fact.name}.{fact.fields[0]}" if fact.fields else "pull the series again"
