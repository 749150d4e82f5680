"""macro/NAME.csv and vintages/: what a macro series read, and when it was known."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from leadline.data.facts import INSTANT, REJECTED, conform, like_rejected
from leadline.data.feeds.contract import Part, SeriesInfo, digest
from leadline.data.feeds.folder.tables import (
    ABSENT,
    UnreadableError,
    day_of,
    need,
    number_of,
    read_text,
    typed,
    whole_row,
)
from leadline.data.feeds.knowable import MORNING, RELEASES, instant, lagged, release_of

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
    `series_v2026_03_27`. A vintage that names a month only is taken as known on the last weekday of that month.
    """
    frame, bad = _long(path, raw)
    infos, said = [], "values that did not change from one vintage to the next are stored once"
    rows = (
        frame.drop_nulls()
        .sort("series", "describes", "known_day")
        .filter(pl.col("value").ne_missing(pl.col("value").shift(1).over("series", "describes", order_by="known_day")))
    )
    if not len(rows):
        raise UnreadableError(path.name, found="no complete row", expected="series, date, vintage and value")
    rows = rows.with_columns(series=pl.format("FRED:{}", "series"))
    rows = rows.with_columns(known_at=_at_release(rows))
    for name, days in rows.group_by("series", maintain_order=True).agg(pl.col("describes").unique().sort()).iter_rows():
        stem = name.removeprefix("FRED:")
        release = release_of(stem, pl.Series(days))
        infos.append(SeriesInfo(name, name, release.frequency, release.unit, "files", release.said()))
    return Part(where, digest(raw), {"observations": conform("observations", rows)}, tuple(infos), bad, said)


def _at_release(rows: pl.DataFrame) -> pl.Series:
    """08:30 New York of the vintage's day, or the series' stated hour of release where that is later."""
    told = rows.select("series", "known_day").unique()
    known = [
        instant(day, max(MORNING, RELEASES[stem].hour if (stem := name.removeprefix("FRED:")) in RELEASES else MORNING))
        for name, day in told.iter_rows()
    ]
    told = told.with_columns(known_at=pl.Series(known, dtype=INSTANT))
    return rows.join(told, on=["series", "known_day"], how="left", maintain_order="left")["known_at"]


def _long(path: Path, raw: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """series, describes, known_day, known_by, value of a vintage file of any layout, and the rows that are none."""
    if path.suffix == ".parquet":
        return _long_parquet(path, raw), pl.DataFrame(schema=dict(REJECTED))
    frame = read_text(path, raw)
    wide = {name: match for name in frame.columns if (match := _WIDE_VINTAGE.fullmatch(name))}
    if wide:
        need(path, frame, ["date"])
        frame = frame.unpivot(list(wide), index="date", value_name="value").select(
            "date",
            "value",
            series=pl.col("variable").str.extract(_WIDE_VINTAGE.pattern, 1).str.to_uppercase(),
            vintage=pl.col("variable").str.extract(_WIDE_VINTAGE.pattern, 2).str.replace_all("_", "-"),
        )
    if "series" not in frame.columns and path.stem.startswith("ALFRED_"):
        frame = frame.with_columns(series=pl.lit(path.stem.removeprefix("ALFRED_")))
    when = "realtime_start" if "realtime_start" in frame.columns else "vintage"
    need(path, frame, ["series", "date", when, "value"])
    reason = (
        pl.when(day_of("date").is_null() | day_of(when).is_null())
        .then(pl.lit("not a date"))
        .when(~pl.col("value").is_in(ABSENT) & number_of("value").is_null())
        .then(pl.lit("text in a number column"))
    )
    told = frame.select(
        "series",
        reason=reason,
        raw=whole_row(frame),
        describes=day_of("date"),
        known_day=_last_day(when),
        known_by=_known_by(when),
        value=number_of("value"),
    )
    bad = told.filter(pl.col("reason").is_not_null()).with_columns(series=pl.format("FRED:{}", "series"))
    good = told.filter(pl.col("reason").is_null())
    return good.select("series", "describes", "known_day", "known_by", "value"), like_rejected(bad)


def _long_parquet(path: Path, raw: bytes) -> pl.DataFrame:
    if not raw:
        raise UnreadableError(path.name, found="an empty file", expected="a Parquet file")
    try:
        frame = pl.read_parquet(raw)
    except PolarsError as error:
        raise UnreadableError(path.name, found="no Parquet table", expected="a Parquet file") from error
    need(path, frame, ["series", "date", "vintage", "value"])
    named = frame.select(
        pl.col("series").cast(pl.String),
        pl.col("value").cast(pl.Float64).fill_nan(None),
        describes=pl.col("date").cast(pl.Date),
        vintage=pl.col("vintage").cast(pl.String).str.slice(0, 10),
    )
    told = named.select("vintage").unique()
    told = told.with_columns(known_day=_last_day("vintage"), known_by=_known_by("vintage"))
    if told["known_day"].null_count():
        found = f"vintage {told.filter(pl.col('known_day').is_null())['vintage'][0]!r}"
        raise UnreadableError(path.name, found=found, expected="a day or a month in every row")
    return named.join(told, on="vintage", how="left", maintain_order="left").drop("vintage")


def _last_day(column: str) -> pl.Expr:
    """The day of a vintage; of one that names a month only, its last weekday."""
    day = day_of(column)
    return (
        pl.when(pl.col(column).str.len_chars() == len("2024-07"))
        .then(day.dt.month_end().dt.add_business_days(0, roll="backward"))
        .otherwise(day)
    )


def _known_by(column: str) -> pl.Expr:
    """The word `vintage` where a day is given, `month` where a vintage names a month only."""
    return pl.when(pl.col(column).str.len_chars() == len("2024-07")).then(pl.lit("month")).otherwise(pl.lit("vintage"))
