"""Macro values at the session where they were first known: by vintage, by release calendar, else by a stated lag."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leadline.core.calendar import Sessions
from leadline.data.facts import INSTANT
from leadline.data.feeds.knowable import RELEASES, lagged, release_of
from leadline.data.feeds.knowable import instant as instant_of
from leadline.data.ledger.store import Snapshot
from leadline.data.panel.splice import splices

COLUMNS = ("series", "describes", "known_at", "session", "value", "known_by")
DENSE = timedelta(days=45)  # a vintage this soon after the stated lag is the true release: the lagged row is dropped


def place(at: Snapshot, names: list[str] | None, sessions: Sessions, instant: datetime) -> pl.DataFrame:
    """Every vintage known at the instant (columns COLUMNS), sorted by series, known_at and the day described.

    A lagged row gives way to a vintage of the same day described that came soon after it; where vintages begin much
    later (or have a gap), it stays, as an assumption (`known_by` = "lag"). A release calendar moves it to the true day.
    Where there is none and the archive begins that late, its first vintage stands at the stated lag in the same way;
    and so does a whole vintage that names its month only.
    """
    wanted = pl.lit(value=True) if names is None else pl.col("series").is_in(names)
    rows = (
        at.scan("observations").filter(wanted).select("series", "describes", "known_at", "value", "known_by").collect()
    )
    vague = pl.col("known_by") == "month"
    rows = rows.with_columns(vague=vague, known_by=pl.when(vague).then(pl.lit("vintage")).otherwise("known_by"))
    first = (
        rows.filter(pl.col("known_by") == "vintage")
        .sort("known_at")
        .group_by("series", "describes", maintain_order=True)
        .agg(first_vintage=pl.col("known_at").first(), value=pl.col("value").first())
    )
    since = first.drop("value")
    rows = _by_calendar(pl.concat([rows, _stand_ins(rows, first)]), since, at)
    told = rows.join(since, on=["series", "describes"], how="left")
    stands_in = pl.col("known_by").is_in(["lag", "release"]) & (pl.col("first_vintage") <= pl.col("known_at") + DENSE)
    kept = told.filter(~stands_in.fill_null(value=False)).drop("first_vintage")
    known = _by_stated_lag(pl.concat([kept, splices(kept, told)])).filter(pl.col("known_at") <= instant)
    known = known.unique(["series", "describes", "known_at"], keep="last", maintain_order=True)
    known = known.with_columns(session=_session_after(known["known_at"], sessions))
    return known.select(COLUMNS).sort("series", "known_at", "describes")


def _stand_ins(rows: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Lagged rows with the first vintage's value, for days described long before the archive and without such a row."""
    lagged_too = rows.filter(pl.col("known_by") == "lag").select("series", "describes")
    bare = first.join(lagged_too, on=["series", "describes"], how="anti")
    frames = [rows.clear()]
    for (name,), group in bare.partition_by("series", as_dict=True).items():
        days = first.filter(pl.col("series") == name)["describes"].sort()
        release = release_of(str(name).removeprefix("FRED:"), days)
        soonest = pl.col("describes").cast(INSTANT) + timedelta(days=release.lag_days) + DENSE
        late = group.filter(pl.col("first_vintage") > soonest)  # so that few instants are worked out one by one
        told = late.with_columns(lagged(late["describes"], release), known_by=pl.lit("lag"), vague=pl.lit(value=False))
        frames.append(told.filter(pl.col("first_vintage") > pl.col("known_at") + DENSE).select(rows.columns))
    return pl.concat(frames)


def _by_calendar(rows: pl.DataFrame, since: pl.DataFrame, at: Snapshot) -> pl.DataFrame:
    """Move rows of series with a release calendar to the day it gives: lagged ones by what they describe, a whole
    vintage by the newest day it is the first to describe (`since`: the first vintage of each day), and one of a vague
    date (the month's end) by the newest day it describes: no release came between.
    """
    there = set(rows["series"].unique())
    calendars = {f"FRED:{name}": release for name, release in RELEASES.items() if release.calendar}
    calendars = {name: release for name, release in calendars.items() if name in there}
    events = at.scan("events").filter(pl.col("reference").is_not_null()).collect()
    if not len(events) or not calendars:
        return rows
    out = events.group_by("calendar", describes="reference").agg(day=pl.col("describes").min())
    of = pl.DataFrame({"series": list(calendars), "calendar": [release.calendar for release in calendars.values()]})
    days = of.join(out, on="calendar")
    at_hour = [instant_of(day, calendars[name].hour) for name, day in days.select("series", "day").iter_rows()]
    days = days.select("series", "describes").with_columns(released=pl.Series(at_hour, dtype=INSTANT))
    vintage = pl.col("known_by") == "vintage"
    first = pl.col("known_at") == pl.col("first_vintage")
    soon = pl.col("released").is_between(pl.col("known_at") - DENSE, pl.col("known_at"))
    told = rows.join(days, on=["series", "describes"], how="left", maintain_order="left")
    told = told.join(since, on=["series", "describes"], how="left", maintain_order="left")
    whole = (
        told.filter((first | pl.col("vague")) & soon & vintage)
        .group_by("series", "known_at")
        .agg(whole=pl.col("released").max())
    )
    told = told.join(whole, on=["series", "known_at"], how="left", maintain_order="left")
    moved = (pl.col("known_by") == "lag") & pl.col("released").is_not_null()
    return told.with_columns(
        known_at=pl.when(moved)
        .then("released")
        .when(vintage)
        .then(pl.coalesce("whole", "known_at"))
        .otherwise("known_at"),
        known_by=pl.when(moved).then(pl.lit("release")).otherwise("known_by"),
        vague=pl.col("vague") & (pl.col("whole").is_null() | ~vintage),
    ).drop("released", "whole", "first_vintage")


def _by_stated_lag(rows: pl.DataFrame) -> pl.DataFrame:
    """Move a whole vintage that names its month only to the stated lag of the newest day it is the first to describe.

    Only for series with a stated release (`RELEASES`), and never later than the month's end.
    """
    stated = [f"FRED:{name}" for name in RELEASES]
    vintage = pl.col("known_by") == "vintage"
    first = pl.col("known_at") == pl.col("known_at").filter(vintage).min().over("series", "describes")
    new = rows.filter(pl.col("vague") & vintage & pl.col("series").is_in(stated)).filter(first)
    newest = new.group_by("series", "known_at").agg(pl.col("describes").max())
    frames = [newest.clear().with_columns(due=pl.lit(None, dtype=INSTANT))]
    for (name,), group in newest.partition_by("series", as_dict=True).items():
        release = RELEASES[str(name).removeprefix("FRED:")]
        frames.append(group.with_columns(due=lagged(group["describes"], release)))
    told = rows.join(pl.concat(frames).drop("describes"), on=["series", "known_at"], how="left")
    moved = (
        pl.col("vague") & vintage & (pl.col("due") < pl.col("known_at")) & (pl.col("due") > pl.col("known_at") - DENSE)
    )
    return told.with_columns(
        known_at=pl.when(moved).then("due").otherwise("known_at"),
        known_by=pl.when(moved).then(pl.lit("lag")).otherwise("known_by"),
    ).drop("due")


def _session_after(known_at: pl.Series, sessions: Sessions) -> pl.Series:
    """The first session whose close is not before each instant; null where the calendar ends earlier."""
    instants = known_at.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")
    place = np.searchsorted(sessions.closes, instants)
    days = pl.Series("session", sessions.days)
    return pl.select(
        pl.when(pl.Series(place < len(days))).then(days.gather(np.minimum(place, len(days) - 1)))
    ).to_series()
