"""Macro series and meetings of the simulated market. They are independent of its prices: nothing follows from them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from leadline.data.facts import Schema, conform
from leadline.data.feeds.contract import SeriesInfo
from leadline.data.feeds.knowable import AFTERNOON, EVENING, MORNING, instant
from leadline.data.feeds.simulation.market import Market, Setting
from leadline.data.feeds.simulation.plants import Floats

CURVE, CLAIMS, MEETINGS = "SIM:CURVE", "SIM:CLAIMS", "SIMFOMC"
FIRST_RELEASE, REVISION = 5, 12  # days after the Saturday that ends a week of claims: the next two Thursdays
MEETING_MONTHS = (1, 3, 5, 6, 7, 9, 11, 12)
INFOS = (
    SeriesInfo(
        CURVE, "SIMULATED ten-year less two-year yield", "day", "rate", "simulated",
        "SIMULATED: reverts to 0.9 with noise, independent of prices; known at 18:00 New York of its day.",
    ),
    SeriesInfo(
        CLAIMS, "SIMULATED initial claims of the week that ends with the date", "week", "level", "simulated",
        "SIMULATED: independent of prices; first release on the Thursday after, revised a week later.",
    ),
)  # fmt: skip


def observations(setting: Setting, market: Market) -> pl.DataFrame:
    """The curve on every session and claims every week, first release and revision; nothing from after the last day."""
    frame = pl.concat([_curve(setting, market), _claims(setting)])
    end = instant(setting.last, time(23, 59))
    return conform("observations", frame.filter(pl.col("known_at") <= end).with_columns(known_by=pl.lit("vintage")))


def events(setting: Setting) -> pl.DataFrame:
    """Eight meetings a year, on the third Wednesday of their month, each known since 2 January of the year before."""
    days = [_third_wednesday(year, month) for year in _years(setting) for month in MEETING_MONTHS]
    rows = [
        {"calendar": MEETINGS, "describes": day, "known_at": instant(date(day.year - 1, 1, 2), AFTERNOON)}
        for day in days
        if setting.first <= day <= setting.last
    ]
    schema: Schema = {"calendar": pl.String, "describes": pl.Date, "known_at": pl.Datetime("us", "UTC")}
    return conform("events", pl.DataFrame(rows, schema=dict(schema)).with_columns(kind=pl.lit("scheduled")))


def _curve(setting: Setting, market: Market) -> pl.DataFrame:
    days: list[date] = market.days.tolist()
    values = np.round(0.9 + _reverting(setting.stream("curve").standard_normal(len(days)), 0.997, 0.075), 2)
    return _rows(CURVE, days, [instant(day, EVENING) for day in days], values)


def _claims(setting: Setting) -> pl.DataFrame:
    start = setting.first + timedelta(days=(5 - setting.first.weekday()) % 7)
    weeks = [start + timedelta(days=7 * at) for at in range(max((setting.last - start).days // 7 + 1, 0))]
    draw = setting.stream("claims").standard_normal((2, len(weeks)))
    final = 3e5 * np.exp(_reverting(draw[0], 0.98, 0.03))
    first = final * (1 + 0.01 * draw[1])
    out = [[instant(week + timedelta(days=lag), MORNING) for week in weeks] for lag in (FIRST_RELEASE, REVISION)]
    both = [_rows(CLAIMS, weeks, out[0], np.round(first, -3)), _rows(CLAIMS, weeks, out[1], np.round(final, -3))]
    return pl.concat(both).sort("describes", "known_at")


def _rows(series: str, days: list[date], known: list[datetime], values: Floats) -> pl.DataFrame:
    schema: Schema = {
        "describes": pl.Date,
        "known_at": pl.Datetime("us", "UTC"),
        "value": pl.Float64,
    }
    frame = pl.DataFrame({"describes": days, "known_at": known, "value": values}, schema=dict(schema))
    return frame.select(pl.lit(series).alias("series"), pl.all())


def _reverting(draw: Floats, keeps: float, scale: float) -> Floats:
    """A series that keeps that share of its distance from zero each step; starts from its own long-run spread."""
    values, last = np.empty(len(draw)), 0.0
    for at, shock in enumerate(draw.tolist()):
        last = keeps * last + scale * shock * (1.0 if at else 1 / (1 - keeps**2) ** 0.5)
        values[at] = last
    return values


def _years(setting: Setting) -> range:
    return range(setting.first.year, setting.last.year + 1)


def _third_wednesday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(2 - first.weekday()) % 7 + 14)
