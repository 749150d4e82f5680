"""Reading the ledger at a cut: `read` is the only way from stored facts to a panel.

1. the snapshot and the cut (`_cut`): one version of all tables, one session's close
2. bars (`actions.as_seen`): the newest row of each session that was known, on the splits known at the cut
3. macro observations (`macro.place`): by vintage, by release calendar, else by the stated lag
4. events, members, stocks, listings (`_dated`, `_stocks`, `_listings`): what was known; stocks stay lazy
5. the catalogue (`catalogue.facts`): what is there, how far it reaches, what was assumed
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import polars as pl

from leadline.core.calendar import EXCHANGE, Sessions
from leadline.core.errors import DataError, RequestError
from leadline.data.facts import KEYS
from leadline.data.ledger.schema import EARLY_MONTHS
from leadline.data.ledger.store import Snapshot, latest, snapshot
from leadline.data.panel import actions, catalogue, macro
from leadline.data.panel.panel import Panel


def read(
    home: Path, cut: date | None = None, *, series: Collection[str] | None = None, version: int | None = None
) -> Panel:
    """The panel of the ledger under `home` as it was known at the close of the last session on or before `cut`.

    Without a cut: the last complete session that any price series has. `series` limits what is read to those names (the
    quick way for one formula); `version` reads the ledger as it was published then.

    Raises DataError for an empty ledger and for a cut before its first or after its last session, RequestError for a
    name in `series` that the ledger does not have (with the nearest names).
    """
    at = latest(home) if version is None else snapshot(home, version)
    if not at.tables:
        todo = "run `leadline pull folder PATH`, `leadline pull yahoo` or `leadline brief --sample` first"
        raise DataError(f"the ledger in {home}", found="nothing in it yet", todo=todo)
    infos = catalogue.series_book(at)
    _check_names(series, infos)
    sessions = _sessions(at)
    last = _cut(at, sessions, cut)
    instant = sessions.close_of(last)
    names = None if series is None else sorted(series)
    bars, broken = actions.as_seen(at, names, sessions, last)
    observations = macro.place(at, names, sessions, instant)
    return Panel(
        cut=last,
        instant=instant,
        version=at.version,
        sessions=pl.Series("session", sessions.days[sessions.days <= np.datetime64(last)]),
        months=_months(sessions).filter(pl.col("session") <= last),
        series=catalogue.facts(infos, bars, observations, last),
        bars=bars,
        observations=observations,
        events=_dated(at, "events", sessions, instant, ["calendar", "session", "describes", "kind", "reference"]),
        members=_dated(
            at, "members", sessions, instant, ["group", "symbol", "describes", "session", "change", "weight"]
        ),
        stocks=_stocks(at, instant),
        notices=(*broken, *catalogue.notices(at, instant, names)),
        names=tuple(infos["series"]),
        listings=_listings(at, instant),
        later=_later(at, instant),
    )


def settled(home: Path, series: Collection[str], since: date, *, version: int | None = None) -> bool:
    """Whether a panel of these series cut at any session from `since` on is today's without the later rows.

    It is not where a split took effect since then, a source restated its rows, or a row was found to be a bad tick:
    all these change how earlier rows read from then on.
    """
    at = latest(home) if version is None else snapshot(home, version)
    mine = pl.col("series").is_in(sorted(series))
    late = pl.col("known_at") > datetime.combine(since, time.min, UTC)
    splits = at.scan("actions").filter(mine & (pl.col("kind") == "split") & ((pl.col("describes") > since) | late))
    restated = at.scan("drift").filter(late)  # of any series: those of stocks are told of by their set
    ticks = at.scan("quarantine").filter(mine & late)
    return not any(len(rows.head(1).collect()) for rows in (splits, restated, ticks))


def _check_names(series: Collection[str] | None, infos: pl.DataFrame) -> None:
    known = infos["series"].to_list()
    for name in series or ():
        if name not in known:
            near = get_close_matches(name.upper(), known, n=3, cutoff=0.5)
            expected = f"one of {', '.join(near)}" if near else "a name that `leadline status` lists"
            raise RequestError(f"series {name}", found="no such series in the ledger", expected=expected)


def _sessions(at: Snapshot) -> Sessions:
    """The exchange's sessions; in early months that only monthly series show, the last weekday stands for the month."""
    rows = at.scan("sessions").collect()
    daily = rows.filter(pl.col("calendar") == EXCHANGE)
    months = daily["session"].dt.month_end().unique()
    rows = pl.concat(
        [
            daily,
            rows.filter(pl.col("calendar") == EARLY_MONTHS, ~pl.col("session").dt.month_end().is_in(months.implode())),
        ]
    )
    rows = rows.sort("session")
    days = rows["session"].to_numpy().astype("datetime64[D]")
    return Sessions(EXCHANGE, days, rows["close"].dt.replace_time_zone(None).to_numpy().astype("datetime64[us]"))


def _cut(at: Snapshot, sessions: Sessions, cut: date | None) -> date:
    """The session of the cut; the last one with a price when none is asked for."""
    span = at.scan("bars").select(first=pl.col("describes").min(), last=pl.col("describes").max()).collect()
    first, latest_price = span.row(0)
    if first is None:
        raise DataError("the last session of the ledger", found="no prices in it", todo="pull prices first")
    last = sessions.at_or_before(latest_price)
    if cut is None:
        return last
    if cut < first:
        raise DataError(f"as of {cut}", found=f"a ledger whose first price is of {first}", todo="choose a later date")
    asked = sessions.at_or_before(cut)
    if asked > last:
        todo = "pull newer data, or leave the date out"
        raise DataError(f"as of {cut}", found=f"a ledger whose last session is {last}", todo=todo)
    return asked


def _months(sessions: Sessions) -> pl.DataFrame:
    """Every month's label (its last calendar day) and last session."""
    days = pl.DataFrame({"session": sessions.days})
    return days.group_by(label=pl.col("session").dt.month_end(), maintain_order=True).agg(pl.col("session").max())


def _dated(at: Snapshot, table: str, sessions: Sessions, instant: datetime, columns: list[str]) -> pl.DataFrame:
    """Events or members known at the instant; `session` = the first session on or after the day, null when ahead."""
    rows = at.scan(table).filter(pl.col("known_at") <= instant).sort("known_at").collect()
    place = np.searchsorted(sessions.days, rows["describes"].to_numpy().astype("datetime64[D]"))
    placed = pl.Series(sessions.days).gather(np.minimum(place, len(sessions.days) - 1))
    over = placed <= instant.date()
    told = rows.with_columns(session=pl.select(pl.when(over).then(placed)).to_series())
    return told.unique(list(KEYS[table]), keep="last", maintain_order=True).select(columns).sort(list(KEYS[table]))


def _later(at: Snapshot, instant: datetime) -> dict[str, date]:
    """The groups of which no member is known at the instant, and the day of the first that will be."""
    if "members" not in at.tables:
        return {}
    first = at.scan("members").group_by("group").agg(pl.col("known_at", "describes").min()).collect()
    ahead = first.filter(pl.col("known_at") > instant).sort("group")
    return dict(ahead.select("group", "describes").iter_rows())


def _stocks(at: Snapshot, instant: datetime) -> pl.LazyFrame | None:
    """Stocks known at the instant, lazily; the newest row of each where a dataset was ever restated."""
    if "stocks" not in at.tables:
        return None
    known = at.scan("stocks").filter((pl.col("known_at") <= instant) & (pl.col("describes") <= instant.date()))
    if len(at.scan("drift").filter(pl.col("said") == "restated in stocks").collect()):
        key = ["dataset", "symbol", "describes"]
        known = known.sort("known_at").unique(key, keep="last", maintain_order=True).sort(key)
    return known.select("dataset", "symbol", pl.col("describes").alias("session"), *_STOCK_FIELDS)


def _listings(at: Snapshot, instant: datetime) -> pl.DataFrame | None:
    """What symbols were, of those seen by then. When they were last seen is left out: it was not known."""
    if "listings" not in at.tables:
        return None
    known = at.scan("listings").filter((pl.col("known_at") <= instant) & (pl.col("describes") <= instant.date()))
    newest = known.collect().sort("known_at").unique(list(KEYS["listings"]), keep="last", maintain_order=True)
    columns = ["dataset", "symbol", "segment", "session", "name", "exchange", "sector", "industry", "kind"]
    return newest.rename({"describes": "session"}).select(columns).sort("dataset", "symbol", "segment")


_STOCK_FIELDS = ("close", "change", "adj_close", "volume", "shares")
