"""What moved in a group, in a day or a window: how much was common, how much single stocks' own, and which stocks.

1. `_members` evaluates every member's return and weight; rows whose change contradicts their price go (`_sound`)
2. `movement` takes each session apart; windows of the same length before it say how usual that is (`_standings`)
3. the stocks that moved most are tagged (`tags.tags_of`); `ruling` says whether single stories carried it
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import polars as pl

from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit, percent
from leadline.data.panel.panel import Panel
from leadline.formula.each import Asked, Members, evaluate_members
from leadline.formula.evaluate import evaluate
from leadline.formula.names import Names
from leadline.formula.stocks import fullest_set
from leadline.formula.usual import with_usual
from leadline.inference.movement import CORRELATION_ROWS, Parts, correlations, daily_parts, top_shares, windows
from leadline.inference.tags import News, strangers, tags_of

Ruling = Literal["confirmed", "not distinguishable", "refuted", "too few to say"]
MOST_OLD: Final = timedelta(days=7)
LEAST_WINDOWS: Final = 12
HALF, HIGH, LOW = 0.5, 0.8, 0.2
_TRADED: Final = (Unit.PRICE, Unit.INDEX)
_WRONG, _MOVED = math.log(1.5), math.log(1.3)


@dataclass(frozen=True)
class Inquiry:
    """What is asked: the last `sessions` up to the cut, how many stocks are listed on either side, and beside what.

    benchmark: a formula, such as SPY, whose daily change stands for the market in place of the group's own mean. news:
    what a file says of symbols on days; it becomes tags.
    """

    sessions: int = 1
    top: int = 10
    benchmark: str | None = None
    news: tuple[News, ...] = ()

    def __post_init__(self) -> None:
        if self.sessions < 1 or self.top < 1:
            raise RequestError(
                "movers", found=f"{self.sessions} sessions, {self.top} stocks", expected="each at least 1"
            )


@dataclass(frozen=True)
class Standing:
    """A number of the window and how it stands among the windows of its length so far, today's included.

    percentile: the share of them that are not above it; `n` windows that do not overlap.
    """

    key: str
    value: float | None
    percentile: float | None
    n: int


@dataclass(frozen=True)
class Mover:
    """One stock: its change over the window, its share of the group's variance, what it is, what stands behind it.

    contribution: its weighted squared distance from the group's mean, over the sum of all (decimal).
    """

    symbol: str
    change: float
    contribution: float
    name: str | None
    sector: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Movers:
    """What moved. first, last: sessions of the window; as_of: the cut; move: the weighted mean, compounded.

    weights: by "market value" before each session, or "equal" where the set has none. parts: of all squared movement.
    standings: own_share, top_share (what the most moving hundredth of the names has of the cross-sectional variance),
    dispersion (daily, weighted), correlation (average over pairs, CORRELATION_ROWS sessions). ruling: whether single
    stories carried the movement; why says it in words.
    """

    group: str
    as_of: date
    first: date
    last: date
    sessions: int
    members: int
    move: float
    weights: Literal["market value", "equal"]
    parts: Parts
    standings: tuple[Standing, ...]
    up: tuple[Mover, ...]
    down: tuple[Mover, ...]
    ruling: Ruling
    why: str
    warnings: tuple[str, ...]

    def standing(self, key: str) -> Standing:
        """A standing by its key. Raises RequestError for an unknown one."""
        for one in self.standings:
            if one.key == key:
                return one
        raise RequestError(f"standing {key}", expected=f"one of {', '.join(one.key for one in self.standings)}")


def movers(panel: Panel, group: str, asked: Inquiry | None = None, names: Names | None = None) -> Movers:
    """What moved in a group of stocks over the last sessions up to the cut.

    Raises FormulaError for an unknown group, RequestError for a benchmark that is no price, DataError for a group of
    series, and where the stocks end over a week before the cut or are fewer sessions than asked.
    """
    inquiry, words = asked or Inquiry(), with_usual(names or Names(), panel)
    found, weights = _members(panel, group, words)
    rows, said = _sound(found.frame)
    rows, sectored = _with_sectors(panel, rows)
    rows = _with_benchmark(panel, rows, inquiry, words)
    placed = _placed(rows, group, panel.cut, inquiry)
    days = placed.filter(pl.col("window") == 0)["session"].sort()
    daily = daily_parts(rows)
    parts = _parts(daily, placed, sectored=sectored)
    standings = _standings(rows, daily, placed)
    up, down = _listed(
        panel, found, rows.join(daily.select("session", "mean"), on="session", maintain_order="left"), (days, inquiry)
    )
    ruling, why = rule(parts, standings)
    mean = daily.filter(pl.col("session").is_in(days.implode()))["mean"]
    last = rows.filter(pl.col("session") == days[-1])
    return Movers(
        group,
        panel.cut,
        days[0],
        days[-1],
        inquiry.sessions,
        len(last),
        float((1 + mean).product()) - 1,
        weights,
        parts,
        standings,
        up,
        down,
        ruling,
        why,
        (
            *found.warnings,
            *said,
            *strangers(inquiry.news, rows["symbol"]),
            *_more_said(panel, days[-1], weights, sectored=sectored),
        ),
    )


def _members(panel: Panel, group: str, names: Names) -> tuple[Members, Literal["market value", "equal"]]:
    """Each member's return, the weight it had before, and what shows whether the return is sound."""
    rich = {
        "r": "change(close, 1d)",
        "w": "ago(market_value, 1d)",
        "price": "traded / ago(traded, 1d)",
        "count": "shares / ago(shares, 1d)",
    }
    fullest = fullest_set(panel, names, group)
    offers = () if fullest is None else fullest.offers
    if {"close", "market_value"} <= set(offers):
        return evaluate_members(panel, group, Asked(rich), names), "market value"
    price = "close" if "close" in offers else "total"
    found = evaluate_members(panel, group, Asked({"r": f"change({price}, 1d)"}), names)
    nothing = pl.lit(None, pl.Float64)
    frame = found.frame.with_columns(w=pl.lit(1.0), price=nothing, count=nothing)
    return Members(found.group, found.stocks, frame, found.units, found.warnings), "equal"


def _sound(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The rows with return and weight, but those whose change contradicts what is beside it; and a word on these.

    A change that jumps while the price as traded does not, or jumps with the price while shares say it was a split, is
    not what holders had.
    """
    r, price, count = (pl.col("r") + 1).log(), pl.col("price").log(), pl.col("count").log()
    alone = ((r - price).abs() > _WRONG) & (r.abs() > price.abs()) & (r.abs() > _WRONG)
    split = ((r - price).abs() < 0.05) & (count.abs() > _WRONG) & (r.abs() > _MOVED) & ((r + count).abs() < r.abs() / 2)
    usable = pl.col("r").is_not_null() & (pl.col("r") > -1) & (pl.col("w") > 0)
    rows = frame.filter(usable).with_columns(wrong=(alone | split).fill_null(value=False))
    count_wrong = int(rows["wrong"].sum())
    said = f"{count_wrong} of {len(rows):,} daily changes contradict price or shares (splits) and are left out"
    return rows.filter(~pl.col("wrong")).drop("wrong", "price", "count"), [said] if count_wrong else []


def _with_sectors(panel: Panel, rows: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    """The sector of each row's symbol, "" where it is not known; and whether any is."""
    book = sectors(panel)
    if not len(book):
        return rows.with_columns(sector=pl.lit("")), False
    wanted = rows.with_columns(name=pl.col("symbol").cast(pl.String))
    joined = wanted.join(
        book.select("symbol", "sector"), left_on="name", right_on="symbol", how="left", maintain_order="left"
    )
    return joined.drop("name").with_columns(pl.col("sector").fill_null("")), True


def sectors(panel: Panel) -> pl.DataFrame:
    """What each symbol is: symbol, name, sector, as its source saw it last. Empty where the ledger has no listings."""
    if panel.listings is None:
        return pl.DataFrame(schema={"symbol": pl.String, "name": pl.String, "sector": pl.String})
    told = panel.listings.filter(pl.col("sector").is_not_null() & (pl.col("sector") != ""))
    ordered = told.sort("symbol", "session", "segment", "dataset")
    return ordered.group_by("symbol", maintain_order=True).last().select("symbol", "name", "sector")


def _with_benchmark(panel: Panel, rows: pl.DataFrame, asked: Inquiry, names: Names) -> pl.DataFrame:
    if asked.benchmark is None:
        return rows
    unit = evaluate(asked.benchmark, panel, names).unit
    if unit not in _TRADED:
        expected = "a price or an index, whose daily change is the market's"
        raise RequestError(f"benchmark {asked.benchmark}", found=f"a {unit}", expected=expected)
    values = evaluate(f"change({asked.benchmark}, 1d)", panel, names).frame.rename({"value": "benchmark"})
    return rows.join(values.drop_nulls(), on="session", how="inner", maintain_order="left")


def _placed(rows: pl.DataFrame, group: str, cut: date, asked: Inquiry) -> pl.DataFrame:
    sessions = rows["session"].unique().sort()
    if not len(sessions) or cut - sessions[-1] > MOST_OLD:
        found = f"returns up to {sessions[-1]}" if len(sessions) else "no returns"
        raise DataError(f"movers of {group} as of {cut}", found=found, todo="choose an earlier date")
    if len(sessions) < asked.sessions:
        raise DataError(f"movers of {group} over {asked.sessions} sessions", found=f"{len(sessions)} of them")
    return windows(sessions, asked.sessions)


def _parts(daily: pl.DataFrame, placed: pl.DataFrame, *, sectored: bool) -> Parts:
    sums = daily.join(placed.filter(pl.col("window") == 0), on="session", maintain_order="left").sum()
    total, market, sector, own = (float(sums[name][0]) for name in ("total", "market", "sector", "own"))
    if total <= 0:
        raise DataError("how a group moved", found="nothing moved at all")
    return Parts(market / total, sector / total if sectored else None, own / total)


def _standings(rows: pl.DataFrame, daily: pl.DataFrame, placed: pl.DataFrame) -> tuple[Standing, ...]:
    """The window's numbers, each among the same of the windows before it."""
    by_window = (
        daily.join(placed, on="session", maintain_order="left")
        .group_by("window", maintain_order=True)
        .agg(
            own=pl.col("own").sum() / pl.col("total").sum(),
            dispersion=(pl.col("total") - pl.col("mean") ** 2).clip(0).mean().sqrt(),
        )
    )
    tops = top_shares(rows.join(daily.select("session", "mean"), on="session", maintain_order="left"), placed)
    pairs = {window: value for window, (value, _) in correlations(rows).items()}
    return (
        _standing("own_share", dict(by_window.select("window", "own").iter_rows())),
        _standing("top_share", dict(tops.select("window", "top").iter_rows())),
        _standing("dispersion", dict(by_window.select("window", "dispersion").iter_rows())),
        _standing("correlation", pairs),
    )


def _standing(key: str, values: Mapping[int, float | None]) -> Standing:
    there = [value for value in values.values() if value is not None and math.isfinite(value)]
    now = values.get(0)
    if now is None or not math.isfinite(now):
        return Standing(key, None, None, len(there))
    return Standing(key, float(now), sum(value <= now for value in there) / len(there), len(there))


def _listed(
    panel: Panel, found: Members, rows: pl.DataFrame, window: tuple[pl.Series, Inquiry]
) -> tuple[tuple[Mover, ...], tuple[Mover, ...]]:
    """The stocks that rose and fell most among the members of the last session."""
    days, asked = window
    inside = rows.filter(pl.col("session").is_in(days.implode()))
    inside = inside.with_columns(share=pl.col("w") / pl.col("w").sum().over("session"))
    each = inside.group_by("key", maintain_order=True).agg(
        pl.col("symbol").last().cast(pl.String),
        pl.col("sector").last(),
        pl.col("session").max(),
        change=(pl.col("r") + 1).product() - 1,
        apart=(pl.col("share") * (pl.col("r") - pl.col("mean")) ** 2).sum(),
    )
    whole = float(each["apart"].sum())
    there = each.filter(pl.col("session") == days[-1]).sort(["change", "symbol"], descending=[True, False])
    up = there.filter(pl.col("change") > 0).head(asked.top)
    down = there.filter(pl.col("change") < 0).sort("change", "symbol").head(asked.top)
    tags = tags_of(panel, found.stocks.name, [*up["symbol"], *down["symbol"]], days[0], asked.news)
    book = {row["symbol"]: row["name"] for row in sectors(panel).iter_rows(named=True)}
    made = [
        tuple(
            Mover(
                row["symbol"],
                row["change"],
                row["apart"] / whole if whole > 0 else 0.0,
                book.get(row["symbol"]),
                row["sector"] or None,
                tags[row["symbol"]],
            )
            for row in part.iter_rows(named=True)
        )
        for part in (up, down)
    ]
    return made[0], made[1]


def rule(parts: Parts, standings: Sequence[Standing]) -> tuple[Ruling, str]:
    """Whether single stories carried the movement, and why.

    confirmed: the own part is more than half, and it or the share of the most moving hundredth of the names is in the
    top fifth of its windows while the other is not in the lowest. refuted: the own part is half or less, or both are in
    the lowest fifth. Else it is as usual: single stocks always make most of what moves. Below LEAST_WINDOWS windows it
    cannot be said.
    """
    own, top, correlation = (next(one for one in standings if one.key == key) for key in _RULED)
    pairs = "-" if correlation.value is None else f"{correlation.value:.2f}"
    said = (
        f"{_share(parts.own)} of the movement was single stocks' own ({_place(own)}); the most moving hundredth of the "
        f"names carried {_share(top.value)} of the differences ({_place(top)}); average correlation over "
        f"{CORRELATION_ROWS} sessions {pairs} ({_place(correlation)})"
    )
    if own.percentile is None or top.percentile is None or own.n < LEAST_WINDOWS:
        return "too few to say", said
    pair = (own.percentile, top.percentile)
    if parts.own > HALF and max(pair) >= HIGH and min(pair) > LOW:
        return "confirmed", said
    if parts.own <= HALF or max(pair) <= LOW:
        return "refuted", said
    return "not distinguishable", said


_RULED: Final = ("own_share", "top_share", "correlation")


def _share(value: float | None) -> str:
    return percent(value, 0, signed=False)


def _place(one: Standing) -> str:
    """Where a number stands among its windows."""
    if one.percentile is None:
        return "no past to compare"
    return f"percentile {one.percentile * 100:.0f} of {one.n} windows"


def _more_said(panel: Panel, last: date, weights: str, *, sectored: bool) -> Collection[str]:
    said = [f"the last session with returns is {last}"] if last != panel.cut else []
    if sectored:
        said.append("sectors are those last seen, not those of the day")
    else:
        said.append("sectors are not known: what they moved is in the own part")
    if weights == "equal":
        said.append("market values are not known: every member weighs the same")
    return said
