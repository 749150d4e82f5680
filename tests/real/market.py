"""A panel straight from the files of the real market data, for tests of the formula language without a ledger."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from leadline.core.calendar import load_sessions
from leadline.data.feeds.knowable import frequency_of, lagged, release_of
from leadline.data.panel.panel import PRICE_FIELDS, Panel, SeriesFact

CUT = date(2026, 8, 21)
SECTORS = ("XLK", "XLF", "XLV", "XLY", "XLP", "XLE", "XLI", "XLB", "XLU", "XLC", "XLRE")


def folder() -> Path:
    """The folder named by LEADLINE_MARKET_DATA; the test is skipped without it."""
    named = os.environ.get("LEADLINE_MARKET_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("LEADLINE_MARKET_DATA names no folder with the real market data")
    return Path(named)


def _bars(path: Path) -> pl.DataFrame:
    name = path.stem.replace("_", "^")
    raw = pl.read_csv(path, try_parse_dates=True, infer_schema_length=None)
    raw = raw.rename({"date": "session", "adj_close": "total"}, strict=False)
    columns = [
        pl.col(of).cast(pl.Float64) if of in raw.columns else pl.lit(None, pl.Float64).alias(of) for of in PRICE_FIELDS
    ]
    return raw.select(pl.lit(name).alias("series"), "session", *columns).sort("session")


def _bar_fact(rows: pl.DataFrame) -> SeriesFact:
    fields = tuple(of for of in PRICE_FIELDS if rows[of].null_count() < len(rows))
    name, days = rows["series"][0], rows["session"]
    return SeriesFact(name, name, "bars", "session", "price", "files", "folder", fields, days[0], days[-1], len(rows))


def _macro(root: Path, name: str) -> pl.DataFrame:
    raw = pl.read_csv(root / "macro" / f"{name}.csv", try_parse_dates=True, comment_prefix="#")
    days = raw["date"]
    known = lagged(days, release_of(name, days))
    return pl.DataFrame(
        {
            "series": f"FRED:{name}",
            "describes": days,
            "known_at": known,
            "value": raw[raw.columns[-1]],
            "known_by": "lag",
        }
    )


def _vintages(root: Path) -> pl.DataFrame:
    raw = pl.read_csv(root / "vintages" / "ALFRED_UNRATE.csv", try_parse_dates=True)
    known = raw["realtime_start"].cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=13)
    return raw.select(
        pl.lit("FRED:UNRATE").alias("series"),
        pl.col("date").alias("describes"),
        known.alias("known_at"),
        "value",
        pl.lit("vintage").alias("known_by"),
    )


def _events(root: Path, sessions: pl.Series) -> pl.DataFrame:
    calendars = {"FOMC": ("fomc_decision_dates", "decision_date"), "CPI": ("cpi_release_dates", "release_date")}
    parts = []
    for name, (file, column) in calendars.items():
        days = pl.read_csv(root / "calendars" / f"{file}.csv", try_parse_dates=True)[column].unique().sort()
        parts.append(
            pl.DataFrame({"calendar": name, "describes": days}).with_columns(
                session=_session_on(sessions, days), kind=pl.lit("scheduled"), reference=pl.lit(None, pl.Date)
            )
        )
    return pl.concat(parts).select("calendar", "session", "describes", "kind", "reference")


def _session_on(sessions: pl.Series, days: pl.Series) -> pl.Series:
    rows = sessions.search_sorted(days).cast(pl.Int64)
    return sessions.gather(rows.set(rows >= len(sessions), None))


def _members(root: Path, sessions: pl.Series) -> pl.DataFrame:
    raw = pl.read_csv(root / "membership" / "sp500_ticker_start_end.csv", try_parse_dates=True)
    start = raw.select("ticker", day="start_date", change=pl.lit("in"))
    end = raw.filter(pl.col("end_date").is_not_null()).select("ticker", day="end_date", change=pl.lit("out"))
    both = pl.concat([start, end])
    return both.select(
        pl.lit("sp500").alias("group"),
        pl.col("ticker").alias("symbol"),
        pl.col("day").alias("describes"),
        _session_on(sessions, both["day"]).alias("session"),
        "change",
        pl.lit(None, pl.Float64).alias("weight"),
    )


def _stocks(root: Path) -> pl.LazyFrame:
    nothing = [pl.lit(None, pl.Float64).alias(name) for name in ("close", "change", "volume", "shares")]
    adjusted = pl.scan_parquet(root / "universe" / "us_stocks_adjclose_2002_2026.parquet").select(
        pl.lit("us_stocks_adjclose_2002_2026").alias("dataset"),
        "symbol",
        pl.col("date").alias("session"),
        *nothing[:2],
        pl.col("adj_close").cast(pl.Float64),
        *nothing[2:],
    )
    traded = pl.scan_parquet(root / "universe" / "us_stocks_pit_2021_2026.parquet").select(
        pl.lit("us_stocks_pit_2021_2026").alias("dataset"),
        "symbol",
        pl.col("date").alias("session"),
        pl.col("close").cast(pl.Float64),
        (pl.col("pct").cast(pl.Float64) / 100).alias("change"),
        pl.lit(None, pl.Float64).alias("adj_close"),
        pl.col("volume").cast(pl.Float64),
        (pl.col("shares_m").cast(pl.Float64) * 1e6).alias("shares"),
    )
    return pl.concat([adjusted, traded])


def build(cut: date = CUT) -> Panel:
    """The panel of the folder at a cut: prices, macro (UNRATE with vintages), calendars, members, stocks."""
    root = folder()
    calendar = load_sessions(cut)
    inside = calendar.days <= calendar.days.dtype.type(cut)
    sessions = pl.Series("session", calendar.days[inside])
    closes = pl.Series(calendar.closes[inside]).dt.replace_time_zone("UTC")
    parts = [_bars(path) for path in sorted((root / "prices").glob("*.csv"))]
    parts = [part.filter(pl.col("session").is_in(sessions.implode())) for part in parts]
    parts = [part for part in parts if len(part)]
    names = ("T10Y2Y", "DGS2", "DGS10", "DFEDTARU", "ICSA", "SP500_BREADTH_OFFICIAL")
    seen = pl.concat([*(_macro(root, name) for name in names), _vintages(root)])
    rows = closes.search_sorted(seen["known_at"]).cast(pl.Int64)
    seen = seen.with_columns(session=sessions.gather(rows.set(rows >= len(sessions), None)))
    seen = seen.filter(pl.col("session").is_not_null()).sort("series", "known_at", "describes")
    facts = {part["series"][0]: _bar_fact(part) for part in parts}
    for key, found in seen.partition_by("series", as_dict=True).items():
        days = found["describes"].unique().sort()
        facts[str(key[0])] = SeriesFact(
            str(key[0]),
            str(key[0]),
            "macro",
            frequency_of(days),
            "rate",
            "files",
            "folder",
            ("value",),
            days[0],
            days[-1],
            len(days),
        )
    ends = sessions.to_frame().group_by(pl.col("session").dt.month_end().alias("label"), maintain_order=True).last()
    months = ends.select("label", "session").filter(pl.col("label") <= cut)
    return Panel(
        cut=sessions[-1],
        instant=datetime.combine(sessions[-1], datetime.min.time(), UTC),
        version=0,
        sessions=sessions,
        months=months,
        series=facts,
        bars=pl.concat(parts).sort("series", "session"),
        observations=seen.select("series", "describes", "known_at", "session", "value", "known_by"),
        events=_events(root, sessions),
        members=_members(root, sessions),
        stocks=_stocks(root),
    )
