"""kenfrench/*.csv: portfolios of the data library as date and one column a portfolio, in percent."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from leadline.data.facts import conform, like_rejected
from leadline.data.feeds.contract import Part, SeriesInfo, digest
from leadline.data.feeds.folder.tables import need, read_text, typed
from leadline.data.feeds.kenfrench import french_name
from leadline.data.feeds.knowable import Release, at_close, frequency_of, lagged

_COUNTS = ("_nfirms", "_avgsize")
_NOTE = "library publishes weeks later; returns of listed portfolios taken as known at the close"
_MISSING = -99.99  # the library's own mark, as is -999: no portfolio and no number of firms is that low
_LATE = Release("month", 45)


def read_french(path: Path, where: str, raw: bytes) -> Part:
    """Returns (percent in the file, decimals in the facts) as bars; numbers of firms and their size as observations."""
    frame = read_text(path, raw)
    need(path, frame, ["date"])
    columns = {title.lower(): title for title in _titles(raw) if title.lower() != "date"}
    rows, bad = typed(frame, "date", list(columns), f"KF:{path.stem}")
    monthly = frequency_of(rows["describes"].sort()) == "month"
    counts = path.stem.endswith(_COUNTS)
    parts, infos, gone = [], [], []
    for column, title in columns.items():
        values = rows.select("describes", pl.col(column).alias("value")).filter(pl.col("value") > _MISSING)
        if not len(values):
            gone.append(title)
            continue
        name = french_name(path.stem, title)
        parts.append(_rows(values, monthly=monthly, counts=counts).with_columns(series=pl.lit(name)))
        unit, note = ("level", _LATE.said()) if counts else ("index", _NOTE)
        infos.append(SeriesInfo(name, f"{path.stem} {title}", "month" if monthly else "session", unit, "files", note))
    table = "observations" if counts else "bars"
    facts = {table: conform(table, pl.concat(parts))} if parts else {}
    said = f"no value at all in {', '.join(gone)}" if gone else ""
    return Part(where, digest(raw), facts, tuple(infos), like_rejected(bad), said)


def _titles(raw: bytes) -> list[str]:
    """The columns' names as they are written: `read_text` has them in small letters."""
    lines = (line for line in raw.decode("utf-8-sig").splitlines() if line.strip() and not line.startswith("#"))
    return [name.strip() for name in next(csv.reader(lines))]


def _rows(values: pl.DataFrame, *, monthly: bool, counts: bool) -> pl.DataFrame:
    label = pl.col("describes").dt.month_end() if monthly else pl.col("describes")
    if counts:
        first = values.with_columns(describes=pl.col("describes").dt.month_start())
        return first.with_columns(known_at=lagged(first["describes"], _LATE), known_by=pl.lit("lag"))
    rows = values.with_columns(label, change=pl.col("value") / 100).drop("value")
    return rows.with_columns(known_at=at_close(rows["describes"]), adjusted_to="describes")
