"""Facts of the followed series of the simulated market: bars, actions, and the truth in dates and prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from leadline.core.calendar import Days
from leadline.data.facts import conform
from leadline.data.feeds.contract import SeriesInfo
from leadline.data.feeds.simulation.market import NAMES, SIZE_SD, SMALL, TICKERS, YIELD, Market, Setting, ex_dates, ohlc
from leadline.data.feeds.simulation.plants import (
    QUARTER,
    RAMP,
    THRUST,
    Breakout,
    Floats,
    Kind,
    Plant,
    Rotation,
    Thrust,
    Truth,
    retest_of,
)

SPLIT = 2  # new shares of SIM_SMALL for one old
NOTE = (
    "SIMULATED prices from a seed: no market ever traded them. Adjusted for splits up to the last session; dividends "
    "in the same basis."
)


@dataclass(frozen=True)
class Quotes:
    """Prices in cents (17, n) in the order of NAMES; dividend is the money a share on ex-dates, else 0."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    adj_close: Floats
    dividend: Floats


def quotes(market: Market) -> Quotes:
    """OHLC, dividends and the dividend-adjusted close: adj[t] / adj[t-1] = close[t] / (close[t-1] - dividend[t])."""
    opened, high, low, close = ohlc(market.log_close, market.gap, market.wick)
    before = np.concatenate([close[:, :1], close[:, :-1]], axis=1)
    dividend = np.where(ex_dates(market.days), np.round(before * YIELD, 4), 0.0)
    kept = 1 - dividend / before
    later = np.cumprod(np.concatenate([kept[:, 1:], np.ones((len(NAMES), 1))], axis=1)[:, ::-1], axis=1)[:, ::-1]
    return Quotes(opened, high, low, close, close * later, dividend)


def bars(setting: Setting, market: Market) -> pl.DataFrame:
    """All followed series, series by series, session by session."""
    price, count = quotes(market), len(NAMES)
    returns = np.abs(np.diff(market.log_close, axis=1, prepend=market.log_close[:, :1]))
    usual = np.array([ticker.volume for ticker in TICKERS.values()])[:, None]
    chance = setting.stream("volume").standard_normal(market.log_close.shape)
    volume = np.round(usual * np.exp(0.3 * chance) * (1 + 20 * returns), -2)
    fields = {"open": price.open, "high": price.high, "low": price.low, "close": price.close}
    wide = {**fields, "adj_close": price.adj_close, "volume": volume}
    return conform(
        "bars",
        pl.DataFrame(
            {
                "series": pl.Series(NAMES).gather(np.repeat(np.arange(count), len(market.days))),
                "describes": np.tile(market.days, count),
                "known_at": known(np.tile(market.closes, count)),
                **{name: values.ravel() for name, values in wide.items()},
            }
        ).with_columns(adjusted_to=pl.lit(setting.last)),
    )


def actions(market: Market) -> pl.DataFrame:
    """The dividends of every followed series and the one split of SIM_SMALL, known at the close of their ex-date."""
    paid = quotes(market).dividend
    row, at = np.nonzero(paid)
    row, at = np.append(row, SMALL), np.append(at, split_at(market))
    frame = pl.DataFrame(
        {
            "series": pl.Series(NAMES).gather(row),
            "describes": market.days[at],
            "known_at": known(market.closes[at]),
            "value": np.append(paid[paid != 0], float(SPLIT)),
            "known_by": ["given"] * len(at),
        }
    ).with_columns(kind=pl.Series(["dividend"] * (len(at) - 1) + ["split"]))
    return conform("actions", frame.sort("series", "describes", "kind"))


def split_at(market: Market) -> int:
    """The position of the split of SIM_SMALL: the middle of the market."""
    return len(market.days) // 2


def infos() -> tuple[SeriesInfo, ...]:
    """What the followed series are."""
    return tuple(
        SeriesInfo(name, f"SIMULATED {ticker.title}", "session", "price", "simulated", NOTE)
        for name, ticker in TICKERS.items()
    )


def truth(market: Market, split_stock: tuple[str, date, int] | None, delisted_stock: tuple[str, date] | None) -> Truth:
    """The plants in dates and prices."""
    return Truth(
        tuple(_breakout(market, plant) for plant in _of(market, "breakout", "failed")),
        tuple(Thrust(*_span(market, plant, THRUST)) for plant in _of(market, "thrust")),
        tuple(Thrust(*_span(market, plant, THRUST)) for plant in _of(market, "slide")),
        tuple(Rotation(*_span(market, plant, QUARTER)) for plant in _of(market, "rotation")),
        tuple(Rotation(*_span(market, plant, QUARTER)) for plant in _of(market, "retreat")),
        tuple((_day(market, plant.first), _day(market, plant.last)) for plant in market.plants),
        SIZE_SD,
        split_stock,
        delisted_stock,
    )


def _of(market: Market, *kinds: Kind) -> list[Plant]:
    return [plant for plant in market.plants if plant.kind in kinds]


def _span(market: Market, plant: Plant, length: int) -> tuple[date, date]:
    return _day(market, plant.at - length), _day(market, plant.at)


def _breakout(market: Market, plant: Plant) -> Breakout:
    peak = plant.first + RAMP - 1
    return Breakout(
        peak=_day(market, peak),
        level=round(float(np.exp(market.log_close[SMALL, peak])), 2),
        session=_day(market, plant.at),
        retest=_day(market, plant.at + retest_of(plant.kind)),
        until=_day(market, plant.last),
        holds=plant.kind == "breakout",
    )


def _day(market: Market, at: int) -> date:
    day: date = market.days[at].item()
    return day


def known(closes: Days) -> pl.Series:
    """Instants in UTC as a column of facts."""
    return pl.Series("known_at", closes).dt.replace_time_zone("UTC")
