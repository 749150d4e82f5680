"""A scan at the cut: who hits, how the hits rank, at which levels, and how tradable they are.

1. `universe` says whose formulas are evaluated; 2. `scanned` evaluates them for every member and session;
3. `run_scan` keeps the hits of the last session, with liquidity (`_liquidity`) and tags (`inference.tags`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel
from leadline.formula.bind import Binder
from leadline.formula.each import Asked, Members, evaluate_members, stock_group
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.stocks import StockSet, chosen_set, dataset_names, fields_in, stock_sets
from leadline.formula.usual import newest_ranked, with_usual
from leadline.inference.breadth import recent
from leadline.inference.tags import News, strangers, tags_of
from leadline.judgement.scans.model import RULED, Scan

#: of a day's volume, how much one may be without moving the price oneself; and the rows of the median
OF_VOLUME: Final = 0.1
VOLUME_ROWS: Final = 63
_LOOK: Final = timedelta(days=130)
More = Callable[[StockSet, str], Mapping[str, pl.Expr]]


@dataclass(frozen=True)
class Hit:
    """One stock that fulfils every filter at the cut. Prices are as traded; what the scan does not ask is None.

    median_dollar_volume: of the last VOLUME_ROWS rows; days_to_build: days that the scan's position takes at a tenth of
    it. tags: splits, volume, a new listing, news.
    """

    symbol: str
    score: float | None
    price: float | None
    level: float | None
    invalidation: float | None
    median_dollar_volume: float | None
    days_to_build: float | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class ScanResult:
    """The hits of a scan at the cut, the highest score first. looked_at: members with a row that day.

    passed: how many members pass each filter by itself. dataset: the set of stocks. warnings: as of when the members
    are, survivorship, gaps, what the scan's file says of itself.
    """

    scan: str
    as_of: date
    group: str
    dataset: str
    looked_at: int
    passed: Mapping[str, int]
    position: float
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...]


def run_scan(
    panel: Panel,
    scan: Scan,
    names: Names | None = None,
    *,
    news: Collection[News] = (),
    sessions: int | None = None,
) -> ScanResult:
    """Who hits at the cut.

    sessions: only so many of the last are looked at, which is quicker; right as long as the formulas reach no further
    back. Raises FormulaError for a wrong formula or group, DataError where the data lack a field or have no row of the
    cut's session.
    """
    seen = panel if sessions is None else recent(panel, sessions)
    found = scanned(seen, scan, names)
    today = found.frame.filter(pl.col("session") == panel.cut)
    if not len(today):
        last = found.frame["session"].sort()[-1] if len(found.frame) else None
        there = "of no session at all" if last is None else f"of that session; the last is {last}"
        todo = "" if last is None else f"choose {last}"
        raise DataError(f"{scan.title} as of {panel.cut}", found=f"no row {there}", todo=todo)
    filters = [name for name in scan.formulas if name.startswith("filter: ")]
    passed = {name.removeprefix("filter: "): int(today[name].sum() or 0) for name in filters}
    hits = today.filter(pl.all_horizontal(filters)).with_columns(pl.col("symbol").cast(pl.String))
    ranked = hits.sort(["score", "symbol"], descending=[True, False], nulls_last=True)
    symbols = ranked["symbol"].to_list()
    dollars = _liquidity(panel, found.stocks.name, symbols)
    tags = tags_of(panel, found.stocks.name, symbols, panel.cut, news)
    made = tuple(_hit(row, scan, dollars.get(row["symbol"]), tags[row["symbol"]]) for row in ranked.to_dicts())
    said = [*([scan.about] if scan.about else []), *found.warnings, *strangers(news, found.frame["symbol"])]
    short = [] if sessions is None else [f"looked at the last {sessions} sessions only"]
    return ScanResult(
        scan.title,
        panel.cut,
        found.group,
        found.stocks.name,
        len(today),
        passed,
        scan.position,
        made,
        (*said, *short),
    )


def scanned(panel: Panel, scan: Scan, names: Names | None = None, more: More | None = None) -> Members:
    """Every formula of a scan for every member and session; `price` is the close as traded where there is one.

    more: expressions over each stock's rows (outcomes of a study), from the set of stocks and the field that is its
    price: close, or total in a set that knows no more.
    """
    words = scan.names(with_usual(names or Names(), panel), newest_ranked(panel))
    group = universe(panel, scan, words)
    stock_group(panel, words, group)
    stocks = chosen_set(panel, words, group, _fields(panel, scan, words))
    formulas: dict[str, str] = dict(scan.formulas)
    if "traded" in stocks.offers:
        formulas["price"] = "traded"
    if more is None:
        return evaluate_members(panel, group, Asked(formulas), words)
    price = "close" if "close" in stocks.offers else "total"
    return evaluate_members(panel, group, Asked(formulas, more(stocks, price), (price,)), words)


def universe(panel: Panel, scan: Scan, names: Names) -> str:
    """The group whose members are looked at: the scan's, its ranks, or the newest set that has all fields.

    Raises FormulaError for a wrong formula, RequestError for ranks in a set that is not there, DataError where no set
    has the fields.
    """
    if scan.ranks is not None:
        wanted, known = names.rules[RULED].dataset, dataset_names(panel)
        if wanted not in known:
            expected = nearest(wanted, known, f"one of {', '.join(known)}")
            raise RequestError(f"dataset of the ranks of {scan.title}", found=wanted, expected=expected)
        return RULED
    if scan.group is not None:
        return scan.group
    needed = set(_fields(panel, scan, names))
    fitting = [one for one in stock_sets(panel) if needed <= set(one.offers)]
    if not fitting:
        has = "; ".join(f"{one.name} has {', '.join(one.offers)}" for one in stock_sets(panel))
        found = has or "no stocks in the ledger"
        raise DataError(f"{', '.join(sorted(needed))} for {scan.title}", found=found, todo="pull such a set of stocks")
    return max(fitting, key=lambda one: (one.last, one.name)).name


def _fields(panel: Panel, scan: Scan, names: Names) -> tuple[str, ...]:
    trees = []
    for text in scan.formulas.values():
        try:
            trees.append(Binder(panel, names, inside_group=True).bind(as_tree(text)))
        except FormulaError as error:
            raise error.placed(text) from None
    return fields_in(trees)


def _liquidity(panel: Panel, dataset: str, symbols: Collection[str]) -> dict[str, float | None]:
    """The median dollar volume of each symbol over its last VOLUME_ROWS rows."""
    if panel.stocks is None or not symbols:
        return {}
    wanted = (pl.col("dataset") == dataset) & pl.col("symbol").cast(pl.String).is_in(list(symbols))
    rows = panel.stocks.filter(wanted & (pl.col("session") >= panel.cut - _LOOK)).collect()
    dollars = rows.sort("session").with_columns(dollars=pl.col("close") * pl.col("volume"))
    found = dollars.group_by(pl.col("symbol").cast(pl.String)).agg(pl.col("dollars").tail(VOLUME_ROWS).median())
    return dict(found.iter_rows())


def _hit(row: Mapping[str, float | str | None], scan: Scan, dollars: float | None, tags: tuple[str, ...]) -> Hit:
    tradable = dollars is not None and dollars > 0
    return Hit(
        str(row["symbol"]),
        _number(row["score"]),
        _number(row.get("price")),
        _number(row.get("level")),
        _number(row.get("invalidation")),
        dollars,
        scan.position / (OF_VOLUME * dollars) if tradable and dollars is not None else None,
        tags,
    )


def _number(value: float | str | None) -> float | None:
    number = float(value) if isinstance(value, int | float) else None
    return number if number is not None and math.isfinite(number) else None
