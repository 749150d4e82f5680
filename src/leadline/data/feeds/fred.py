"""FRED: macro series of the St. Louis Fed. Without a key the newest values, with one every vintage (ALFRED).

Sources: the graph's CSV download (`fredgraph.csv?id=`, header `observation_date,ID`, formerly `DATE,ID`; `.` or empty
is missing) and the API `fred/series/observations` with `output_type=1`, whose rows carry `realtime_start`.
The API takes at most 2000 vintage dates a request; series with more are asked for in windows of five years and joined.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

import polars as pl

from leadline.core.errors import RequestError, SourceError
from leadline.data.facts import conform
from leadline.data.feeds.contract import Answer, SeriesInfo
from leadline.data.feeds.delivery import Reading, Rejection, Wanted, checked, deliver, number, text_of
from leadline.data.feeds.http import Fetcher, address
from leadline.data.feeds.knowable import MORNING, RELEASES, Release, instant, lagged, release_of

#: names in `knowable.RELEASES` that come from elsewhere
_ELSEWHERE = frozenset(
    {
        "AAII",
        "NAAIM",
        "CLAIMSx",
        "PUTCALL_CBOE_TO_2019",
        "SHILLER_monthly",
        "SLOOS_CI_STD_DRTSCILM",
        "SP500_BREADTH_OFFICIAL",
        "SP500_BREADTH_PIT_PHAINIA",
    }
)
DEFAULT_IDS = tuple(name for name in RELEASES if name not in _ELSEWHERE)
PAGE = 100_000
FIRST, LAST = "1776-07-04", "9999-12-31"
Kind = TypeVar("Kind")
_DATES = ("observation_date", "DATE", "date")

TITLES = MappingProxyType(
    {
        "UNRATE": "Unemployment rate",
        "PAYEMS": "Payrolls, all employees",
        "ICSA": "Initial claims",
        "CPIAUCSL": "Consumer prices",
        "CPILFESL": "Consumer prices less food and energy",
        "PCEPI": "Personal consumption prices",
        "PCEPILFE": "Personal consumption prices less food and energy",
        "INDPRO": "Industrial production",
        "HOUST": "Housing starts",
        "PERMIT": "Building permits",
        "GDPC1": "Real gross domestic product",
        "DGS3MO": "3-month Treasury yield",
        "DGS2": "2-year Treasury yield",
        "DGS10": "10-year Treasury yield",
        "DGS30": "30-year Treasury yield",
        "T10Y2Y": "10-year less 2-year Treasury yield",
        "T10Y3M": "10-year less 3-month Treasury yield",
        "T10YIE": "10-year breakeven inflation",
        "AAA": "Aaa corporate yield",
        "BAA": "Baa corporate yield",
        "AAA10Y": "Aaa corporate less 10-year Treasury yield",
        "BAA10Y": "Baa corporate less 10-year Treasury yield",
        "BAMLH0A0HYM2": "High-yield spread",
        "DFF": "Effective federal funds rate, daily",
        "FEDFUNDS": "Effective federal funds rate, monthly",
        "DFEDTARU": "Federal funds target, upper limit",
        "DFEDTARL": "Federal funds target, lower limit",
        "VIXCLS": "VIX, close",
        "NFCI": "Chicago Fed financial conditions",
        "ANFCI": "Chicago Fed adjusted financial conditions",
        "WALCL": "Federal Reserve total assets",
        "USREC": "Recession by the dating committee",
    }
)


@dataclass(frozen=True)
class Fred:
    """The feed `fred`. One part a series id; the ledger's series is `FRED:<id>`.

    today: the day of the pull (bounds the windows of vintages). api_key: None gives the newest values with the stated
    release lag (`known_by` "lag"); a key gives vintages (`known_by` "vintage"), known on the morning of their first
    day, or at the series' stated release hour where that is later.
    """

    today: date
    api_key: str | None = field(default=None, repr=False)
    ids: tuple[str, ...] = DEFAULT_IDS
    base_url: str = "https://fred.stlouisfed.org"
    api_url: str = "https://api.stlouisfed.org"
    fetcher: Fetcher = field(default_factory=Fetcher)

    @property
    def name(self) -> str:
        """The source's name in the ledger."""
        return "fred"

    def plan(self) -> tuple[str, ...]:
        """The series ids. Raises RequestError for an id that FRED cannot have, and for an empty key."""
        for series in checked(self.ids, "FRED series"):
            if not re.fullmatch(r"[A-Za-z0-9_]+", series):
                raise RequestError(f"FRED series {series!r}", expected="letters, digits and _ such as UNRATE")
        if self.api_key is not None and not self.api_key.strip():
            raise RequestError("FRED API key", found="an empty one", expected="a key, or None for the newest values")
        return self.ids

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One series as observations, or why not."""
        where = self._graph(part) if self.api_key is None else self._vintages(part)
        wanted = Wanted(where, (f"FRED:{part}",), seen)
        if part not in self.ids:
            return wanted.unknown(part, self.name)
        if self.api_key is None:
            return deliver(wanted, lambda: self.fetcher.get(where), lambda raw: read_graph(raw, part))
        return deliver(wanted, lambda: self._all_vintages(part), lambda raw: read_vintages(raw, part))

    def _graph(self, series: str) -> str:
        return address(f"{self.base_url}/graph/fredgraph.csv", {"id": series})

    def _vintages(self, series: str) -> str:
        return address(f"{self.api_url}/fred/series/observations", {"series_id": series, "output_type": "1"})

    def _all_vintages(self, series: str) -> bytes:
        try:
            return b"\n".join(self._pages(series, (FIRST, LAST)))
        except SourceError as error:
            if "vintage dates" not in error.found:
                raise
        return b"\n".join(page for window in windows(self.today) for page in self._pages(series, window))

    def _pages(self, series: str, window: tuple[str, str]) -> Iterator[bytes]:
        """The answers of one window, page by page, one JSON document a line."""
        offset, count = 0, 1
        while offset < count:
            asked = {
                "series_id": series,
                "realtime_start": window[0],
                "realtime_end": window[1],
                "output_type": "1",
                "file_type": "json",
                "limit": str(PAGE),
                "offset": str(offset),
            }
            raw = self.fetcher.get(
                f"{self.api_url}/fred/series/observations", asked, {"api_key": (self.api_key or "").strip()}
            )
            yield raw.replace(b"\r", b" ").replace(b"\n", b" ")
            count, offset = _count(raw, series), offset + PAGE


def windows(today: date) -> tuple[tuple[str, str], ...]:
    """Real-time windows of five years (the first: all before 2000), the last one open.

    >>> windows(date(2006, 3, 1))
    (('1776-07-04', '1999-12-31'), ('2000-01-01', '2004-12-31'), ('2005-01-01', '9999-12-31'))
    """
    starts = [FIRST, *(f"{year}-01-01" for year in range(2000, today.year + 1, 5))]
    ends = [f"{int(start[:4]) - 1}-12-31" for start in starts[1:]]
    return tuple(zip(starts, [*ends, LAST], strict=True))


def read_graph(raw: bytes, series: str) -> Reading:
    """The newest values from the CSV of a graph. Missing values are left out; rows that are no number are rejected.

    Raises SourceError for a web page, another encoding, or a header other than `observation_date,<id>`.
    """
    name = f"FRED:{series}"
    rows = list(csv.reader(text_of(raw, name).splitlines()))
    header = [cell.strip() for cell in rows[0]]
    if len(header) != 2 or header[0] not in _DATES or header[1].upper() != series.upper():
        raise SourceError(name, found=f"columns {', '.join(header)}"[:200], expected=f"observation_date, {series}")
    days: list[date] = []
    values: list[float] = []
    bad: list[Rejection] = []
    for row in rows[1:]:
        if not row or (len(row) == 2 and row[1].strip() in ("", ".")):
            continue
        taken = _observation(name, row, bad)
        if taken is not None:
            days.append(taken[0])
            values.append(taken[1])
    described = pl.Series("describes", days, dtype=pl.Date)
    release = release_of(series, described.unique().sort())
    known = lagged(described, release)
    facts = _observations(name, described, known, values, "lag")
    return Reading({"observations": facts}, (_info(series, release, release.said()),), bad)


def read_vintages(raw: bytes, series: str) -> Reading:
    """Every vintage from the API's answers, one JSON document a line; a value that the next window repeats comes once.

    Raises SourceError when an answer is no JSON, or has no observations with the four expected members.
    """
    name = f"FRED:{series}"
    bad: list[Rejection] = []
    rows: list[tuple[date, date, float | None]] = []
    for line in raw.splitlines():
        for item in _json(line, name, "observations", list):
            row = _vintage(name, item, bad)
            if row is not None:
                rows.append(row)
    frame = pl.DataFrame(rows, schema={"describes": pl.Date, "start": pl.Date, "value": pl.Float64}, orient="row")
    frame = frame.sort("describes", "start", maintain_order=True)
    frame = frame.filter(
        ~pl.col("value").eq_missing(pl.col("value").shift()).over("describes").fill_null(value=False) | _first()
    )
    frame = frame.drop_nulls("value")
    release = release_of(series, frame["describes"].unique().sort())
    hour = max(MORNING, release.hour)
    told = {day: instant(day, hour) for day in frame["start"].unique().to_list()}
    known = pl.Series("known_at", [told[day] for day in frame["start"].to_list()], dtype=pl.Datetime("us", "UTC"))
    note = f"vintages: each taken as known at {hour:%H:%M} New York on its first day in the archive"
    facts = _observations(name, frame["describes"], known, frame["value"].to_list(), "vintage")
    return Reading({"observations": facts}, (_info(series, release, note),), bad)


def _first() -> pl.Expr:
    return pl.int_range(pl.len()).over("describes") == 0


def _observation(name: str, row: list[str], bad: list[Rejection]) -> tuple[date, float] | None:
    """A day and its value; a row that is neither is noted in `bad`."""
    raw = ",".join(row)
    day: date | None = None
    try:
        day = date.fromisoformat(row[0].strip())
        if len(row) != 2:
            bad.append((name, day, f"{len(row)} cells where 2 belong", raw))
            return None
        return day, number(row[1])
    except ValueError:
        bad.append((name, day, "no date" if day is None else "no number", raw))
        return None


def _vintage(name: str, item: Any, bad: list[Rejection]) -> tuple[date, date, float | None] | None:
    """Day, first day of the vintage and value (None when missing then); else noted in `bad`."""
    try:
        said = str(item["value"]).strip()
        day, start = date.fromisoformat(item["date"]), date.fromisoformat(item["realtime_start"])
    except (KeyError, TypeError, ValueError) as error:
        expected = "date, realtime_start, realtime_end, value"
        raise SourceError(name, found=f"an observation {json.dumps(item)[:120]}", expected=expected) from error
    try:
        return day, start, None if said in ("", ".") else number(said)
    except ValueError:
        bad.append((name, day, "no number", json.dumps(item)))
        return None


def _json(raw: bytes, name: str, member: str, kind: type[Kind]) -> Kind:
    try:
        held = json.loads(text_of(raw, name))[member]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        found = " ".join(raw[:80].decode("utf-8", "replace").split())
        raise SourceError(name, found=f"an answer {found!r}", expected=f"JSON with {member!r}") from error
    if not isinstance(held, kind):
        raise SourceError(name, found=f"{member} {held!r}"[:120], expected=f"JSON with {member!r} as {kind.__name__}")
    return held


def _count(raw: bytes, series: str) -> int:
    return _json(raw, f"FRED:{series}", "count", int)


def _observations(name: str, days: pl.Series, known: pl.Series, values: list[float], how: str) -> pl.DataFrame:
    frame = pl.DataFrame({"describes": days, "known_at": known, "value": pl.Series(values, dtype=pl.Float64)})
    return conform("observations", frame.with_columns(pl.lit(name).alias("series"), pl.lit(how).alias("known_by")))


def _info(series: str, release: Release, note: str) -> SeriesInfo:
    title = TITLES.get(series, series)
    return SeriesInfo(f"FRED:{series}", title, release.frequency, release.unit, "live", note)
