"""Thousands of stocks at once, symbol by symbol: which set has the field, who was a member, what each one's value was.

Rows are symbol-major with an integer key; expressions run in `group_by().agg()` over slices of whole symbols, so memory
is bounded. Spans count the rows a stock has. A stock that was away for over 30 days comes back as another one.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.frames import ENGINE
from leadline.formula.tree import FIELDS, Call, Name, Node

AWAY: Final = 30
SLICE_ROWS: Final = 1_500_000
#: what a member's field is made of in a set of stocks
MADE_OF: Final[Mapping[str, str]] = {"total": "adj_close", "close": "change", "volume": "volume"}
_SETS: dict[int, tuple[weakref.ref[Panel], tuple[StockSet, ...]]] = {}


@dataclass(frozen=True)
class StockSet:
    """One dataset of stocks: its fields, its span, and the day before which hardly a stock of it ends."""

    name: str
    has: frozenset[str]
    first: date
    last: date


def stock_sets(panel: Panel) -> tuple[StockSet, ...]:
    """The datasets of the panel. Looked up once a panel, and forgotten with it."""
    kept = _SETS.get(id(panel))
    if kept is not None and kept[0]() is panel:
        return kept[1]
    found = _look_up(panel)
    key = id(panel)
    _SETS[key] = (weakref.ref(panel, partial(_forget, key)), found)
    return found


def _forget(key: int, _: weakref.ref[Panel]) -> None:
    _SETS.pop(key, None)


def _look_up(panel: Panel) -> tuple[StockSet, ...]:
    if panel.stocks is None:
        return ()
    columns = ("close", "change", "adj_close", "volume", "shares")
    rows = (
        panel.stocks.group_by("dataset")
        .agg(
            *(pl.col(name).is_not_null().any() for name in columns),
            pl.col("session").min().alias("first"),
            pl.col("session").max().alias("last"),
        )
        .sort("first")
        .collect(engine="streaming")
    )
    return tuple(
        StockSet(row["dataset"], frozenset(name for name in columns if row[name]), row["first"], row["last"])
        for row in rows.iter_rows(named=True)
    )


def dataset_names(panel: Panel) -> list[str]:
    """The names of the sets of stocks."""
    return [one.name for one in stock_sets(panel)]


def stock_values(
    panel: Panel, group: str, each: Node, expr: pl.Expr, outer: Mapping[str, pl.Series]
) -> tuple[pl.DataFrame, list[str]]:
    """The value of an expression for each member on each session: session, each; and what must be said of it.

    Raises DataError when no set of stocks has the fields.
    """
    fields = sorted({node.text for node in _names(each) if node.field is None and node.text in FIELDS})
    chosen = _chosen(panel, group, fields)
    terms = membership(panel, group) if chosen.name != group else None
    rows = _rows(panel, chosen, fields, terms)
    parts = []
    for part in _slices(rows):
        shown = part
        if outer:
            shown = part.join(
                pl.DataFrame({"session": panel.sessions, **outer}), on="session", how="left", maintain_order="left"
            )
        value = (
            _with_close(shown.lazy(), fields)
            .group_by("key", maintain_order=True)
            .agg(expr.alias("each"))
            .select(pl.col("each").explode(empty_as_null=False, keep_nulls=True))
            .collect(engine=ENGINE)
        )
        found = part.select("session", "symbol").with_columns(value["each"])
        parts.append(_members_only(found, terms).select("session", "each"))
    return pl.concat(parts, rechunk=False), _remarks(chosen, group, rows, terms, panel.cut)


def _names(node: Node) -> Iterator[Name]:
    for one in node.walk():
        if isinstance(one, Name):
            yield one
        elif isinstance(one, Call) and one.name == "overhead":
            yield Name("volume")
        elif isinstance(one, Call) and one.name == "atr":
            yield from (Name("high"), Name("low"))


def _chosen(panel: Panel, group: str, fields: list[str]) -> StockSet:
    unknown = [name for name in fields if name not in MADE_OF]
    wanted = {MADE_OF[name] for name in fields if name in MADE_OF}
    sets = [one for one in stock_sets(panel) if one.name == group] or list(stock_sets(panel))
    for one in sets:
        if not unknown and wanted <= one.has:
            return one
    found = "; ".join(f"{one.name} has {', '.join(_offered(one))}" for one in sets) or "no set of stocks in the ledger"
    raise DataError(f"{', '.join(fields)} of the members of {group}", found=found, todo="use the fields of one set")


def _offered(one: StockSet) -> list[str]:
    return [name for name, made_of in MADE_OF.items() if made_of in one.has]


def _rows(panel: Panel, chosen: StockSet, fields: list[str], terms: pl.DataFrame | None) -> pl.DataFrame:
    """The rows of a set, symbol-major: key (one a stock and segment), symbol, session and the columns needed."""
    if panel.stocks is None:
        raise DataError("stocks", found="none in the ledger")
    scan = panel.stocks.filter(pl.col("dataset") == chosen.name)
    if terms is not None:
        scan = scan.filter(pl.col("symbol").is_in(terms["symbol"].unique().implode()))
    columns = sorted({MADE_OF[name] for name in fields})
    return _keyed(scan.select("symbol", "session", *columns).collect())


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Symbol-major rows with `key`, a number for each stock and segment, and `last` on the last row of a symbol."""
    codes, days = _codes(rows), rows["session"].to_physical().to_numpy()
    other = codes[1:] != codes[:-1]
    symbols = int((np.bincount(codes) > 0).sum()) if len(codes) else 0
    if int(other.sum()) + min(len(codes), 1) != symbols or not (other | (days[1:] > days[:-1])).all():
        rows = rows.sort("symbol", "session")
        codes, days = _codes(rows), rows["session"].to_physical().to_numpy()
        other = codes[1:] != codes[:-1]
    first = np.ones(len(codes), dtype=bool)
    first[1:] = other | (days[1:] - days[:-1] > AWAY)
    last = np.ones(len(codes), dtype=bool)
    last[:-1] = other
    key = np.cumsum(first, dtype=np.uint32)
    return rows.with_columns(pl.Series("key", key).set_sorted(), pl.Series("last", last))


def _codes(rows: pl.DataFrame) -> NDArray[np.uint32]:
    """The symbols as numbers."""
    symbols = rows["symbol"]
    if not isinstance(symbols.dtype, pl.Categorical | pl.Enum):
        symbols = symbols.cast(pl.Categorical)
    codes: NDArray[np.uint32] = symbols.to_physical().cast(pl.UInt32).to_numpy()
    return codes


def _slices(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Slices of whole keys with about SLICE_ROWS rows each."""
    start = 0
    while start < len(rows):
        end = min(start + SLICE_ROWS, len(rows))
        if end < len(rows):
            last = rows["key"][end - 1]
            end = int(rows["key"].search_sorted(last, side="right"))
        yield rows.slice(start, end - start)
        start = end


def _with_close(rows: pl.LazyFrame, fields: list[str]) -> pl.LazyFrame:
    """The members' fields: total is the dividend-adjusted close, close an index chained from the day's changes."""
    if "total" in fields:
        rows = rows.rename({"adj_close": "total"})
    if "close" in fields:
        growth = pl.col("change") + 1
        chained = pl.when(pl.col("change").is_not_null()).then(growth.fill_null(1.0).cum_prod())
        rows = rows.with_columns(close=chained.over("key"))
    return rows


def membership(panel: Panel, group: str) -> pl.DataFrame:
    """The terms of membership: symbol, start (a session, inside), end (a session, outside; null while it lasts).

    "in" and "out" open and close a term. A snapshot ("held") holds until the next snapshot of the group.
    """
    facts = panel.members.filter((pl.col("group") == group) & pl.col("session").is_not_null())
    held = facts.filter(pl.col("change") == "held")
    shots = held.select(pl.col("session").unique().sort()).with_columns(end=pl.col("session").shift(-1))
    snapshot = held.join(shots, on="session", how="left").select("symbol", start="session", end="end")
    turns = facts.filter(pl.col("change") != "held").sort("symbol", "session", "describes", maintain_order=True)
    turns = turns.with_columns(end=pl.col("session").shift(-1).over("symbol"))
    stated = turns.filter(pl.col("change") == "in").select("symbol", start="session", end="end")
    return pl.concat([snapshot, stated]).unique(maintain_order=True).sort("symbol", "start")


def _members_only(rows: pl.DataFrame, terms: pl.DataFrame | None) -> pl.DataFrame:
    if terms is None:
        return rows
    terms = terms.with_columns(pl.col("symbol").cast(rows.schema["symbol"], strict=False)).drop_nulls("symbol")
    inside = (pl.col("session") >= pl.col("start")) & (pl.col("end").is_null() | (pl.col("session") < pl.col("end")))
    return rows.join(terms, on="symbol", how="inner").filter(inside)


def _remarks(chosen: StockSet, group: str, rows: pl.DataFrame, terms: pl.DataFrame | None, cut: date) -> list[str]:
    ends = rows["session"].filter(rows["last"]).sort()
    said = []
    if len(ends):
        early = ends[len(ends) // 100]
        if early - chosen.first > timedelta(days=730):
            said.append(
                f"{chosen.name}: hardly a stock of it ends before {early}; until then it holds survivors only, "
                f"and shares over its members are too favourable"
            )
        if ends[-1] < cut:
            said.append(f"{chosen.name}: its prices end {ends[-1]}")
    if terms is not None:
        wanted = terms.filter(pl.col("end").is_null())["symbol"].n_unique()
        there = rows.filter(pl.col("session") == rows["session"].max())["symbol"].cast(pl.String)
        has = terms.filter(pl.col("end").is_null() & pl.col("symbol").cast(pl.String).is_in(there.implode()))
        said.append(f"{group}: {chosen.name} has prices for {has['symbol'].n_unique()} of its {wanted} present members")
    if "change" in rows.columns:
        said.append(f"{chosen.name}: close is chained from daily changes; the move of a session it lacks is not in it")
    return said
