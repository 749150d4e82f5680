"""membership/: who was in a group, from holdings on a day, from start / end tables, or from lists of changes."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import polars as pl

from leadline.data.facts import INSTANT, REJECTED, conform, like_rejected
from leadline.data.feeds.contract import Failure, Part, digest
from leadline.data.feeds.delivery import rejected
from leadline.data.feeds.folder.tables import ABSENT, UnreadableError, day_of, read_text, whole_row
from leadline.data.feeds.holdings import parse_holdings
from leadline.data.feeds.knowable import at_close

_DAY_IN_NAME = re.compile(r"(?P<group>.+?)_(?P<day>\d{4}-\d{2}-\d{2})")
_SUFFIXES = ("_holdings", "_ticker_start_end", "_start_end", "_current_wikipedia")
_WEIGHTS = {"weight_pct", "weight (%)"}
_HEAD = 30  # lines of words that a fund's own download may have before its header

Rows = tuple[pl.DataFrame, pl.DataFrame]


def read_membership(path: Path, where: str, raw: bytes) -> Part | Failure:
    """Members of one group. The group is the file's name in small letters without its date and kind of table."""
    group, day = _named(path)
    head = raw[:20_000].decode("utf-8", "replace").lstrip("\ufeff").lower()
    if _is_holdings(head):
        dated = day is not None or "holdings as of" in head
        return _holdings(where, raw, group, day) if dated else _undated(path, where)
    frame = read_text(path, raw)
    columns = set(frame.columns)
    ticker = next((name for name in ("ticker", "symbol") if name in columns), None)
    if ticker is not None and "start_date" in columns:
        return _part(where, raw, group, _intervals(frame, group, ticker))
    if {"date", "add", "remove"} <= columns:
        said = "a list of changes: members that never came or went since it begins are not in it"
        return _part(where, raw, group, _changes(frame, group), said)
    if ticker is None:
        found = f"columns {', '.join(frame.columns)}"
        raise UnreadableError(path.name, found=found, expected="ticker or symbol, or date, add and remove")
    if day is None:
        return _undated(path, where)
    unused = ", ".join(name for name in frame.columns if name != ticker)
    said = f"a plain list; columns not used: {unused}" if unused else ""
    return _part(where, raw, group, _listed(frame, ticker, day), said)


def _named(path: Path) -> tuple[str, date | None]:
    """The group and the day in a file's name."""
    match = _DAY_IN_NAME.fullmatch(path.stem)
    stem = match["group"] if match else path.stem
    group = next((stem.removesuffix(end) for end in _SUFFIXES if stem.endswith(end)), stem).lower()
    if match is None:
        return group, None
    try:
        return group, date.fromisoformat(match["day"])
    except ValueError as error:
        raise UnreadableError(path.name, found=f"{match['day']} in its name", expected="a day") from error


def _is_holdings(head: str) -> bool:
    """Whether one of the first lines names a ticker and a weight."""
    rows = csv.reader(head.splitlines()[:_HEAD])
    cells = ({cell.strip() for cell in row} for row in rows)
    return any("ticker" in row and row & _WEIGHTS for row in cells)


def _undated(path: Path, where: str) -> Failure:
    reason = "no date in its name and none per member: it cannot be placed in time"
    return Failure(where, reason, status="not recognised", todo=f"name it {path.stem}_YYYY-MM-DD.csv")


def _holdings(where: str, raw: bytes, group: str, day: date | None) -> Part:
    """A fund's holdings; two lines of one ticker (a share and a right to one) are one member."""
    reading = parse_holdings(raw, group, day)
    rows = reading.facts["members"]
    if not len(rows):
        found = reading.said + (f"; {len(reading.rejected)} rows that cannot be read" if reading.rejected else "")
        raise UnreadableError(Path(where).name, found=found, expected="rows with the ticker of a stock")
    weight = pl.when(pl.col("weight").count() > 0).then(pl.col("weight").sum())
    once = rows.group_by("symbol", "describes", "change", maintain_order=True).agg(weight)
    return _part(where, raw, group, (once, rejected(reading.rejected)), reading.said)


def _part(where: str, raw: bytes, group: str, rows: Rows, said: str = "") -> Part:
    """Known at the close of the day, but no earlier than the day: what is dated on a Sunday was not known on Friday."""
    good, bad = rows
    known = pl.select(known_at=pl.max_horizontal(at_close(good["describes"]), good["describes"].cast(INSTANT)))
    facts = good.with_columns(known.to_series(), group=pl.lit(group))
    return Part(where, digest(raw), {"members": conform("members", facts)}, rejected=bad, said=said)


def _listed(frame: pl.DataFrame, ticker: str, day: date) -> Rows:
    """A plain list of symbols on a day; rows without one are set apart."""
    told = frame.select(
        symbol=pl.col(ticker),
        describes=pl.lit(day),
        change=pl.lit("held"),
        raw=whole_row(frame),
        series=pl.col(ticker),
        reason=pl.when(pl.col(ticker).fill_null("").is_in(["", "-"])).then(pl.lit("no symbol")),
    )
    return _split(told)


def _intervals(frame: pl.DataFrame, group: str, ticker: str) -> Rows:
    """Two rows a stay, in and out; a stay without an end lasts."""
    ends = day_of("end_date") if "end_date" in frame.columns else pl.lit(None, dtype=pl.Date)
    text = pl.col("end_date") if "end_date" in frame.columns else pl.lit(None, dtype=pl.String)
    wrong_end = ends.is_null() & text.is_not_null() & ~text.is_in(ABSENT)
    reason = (
        pl.when(pl.col(ticker).fill_null("") == "")
        .then(pl.lit("no symbol"))
        .when(day_of("start_date").is_null() | wrong_end)
        .then(pl.lit("not a date"))
        .when(ends < day_of("start_date"))
        .then(pl.lit("it ends before it starts"))
    )
    spans = frame.select(
        symbol=pl.col(ticker), start=day_of("start_date"), end=ends, reason=reason, raw=whole_row(frame)
    )
    come = spans.select("symbol", "reason", "raw", describes="start", change=pl.lit("in"))
    go = spans.filter(pl.col("reason").is_null()).select(
        "symbol", "reason", "raw", describes="end", change=pl.lit("out")
    )
    return _split(pl.concat([come, go.drop_nulls("describes")]).with_columns(series=pl.lit(group)))


def _changes(frame: pl.DataFrame, group: str) -> Rows:
    """One row a member that came or went; several tickers in a cell are separated by commas."""
    reason = pl.when(day_of("date").is_null()).then(pl.lit("not a date"))
    wide = frame.select(
        pl.col("add").alias("in"), pl.col("remove").alias("out"), describes=day_of("date"), reason=reason,
        raw=whole_row(frame),
    )  # fmt: skip
    long = wide.unpivot(
        ["in", "out"], index=["describes", "reason", "raw"], variable_name="change", value_name="symbol"
    )
    named = long.with_columns(pl.col("symbol").str.split(",")).explode("symbol", empty_as_null=True)
    named = named.with_columns(pl.col("symbol").str.strip_chars(), series=pl.lit(group))
    return _split(named.filter((pl.col("symbol") != "") | pl.col("reason").is_not_null()))


def _split(told: pl.DataFrame) -> Rows:
    """Members, and rows with a reason (columns of `facts.REJECTED`), each once."""
    bad = told.filter(pl.col("reason").is_not_null())
    good = told.filter(pl.col("reason").is_null()).select("symbol", "describes", "change")
    return good.unique(maintain_order=True), like_rejected(bad.select(list(REJECTED))).unique(maintain_order=True)
