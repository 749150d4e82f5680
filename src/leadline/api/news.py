"""News and earnings from a file of the user's: what is said of symbols on days, as tags beside movers and hits."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from leadline.core.errors import RequestError, SourceError
from leadline.data.feeds.folder.tables import day_of, need, read_text
from leadline.inference.tags import News

TODO: Final = "give a CSV file with the columns symbol, date, words"
LONGEST: Final = 200
_SYMBOL, _DAY, _WORDS = ("symbol", "ticker"), ("date", "day"), ("words", "headline", "event", "news")


def read_news(path: Path) -> tuple[News, ...]:
    """The news of a CSV file: a symbol (or ticker), a date, and words (or headline, event, news) in every row.

    Symbols are those of the set of stocks, in its letters. Raises RequestError for a file that cannot be read, has not
    these columns, or has a row that is not complete (with its number, counted from 1 after the header).
    """
    try:
        frame = read_text(path, path.read_bytes())
        columns = [_column(path, frame, names) for names in (_SYMBOL, _DAY, _WORDS)]
    except SourceError as error:
        raise RequestError(f"news {path}", found=error.found, expected=error.expected, todo=TODO) from error
    except OSError as error:
        raise RequestError(f"news {path}", found=error.strerror or "no file", todo=TODO) from error
    symbol, day, words = columns
    rows = frame.select(symbol=pl.col(symbol).fill_null(""), day=day_of(day), words=pl.col(words).fill_null(""))
    for at, row in enumerate(rows.iter_rows(named=True), start=1):
        lacking = [name for name in ("symbol", "day", "words") if not row[name]]
        if lacking or len(row["words"]) > LONGEST:
            found = f"no {' and no '.join(lacking)} in it" if lacking else f"{len(row['words'])} characters of words"
            expected = f"a symbol, a date such as 2024-07-16, and words of at most {LONGEST} characters"
            raise RequestError(f"news {path}, row {at}", found=found, expected=expected)
    return tuple(News(row["symbol"], row["day"], row["words"]) for row in rows.iter_rows(named=True))


def _column(path: Path, frame: pl.DataFrame, names: tuple[str, ...]) -> str:
    """The first of the names that the file has. Raises UnreadableError."""
    found = next((name for name in names if name in frame.columns), names[0])
    need(path, frame, [found], f" (or {', '.join(names[1:])})")
    return found
