"""membership/: who was in a group, from holdings on a day, from start / end tables, or from lists of changes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl

from leadline.data.facts import conform
from leadline.data.feeds.contract import Failure, Part, digest
from leadline.data.feeds.folder.tables import UnreadableError, day_of, number_of, read_text
from leadline.data.feeds.knowable import at_close

_DAY_IN_NAME = re.compile(r"(?P<group>.+?)_(?P<day>\d{4}-\d{2}-\d{2})")
_SUFFIXES = ("_holdings", "_ticker_start_end", "_start_end", "_current_wikipedia")


def read_membership(path: Path, where: str, raw: bytes) -> Part | Failure:
    """Members of one group. The group is the file's name in small letters without its date and kind of table."""
    frame = read_text(path, raw)
    match = _DAY_IN_NAME.fullmatch(path.stem)
    stem = match["group"] if match else path.stem
    group = next((stem.removesuffix(end) for end in _SUFFIXES if stem.endswith(end)), stem).lower()
    columns = set(frame.columns)
    if {"ticker", "start_date"} <= columns or {"symbol", "start_date"} <= columns:
        return _part(where, raw, group, _intervals(frame))
    if {"date", "add", "remove"} <= columns:
        return _part(where, raw, group, _changes(frame))
    if not columns & {"ticker", "symbol"}:
        found = f"columns {', '.join(frame.columns)}"
        raise UnreadableError(path.name, found=found, expected="ticker or symbol, or date, add and remove")
    if match is None:
        return Failure(
            where,
            "no date in its name and none per member: it cannot be placed in time",
            status="not recognised",
            todo=f"name it {path.stem}_YYYY-MM-DD.csv",
        )
    rows, said = _snapshot(frame, date.fromisoformat(match["day"]))
    return _part(where, raw, group, rows, said)


def _part(where: str, raw: bytes, group: str, rows: pl.DataFrame, said: str = "") -> Part:
    facts = rows.with_columns(group=pl.lit(group), known_at=at_close(rows["describes"]))
    return Part(where, digest(raw), {"members": conform("members", facts)}, said=said)


def _snapshot(frame: pl.DataFrame, day: date) -> tuple[pl.DataFrame, str]:
    """Everything held on that day; cash, futures and rows without a ticker are counted, not kept."""
    ticker = "ticker" if "ticker" in frame.columns else "symbol"
    shares = pl.col("asset_class") == "Equity" if "asset_class" in frame.columns else pl.lit(value=True)
    usable = shares & pl.col(ticker).is_not_null() & ~pl.col(ticker).is_in(["", "-"])
    weight = number_of("weight_pct") / 100 if "weight_pct" in frame.columns else pl.lit(None, dtype=pl.Float64)
    rows = frame.filter(usable).select(
        symbol=pl.col(ticker), describes=pl.lit(day), change=pl.lit("held"), weight=weight
    )
    once = rows.group_by("symbol", "describes", "change", maintain_order=True).agg(pl.col("weight").sum())
    left = len(frame) - len(rows)
    return once, f"{left} rows without a ticker or not shares left out" if left else ""


def _intervals(frame: pl.DataFrame) -> pl.DataFrame:
    ticker = "ticker" if "ticker" in frame.columns else "symbol"
    ends = day_of("end_date") if "end_date" in frame.columns else pl.lit(None, dtype=pl.Date)
    spans = frame.select(symbol=pl.col(ticker), start=day_of("start_date"), end=ends)
    come = spans.select("symbol", describes="start", change=pl.lit("in"))
    go = spans.select("symbol", describes="end", change=pl.lit("out"))
    return pl.concat([come, go]).drop_nulls("describes").unique(maintain_order=True)


def _changes(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a member that came or went; several tickers in a cell are separated by commas."""
    long = frame.select(pl.col("add").alias("in"), pl.col("remove").alias("out"), describes=day_of("date")).unpivot(
        ["in", "out"], index="describes", variable_name="change", value_name="symbol"
    )
    named = long.with_columns(pl.col("symbol").str.split(",")).explode("symbol")
    return (
        named.with_columns(pl.col("symbol").str.strip_chars())
        .filter(pl.col("symbol") != "")
        .drop_nulls()
        .unique(maintain_order=True)
    )
