"""A market made from a seed, with planted truth: for demonstrations, tests of the statistics, and benchmarks.

1. `simulation.market` draws the factors and lays the plants; 2. `simulation.prices` makes bars, actions and the truth;
3. `simulation.economy` macro vintages and meetings; 4. `simulation.universe` the stocks, a year at a time.
Everything is named SIMULATED, and the same parameters give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from leadline.core.calendar import TRUSTED_FROM
from leadline.core.errors import RequestError
from leadline.data.facts import empty
from leadline.data.feeds.contract import Answer, Failure, Part, SeriesInfo, Unchanged, digest
from leadline.data.feeds.simulation import economy, prices, universe
from leadline.data.feeds.simulation.market import Market, Setting, simulate
from leadline.data.feeds.simulation.plants import Truth

GENERATION = 1  # to be raised whenever a change here alters any number
FIXED_PARTS = ("prices", "macro", "calendar", "members")
MOST_STOCKS = 20_000


@dataclass(frozen=True)
class Simulated:
    """A simulated market of all sessions from `first` to `last`, with that many stocks beside the followed series."""

    seed_name: str = "leadline"
    first: date = date(2004, 1, 2)
    last: date = date(2023, 12, 29)
    stocks: int = 400

    @property
    def name(self) -> str:
        """The source's name in the ledger."""
        return "simulated"

    def plan(self) -> tuple[str, ...]:
        """The fixed parts, then one part a year of stocks. Raises RequestError for parameters that make no market."""
        self._check()
        if not self.stocks:
            return FIXED_PARTS[:-1]
        return (*FIXED_PARTS, *(f"stocks/{year}" for year in range(self.first.year, self.last.year + 1)))

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One part. Its hash is that of the parameters, the part and the generation: equal hash, equal facts."""
        if part not in self.plan():
            todo = f"fetch one of {', '.join(self.plan())}"
            return Failure(part, f"{part} is no part of this market", todo=todo, status="not recognised")
        sha256 = digest(f"{GENERATION}|{self.seed_name!r}|{self.first}|{self.last}|{self.stocks}|{part}".encode())
        where = f"simulated:{self.seed_name}/{part}"
        if seen == sha256:
            return Unchanged(where, sha256)
        facts, infos = self._facts(part)
        return Part(where, sha256, facts, infos, said="SIMULATED: made from a seed, no market ever traded it")

    def truth(self) -> Truth:
        """What is planted, in dates and prices of the emitted bars."""
        setting, market = self._market()
        return prices.truth(market, *universe.planted(market, _lives(setting, self.stocks)))

    def stock_year(self, year: int) -> pl.DataFrame:
        """The stocks of one calendar year, columns of `facts.FACTS["stocks"]`; no rows where it has no sessions.

        Raises RequestError for a year outside the market.
        """
        setting, market = self._market()
        if not self.first.year <= year <= self.last.year:
            raise RequestError("year of stocks", found=str(year), expected=f"{self.first.year} to {self.last.year}")
        if year not in universe.years(market):
            return empty("stocks")
        return universe.stock_year(setting, market, _lives(setting, self.stocks), year)

    def _facts(self, part: str) -> tuple[dict[str, pl.DataFrame], tuple[SeriesInfo, ...]]:
        setting, market = self._market()
        if part == "prices":
            return {"bars": prices.bars(setting, market), "actions": prices.actions(market)}, prices.infos()
        if part == "macro":
            return {"observations": economy.observations(setting, market)}, economy.INFOS
        if part == "calendar":
            return {"events": economy.events(setting)}, ()
        if part == "members":
            life = _lives(setting, self.stocks)
            return {"members": universe.members(market, life), "listings": universe.listings(market, life)}, ()
        return {"stocks": self.stock_year(int(part.removeprefix("stocks/")))}, ()

    def _market(self) -> tuple[Setting, Market]:
        self._check()
        setting = Setting(self.seed_name, self.first, self.last)
        return setting, simulate(setting)

    def _check(self) -> None:
        if not TRUSTED_FROM <= self.first <= self.last or (self.last - self.first).days < 366:
            said = f"{self.first} to {self.last}"
            raise RequestError("span of a simulated market", found=said, expected="more than a year, from 1970 on")
        if not 0 <= self.stocks <= MOST_STOCKS:
            raise RequestError("number of stocks", found=str(self.stocks), expected=f"0 to {MOST_STOCKS}")


@lru_cache(maxsize=2)
def _lives(setting: Setting, stocks: int) -> universe.Lives:
    return universe.lives(setting, simulate(setting), stocks)
