"""Thousands of stocks at once, symbol by symbol: which set has the field, who was a member, what each one's value was.

Rows are symbol-major with an integer key; expressions run in `group_by().agg()` over slices of whole symbols, so memory
is bounded, and several expressions share one pass. Spans count the rows a stock has. A stock that was away for over 30
days comes back as another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.frames import ENGINE
from leadline.formula.kept import once
from leadline.formula.members import VALUE_ROWS, dated_groups, membership, standing
from leadline.formula.names import Names
from leadline.formula.runs import codes_of, in_order
from leadline.formula.tree import FIELDS, Call, Name, Node
from leadline.formula.turnout import enough, turnout

AWAY: Final = 30
#: a set that is older than this, in days, and of which hardly a stock ended in that time, holds survivors only
YOUNG: Final = 730
SLICE_ROWS: Final = 400_000
#: what a member's field is made of in a set of stocks
MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "total": ("adj_close",),
    "close": ("change",),
    "volume": ("volume",),
    "traded": ("close",),
    "shares": ("shares",),
    "market_value": ("close", "shares"),
}
_COLUMNS: Final = ("close", "change", "adj_close", "volume", "shares")


@dataclass(frozen=True)
class StockSet:
    """One dataset of stocks: its columns that have values, its span."""

    name: str
    has: frozenset[str]
    first: date
    last: date

    @property
    def offers(self) -> tuple[str, ...]:
        """The bare fields that its members have."""
        return tuple(name for name, made_of in MADE_OF.items() if set(made_of) <= self.has)


def stock_sets(panel: Panel) -> tuple[StockSet, ...]:
    """The datasets of the panel, the one that begins first first. Looked up once a panel, and forgotten with it."""
    return once(panel, "sets", lambda: _look_up(panel))


def _look_up(panel: Panel) -> tuple[StockSet, ...]:
    """The sets, one after the other: only the days of each are read whole, and of each column one value."""
    if panel.stocks is None:
        return ()
    found: list[StockSet] = []
    rest = panel.stocks
    while len(row := rest.select("dataset").head(1).collect()):
        name = row.item()
        found.append(_stock_set(panel.stocks.filter(pl.col("dataset") == name), name))
        rest = rest.filter(pl.col("dataset") != name)
    return tuple(sorted(found, key=lambda one: (one.first, one.name)))


def _stock_set(rows: pl.LazyFrame, name: str) -> StockSet:
    day = pl.col("session")
    first, last = rows.select(first=day.min(), last=day.max()).collect(engine="streaming").row(0)
    there = rows.filter(day == first).select(pl.col(name).is_not_null().any() for name in _COLUMNS).collect()
    has = {name for name in _COLUMNS if there[name].item() or _ever(rows, name)}
    return StockSet(name, frozenset(has), first, last)


def _ever(rows: pl.LazyFrame, column: str) -> bool:
    """Whether a column has a value on any day."""
    there = rows.filter(pl.col(column).is_not_null()).select(column).head(1)
    return len(there.collect(engine="streaming")) > 0


def rows_by_session(panel: Panel, dataset: str) -> NDArray[np.int64]:
    """How many stocks of a set have a row on each session of the panel. Counted once a panel."""
    return once(panel, ("rows", dataset), lambda: _counted(panel, dataset))


def _counted(panel: Panel, dataset: str) -> NDArray[np.int64]:
    if panel.stocks is None:
        raise DataError(f"the stocks of {dataset}", found="none in the ledger")
    rows = panel.stocks.filter(pl.col("dataset") == dataset).select("session").collect()
    return turnout(panel.sessions, rows["session"])


def dataset_names(panel: Panel) -> list[str]:
    """The names of the sets of stocks."""
    return [one.name for one in stock_sets(panel)]


def is_stock_group(panel: Panel, names: Names, group: str) -> bool:
    """Whether a word is a group of stocks: a rule, a group with members by date, or a whole set."""
    return group in names.rules or group in dated_groups(panel) or group in dataset_names(panel)


def fullest_set(panel: Panel, names: Names, group: str) -> StockSet | None:
    """The set of stocks that offers most for a group: its own or its rule's, else the one with the most fields."""
    own = names.rules[group].dataset if group in names.rules else group
    sets = stock_sets(panel)
    return next((one for one in sets if one.name == own), max(sets, key=lambda one: len(one.offers), default=None))


def fields_in(each: Iterable[Node]) -> tuple[str, ...]:
    """The bare fields that expressions of members need, each once, in alphabetical order."""
    found = {node.text for one in each for node in _names(one) if node.field is None and node.text in FIELDS}
    return tuple(sorted(found))


def _names(node: Node) -> Iterator[Name]:
    for one in node.walk():
        if isinstance(one, Name):
            yield one
        elif isinstance(one, Call) and one.name == "overhead":
            yield Name("volume")
        elif isinstance(one, Call) and one.name == "atr":
            yield from (Name("high"), Name("low"))


def chosen_set(panel: Panel, names: Names, group: str, fields: Sequence[str]) -> StockSet:
    """The set of stocks that has the fields: that of the group itself or of its rule, else the one that begins first.

    Raises DataError when no set has all of them.
    """
    unknown = [name for name in fields if name not in MADE_OF]
    wanted = {column for name in fields if name in MADE_OF for column in MADE_OF[name]}
    own = names.rules[group].dataset if group in names.rules else group
    sets = [one for one in stock_sets(panel) if one.name == group] or list(stock_sets(panel))
    for one in sorted(sets, key=lambda one: one.name != own):
        if not unknown and wanted <= one.has:
            return one
    found = "; ".join(f"{one.name} has {', '.join(one.offers)}" for one in sets) or "no set of stocks in the ledger"
    raise DataError(f"{', '.join(fields)} of the members of {group}", found=found, todo="use the fields of one set")


@dataclass(frozen=True)
class MemberPass:
    """Expressions to be evaluated for every member of a group in one pass over one set of stocks.

    exprs: by column name; fields: the bare fields in them; outer: columns of sessions that the expressions use;
    between: the first and the last symbol, where not all are asked for.
    """

    group: str
    stocks: StockSet
    fields: tuple[str, ...]
    exprs: Mapping[str, pl.Expr]
    outer: Mapping[str, pl.Series]
    between: tuple[str, str] | None = None


def member_values(
    panel: Panel, names: Names, wanted: MemberPass, *, identified: bool = False
) -> tuple[pl.DataFrame, list[str]]:
    """The values for each member on each session (rows are symbol-major), and what must be said of them.

    Columns: session and those of `wanted.exprs`; with `identified` also symbol (Categorical) and key, a number for each
    stock and segment. A row for every session on which a stock has one and is a member.
    """
    terms = terms_of(panel, names, wanted)
    rows = stock_rows(panel, wanted, terms)
    return evaluated(panel, wanted, rows, terms, identified=identified), remarks_of(panel, names, wanted, rows)


def terms_of(panel: Panel, names: Names, wanted: MemberPass) -> pl.DataFrame | None:
    """The terms of membership (`members.membership`); None for a whole set, where every stock belongs."""
    return None if wanted.stocks.name == wanted.group else membership(panel, wanted.group, names)


def evaluated(
    panel: Panel, wanted: MemberPass, rows: pl.DataFrame, terms: pl.DataFrame | None, *, identified: bool = False
) -> pl.DataFrame:
    """The values of the members on rows of `stock_rows`, columns as of `member_values`."""
    return pl.concat(_evaluated(panel, wanted, part, terms, identified=identified) for part in slices(rows))


def remarks_of(panel: Panel, names: Names, wanted: MemberPass, rows: pl.DataFrame) -> list[str]:
    """What must be said of the members: of the rows it takes the symbols, sessions and which are a symbol's last."""
    terms = terms_of(panel, names, wanted)
    every = f"{wanted.group}: every stock with a row that day is a member"
    said = [every] if terms is None else standing(panel, wanted.group, names)
    return [*said, *_remarks(panel, wanted, rows, terms)]


def _evaluated(
    panel: Panel, wanted: MemberPass, part: pl.DataFrame, terms: pl.DataFrame | None, *, identified: bool
) -> pl.DataFrame:
    shown = part
    if wanted.outer:
        outer = pl.DataFrame({"session": panel.sessions, **wanted.outer})
        shown = part.join(outer, on="session", how="left", maintain_order="left")
    values = (
        _with_fields(shown.lazy(), wanted.fields)
        .group_by("key", maintain_order=True)
        .agg(expr.alias(name) for name, expr in wanted.exprs.items())
        .select(pl.exclude("key").explode(empty_as_null=False, keep_nulls=True))
        .collect(engine=ENGINE)
    )
    found = part.select("session", *(("symbol", "key") if identified else ())).hstack(values)
    return found if terms is None else found.filter(_inside(part, terms))


def stock_rows(panel: Panel, wanted: MemberPass, terms: pl.DataFrame | None) -> pl.DataFrame:
    """The rows of a set, symbol-major: key (one a stock and segment), symbol, session and the columns needed."""
    columns = sorted({column for name in wanted.fields for column in MADE_OF[name]})
    symbol = pl.col("symbol").cast(pl.String).cast(pl.Categorical)
    return _keyed(stock_scan(panel, wanted, terms).select(symbol, "session", *columns).collect())


def no_rows(panel: Panel, wanted: MemberPass) -> pl.DataFrame:
    """Rows as of `stock_rows`, but none of them."""
    return stock_rows(replace(panel, stocks=None if panel.stocks is None else panel.stocks.head(0)), wanted, None)


def stock_scan(panel: Panel, wanted: MemberPass, terms: pl.DataFrame | None) -> pl.LazyFrame:
    """The rows of the stocks that a pass is about, as the ledger has them. Raises DataError where it has none."""
    if panel.stocks is None:
        raise DataError("stocks", found="none in the ledger")
    scan = panel.stocks.filter(pl.col("dataset") == wanted.stocks.name)
    if wanted.between is not None:
        first, last = wanted.between
        scan = scan.filter(pl.col("symbol").is_between(pl.lit(first), pl.lit(last)))
    return scan if terms is None else scan.filter(pl.col("symbol").is_in(terms["symbol"].unique().implode()))


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Symbol-major rows with `key`, a number for each stock and segment, and `last` on the last row of a symbol."""
    turns, begins = _runs(rows)
    if turns is None:
        rows = in_order(rows)
        turns, begins = _runs(rows)
    starts = turns if turns is not None else begins
    last = np.zeros(len(rows), dtype=bool)
    last[np.r_[starts[1:], len(rows)][: len(starts)] - 1] = True
    key = np.repeat(np.arange(1, len(begins) + 1, dtype=np.uint32), np.diff(np.r_[begins, len(rows)]))
    return rows.with_columns(pl.Series("key", key).set_sorted(), pl.Series("last", last))


def _runs(rows: pl.DataFrame) -> tuple[NDArray[np.int64] | None, NDArray[np.int64]]:
    """Where symbols begin, None where the rows are not in order, and where stocks and segments begin."""
    codes, days = codes_of(rows), rows["session"].to_physical().to_numpy()
    if not len(codes):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    turns = np.r_[0, np.flatnonzero(codes[1:] != codes[:-1]) + 1]
    apart = days[1:] - days[:-1]
    back = np.flatnonzero(apart <= 0) + 1
    once = len(np.unique(codes[turns])) == len(turns)
    ordered = once and len(back) < len(turns) and bool(np.isin(back, turns).all())
    if not (ordered and rows["symbol"].gather(pl.Series(turns)).cast(pl.String).is_sorted()):
        return None, turns
    return turns, np.union1d(turns, np.flatnonzero(apart > AWAY) + 1)


def slices(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Slices of whole symbols with about SLICE_ROWS rows each; one without rows where there are none."""
    codes = codes_of(rows)
    ends = np.flatnonzero(np.r_[codes[1:] != codes[:-1], True]) + 1 if len(codes) else np.zeros(1, dtype=np.int64)
    start = 0
    while start < len(rows) or start == 0:
        whole = np.searchsorted(ends, min(start + SLICE_ROWS, len(rows)), side="left")
        end = int(ends[min(int(whole), len(ends) - 1)])
        yield rows.slice(start, end - start)
        start = max(end, 1)


def _with_fields(rows: pl.LazyFrame, fields: Sequence[str]) -> pl.LazyFrame:
    """The members' fields: total is the dividend-adjusted close, close an index chained from the day's changes.

    traded is the close as traded; market_value the median of the last values of shares x traded, over the rows of the
    stock, so that one wrong value does not show.
    """
    made: dict[str, pl.Expr] = {}
    if "market_value" in fields:
        worth = pl.col("close") * pl.col("shares")
        made["market_value"] = worth.rolling_median(VALUE_ROWS, min_samples=1).over("key")
    if "traded" in fields:
        made["traded"] = pl.col("close")
    if "total" in fields:
        made["total"] = pl.col("adj_close")
    if "close" in fields:
        growth = pl.col("change") + 1
        made["close"] = pl.when(pl.col("change").is_not_null()).then(growth.fill_null(1.0).cum_prod()).over("key")
    return rows.with_columns(**made)


def _inside(rows: pl.DataFrame, terms: pl.DataFrame) -> pl.Series:
    """Whether each row lies in a term of its symbol. A stock that took over a symbol later is no member for it."""
    terms = terms.with_columns(pl.col("symbol").cast(rows.schema["symbol"], strict=False)).drop_nulls("symbol")
    terms = terms.with_columns(code=pl.col("symbol").to_physical().cast(pl.Int64)).sort("code", "start")
    days = rows["session"].to_physical().to_numpy().astype(np.int64)
    codes = codes_of(rows).astype(np.int64)
    starts = terms["start"].to_physical().to_numpy().astype(np.int64)
    ends = terms["end"].to_physical().cast(pl.Int64).fill_null(2**31).to_numpy()
    if not len(starts):
        return pl.Series(np.zeros(len(rows), dtype=bool))
    of_term = terms["code"].to_numpy()
    at = np.searchsorted(of_term * 2**32 + starts, codes * 2**32 + days, side="right") - 1
    found = (at >= 0) & (of_term[at] == codes) & (days < ends[at])
    return pl.Series(found & ~(_taken_over(rows, codes, days) >= starts[at]))


def _taken_over(rows: pl.DataFrame, codes: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row the last day of the stock that had its symbol before; the least number where there was none."""
    keys = rows["key"].to_numpy()
    begins = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, dtype=np.int64)
    before = np.full(len(begins), np.iinfo(np.int64).min)
    again = np.flatnonzero((begins > 0) & (codes[begins] == codes[np.maximum(begins - 1, 0)]))
    before[again] = days[begins[again] - 1]
    return np.repeat(before, np.diff(np.r_[begins, len(keys)]))


def _remarks(panel: Panel, wanted: MemberPass, rows: pl.DataFrame, terms: pl.DataFrame | None) -> list[str]:
    chosen, group = wanted.stocks, wanted.group
    ends = rows["session"].filter(rows["last"]).sort()
    said = []
    begins = chosen.first if terms is None or not len(terms) else max(chosen.first, terms["start"].sort()[0])
    if len(ends):
        said.append(f"{chosen.name}: {_fate(ends, begins, min(panel.cut, ends[-1]))}")
        if ends[-1] < panel.cut:
            said.append(f"{chosen.name}: its prices end {ends[-1]}")
        said += _lacking(panel, chosen, rows["session"])
    if terms is not None:
        present = terms.filter(pl.col("end").is_null())["symbol"].unique()
        there = rows.filter(pl.col("session") == pl.col("session").max())["symbol"].cast(pl.String)
        has = present.is_in(there.implode()).sum()
        said.append(f"{group}: {chosen.name} has prices for {has} of its {len(present)} present members")
    return said


def _fate(ends: pl.Series, begins: date, last: date) -> str:
    """Whether those that ended are among the stocks looked at. ends: the last day of each, ascending.

    Survivors only until a hundredth of them has ended, where that took over YOUNG days.
    """
    early, ended = ends[len(ends) // 100], int((ends < last - timedelta(days=AWAY)).sum())
    if early - begins > timedelta(days=YOUNG):
        biased = f"hardly a stock of it ends before {early}; until then it holds survivors only"
        return f"{biased}, and shares over its members are too favourable"
    if ended <= len(ends) // 100:
        return (
            f"hardly a stock of it has ended since {begins}; whether it holds survivors only cannot be told from that"
        )
    return f"{ended:,} of the {len(ends):,} stocks looked at ended by {last}, and are among them until then"


def _lacking(panel: Panel, chosen: StockSet, there: pl.Series) -> list[str]:
    """Sessions inside its span on which a set has no row of any stock asked for, or hardly any row at all."""
    sessions, counts = panel.sessions, rows_by_session(panel, chosen.name)
    inside = ((sessions >= chosen.first) & (sessions <= chosen.last)).to_numpy()
    empty = turnout(sessions, there) == 0
    lacks = sessions.filter(pl.Series(inside & empty))
    half = sessions.filter(pl.Series(inside & ~empty & ~enough(counts)))
    few, said = inside.sum() // 10, []
    if 0 < len(lacks) <= few:
        said.append(f"{chosen.name}: it lacks {_named(lacks)}; spans go over them")
    if 0 < len(half) <= few:
        scarce = f"{chosen.name}: fewer than half of its usual stocks are there on {_named(half)}"
        said.append(f"{scarce}; values of {'that session' if len(half) == 1 else 'those'} rest on them alone")
    return said


def _named(sessions: pl.Series) -> str:
    return f"{len(sessions)} sessions, the last {sessions[-1]}" if len(sessions) > 1 else f"the session {sessions[0]}"


def chained(stocks: StockSet, fields: Sequence[str]) -> list[str]:
    """What must be said where close is used: it is chained from changes, which a session that is missing has not."""
    said = f"{stocks.name}: close is chained from daily changes; the move of a session it lacks is not in it"
    return [said] if "close" in fields else []
