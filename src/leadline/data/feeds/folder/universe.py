"""universe/: thousands of stocks, a part a year so that memory stays bounded, and lists of what the symbols were."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import polars as pl

from leadline.data.facts import conform, like_rejected
from leadline.data.feeds.contract import Part, digest
from leadline.data.feeds.folder.tables import UnreadableError, day_of, need, read_text, whole_row
from leadline.data.feeds.knowable import at_close

_ADJUSTED = "universe of listed companies as the file gives it; dividend-adjusted closes only"


def years_of(path: Path) -> range:
    """The years a Parquet file of stocks covers; none where it has no row. Raises UnreadableError when it is none."""
    days = _scan(path).select(first=pl.col("date").min(), last=pl.col("date").max()).collect()
    first, last = days.row(0)
    return range(first.year, last.year + 1) if first else range(0)


def year_hash(path: Path, year: int) -> str:
    """The hash of one year's part: the file's own hash and the year."""
    with path.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
    return digest(f"{whole}#{year}".encode())


def read_year(path: Path, where: str, sha: str, year: int) -> Part:
    """One year of a Parquet file: date, symbol, and adj_close, or close as traded with the day's `pct` change.

    volume and shares_m (million shares) where they are given. Sorted by symbol and date.
    """
    scan = _scan(path)
    if not years_of(path):
        raise UnreadableError(path.name, found="no row with a date", expected="a row for each stock and session")
    columns = scan.collect_schema().names()
    inside = pl.col("date").is_between(date(year, 1, 1), date(year, 12, 31))
    found = {
        "close": pl.col("close"),
        "adj_close": pl.col("adj_close"),
        "change": pl.col("pct") / 100,
        "volume": pl.col("volume"),
        "shares": pl.col("shares_m") * 1e6,
    }
    source = {"change": "pct", "shares": "shares_m"}
    kept = {
        name: expr.cast(pl.Float64).fill_nan(None) for name, expr in found.items() if source.get(name, name) in columns
    }
    rows = scan.filter(inside).select(pl.col("symbol").cast(pl.String), describes="date", **kept).collect()
    rows = rows.sort("symbol", "describes").with_columns(dataset=pl.lit(path.stem))
    facts = conform("stocks", rows.with_columns(known_at=at_close(rows["describes"])))
    said = [] if "close" in columns else [_ADJUSTED]
    undated = scan.filter(pl.col("date").is_null()).select(pl.len()).collect().item()
    said += [f"{undated} rows of the file have no date and are left out"] if undated else []
    return Part(where, sha, {"stocks": facts}, said="; ".join(said))


def read_listings(path: Path, where: str, raw: bytes) -> Part:
    """What each symbol was: name, exchange, sector, industry, kind, and when; a re-used ticker has segments."""
    frame = read_text(path, raw)
    need(path, frame, ["symbol"])
    columns = set(frame.columns)
    first = next((name for name in ("seg_first", "first_seen") if name in columns), None)
    last = next((name for name in ("seg_last", "last_seen") if name in columns), None)
    if first is None or last is None:
        expected = "columns seg_first and seg_last, or first_seen and last_seen"
        raise UnreadableError(path.name, found=f"columns {', '.join(frame.columns)}", expected=expected)
    name = "last_name" if "last_name" in columns else "name"
    text = {
        c: pl.col(c) if c in columns else pl.lit(None, pl.String) for c in ("exchange", "sector", "industry", "kind")
    }
    rows = frame.select(
        "symbol",
        series="symbol",
        reason=pl.when(day_of(first).is_null()).then(pl.lit(f"no date in {first}")),
        raw=whole_row(frame),
        dataset=pl.lit(path.stem),
        segment=pl.col("seg").cast(pl.Int64, strict=False) if "seg" in columns else pl.lit(0),
        describes=day_of(first),
        last_seen=day_of(last),
        name=pl.col(name) if name in columns else pl.lit(None, pl.String),
        **text,
    )
    said = "names and sectors are those of the last day seen, not of the day described"
    good = rows.filter(pl.col("reason").is_null())
    facts = conform("listings", good.with_columns(known_at=at_close(good["describes"])))
    bad = like_rejected(rows.filter(pl.col("reason").is_not_null()))
    return Part(where, digest(raw), {"listings": facts}, rejected=bad, said=said)


def _scan(path: Path) -> pl.LazyFrame:
    scan = pl.scan_parquet(path)
    try:
        schema = scan.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableError(path.name, found="no Parquet table", expected="a Parquet file") from error
    columns = schema.names()
    lacking = [name for name in ("date", "symbol") if name not in columns]
    if lacking or not {"close", "adj_close"} & set(columns) or ("close" in columns and "pct" not in columns):
        expected = "date, symbol, and adj_close, or close as traded with the day's change pct"
        raise UnreadableError(path.name, found=f"columns {', '.join(columns)}", expected=expected)
    if not isinstance(schema["date"], pl.Date | pl.Datetime):
        raise UnreadableError(path.name, found=f"dates as {schema['date']}", expected="a column date of dates")
    return scan.with_columns(pl.col("date").cast(pl.Date))
