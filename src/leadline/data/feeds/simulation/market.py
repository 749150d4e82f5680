"""The simulated market: factors, the plants laid over them, and the log closes of every followed series.

1. `_noise` draws a common market factor, a size factor and sector noise, all independent from day to day;
2. `_lay` puts the plants in, one after the other (each needs the prices before it);
3. `simulate` adds up the factors: log return of a series = market + load x size + own noise, less its dividends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from leadline.core.calendar import Days, load_sessions
from leadline.core.seeds import generator
from leadline.data.feeds.simulation.plants import (
    HIGH_MARGIN,
    RAMP,
    SLOT,
    Floats,
    Plant,
    breakout_path,
    schedule,
)

DRIFT, MARKET_SD, SIZE_SD, SECTOR_SD = 0.0001, 0.010, 0.006, 0.006
YIELD = 0.0035  # of each quarterly dividend
THRUST_STEP, THRUST_NOISE = 0.0145, 0.1  # a planted thrust or slide: this a day, and a tenth of the noise
ROTATION_LEAD = 0.03  # log return by which a planted rotation beats the best sector, a retreat trails the worst
GAP, WICK = 0.004, 0.006  # bounds of a session's opening gap and wicks, as log returns


@dataclass(frozen=True)
class Setting:
    """What a simulated market depends on, and nothing else."""

    seed_name: str
    first: date
    last: date

    def stream(self, name: str) -> np.random.Generator:
        """The random numbers of one purpose."""
        return generator(f"simulated/{self.seed_name}/{self.first}/{self.last}/{name}")


@dataclass(frozen=True)
class Ticker:
    """A followed series: its load on the size factor, its own noise, first price and usual volume."""

    title: str
    load: float
    noise: float
    price: float
    volume: float


SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
_SECTOR_TITLES = (
    "materials", "communication services", "energy", "financials", "industrials", "technology", "consumer staples",
    "real estate", "utilities", "health care", "consumer discretionary",
)  # fmt: skip
TICKERS: Mapping[str, Ticker] = MappingProxyType(
    {
        "SIM_MICRO": Ticker("micro caps", 1.3, 0.003, 50.0, 4e5),
        "SIM_SMALL": Ticker("small caps", 1.0, 0.0, 40.0, 3e7),
        "SIM_MID": Ticker("mid caps", 0.4, 0.002, 60.0, 5e6),
        "SIM_LARGE": Ticker("large caps", 0.0, 0.0, 100.0, 8e7),
        "SIM_MEGA": Ticker("mega caps", -0.2, 0.003, 80.0, 9e6),
        "SIM_RSP": Ticker("all caps, equal weight", 0.3, 0.001, 70.0, 6e6),
        **{
            f"SIM_{code}": Ticker(f"sector {said}", 0.0, SECTOR_SD, 30.0 + 4 * at, 1e7)
            for at, (code, said) in enumerate(zip(SECTORS, _SECTOR_TITLES, strict=True))
        },
    }
)
NAMES = tuple(TICKERS)
SMALL, LARGE = NAMES.index("SIM_SMALL"), NAMES.index("SIM_LARGE")
SECTOR_ROWS = slice(NAMES.index("SIM_XLB"), len(NAMES))


@dataclass(frozen=True)
class Market:
    """The sessions (n), the factors (n,), and log closes, opening gaps and wicks (17, n) in the order of NAMES.

    market: log price return common to all, dividends off; paid: log drop on ex-dates, else 0; size: the size factor;
    sectors: (11, n) own returns of the sectors. plants: what was laid, by position.
    """

    days: Days
    closes: Days
    market: Floats
    paid: Floats
    size: Floats
    sectors: Floats
    log_close: Floats
    gap: Floats
    wick: Floats
    plants: tuple[Plant, ...]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


@lru_cache(maxsize=2)
def simulate(setting: Setting) -> Market:
    """The market of a setting: the same bytes each time."""
    days, closes = _sessions(setting)
    market, size, own = _noise(setting, len(days))
    paid = np.where(ex_dates(days), np.log1p(-YIELD), 0.0)
    market += paid
    gap, wick = _rough(setting, len(days))
    plants = schedule(last_of_quarter(days))
    for plant in plants:
        _lay(plant, market, size, own[SECTOR_ROWS], (gap[SMALL], wick[:, SMALL]))
    loads = np.array([ticker.load for ticker in TICKERS.values()])[:, None]
    starts = np.log([ticker.price for ticker in TICKERS.values()])[:, None]
    log_close = starts + np.cumsum(market + loads * size + own, axis=1)
    return Market(days, closes, market, paid, size, own[SECTOR_ROWS], log_close, gap, wick, plants)


def quarters(days: Days) -> NDArray[np.int64]:
    """The number of the quarter of each day."""
    return days.astype("datetime64[M]").astype(np.int64) // 3


def last_of_quarter(days: Days) -> NDArray[np.bool_]:
    """True on the last session of each quarter that is over (the last session of all never is)."""
    number = quarters(days)
    return np.append(number[1:] != number[:-1], False)


def ex_dates(days: Days) -> NDArray[np.bool_]:
    """True on the first session on or after the 15th of each quarter's last month; never on the first session."""
    month = days.astype("datetime64[M]")
    due = (month.astype(np.int64) % 3 == 2) & ((days - month).astype(np.int64) >= 14)
    key = np.where(due, quarters(days), -1)
    found: NDArray[np.bool_] = due & (np.append(-1, key[:-1]) != key)
    found[0] = False
    return found


def ohlc(log_close: Floats, gap: Floats, wick: Floats) -> Floats:
    """Open, high, low, close (4, ...) in cents from log closes (..., n), gaps of that shape and wicks (2, ..., n)."""
    before = np.concatenate([log_close[..., :1], log_close[..., :-1]], axis=-1)
    opened = before + gap
    high = np.maximum(opened, log_close) + wick[0]
    low = np.minimum(opened, log_close) - wick[1]
    prices: Floats = np.round(np.exp(np.stack([opened, high, low, log_close])), 2)
    return prices


def _sessions(setting: Setting) -> tuple[Days, Days]:
    sessions = load_sessions(setting.last)
    inside = (sessions.days >= np.datetime64(setting.first)) & (sessions.days <= np.datetime64(setting.last))
    return sessions.days[inside], sessions.closes[inside]


def _noise(setting: Setting, length: int) -> tuple[Floats, Floats, Floats]:
    tails = np.sqrt(3 / 5)  # a t with 5 degrees of freedom has variance 5/3
    market = DRIFT + MARKET_SD * tails * setting.stream("market").standard_t(5, length)
    size = SIZE_SD * setting.stream("size").standard_normal(length)
    scale = np.array([ticker.noise for ticker in TICKERS.values()])[:, None]
    return market, size, scale * setting.stream("own").standard_normal((len(NAMES), length))


def _rough(setting: Setting, length: int) -> tuple[Floats, Floats]:
    draw = setting.stream("sessions").standard_normal((3, len(NAMES), length)) * 0.004
    return np.clip(draw[0], -GAP, GAP), np.minimum(np.abs(draw[1:]), WICK)


def _lay(plant: Plant, market: Floats, size: Floats, sectors: Floats, rough: tuple[Floats, Floats]) -> None:
    """Change the factors in place inside the plant's window; `rough` are the gaps and wicks of SIM_SMALL."""
    window = slice(plant.first, plant.last + 1)
    if plant.kind in ("thrust", "slide"):
        size[window] = (THRUST_STEP if plant.kind == "thrust" else -THRUST_STEP) + THRUST_NOISE * size[window]
    elif plant.kind in ("rotation", "retreat"):
        sign = 1.0 if plant.kind == "rotation" else -1.0
        behind = (sign * sectors[:, window].sum(axis=1)).max() - sign * size[window].sum()
        size[window] += sign * (max(behind, 0.0) + ROTATION_LEAD) / (plant.last - plant.first + 1)
    else:
        gap, wick = rough
        log_close = np.log(TICKERS["SIM_SMALL"].price) + np.cumsum((market + size)[: plant.first])
        year = slice(plant.first - SLOT, plant.first)
        highs = ohlc(log_close, gap[: plant.first], wick[:, : plant.first])[1, year]
        level = round(float(highs.max()) * HIGH_MARGIN, 2)
        path = breakout_path(plant, float(log_close[-1]), level, market[window])
        market[window] = np.diff(path, prepend=log_close[-1]) - size[window]
        peak = plant.first + RAMP - 1  # a close is the significant high, and the next session opens under it
        gap[peak : peak + 2] = (0.0, -GAP)
        wick[0, peak : peak + 2] = 0.0
