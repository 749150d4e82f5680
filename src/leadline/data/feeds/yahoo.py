"""Yahoo Finance through `yfinance`: daily prices, volume, dividends and splits of the followed symbols.

Source: the chart answers of Yahoo, asked with `auto_adjust=False, actions=True`: open, high, low and close are adjusted
for the splits up to the day of the pull, `Adj Close` for dividends too; dividends are on the same split basis.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from leadline.core.errors import RequestError, SourceError
from leadline.data.facts import FACTS, conform
from leadline.data.feeds.contract import Answer, Part, SeriesInfo, Unchanged, digest
from leadline.data.feeds.delivery import Reading, Rejection, Wanted, checked, number, rejected
from leadline.data.feeds.http import Fetcher, PassingError
from leadline.data.feeds.knowable import at_close, instant

if TYPE_CHECKING:
    import pandas as pd

TITLES = MappingProxyType(
    {
        "SPY": "S&P 500 fund",
        "IWM": "Russell 2000 fund",
        "IWC": "Russell Microcap fund",
        "MDY": "S&P MidCap 400 fund",
        "IJH": "S&P MidCap 400 fund, iShares",
        "IJR": "S&P SmallCap 600 fund",
        "IWB": "Russell 1000 fund",
        "IWN": "Russell 2000 value fund",
        "IWO": "Russell 2000 growth fund",
        "RSP": "S&P 500 equal weight fund",
        "QQQ": "Nasdaq 100 fund",
        "DIA": "Dow Jones Industrial Average fund",
        "MAGS": "Seven giants fund",
        "XLB": "Materials sector fund",
        "XLC": "Communication services sector fund",
        "XLE": "Energy sector fund",
        "XLF": "Financials sector fund",
        "XLI": "Industrials sector fund",
        "XLK": "Technology sector fund",
        "XLP": "Consumer staples sector fund",
        "XLRE": "Real estate sector fund",
        "XLU": "Utilities sector fund",
        "XLV": "Health care sector fund",
        "XLY": "Consumer discretionary sector fund",
        "KRE": "Regional banks fund",
        "HYG": "High-yield corporate bond fund",
        "LQD": "Investment-grade corporate bond fund",
        "IEF": "Treasury 7-10 years fund",
        "TLT": "Treasury 20+ years fund",
        "^RUT": "Russell 2000 index",
        "^GSPC": "S&P 500 index",
        "^NDX": "Nasdaq 100 index",
        "^VIX": "VIX index",
        "AAPL": "Apple",
        "MSFT": "Microsoft",
        "NVDA": "Nvidia",
        "GOOGL": "Alphabet, class A",
        "AMZN": "Amazon",
        "META": "Meta Platforms",
        "TSLA": "Tesla",
    }
)
DEFAULT_SYMBOLS = tuple(TITLES)
OPEN = time(9, 30)
_PRICES = MappingProxyType(
    {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Adj Close": "adj_close", "Volume": "volume"}
)
_ACTIONS = MappingProxyType({"Dividends": "dividend", "Stock Splits": "split"})
_MISSING = frozenset({"nan", "None", "<NA>", "NaT"})
_HOST = "finance.yahoo.com"

#: one symbol's whole daily history as yfinance's frame; raises SourceError
Download = Callable[[str], "pd.DataFrame"]


def from_yfinance(symbol: str, session: Any = None) -> pd.DataFrame:
    """The whole daily history of a symbol as `yfinance` gives it: prices for splits only, with dividends and splits.

    session: one of curl_cffi or requests, None for yfinance's own. Raises PassingError where Yahoo limits the rate or
    cannot be reached, SourceError where it has no prices or its answer is not understood.
    """
    import yfinance
    from yfinance.exceptions import YFException, YFRateLimitError

    asked = f"yahoo {symbol}"
    debug = yfinance.config.debug
    hidden, debug.hide_exceptions = debug.hide_exceptions, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # what yfinance asks of pandas is between these two
            frame: pd.DataFrame = yfinance.Ticker(symbol, session=session).history(
                period="max", interval="1d", auto_adjust=False, actions=True, keepna=True
            )
    except YFRateLimitError as error:
        raise PassingError(asked, found="too many requests", todo="try again in an hour") from error
    except YFException as error:
        raise SourceError(asked, found=str(error), todo="check the symbol") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SourceError(asked, found=f"an answer that is no chart ({type(error).__name__})") from error
    except OSError as error:
        raise PassingError(asked, found=f"no answer ({type(error).__name__})") from error
    finally:
        debug.hide_exceptions = hidden
    return frame


@dataclass(frozen=True)
class Yahoo:
    """The feed `yahoo`. One part a symbol, whole history; the ledger's series is the symbol.

    today: the day of the pull, up to which prices are adjusted for splits. now: the instant of the pull, with zone:
    a session that is not over by then is left out. fetcher: tries and distance between two symbols.
    """

    today: date
    now: datetime
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    download: Download = from_yfinance
    fetcher: Fetcher = field(default_factory=Fetcher)

    @property
    def name(self) -> str:
        """The source's name in the ledger."""
        return "yahoo"

    def plan(self) -> tuple[str, ...]:
        """The symbols. Raises RequestError for an instant without time zone and for symbols that come twice."""
        if self.now.tzinfo is None:
            raise RequestError(
                "instant of the pull", found=f"{self.now} without time zone", expected="an instant in UTC"
            )
        return checked(self.symbols, "symbols")

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One symbol as bars and actions, or why not."""
        wanted = Wanted(f"https://{_HOST}/quote/{part}/history", (part,), seen, "check the symbol, or try again later")
        if part not in self.symbols:
            return wanted.unknown(part, self.name)
        try:
            frame = self.fetcher.run(_HOST, lambda: self.download(part))
        except SourceError as error:
            return wanted.failed(str(error))
        return self._read(frame, part, wanted)

    def _read(self, frame: pd.DataFrame, part: str, wanted: Wanted) -> Answer:
        if not len(frame):
            return wanted.failed(f"yahoo {part}: no rows at all")
        try:
            table = Table.of(frame, part).until(self.now)
        except SourceError as error:
            return wanted.unreadable(str(error))
        sha256 = digest(table.raw())
        if sha256 == wanted.seen:
            return Unchanged(wanted.where, sha256)
        reading = read_history(table, part, self.today)
        if not reading.facts["bars"].height:
            return wanted.unreadable(f"yahoo {part}: {len(table.days)} rows and no price in them")
        return Part(wanted.where, sha256, reading.facts, reading.series, rejected(reading.rejected), reading.said)


@dataclass(frozen=True)
class Table:
    """yfinance's frame without pandas: days, and cells by column name, all of one length. NaN stands for missing."""

    days: tuple[date, ...]
    columns: dict[str, tuple[Any, ...]]
    unfinished: int = 0

    @staticmethod
    def of(frame: pd.DataFrame, symbol: str) -> Table:
        """From a frame with a date index (its own time zone's days) and one or two levels of columns, one a symbol.

        Raises SourceError where the index is no dates or there is no Close.
        """
        import pandas as pd

        if isinstance(frame.columns, pd.MultiIndex):
            level = next((at for at in (0, 1) if "Close" in frame.columns.get_level_values(at)), 0)
            others = frame.columns.get_level_values(1 - level)
            frame = frame.loc[:, others == symbol].droplevel(1 - level, axis=1)
        names = [str(name) for name in frame.columns]
        if "Close" not in names:
            found = f"columns {', '.join(names) or 'none'}"
            raise SourceError(
                f"yahoo {symbol}", found=found[:200], expected="Open, High, Low, Close, Adj Close, Volume"
            )
        if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.hasnans:
            raise SourceError(f"yahoo {symbol}", found=f"an index of {frame.index.dtype}", expected="dates")
        days = tuple(stamp.date() for stamp in frame.index)
        return Table(days, {name: tuple(frame.iloc[:, at].tolist()) for at, name in enumerate(names)})

    def until(self, now: datetime) -> Table:
        """Without the sessions that are not over at `now`."""
        over = (at_close(pl.Series(self.days, dtype=pl.Date)) <= now.astimezone(UTC)).to_list()
        days = tuple(day for day, keep in zip(self.days, over, strict=True) if keep)
        columns = {
            name: tuple(cell for cell, keep in zip(cells, over, strict=True) if keep)
            for name, cells in self.columns.items()
        }
        return Table(days, columns, len(self.days) - len(days))

    def raw(self) -> bytes:
        """The rows as text: what the hash of the answer is taken of."""
        lines = [",".join(["date", *self.columns])]
        lines += [",".join(map(str, row)) for row in zip(self.days, *self.columns.values(), strict=True)]
        return "\n".join(lines).encode()


def read_history(table: Table, symbol: str, today: date) -> Reading:
    """Bars and actions of one symbol. Rows without any price are left out and counted; cells of text are rejected.

    A volume that is 0 on every day is a missing one (indices). Known: bars at the close, actions at their day's open.
    """
    bad: list[Rejection] = []
    cells = {to: _numbers(table, name, symbol, bad) for name, to in _PRICES.items() if name in table.columns}
    days = pl.Series("describes", table.days, dtype=pl.Date)
    bars = pl.DataFrame({"describes": days, **{name: pl.Series(v, dtype=pl.Float64) for name, v in cells.items()}})
    prices = [name for name in cells if name != "volume"]
    said = [f"{table.unfinished} session not over yet left out"] if table.unfinished else []
    empty = bars.select(pl.all_horizontal(pl.col(prices).is_null())).to_series()
    if empty.any():
        said.append(f"{empty.sum()} days without any price left out")
    said += [f"no {name} in the answer" for name in _PRICES if name not in table.columns]
    bars = bars.filter(~empty)
    if "volume" in cells and not (bars["volume"] > 0).any():
        bars = bars.drop("volume")
        said.append("no volume")
    bars = bars.with_columns(series=pl.lit(symbol), known_at=at_close(bars["describes"]), adjusted_to=pl.lit(today))
    facts = {"bars": conform("bars", bars), "actions": _actions(table, symbol, bad)}
    info = SeriesInfo(symbol, TITLES.get(symbol, symbol), "session", "price", "live", "prices adjusted for splits")
    return Reading(facts, (info,), bad, "; ".join(said))


def _actions(table: Table, symbol: str, bad: list[Rejection]) -> pl.DataFrame:
    """The dividends and splits of a table, in order of days; none where both columns are absent."""
    rows = [
        (symbol, day, instant(day, OPEN), kind, value, "given")
        for name, kind in _ACTIONS.items()
        if name in table.columns
        for day, value in zip(table.days, _numbers(table, name, symbol, bad), strict=True)
        if value is not None and value != 0.0
    ]
    frame = pl.DataFrame(rows, schema=dict(FACTS["actions"]), orient="row")
    return frame.sort("describes", "kind", maintain_order=True)


def _numbers(table: Table, column: str, symbol: str, bad: list[Rejection]) -> list[float | None]:
    """The cells of a column as numbers; NaN and None are missing, a text is noted in `bad` and missing."""
    values: list[float | None] = []
    for day, cell in zip(table.days, table.columns[column], strict=True):
        try:
            values.append(None if str(cell) in _MISSING else number(str(cell)))
        except ValueError:
            bad.append((symbol, day, f"{column} is no number", str(cell)))
            values.append(None)
    return values
