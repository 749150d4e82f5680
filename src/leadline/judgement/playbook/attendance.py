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
from numpy.typing import NDArray

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.kept import once
from leadline.formula.members import formings, standing
from leadline.formula.names import Names
from leadline.formula.runs import Runs, codes_of, runs_of
from leadline.formula.stocks import (
    AWAY,
    YOUNG,
    StockSet,
    chained,
    chosen_set,
    dataset_names,
    is_stock_group,
    stock_sets,
)
from leadline.formula.turnout import enough, turnout
from leadline.judgement.playbook.inputs import Input

NO_STOCKS: Final = "no stocks in the ledger"


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
    held = pl.col("change") == "held"
    shots, stated = (known.filter(part)["describes"].sort() for part in (held, ~held))
    if not len(stated):
        return f"Members as of {shots[-1]}."
    listed = f", and as listed on {shots[-1]}" if len(shots) else ""
    return f"Members by start and end dates, the last of {stated[-1]}{listed}."


def _attendance(panel: Panel, dataset: str) -> Attendance:
    if panel.stocks is None:
        raise DataError(f"the stocks of {dataset}", found="none in the ledger")
    symbol = pl.col("symbol").cast(pl.String).cast(pl.Categorical)
    rows = panel.stocks.filter(pl.col("dataset") == dataset).select(symbol, "session").collect()
    found = once(panel, ("rows", dataset), lambda: turnout(panel.sessions, rows["session"]))
    begins, ends = _terms(runs_of(codes_of(rows), rows["session"].to_physical().to_numpy(), AWAY))
    return Attendance(dataset, begins[0].item(), enough(found), found, begins, ends)


def _terms(runs: Runs) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """First and last days of all stocks, each ascending: one that was away for over 30 days comes back as another.

    runs: without such a gap inside; those of a symbol may lie in any order, and overlap.
    """
    order = np.lexsort((runs.first, runs.codes))
    codes, first = runs.codes[order], runs.first[order].astype(np.int64)
    far = codes.astype(np.int64) * 2**32  # days of one symbol lie above all days of those before it
    upto = np.maximum.accumulate(far + runs.last[order]) - far
    begins = np.flatnonzero(np.r_[True, (codes[1:] != codes[:-1]) | (first[1:] - upto[:-1] > AWAY)])
    ends = np.r_[begins[1:], len(codes)] - 1
    return np.sort(first[begins]).astype("datetime64[D]"), np.sort(upto[ends]).astype("datetime64[D]")
