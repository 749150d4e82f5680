"""Groups of stocks as inputs of a playbook: which set is behind one, which sessions it has, what must be said of it.

Only symbols and days are read, once a panel. Everything is told of a session from what was known then, so that a card
of the past is what it would have been.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.kept import once
from leadline.formula.members import formings, standing
from leadline.formula.names import Names
from leadline.formula.stocks import AWAY, StockSet, chained, chosen_set, dataset_names, is_stock_group, stock_sets
from leadline.judgement.playbook.inputs import Input

NO_STOCKS: Final = "no stocks in the ledger"
#: a session counts as lacking where fewer than half as many stocks have a row as in the middle of so many before it
USUAL_SESSIONS: Final = 21
#: a set that is older than this, in days, and of which hardly a stock ended in that time, holds survivors only
YOUNG: Final = 730


@dataclass(frozen=True)
class Attendance:
    """Which sessions a set of stocks has, and from when to when its stocks were there.

    there, rows: for each session of the panel whether the set has it, and how many rows; begins: of each stock (one
    that was away for over 30 days comes back as another), ascending; ends: the last day of each, ascending.
    """

    name: str
    first: date
    there: NDArray[np.bool_]
    rows: NDArray[np.int64]
    begins: NDArray[np.datetime64]
    ends: NDArray[np.datetime64]

    def stocks(self, session: date) -> int:
        """How many stocks were seen by then."""
        return int(np.searchsorted(self.begins, np.datetime64(session), side="right"))

    def biased(self, session: date) -> date | None:
        """The day before which the set, as known at a session, holds survivors only; None where it holds the ended too.

        That day is the one by which a hundredth of its stocks had ended; the session itself where fewer have.
        """
        ended = int(np.searchsorted(self.ends, np.datetime64(session - timedelta(days=AWAY)), side="right"))
        hundredth = self.stocks(session) // 100
        early = session if ended <= hundredth else self.ends[hundredth].item()
        return early if early - self.first > timedelta(days=YOUNG) else None


def stock_set(panel: Panel, names: Names, one: Input) -> StockSet | None:
    """The set of stocks from which the members of a group get their fields; None where there is none."""
    rule = names.rules.get(one.name)
    if not is_stock_group(panel, names, one.name) or (rule is not None and rule.dataset not in dataset_names(panel)):
        return None
    try:
        return chosen_set(panel, names, one.name, tuple(one.field.split("+")) if one.field else ())
    except DataError:
        return None


def absence(panel: Panel, names: Names, one: Input) -> tuple[date | None, str, str]:
    """Why a group is missing: the first day of any set of stocks (None: no set), what is said before it, and after it.

    A session before the first set reads as one of a ledger without stocks: what came later was not known.
    """
    first = min((found.first for found in stock_sets(panel)), default=None)
    none = f"no stocks for {one} in the ledger"
    return first, NO_STOCKS if one.name in names.rules else none, none


def attendance(panel: Panel, dataset: str) -> Attendance:
    """The sessions and the stocks of a set, from symbols and days alone; read once a panel."""
    return once(panel, ("attendance", dataset), lambda: _attendance(panel, dataset))


def said_of(panel: Panel, names: Names, groups: Iterable[Input], session: date) -> str:
    """As of when the members of groups of stocks are, and whether survivors only are among them; "" for no group."""
    said: dict[str, None] = {}
    for one in groups:
        stocks = stock_set(panel, names, one)
        if stocks is None:
            continue
        said[_standing(panel, names, one.name, session)] = None
        early = attendance(panel, stocks.name).biased(session)
        if early is not None:
            said[f"Survivor-biased before {early}: hardly a stock of {stocks.name} ends earlier."] = None
    return " ".join(filter(None, said))


def notices_of(panel: Panel, names: Names, groups: Iterable[Input]) -> tuple[str, ...]:
    """What a reader must know at the cut of groups of stocks: who is in them, and what their sets hold and lack."""
    said: dict[str, None] = {}
    for one in groups:
        stocks = stock_set(panel, names, one)
        if stocks is None:
            continue
        said |= dict.fromkeys(standing(panel, one.name, names))
        said |= dict.fromkeys((_held(panel, stocks.name), *chained(stocks, one.field.split("+"))))
    return tuple(said)


def _held(panel: Panel, dataset: str) -> str:
    seen = attendance(panel, dataset)
    early = seen.biased(panel.cut)
    whole = "the ended among them" if early is None else f"before {early} survivors only, which is too favourable"
    inside = (panel.sessions >= seen.first).to_numpy() & (np.arange(len(seen.there)) <= np.flatnonzero(seen.there)[-1])
    lacks = panel.sessions.to_numpy()[inside & ~seen.there]
    many = f"{len(lacks)} session{'' if len(lacks) == 1 else 's'}"
    lacking = f"; it lacks {many}, the last {lacks[-1]}, and spans go over them" if len(lacks) else ""
    return f"{dataset}: {seen.stocks(panel.cut):,} stocks since {seen.first}, {whole}{lacking}"


def _standing(panel: Panel, names: Names, group: str, session: date) -> str:
    if group in names.rules:
        formed = formings(panel, names.rules[group]).filter(pl.col("start") <= session)["formed"]
        return f"Members as of {formed[-1]}." if len(formed) else ""
    known = panel.members.filter((pl.col("group") == group) & (pl.col("session") <= session))
    if not len(known):
        return f"Every stock of {group}."
    last = known["describes"].sort()[-1]
    held = (known["change"] == "held").all()
    return f"Members as of {last}." if held else f"Members by start and end dates, the last of {last}."


def _attendance(panel: Panel, dataset: str) -> Attendance:
    if panel.stocks is None:
        raise DataError(f"the stocks of {dataset}", found="none in the ledger")
    rows = panel.stocks.filter(pl.col("dataset") == dataset)
    month = pl.col("session").dt.year().cast(pl.Int32) * 12 + pl.col("session").dt.month().cast(pl.Int32)
    by_month = rows.group_by("symbol", month=month).agg(
        pl.col("session").min().alias("begin"), end=pl.col("session").max()
    )
    by_day = rows.group_by("session").agg(pl.len().cast(pl.Int64).alias("rows"))
    months, days = pl.collect_all([by_month, by_day], engine="streaming")
    counts = panel.sessions.alias("session").to_frame().join(days, on="session", how="left", maintain_order="left")
    found = counts["rows"].fill_null(0).to_numpy()
    begins, ends = _terms(months.with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "begin"))
    return Attendance(dataset, begins[0].item(), _enough(found), found, begins, np.sort(ends))


def _terms(months: pl.DataFrame) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """First and last days of each stock: a stock that was away for over 30 days comes back as another."""
    away = (pl.col("begin") - pl.col("end").shift(1)).dt.total_days() > AWAY
    other = (pl.col("symbol") != pl.col("symbol").shift(1)) | away
    terms = (
        months.with_columns(term=other.fill_null(value=True).cum_sum())
        .group_by("term")
        .agg(pl.col("begin").min(), pl.col("end").max())
    )
    return tuple(np.sort(terms[name].to_numpy().astype("datetime64[D]")) for name in ("begin", "end"))  # type: ignore[return-value]


def _enough(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each session whether a set has it: at least half as many rows as in the middle of the sessions before."""
    at = np.flatnonzero(rows)
    counts = rows[at].astype(np.float64)
    padded = np.concatenate([np.full(USUAL_SESSIONS, np.nan), counts])[: len(counts) + USUAL_SESSIONS - 1]
    there = np.zeros(len(rows), dtype=bool)
    if len(counts):
        before = sliding_window_view(padded, USUAL_SESSIONS)
        usual = np.array([np.median(one[~np.isnan(one)]) if (~np.isnan(one)).any() else 0.0 for one in before])
        there[at] = counts >= usual / 2
    return there
