"""The stocks of the simulated market, one calendar year at a time, so that memory stays bounded.

The log return of a stock is beta x market + load x size + its sector + its own noise. The own noise of a whole year is
drawn first (`lives`); the days of a year are then noise tied to that sum, which has the law of independent days. So any
year can be made without the years before it, and a year starts where the last one ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.data.facts import conform
from leadline.data.feeds.simulation.market import SECTORS, Market, Setting
from leadline.data.feeds.simulation.plants import Floats
from leadline.data.feeds.simulation.prices import known

DATASET, GROUP = "simulated", "sim_small"
LATER_LISTED, YEARLY_END, YEAR = 0.15, 0.03, 252
SPLITS, SPLIT_RATIO, ENDS = 0, 3, 1  # positions of the stock that splits and of the one that surely ends
SMALL_RANKS = (0.2, 0.8)  # of market value, largest first: the group sim_small
TURNOVER = 0.005  # of the shares, a day

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lives:
    """What stays of each stock (stocks,): first and last position, sector, betas, noise, shares; and its year ends.

    edges: positions of the first session of each year, and the end (years + 1,). level: log price before the split
    (stocks, years + 1), before each year and after the last. own: sum of own noise in each year (stocks, years).
    split: position of the ex-date of the one split.
    """

    symbols: pl.Series
    start: Ints
    end: Ints
    sector: Ints
    beta: Floats
    load: Floats
    noise: Floats
    shares: Floats
    edges: Ints
    level: Floats
    own: Floats
    split: int


def lives(setting: Setting, market: Market, stocks: int) -> Lives:
    """The part of every stock that all years share: stocks x years numbers."""
    draw = setting.stream(f"stocks/{stocks}")
    start, end = _spans(draw, stocks, len(market.days))
    sector = draw.integers(len(SECTORS), size=stocks)
    price = np.clip(30 * np.exp(0.5 * draw.standard_normal(stocks)), 5, 150)
    price[SPLITS : SPLITS + 1] = 90.0
    worth = 1e9 * np.exp(1.6 * draw.standard_normal(stocks))
    rank = worth.argsort()[::-1].argsort() / max(stocks, 1)
    load = np.where(rank < 0.1, 0.0, np.where(rank < 0.4, 0.4, 1.0))
    beta = np.clip(1 + 0.25 * draw.standard_normal(stocks), 0.3, 2)
    noise = draw.uniform(0.012, 0.02, stocks)
    edges = _edges(market)
    own = noise[:, None] * np.sqrt(np.diff(edges)) * draw.standard_normal((stocks, len(edges) - 1))
    shared = np.stack([np.add.reduceat(row, edges[:-1]) for row in (market.market - market.paid, market.size)])
    sectors = np.add.reduceat(market.sectors, edges[:-1], axis=1)[sector]
    moves = beta[:, None] * shared[0] + load[:, None] * shared[1] + sectors + own
    level = np.log(price)[:, None] + np.concatenate([np.zeros((stocks, 1)), np.cumsum(moves, axis=1)], axis=1)
    symbols = pl.Series("symbol", [f"SIM{at + 1:04d}" for at in range(stocks)], dtype=pl.String)
    shares = np.round(worth / price, -3)
    return Lives(symbols, start, end, sector, beta, load, noise, shares, edges, level, own, len(market.days) // 2)


def years(market: Market) -> tuple[int, ...]:
    """The calendar years that have sessions."""
    return tuple(int(year) + 1970 for year in np.unique(market.days.astype("datetime64[Y]").astype(np.int64)))


def stock_year(setting: Setting, market: Market, life: Lives, year: int) -> pl.DataFrame:
    """The stocks of one year as facts, symbol by symbol; close as traded, change over the split, null on day one."""
    at = years(market).index(year)
    first, after = int(life.edges[at]), int(life.edges[at + 1])
    draw = setting.stream(f"stocks/{len(life.symbols)}/{year}")
    level = _levels(market, life, at, draw.standard_normal((len(life.symbols), after - first)))
    when = np.arange(first - 1, after)
    close = _traded(level, life, when)
    ratio = _split_factor(life, when)
    change = close[:, 1:] * (ratio[:, 1:] / ratio[:, :-1]) / close[:, :-1] - 1
    row, column = np.nonzero((when[1:] >= life.start[:, None]) & (when[1:] <= life.end[:, None]))
    session = column + first
    chance = draw.standard_normal(change.shape)
    shares = life.shares[:, None] * ratio[:, 1:]
    volume = np.round(shares * TURNOVER * np.exp(0.4 * chance) * (1 + 10 * np.abs(change)), -2)
    frame = pl.DataFrame(
        {
            "symbol": life.symbols.gather(row),
            "describes": market.days[session],
            "known_at": known(market.closes[session]),
            "close": close[:, 1:][row, column],
            "change": change[row, column],
            "volume": volume[row, column],
            "shares": shares[row, column],
        }
    ).with_columns(dataset=pl.lit(DATASET), change=pl.when(pl.Series(session != life.start[row])).then("change"))
    return conform("stocks", frame)


def members(market: Market, life: Lives) -> pl.DataFrame:
    """In and out of sim_small: the ranks of market value at each year's end, for the year; out when a stock ends."""
    rows: list[tuple[str, int, str]] = []
    inside = np.zeros(len(life.symbols), dtype=bool)
    for at, first in enumerate(life.edges[:-1].tolist()):
        now = _small(life, at, first)
        rows += [(life.symbols[i], first, "in") for i in np.flatnonzero(now & ~inside).tolist()]
        rows += [(life.symbols[i], first, "out") for i in np.flatnonzero(inside & ~now).tolist()]
        ends = now & (life.end + 1 < life.edges[at + 1])
        rows += [(life.symbols[i], int(life.end[i]) + 1, "out") for i in np.flatnonzero(ends).tolist()]
        inside = now & ~ends
    position = np.array([row[1] for row in rows], dtype=np.int64)
    frame = pl.DataFrame(
        {
            "symbol": pl.Series([row[0] for row in rows], dtype=pl.String),
            "describes": market.days[position],
            "known_at": known(market.closes[position]),
            "change": pl.Series([row[2] for row in rows], dtype=pl.String),
        }
    )
    return conform("members", frame.with_columns(group=pl.lit(GROUP)).sort("describes", "symbol"))


def listings(market: Market, life: Lives) -> pl.DataFrame:
    """What each stock is, known at the close of its first session. When it ends is seen in its rows, not told here."""
    code = [f"SIM_{SECTORS[at]}" for at in life.sector.tolist()]
    frame = pl.DataFrame(
        {
            "symbol": life.symbols,
            "describes": market.days[life.start],
            "known_at": known(market.closes[life.start]),
            "name": pl.Series([f"SIMULATED company {symbol}" for symbol in life.symbols], dtype=pl.String),
            "sector": pl.Series(code, dtype=pl.String),
        }
    )
    return conform("listings", frame.with_columns(dataset=pl.lit(DATASET), segment=pl.lit(0), kind=pl.lit("stock")))


def planted(market: Market, life: Lives) -> tuple[tuple[str, date, int] | None, tuple[str, date] | None]:
    """The stock that splits (symbol, ex-date, new shares for one); the one that surely ends (symbol, last session)."""
    if len(life.symbols) <= ENDS:
        return None, None
    last = market.days[life.end[ENDS]].item()
    return (life.symbols[SPLITS], market.days[life.split].item(), SPLIT_RATIO), (life.symbols[ENDS], last)


def _spans(draw: np.random.Generator, stocks: int, length: int) -> tuple[Ints, Ints]:
    late = draw.random(stocks) < LATER_LISTED
    start = np.where(late, draw.integers(1, length, stocks), 0)
    life = draw.exponential(YEAR / YEARLY_END, stocks).astype(np.int64) + 1
    end = np.minimum(start + life, length - 1)
    start[: ENDS + 1] = 0
    end[SPLITS : SPLITS + 1] = length - 1
    end[ENDS : ENDS + 1] = int(0.6 * length)
    return start, end


def _edges(market: Market) -> Ints:
    year = market.days.astype("datetime64[Y]")
    turns = np.flatnonzero(year[1:] != year[:-1]) + 1
    return np.concatenate([[0], turns, [len(year)]]).astype(np.int64)


def _levels(market: Market, life: Lives, at: int, draw: Floats) -> Floats:
    """Log prices as if nothing had split (stocks, n + 1) of the year `at`: before it, and on each of its sessions."""
    window = slice(int(life.edges[at]), int(life.edges[at + 1]))
    steps = life.noise[:, None] * (draw - draw.mean(axis=1, keepdims=True)) + life.own[:, at, None] / draw.shape[1]
    steps += life.beta[:, None] * (market.market - market.paid)[window] + life.load[:, None] * market.size[window]
    steps += market.sectors[:, window][life.sector]
    level = np.empty((len(steps), draw.shape[1] + 1))
    level[:, 0] = life.level[:, at]
    np.cumsum(steps, axis=1, out=level[:, 1:])
    level[:, 1:] += level[:, :1]
    level[:, -1] = life.level[:, at + 1]  # the same to the last bit as the next year's start
    return level


def _split_factor(life: Lives, when: Ints) -> Floats:
    """Shares that one share of the first session has become (stocks, n)."""
    factor = np.ones((len(life.symbols), len(when)))
    factor[SPLITS : SPLITS + 1, when >= life.split] = SPLIT_RATIO
    return factor


def _traded(level: Floats, life: Lives, when: Ints) -> Floats:
    """Prices as traded: in cents from one dollar up, in hundredths of a cent below."""
    price = np.exp(level) / _split_factor(life, when)
    return np.where(price >= 1, np.round(price, 2), np.maximum(np.round(price, 4), 0.0001))


def _small(life: Lives, at: int, first: int) -> NDArray[np.bool_]:
    """Who belongs to sim_small in the year `at`: by market value before its first session, of those that trade then."""
    trades = (life.start <= first) & (life.end >= first)
    worth = np.where(trades, life.level[:, at] + np.log(life.shares), -np.inf)
    rank = np.argsort(np.argsort(-worth, kind="stable"), kind="stable") / max(int(trades.sum()), 1)
    chosen: NDArray[np.bool_] = trades & (rank >= SMALL_RANKS[0]) & (rank < SMALL_RANKS[1])
    return chosen
