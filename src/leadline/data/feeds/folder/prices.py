"""prices/SYM.csv and actions/SYM.csv: daily bars of one series, and its splits and dividends."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import polars as pl

from leadline.data.facts import FACTS, TOTAL_ONLY, conform
from leadline.data.feeds.contract import Part, SeriesInfo, digest
from leadline.data.feeds.folder.tables import UnreadableError, need, read_text, typed
from leadline.data.feeds.knowable import at_close, instant

PRICES = ("open", "high", "low", "close", "adj_close")


def symbol_of(path: Path) -> str:
    """The series of a file: `_RUT.csv` is ^RUT, and `%3D` and its kin in names are decoded.

    >>> symbol_of(Path("_RUT.csv")), symbol_of(Path("IWM.csv"))
    ('^RUT', 'IWM')
    """
    from urllib.parse import unquote

    name = unquote(path.stem)
    return f"^{name[1:]}" if name.startswith("_") else name


def read_prices(path: Path, where: str, raw: bytes) -> Part:
    """Bars from a CSV with a date and at least one price; other columns are used where they are there.

    open, high, low, close are on one split basis, that of the file's last date (`adjusted_to`).
    """
    frame = read_text(path, raw)
    name = symbol_of(path)
    need(path, frame, ["date"])
    there = [column for column in (*PRICES, "volume") if column in frame.columns]
    if not set(there) & set(PRICES):
        raise UnreadableError(
            path.name, found=f"columns {', '.join(frame.columns)}", expected=f"one of {', '.join(PRICES)}"
        )
    rows, bad = typed(frame, "date", there, name)
    rows = rows.with_columns(
        series=pl.lit(name), known_at=at_close(rows["describes"]), adjusted_to=pl.col("describes").max()
    )
    unused = [column for column in frame.columns if column not in there and column != "date"]
    ends = _ends(rows)
    info = SeriesInfo(name, name, "session", "price", "files", note=ends)
    said = f"columns not used: {', '.join(unused)}" if unused else ""
    return Part(where, digest(raw), {"bars": conform("bars", rows)}, (info,), bad, said)


def read_actions(path: Path, where: str, raw: bytes) -> Part:
    """Splits (new shares for one old) and dividends (money a share) from date, kind, value."""
    frame = read_text(path, raw)
    need(path, frame, ["date", "kind", "value"])
    name = symbol_of(path)
    kinds = frame["kind"].str.to_lowercase()
    unknown = set(kinds) - {"split", "dividend"}
    if unknown:
        raise UnreadableError(path.name, found=f"kind {', '.join(sorted(unknown))}", expected="split or dividend")
    rows, bad = typed(frame, "date", ["value"], name)
    if len(bad):
        raise UnreadableError(path.name, found=str(bad["raw"][0]), expected="a date and a number in every row")
    opens = [instant(day, time(9, 30)) for day in rows["describes"].to_list()]
    facts = rows.with_columns(
        series=pl.lit(name),
        kind=kinds,
        known_by=pl.lit("given"),
        known_at=pl.Series(opens, dtype=FACTS["actions"]["known_at"]),
    )
    return Part(where, digest(raw), {"actions": conform("actions", facts)})


def _ends(rows: pl.DataFrame) -> str:
    """What a reader must know when the price close ends before the dividend-adjusted one."""
    last = {
        name: rows.filter(pl.col(name).is_not_null())["describes"].sort().to_list()[-1:]
        for name in ("close", "adj_close")
        if name in rows.columns
    }
    totals, closes = last.get("adj_close", []), last.get("close", [])
    if not totals or closes >= totals:
        return ""
    return f"price close ends {closes[0]}; from then on {TOTAL_ONLY}" if closes else TOTAL_ONLY
