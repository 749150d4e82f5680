"""Macro series as known: the newest value of each session, and the whole series as it read at each release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from leadline.data.panel.panel import Panel
from leadline.formula.kept import once

STALE_DAYS: Final = {"day": 14, "session": 14, "week": 30, "month": 75, "quarter": 200}


@dataclass(frozen=True)
class Vintages:
    """One macro series with all its vintages: release (the first session that knew it), session (the day described) and
    value in each frame.

    plain: the observations up to the first release that changed an earlier one, each once, in order. again: from that
    release on one snapshot of the whole series after the other; no rows when nothing was ever changed. newest: session
    (of the release) and value, of the newest day described. described: the days described, ascending, each once.
    """

    plain: pl.DataFrame
    again: pl.DataFrame
    newest: pl.DataFrame
    described: pl.Series


def vintages_of(panel: Panel, name: str) -> Vintages:
    """The vintages of a series, from the panel's observations. Observations not yet known at a session are left out."""
    if panel.whole is not None:
        return _until(once(panel.whole, ("vintages", name), partial(vintages_of, panel.whole, name)), panel.cut)
    return _vintages_of(panel, name)


def _until(whole: Vintages, cut: date) -> Vintages:
    """What was released by a cut: vintages are in the order of their release."""
    plain, again = (frame.filter(pl.col("release") <= cut) for frame in (whole.plain, whole.again))
    newest = whole.newest.filter(pl.col("session") <= cut)
    last = again.filter(pl.col("release") == again["release"][-1]) if len(again) else plain
    return Vintages(plain, again, newest, last["session"].unique().sort())


def _vintages_of(panel: Panel, name: str) -> Vintages:
    seen = (
        panel.observed(name)
        .filter(pl.col("session").is_not_null())
        .sort("session", "describes", "known_at", maintain_order=True)
        .unique(["session", "describes"], keep="last", maintain_order=True)
        .select(release="session", session="describes", value="value")
    )
    by_day = seen.sort("session", "release")
    repeated = (pl.col("session") == pl.col("session").shift(1)) & pl.col("value").eq_missing(pl.col("value").shift(1))
    seen = by_day.filter(~repeated.fill_null(value=False)).sort("release", "session")
    newest = seen.filter(pl.col("session") >= pl.col("session").cum_max())
    newest = newest.group_by("release", maintain_order=True).last().select(session="release", value="value")
    described = by_day["session"].unique(maintain_order=True)
    changed = seen.filter(pl.col("session") <= pl.col("session").cum_max().shift(1))["release"]
    if not len(changed):
        return Vintages(seen, seen.clear(), newest, described)
    return Vintages(seen.filter(pl.col("release") < changed[0]), _snapshots(seen, changed[0]), newest, described)


def _snapshots(seen: pl.DataFrame, since: date) -> pl.DataFrame:
    """For each release from `since` on every value as known then: a row holds until the next one of the same day."""
    ordered = seen.sort("session", "release")
    until = ordered.select(pl.col("release").shift(-1).over("session"))["release"]
    releases = ordered["release"].unique().sort()
    begin = int(releases.search_sorted(since, side="left"))
    first = np.maximum(releases.search_sorted(ordered["release"], side="left").to_numpy().astype(np.int64), begin)
    after = releases.search_sorted(until, side="left").to_numpy().astype(np.int64)
    after = np.where(until.is_null().to_numpy(), len(releases), after)
    times = np.maximum(after - first, 0)
    row = np.repeat(np.arange(len(ordered)), times)
    release = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times) + np.repeat(first, times)
    at = np.argsort(release, kind="stable")  # rows are by day described already
    whole = ordered.select("session", "value")[row[at]].with_columns(release=releases.gather(release[at]))
    return whole.select(pl.col("release").set_sorted(), "session", "value")  # groups by release are then runs


def remarks(panel: Panel, name: str, found: Vintages) -> list[str]:
    """What a reader must know: an assumed release, a series that has not been heard of for long, a gap in it."""
    said, fact = [], panel.fact(name)
    lagged = panel.observed(name).filter(pl.col("known_by") == "lag")
    if fact.assumed:
        said.append(f"{name}: release dates are assumed, not known ({fact.assumed})")
    elif len(lagged):
        last_assumed: date = lagged["session"].sort()[-1]
        said.append(f"{name}: release dates are assumed, not known, up to {last_assumed} (by the feed's stated lag)")
    if not len(found.newest):
        return said
    last: date = found.newest["session"][-1]
    if panel.cut - last > timedelta(days=STALE_DAYS.get(fact.frequency, 75)):
        said.append(f"{name}: nothing new since {last}; the last value known is carried forward")
    described = found.described
    if fact.frequency == "month" and len(described) > 1:
        months = described.dt.year().cast(pl.Int32) * 12 + described.dt.month().cast(pl.Int32)
        gaps = described.filter((months.diff() > 1).fill_null(value=False))
        if len(gaps):
            before = ", ".join(f"{day:%Y-%m}" for day in gaps.to_list()[-3:])
            said.append(f"{name}: months are missing before {before}; spans count the observations there are")
    return said
