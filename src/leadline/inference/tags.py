"""What stands behind a stock's move, as far as its own rows tell: splits, volume, a new listing, and news of a file.

A split shows where the close as traded jumps and the day's change does not. The ratio must be a plain one, such as 1
for 15 or 3 for 2, to half a percent: two sessions in one change look alike, and are none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from leadline.data.panel.panel import Panel
from leadline.formula.stocks import AWAY

JUMP: Final = 1.2
NEAR: Final = 0.005
VOLUME_ROWS: Final = 63
VOLUME_TIMES: Final = 3.0
NEW_DAYS: Final = 92
SPLIT_DAYS: Final = 63  # how far back a split is still told
LOOK: Final = timedelta(days=200)


@dataclass(frozen=True)
class News:
    """Something a file says of a symbol on a day: earnings, a trial, a contract. `words` are shown as they are."""

    symbol: str
    day: date
    words: str


def split_words(factor: float) -> str | None:
    """A split in words from the new shares for one old share; None where that is no plain ratio.

    >>> split_words(3.0), split_words(1.5), split_words(1 / 15), split_words(1.31)
    ('split 3 for 1', 'split 3 for 2', 'reverse split 1 for 15', None)
    """
    if factor <= 0 or 1 / JUMP < factor < JUMP:
        return None
    for under in (1, 2):
        more = max(factor, 1 / factor) * under
        if round(more) > under and abs(more / round(more) - 1) <= NEAR:
            return f"split {round(more)} for {under}" if factor > 1 else f"reverse split {under} for {round(more)}"
    return None


def strangers(news: Collection[News], symbols: pl.Series) -> list[str]:
    """What must be said of news whose symbols no member ever had: they are written in another way, or are others."""
    known = set(symbols.unique().cast(pl.String))
    lost = sorted({one.symbol for one in news} - known)
    more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return [f"news of symbols that no member has: {', '.join(lost[:3])}{more}"] if lost else []


def tags_of(
    panel: Panel, dataset: str, symbols: Collection[str], first: date, news: Collection[News] = ()
) -> Mapping[str, tuple[str, ...]]:
    """The tags of each symbol at the cut, for a move that began on `first`. Symbols without any have an empty tuple.

    Splits are those of the last SPLIT_DAYS days and of the move. Volume (in dollars, so that splits do not show) is the
    largest of the move over the median of the VOLUME_ROWS rows before it. A stock is newly listed when its rows begin
    within NEW_DAYS days of the move, unless the whole dataset begins then.
    """
    if panel.stocks is None or not symbols:
        return dict.fromkeys(symbols, ())
    of_set = panel.stocks.filter(pl.col("dataset") == dataset)
    begins = of_set.select(pl.col("session").min()).collect().item()
    wanted = pl.col("symbol").cast(pl.String).is_in(list(symbols)) & (pl.col("session") >= first - LOOK)
    rows = of_set.filter(wanted).collect().with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "session")
    by_symbol = {str(key[0]): part for key, part in rows.partition_by("symbol", as_dict=True).items()}
    found = {}
    for symbol in symbols:
        mine = _segment(by_symbol.get(symbol, rows.clear()))
        told = [f"{one.day}: {one.words}" for one in news if one.symbol == symbol and first <= one.day <= panel.cut]
        found[symbol] = (*_splits(mine, first), *_volume(mine, first), *_listed(mine, begins, first), *told)
    return found


def _segment(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the stock that has the symbol now, with the row before each beside it."""
    gone = (pl.col("session") - pl.col("session").shift(1) > timedelta(days=AWAY)).fill_null(value=False)
    segments = rows.with_columns(segment=gone.cast(pl.Int32).cum_sum())
    mine = segments.filter(pl.col("segment") == pl.col("segment").max())
    return mine.with_columns(
        price=pl.col("close") / pl.col("close").shift(1), count=pl.col("shares") / pl.col("shares").shift(1)
    )


def _splits(rows: pl.DataFrame, first: date) -> list[str]:
    said = []
    recent = rows.filter(pl.col("session") >= first - timedelta(days=SPLIT_DAYS))
    for row in recent.iter_rows(named=True):
        words = split_of(row["change"], row["price"], row["count"])
        if words is not None:
            said.append(f"{words} on {row['session']}")
    return said


def split_of(change: float | None, price: float | None, count: float | None) -> str | None:
    """The split of one day, from its change, its close as traded over the last, and its shares over the last.

    Where shares say a split and the price moved with them, the change as given is not adjusted: the words say so.

    >>> split_of(-0.07, 0.93 * 15, 1.0), split_of(26.6, 27.6, 1 / 21), split_of(0.02, 1.02, 1.0)
    ('reverse split 1 for 15', 'reverse split 1 for 21 (its change as given is not adjusted)', None)
    """
    if change is None or price is None or change <= -1 or price <= 0:
        return None
    words = split_words((1 + change) / price)
    if words is not None:
        return words
    plain = None if count is None or count <= 0 else split_words(count)
    together = plain is not None and count is not None and 0.5 < (1 + change) * count < 2 and abs(change) > 0.3
    return f"{plain} (its change as given is not adjusted)" if together else None


def _volume(rows: pl.DataFrame, first: date) -> list[str]:
    dollars = rows.with_columns(dollars=pl.col("volume") * pl.col("close"))
    before = dollars.filter(pl.col("session") < first)["dollars"].drop_nulls().tail(VOLUME_ROWS)
    largest = dollars.filter(pl.col("session") >= first)["dollars"].drop_nulls().sort()
    usual = before.median() if len(before) else None
    if not isinstance(usual, float) or usual <= 0 or not len(largest) or largest[-1] < VOLUME_TIMES * usual:
        return []
    times = largest[-1] / usual
    return [f"volume {times:,.0f} x its median" if times >= 10 else f"volume {times:.1f} x its median"]


def _listed(rows: pl.DataFrame, begins: date, first: date) -> list[str]:
    if not len(rows):
        return []
    born: date = rows["session"][0]
    new = first - born <= timedelta(days=NEW_DAYS) and born - begins > timedelta(days=AWAY)
    return [f"first row {born}"] if new else []
