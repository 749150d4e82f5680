"""macro/NAME.csv and vintages/: what a macro series read, and when it was known."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path

import polars as pl

from leadline.data.facts import INSTANT, REJECTED, conform
from leadline.data.feeds.contract import Frequency, Part, SeriesInfo, digest
from leadline.data.feeds.folder.tables import UnreadableError, day_of, need, read_text, typed
from leadline.data.feeds.knowable import RELEASES, Release, frequency_of, instant, lagged, period_end, release_of

_WIDE_VINTAGE = re.compile(r"(?P<series>\w+?)_v(?P<day>\d{4}_\d{2}_\d{2})")
_COLUMNS = {"describes": pl.Date, "known_at": INSTANT, "value": pl.Float64}


def read_macro(path: Path, where: str, raw: bytes) -> Part:
    """Observations of `FRED:NAME` from date and value; a file of several columns gives `NAME:column` for each.

    `known_at` follows the stated release lag (`knowable.RELEASES`), and the series' note says so.
    """
    frame = read_text(path, raw)
    need(path, frame, ["date"])
    columns = [name for name in frame.columns if name != "date"]
    parts, infos, bad = [], [], []
    for column in columns:
        name = f"FRED:{path.stem}" if columns == ["value"] else f"{path.stem}:{column}"
        rows, wrong = typed(frame.select("date", column), "date", [column], name)
        rows = (
            rows.rename({column: "value"}).filter(pl.col("value").is_not_null()).sort("describes", maintain_order=True)
        )
        bad.append(wrong)
        if not len(rows):
            continue
        release = release_of(path.stem, rows["describes"])
        parts.append(
            rows.with_columns(series=pl.lit(name), known_by=pl.lit("lag"), known_at=lagged(rows["describes"], release))
        )
        infos.append(SeriesInfo(name, name, release.frequency, release.unit, "files", release.said()))
    if not parts:
        raise UnreadableError(path.name, found="no numbers", expected="a column of numbers beside the date")
    facts = conform("observations", pl.concat([part.select(*_COLUMNS, "series", "known_by") for part in parts]))
    return Part(
        where,
        digest(raw),
        {"observations": facts},
        tuple(infos),
        pl.concat(bad) if bad else pl.DataFrame(schema=dict(REJECTED)),
    )


def read_vintages(path: Path, where: str, raw: bytes) -> Part:
    """Observations with the day each value became known; only changes of a value are kept.

    Long: series (or the file is named `ALFRED_SERIES`), date, vintage or realtime_start, value. Wide: date and columns
    `series_v2026_03_27`. A vintage that names a month only is taken as known at the end of that month.
    """
    frame = _long(path, raw)
    infos, said = [], "values that did not change from one vintage to the next are stored once"
    rows = (
        frame.drop_nulls()
        .sort("series", "describes", "known_day")
        .filter(pl.col("value").ne_missing(pl.col("value").shift(1).over("series", "describes", order_by="known_day")))
    )
    if not len(rows):
        raise UnreadableError(path.name, found="no complete row", expected="series, date, vintage and value")
    rows = rows.with_columns(
        known_by=pl.lit("vintage"), known_at=_at_release(rows["known_day"]), series=pl.format("FRED:{}", "series")
    )
    for name, days in rows.group_by("series", maintain_order=True).agg(pl.col("describes").unique().sort()).iter_rows():
        stem = name.removeprefix("FRED:")
        release = RELEASES.get(stem, Release(_frequency(days), 0))
        infos.append(
            SeriesInfo(name, name, release.frequency, release.unit, "files", release.said() if stem in RELEASES else "")
        )
    return Part(where, digest(raw), {"observations": conform("observations", rows)}, tuple(infos), said=said)


def _frequency(days: list[date]) -> Frequency:
    return frequency_of(pl.Series(days))


def _at_release(days: pl.Series) -> pl.Series:
    unique = days.unique()
    known = [instant(day, time(8, 30)) for day in unique.to_list()]
    return days.replace_strict(unique, pl.Series(known, dtype=INSTANT), return_dtype=INSTANT)


def _long(path: Path, raw: bytes) -> pl.DataFrame:
    """series, describes, known_day, value of a vintage file of any of the layouts."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(raw)
        need(path, frame, ["series", "date", "vintage", "value"])
        vintages = frame["vintage"].cast(pl.String).unique()
        days = vintages.to_frame().select(
            pl.struct(day=day_of("vintage"), month=pl.col("vintage").str.len_chars() == 7)
        )
        ends = [
            None if x["day"] is None else period_end(x["day"], "month") if x["month"] else x["day"]
            for x in days.to_series()
        ]
        known = (
            frame["vintage"]
            .cast(pl.String)
            .replace_strict(vintages, pl.Series(ends, dtype=pl.Date), return_dtype=pl.Date)
        )
        return frame.select("series", "value", describes="date").with_columns(
            known_day=known, series=pl.col("series").cast(pl.String)
        )
    frame = read_text(path, raw)
    wide = {name: match for name in frame.columns if (match := _WIDE_VINTAGE.fullmatch(name))}
    if wide:
        frame = frame.unpivot(list(wide), index="date", value_name="value").with_columns(
            series=pl.col("variable").str.extract(_WIDE_VINTAGE.pattern, 1).str.to_uppercase(),
            vintage=pl.col("variable").str.extract(_WIDE_VINTAGE.pattern, 2).str.replace_all("_", "-"),
        )
    if "series" not in frame.columns and path.stem.startswith("ALFRED_"):
        frame = frame.with_columns(series=pl.lit(path.stem.removeprefix("ALFRED_")))
    when = "realtime_start" if "realtime_start" in frame.columns else "vintage"
    need(path, frame, ["series", "date", when, "value"])
    return frame.select(
        "series", describes=day_of("date"), known_day=day_of(when), value=pl.col("value").cast(pl.Float64, strict=False)
    )
