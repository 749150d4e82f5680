"""Text files to typed tables: nothing is guessed, and a cell that is no number puts its row aside with the reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from leadline.core.errors import SourceError
from leadline.data.facts import like_rejected

ABSENT = ["", "NA", "NaN", "nan", "null", "."]
_DAY_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y")
_DAY_SHAPE = r"^(\d{4}-\d{1,2}-\d{1,2}|\d{8}|\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2})$"
_YEARS = (1700, 2199)  # outside, it is a typing error: no year of two digits is guessed at
_TWICE = re.compile(r"_duplicated_\d+$")  # what polars makes of a second column of one name
_PAGES = (b"<!doctype", b"<html", b"<?xml")


class UnreadableError(SourceError):
    """A file whose content is not what its place in the folder promises."""


def read_text(path: Path, raw: bytes) -> pl.DataFrame:
    """A CSV file as strings, with stripped cells and lower-case column names; `#` lines are comments.

    Raises UnreadableError for an empty file, bytes that are not UTF-8, or something that is no table.
    """
    if not raw.strip():
        raise UnreadableError(path.name, found="an empty file", expected="a CSV file with a header line")
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith(_PAGES):
        raise UnreadableError(path.name, found="a page, not a table", expected="a CSV file")
    try:
        raw.decode("utf-8")
        frame = pl.read_csv(raw, infer_schema=False, comment_prefix="#", truncate_ragged_lines=False)
    except PolarsError as error:
        raise UnreadableError(path.name, found=f"no CSV table ({_first_line(error)})", expected="a CSV file") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(path.name, found="bytes that are not UTF-8", expected="a text file in UTF-8") from error
    names = [name.strip().lstrip("\ufeff").lower() for name in frame.columns]
    twice = any(_TWICE.sub("", name) in names for name in names if _TWICE.search(name))
    if twice or len(set(names)) < len(names):
        raise UnreadableError(path.name, found="two columns of one name", expected="one column of each name")
    frame.columns = names
    if not len(frame):
        raise UnreadableError(path.name, found="a header and no rows", expected="at least one row")
    return frame.with_columns(pl.all().str.strip_chars())


def need(path: Path, frame: pl.DataFrame, wanted: Sequence[str], also: str = "") -> None:
    """Raise UnreadableError unless every wanted column is there; it names the columns found."""
    lacking = [name for name in wanted if name not in frame.columns]
    if lacking:
        found = f"columns {', '.join(frame.columns)}"
        raise UnreadableError(path.name, found=found, expected=f"a column {' and '.join(lacking)}{also}")


def day_of(column: str) -> pl.Expr:
    """A date from 2024-07-16, 20240716, 07/16/2024, or 2024-07 (the first of the month); null when it is none."""
    text = pl.when(pl.col(column).str.contains(_DAY_SHAPE)).then(pl.col(column))
    tries = [text.str.to_date(form, strict=False, exact=True) for form in _DAY_FORMATS]
    day = pl.coalesce(*tries, (text + "-01").str.to_date("%Y-%m-%d", strict=False, exact=True))
    return pl.when(day.dt.year().is_between(*_YEARS)).then(day)


def number_of(column: str) -> pl.Expr:
    """A finite number from text; null for an absent one, and for text that is neither: `typed` finds that."""
    read = pl.col(column).cast(pl.Float64, strict=False)
    return pl.when(~pl.col(column).is_in(ABSENT) & read.is_finite()).then(read)


def whole_row(frame: pl.DataFrame) -> pl.Expr:
    """Every cell of a row with the name of its column, as it stood in the file: `date=x, close=5`."""
    return pl.concat_str([pl.lit(f"{name}=") + pl.col(name).fill_null("") for name in frame.columns], separator=", ")


def typed(frame: pl.DataFrame, day: str, numbers: Sequence[str], series: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with `describes` and the numbers as floats, and the rows that had a bad date or text in a number column.

    The second frame has the columns of `facts.REJECTED`; its `raw` holds the cells as they stood in the file.
    """
    texts = [~pl.col(n).is_in(ABSENT) & pl.col(n).is_not_null() & number_of(n).is_null() for n in numbers]
    bad_text = pl.any_horizontal(texts) if texts else pl.lit(value=False)
    told = frame.select(
        *[number_of(name).alias(name) for name in numbers],
        describes=day_of(day),
        raw=whole_row(frame),
        reason=pl.when(day_of(day).is_null())
        .then(pl.lit("not a date"))
        .when(bad_text)
        .then(pl.lit("text in a number column")),
    )
    bad = told.filter(pl.col("reason").is_not_null()).select(
        pl.lit(series).alias("series"), "describes", "reason", "raw"
    )
    return told.filter(pl.col("reason").is_null()).drop("raw", "reason"), like_rejected(bad)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
