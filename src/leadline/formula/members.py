"""Who belongs to a group of stocks, and from when to when: snapshots of holdings, start and end dates, rules of rank.

A rule is formed with what was known at the close of the forming session, and holds from the next session on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.kept import once
from leadline.formula.names import MONTHS_OF, Names, Rule
from leadline.formula.runs import codes_of, in_order, small

#: a market value is the median of the last so many: one wrong value of a split day does not show
VALUE_ROWS: Final = 5
#: how far back the values of a forming session may lie, in days; and when a stock must have traded last
RECENT, TRADED = timedelta(days=14), timedelta(days=7)


def dated_groups(panel: Panel) -> frozenset[str]:
    """The groups whose members the panel knows by date."""
    return once(panel, "groups", lambda: frozenset(panel.members["group"].unique().to_list()))


def membership(panel: Panel, group: str, names: Names | None = None) -> pl.DataFrame:
    """The terms of membership: symbol, start (a session, inside), end (a session, outside; null while it lasts).

    "in" and "out" open and close a term. A snapshot ("held") holds until the next snapshot of the group. Where a group
    has both, the last word counts: a snapshot closes the terms of those who are not on it, and a later "out" closes
    that of one who is. Terms of one symbol do not overlap.
    """
    if names is not None and group in names.rules:
        rule = names.rules[group]
        return once(panel, rule, lambda: _formed(panel, rule))
    facts = panel.members.filter((pl.col("group") == group) & pl.col("session").is_not_null())
    held, stated = (facts.filter(part) for part in (pl.col("change") == "held", pl.col("change") != "held"))
    shots = held.select(pl.col("session").unique().sort())
    turns = stated.select("symbol", "session", "describes", pl.lit(1).alias("order"), inside=pl.col("change") == "in")
    if len(shots):
        turns = pl.concat([_listed(held, shots, turns["symbol"].unique()), turns])
    turns = turns.sort("symbol", "session", "order", "describes", maintain_order=True)
    turns = turns.with_columns(end=pl.col("session").shift(-1).over("symbol"))
    terms = turns.filter("inside").select("symbol", start="session", end="end")
    return terms.filter(pl.col("end").is_null() | (pl.col("start") < pl.col("end")))


def _listed(held: pl.DataFrame, shots: pl.DataFrame, stated: pl.Series) -> pl.DataFrame:
    """What each snapshot says of everyone who was ever on one or is `stated` by dates: inside or not."""
    names = pl.concat([held["symbol"].unique(), stated]).unique().sort().to_frame("symbol")
    there = held.select("symbol", "session", inside=pl.lit(value=True)).unique()
    every = names.join(shots, how="cross").join(there, on=["symbol", "session"], how="left", maintain_order="left")
    return every.select(
        "symbol", "session", describes="session", order=pl.lit(0), inside=pl.col("inside").fill_null(value=False)
    )


def formings(panel: Panel, rule: Rule) -> pl.DataFrame:
    """The forming sessions of a rule and the session from which each holds: formed, start, end (null: lasts)."""
    due = panel.months.filter(pl.col("label").dt.month().is_in(MONTHS_OF[rule.every]))["session"].sort()
    after = panel.sessions.search_sorted(due, side="right").cast(pl.Int64)
    after = after.set(after >= len(panel.sessions), None)
    frame = pl.DataFrame({"formed": due, "start": panel.sessions.gather(after)})
    return frame.with_columns(end=pl.col("start").shift(-1))


def _formed(panel: Panel, rule: Rule) -> pl.DataFrame:
    """The terms of a rule. Raises DataError when its set of stocks has no market values."""
    ranked = once(panel, ("ranked", rule.dataset, rule.every), lambda: _ranked(panel, rule))
    inside = ranked.filter(pl.col("place").is_between(rule.low, rule.high)).drop_nulls("start")
    return inside.select(pl.col("symbol").cast(pl.String), "start", "end")


def _ranked(panel: Panel, rule: Rule) -> pl.DataFrame:
    """The place of every stock at every forming: symbol (Categorical), start, end, place; by symbol and start.

    One ranking serves all rules on a set and schedule, whatever their ranks. Raises DataError as `_formed`.
    """
    due = formings(panel, rule)
    formed = due["formed"].to_physical().to_numpy().astype(np.int64)
    rows = in_order(_worths(panel, rule, due["formed"]))
    begins, ends, mine = _stretches(rows, formed)
    worth = _medians(rows["worth"].to_numpy(), begins)
    there = ~np.isnan(worth) & (formed[mine] - rows["session"].to_physical().to_numpy()[ends - 1] <= TRADED.days)
    found = rows.select("symbol")[pl.Series(begins[there].astype(np.uint32))]
    turns = due.select("start", "end")[pl.Series(mine[there].astype(np.uint32))]
    return found.hstack(turns).with_columns(place=pl.Series(_places(worth[there], mine[there])))


def _stretches(
    rows: pl.DataFrame, formed: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The rows of each stock before each forming: the first, the one after the last, the forming. rows: in order."""
    codes, days = codes_of(rows), rows["session"].to_physical().to_numpy()
    if not len(rows):
        return (np.zeros(0, dtype=np.int64),) * 3
    at = np.searchsorted(formed, np.arange(days.min(), days.max() + 1))[days - days.min()]
    begins = np.flatnonzero(np.r_[True, (codes[1:] != codes[:-1]) | (at[1:] != at[:-1])])
    return begins, np.r_[begins[1:], len(rows)], at[begins]


def _worths(panel: Panel, rule: Rule, formed: pl.Series) -> pl.DataFrame:
    """The rows shortly before a forming: symbol (Categorical), session, worth. Raises DataError as `_formed`."""
    if not rule.dataset:
        wanted = f"ranks {rule.low} to {rule.high} of market value"
        found = f"no set of stocks with market values by {panel.cut}"
        raise DataError(wanted, found=found, todo="pull one, or choose a later date")
    if panel.stocks is None:
        raise DataError(rule.said, found="no stocks in the ledger")
    due = formed.rename("formed").to_frame()
    days = panel.sessions.alias("session").to_frame()
    before = days.join_asof(
        due, left_on="session", right_on="formed", strategy="forward", tolerance=RECENT, coalesce=False
    )
    near = before.drop_nulls("formed")["session"]
    rows = (
        panel.stocks.filter((pl.col("dataset") == rule.dataset) & pl.col("session").is_in(near.implode()))
        .select(
            pl.col("symbol").cast(pl.String).cast(pl.Categorical), "session", worth=pl.col("close") * pl.col("shares")
        )
        .collect()
    )
    if not rows["worth"].count() and not _valued(panel.stocks, rule.dataset):
        raise DataError(rule.said, found="no market values in it", todo="name a set that has them")
    return rows


def _medians(worth: NDArray[np.float64], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    """The median of the last VALUE_ROWS values of each stretch of rows; NaN where it has none. NaN is no value."""
    known = ~np.isnan(worth)
    many = np.add.reduceat(known, begins, dtype=np.int64) if len(begins) else begins
    ends = np.cumsum(many)
    kept = np.minimum(many, VALUE_ROWS)
    back = np.arange(VALUE_ROWS)
    rows = np.where(back < kept[:, None], ends[:, None] - 1 - back, -1)
    ranked = np.sort(np.where(rows >= 0, np.r_[worth[known], np.nan][rows], np.inf), axis=1)
    at = np.arange(len(begins))
    middle = (ranked[at, np.maximum(kept - 1, 0) // 2] + ranked[at, kept // 2]) / 2
    return np.where(kept > 0, middle, np.nan)


def _places(worth: NDArray[np.float64], formed: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rank of each stock at its forming, 1 for the greatest; of equal ones the earlier in the order given."""
    order = np.argsort(-worth, kind="stable")
    order = order[np.argsort(small(formed[order]), kind="stable")]
    many = np.bincount(formed) if len(formed) else np.zeros(0, dtype=np.int64)
    places = np.empty(len(formed), dtype=np.int64)
    places[order] = np.arange(len(formed)) - np.repeat(np.cumsum(many) - many, many) + 1
    return places


def _valued(stocks: pl.LazyFrame, dataset: str) -> bool:
    """Whether a set of stocks has any market value."""
    there = (pl.col("dataset") == dataset) & pl.col("close").is_not_null() & pl.col("shares").is_not_null()
    return len(stocks.filter(there).head(1).collect()) > 0


def standing(panel: Panel, group: str, names: Names) -> list[str]:
    """As of when the members of a group are known, in one sentence; nothing for a whole set of stocks."""
    if group in names.rules:
        rule = names.rules[group]
        formed = formings(panel, rule).drop_nulls("start")["formed"]
        terms = membership(panel, group, names)
        first = terms["start"].sort()
        when = f"first from {first[0]}, members as of {formed[-1]}" if len(first) else "never formed yet"
        return [f"{group}: {rule.said}; {when}"]
    facts = panel.members.filter((pl.col("group") == group) & pl.col("session").is_not_null())
    if not len(facts):
        return []
    shots = facts.filter(pl.col("change") == "held")["describes"].unique().sort()
    stated = facts.filter(pl.col("change") != "held")["describes"].sort()
    said = []
    if len(stated):
        listed = f", and as listed on {shots[-1]}" if len(shots) else ""
        said.append(f"{group}: members by start and end dates, the last of {stated[-1]}{listed}")
    elif len(shots):
        many = f"{len(shots)} snapshots since {shots[0]}" if len(shots) > 1 else "one snapshot"
        said.append(f"{group}: members as of {shots[-1]} ({many}); each snapshot holds until the next")
    return said
