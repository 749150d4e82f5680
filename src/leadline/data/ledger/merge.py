"""One part against what is stored: judge its rows, then keep what is new. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from leadline.core.calendar import Sessions
from leadline.data.facts import FACTS, KEYS
from leadline.data.feeds.contract import Part
from leadline.data.ledger.drift import News, bars_news, other_news, splits_in_force
from leadline.data.ledger.quarantine import judge_bars, judge_dated, judge_stocks

#: the column of each table that names the series in notices and in the quarantine
NAME_OF: Mapping[str, str] = {table: keys[0] for table, keys in KEYS.items()}

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Merged:
    """What one part adds: rows by fact table, rows for the quarantine, and drift notices."""

    rows: Mapping[str, pl.DataFrame]
    aside: pl.DataFrame
    notices: tuple[Mapping[str, object], ...]
    #: some facts were not known yet: the part is to be read again even when its bytes stay the same
    pending: bool = False

    @property
    def count(self) -> int:
        """The number of facts added."""
        return sum(len(frame) for frame in self.rows.values())


def merge(part: Part, old: Mapping[str, pl.DataFrame], sessions: Sessions, now: datetime) -> Merged:
    """Judge a part and compare it with the newest stored rows of its series (`old`, by table)."""
    good, aside, pending = _judged(part, sessions, now)
    rows: dict[str, list[pl.DataFrame]] = {}
    notices: list[Mapping[str, object]] = []
    for table, news in _news(good, old, aside, now):
        rows.setdefault(table, []).append(news.rows)
        rows.setdefault("actions", []).append(news.inferred)
        notices.extend(news.notices)
    return Merged({table: pl.concat(frames) for table, frames in rows.items()}, aside, tuple(notices), pending)


def _judged(part: Part, sessions: Sessions, now: datetime) -> tuple[Tables, pl.DataFrame, bool]:
    """The rows that are fit to store, those that are set apart, and whether some are only too early.

    A bar that had not closed is no such row: what the same bytes say of it later is still the unfinished one.
    """
    good: Tables = {}
    aside = [part.rejected]
    pending = False
    monthly = frozenset(info.name for info in part.series if info.frequency == "month")
    for table, rows in part.facts.items():
        if table == "bars":
            reach = pl.min_horizontal("adjusted_to", pl.lit(now.date()))  # a date ahead is a typing error
            good[table], bad = judge_bars(rows.with_columns(adjusted_to=reach), sessions, now, monthly)
        elif table == "stocks":
            good[table], bad = judge_stocks(rows, sessions, now)
        else:
            good[table], bad = judge_dated(table, rows, now)
            pending = pending or "future date" in bad["reason"]
        aside.append(bad)
    return good, pl.concat(aside), pending


def _news(
    good: Tables, old: Mapping[str, pl.DataFrame], aside: pl.DataFrame, now: datetime
) -> Iterator[tuple[str, News]]:
    """The news of each table; actions before bars, because splits explain a new scale.

    A stored session whose new row was set apart is not compared: the source still gives it.
    """
    for table in FACTS:
        if table not in good or not len(good[table]):
            continue
        if table != "bars":
            yield table, other_news(table, good[table], old[table], now)
            continue
        splits = splits_in_force(pl.concat([old["actions"], good.get("actions", old["actions"].clear())]))
        compared = old["bars"].join(aside, on=["series", "describes"], how="anti", maintain_order="left")
        stored = compared.partition_by("series", as_dict=True)
        for key, rows in good["bars"].partition_by("series", as_dict=True, maintain_order=True).items():
            of = splits.filter(pl.col("series") == key[0])
            yield "bars", bars_news(rows, stored.get(key, old["bars"].clear()), of, now)
