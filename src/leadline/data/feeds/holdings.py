"""Fund holdings: what an index fund held on a day stands for the index's members on that day.

Source: iShares' holdings download: a few lines of words (`Fund Holdings as of,"Jun 30, 2025"`), a blank, a header that
starts with `Ticker`, the rows, a blank, and a disclaimer. The simple layout (`ticker,name,...,weight_pct,...`, no words
around it, its day told by the caller) is read by the same `parse_holdings`.

The product ids and paths in `FUNDS` are those of the fund's pages; they are editable: pass other `Fund`s to `Holdings`.
A fund samples its index and lags its changes by days: a member list from it is near, not equal, to the index's own.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import polars as pl

from leadline.core.errors import RequestError, SourceError
from leadline.data.facts import conform
from leadline.data.feeds.contract import Answer
from leadline.data.feeds.delivery import Reading, Rejection, Wanted, checked, deliver, number, text_of
from leadline.data.feeds.http import Fetcher, address
from leadline.data.feeds.knowable import at_close

_NAMES = {
    "ticker": ("ticker",),
    "weight": ("weight (%)", "weight_pct"),
    "kind": ("asset class", "asset_class"),
}
#: letters, and at most a class of one letter; warrants (`X.WS`), escrows and tags (`X-DEL`) are no usable tickers
_TICKER = re.compile(r"[A-Z]{1,6}([.\-/ ][A-Z])?")
_DAY_FORMS = ("%b %d, %Y", "%d-%b-%Y", "%d/%b/%Y", "%B %d, %Y", "%Y-%m-%d")
_NOTHING = ("", "-", "--")
#: what the weights of so many stocks add up to where they were given as parts of one and read as percent
_MANY, _FRACTIONS = 10, (0.0095, 0.0105)


@dataclass(frozen=True)
class Fund:
    """A fund: its ticker (in lower case the name of the group) and the path of its holdings download."""

    ticker: str
    path: str


def _ishares(ticker: str, product: str) -> Fund:
    return Fund(ticker, f"/us/products/{product}/1467271812596.ajax")


FUNDS = (
    _ishares("IWM", "239710/ishares-russell-2000-etf"),
    _ishares("IWC", "239716/ishares-microcap-etf"),
    _ishares("IJR", "239774/ishares-core-sp-smallcap-etf"),
    _ishares("IJH", "239763/ishares-core-sp-midcap-etf"),
    _ishares("IVV", "239726/ishares-core-sp-500-etf"),
)


@dataclass(frozen=True)
class Columns:
    """Where a header has what is needed; `kind` is None when it has no asset class."""

    count: int
    ticker: int
    weight: int
    kind: int | None


@dataclass(frozen=True)
class Holdings:
    """The feed `holdings`. One part a fund. `day`: holdings as of that day; None: the newest."""

    funds: tuple[Fund, ...] = FUNDS
    day: date | None = None
    base_url: str = "https://www.ishares.com"
    fetcher: Fetcher = field(default_factory=Fetcher)

    @property
    def name(self) -> str:
        """The source's name in the ledger."""
        return "holdings"

    def plan(self) -> tuple[str, ...]:
        """The funds' tickers. Raises RequestError when there are none, one comes twice, or a path is no path."""
        for fund in self.funds:
            if not fund.path.startswith("/"):
                raise RequestError(
                    f"path of fund {fund.ticker}", found=repr(fund.path), expected="a path that starts /"
                )
        return checked(tuple(fund.ticker for fund in self.funds), "funds")

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One fund's holdings as members, or why not."""
        fund = next((fund for fund in self.funds if fund.ticker == part), None)
        if fund is None:
            return Wanted(self.base_url, (), seen).unknown(part, self.name)
        asked = {"fileType": "csv", "fileName": f"{part}_holdings", "dataType": "fund"}
        if self.day is not None:
            asked["asOfDate"] = f"{self.day:%Y%m%d}"
        where = address(f"{self.base_url}{fund.path}", asked)
        wanted = Wanted(where, (part.lower(),), seen)
        return deliver(wanted, lambda: self.fetcher.get(where), lambda raw: parse_holdings(raw, part, None))


def parse_holdings(raw: bytes, fund: str, day: date | None) -> Reading:
    """The members of a fund's holdings file: equities with a usable ticker, weights as decimals, change "held".

    fund: its ticker, in lower case the group. day: that of a file which does not say it; a file that does is believed.
    Known at the close of that day. A weight that is empty or a dash is missing; one that is text is rejected.
    Raises SourceError for a layout it does not know (with the columns found) and for a file without a day.
    """
    group = fund.lower()
    rows = list(csv.reader(text_of(raw, f"holdings of {fund}").splitlines()))
    at, columns = _header(rows, fund)
    held_on = _as_of(rows[:at], fund) or day
    if held_on is None:
        raise SourceError(f"holdings of {fund}", found="no day in the file", expected="a line `Fund Holdings as of`")
    bad: list[Rejection] = []
    left: Counter[str] = Counter()
    taken: list[tuple[str, float | None]] = []
    for row in rows[at + 1 :]:
        if len([cell for cell in row if cell.strip()]) < 2:
            break
        member = _member(row, columns, left)
        if isinstance(member, str):
            bad.append((group, held_on, member, ",".join(row)))
        elif member is not None:
            taken.append(member)
    return Reading({"members": _members(group, held_on, taken)}, (), bad, _said(taken, held_on, columns, left))


def _header(rows: list[list[str]], fund: str) -> tuple[int, Columns]:
    for at, row in enumerate(rows):
        names = [cell.strip().lower() for cell in row]
        found = {
            what: next((names.index(name) for name in known if name in names), None) for what, known in _NAMES.items()
        }
        ticker, weight = found["ticker"], found["weight"]
        if ticker is not None and weight is not None:
            return at, Columns(len(names), ticker, weight, found["kind"])
    widest = max(rows[:30], key=len)
    shown = f"columns {', '.join(cell.strip() for cell in widest)}"
    raise SourceError(f"holdings of {fund}", found=shown[:300], expected="a header with Ticker and Weight (%)")


def _as_of(rows: list[list[str]], fund: str) -> date | None:
    for row in rows:
        if len(row) > 1 and row[0].strip().lower().startswith("fund holdings as of"):
            said = ",".join(row[1:]).strip().strip(",").strip('"').strip()
            for form in _DAY_FORMS:
                try:
                    return datetime.strptime(said, form).replace(tzinfo=UTC).date()
                except ValueError:
                    continue
            todo = "ask for another day: a fund has no holdings on days without a session"
            raise SourceError(f"holdings of {fund}", found=f"as of {said!r}", expected="a day", todo=todo)
    return None


def _member(row: list[str], columns: Columns, left: Counter[str]) -> tuple[str, float | None] | str | None:
    """A symbol and its weight; a reason when the row is wrong; None when it is no member (counted in `left`)."""
    if len(row) != columns.count:
        return f"{len(row)} cells for {columns.count} columns"
    kind = "Equity" if columns.kind is None else row[columns.kind].strip()
    symbol = row[columns.ticker].strip().upper()
    if kind.lower() != "equity":
        left[kind or "no asset class"] += 1
        return None
    if not _TICKER.fullmatch(symbol):
        left["no usable ticker"] += 1
        return None
    weight = row[columns.weight].strip()
    try:
        return symbol, None if weight in _NOTHING else number(weight) / 100
    except ValueError:
        return "weight is no number"


def _members(group: str, day: date, taken: list[tuple[str, float | None]]) -> pl.DataFrame:
    frame = pl.DataFrame(taken, schema={"symbol": pl.String, "weight": pl.Float64}, orient="row")
    known = at_close(pl.Series([day], dtype=pl.Date))[0]
    return conform(
        "members",
        frame.with_columns(group=pl.lit(group), describes=pl.lit(day), known_at=pl.lit(known), change=pl.lit("held")),
    )


def _said(taken: list[tuple[str, float | None]], day: date, columns: Columns, left: Counter[str]) -> str:
    said = f"{len(taken)} members as of {day}"
    if columns.kind is None:
        said += "; the file has no asset class, so every row with a ticker is taken as equity"
    whole = sum(weight for _, weight in taken if weight is not None)
    if len(taken) >= _MANY and _FRACTIONS[0] <= whole <= _FRACTIONS[1]:
        said += f"; weights add up to {whole * 100:.2f} %: they are taken as percent, but look like parts of one"
    if left:
        said += "; left out: " + ", ".join(f"{count} {kind}" for kind, count in sorted(left.items()))
    return said
