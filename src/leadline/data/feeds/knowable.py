"""When a value could be known: the session's close for market prices, the release for macro series.

Where no vintage and no release calendar says it, a lag is stated here per series, from the publishers' schedules, on
the late side; such rows carry `known_by = "lag"` and every result that rests on them says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

import numpy as np
import polars as pl

from leadline.core.calendar import NEW_YORK, TRUSTED_FROM, load_sessions, usual_closes
from leadline.data.feeds.contract import Frequency

_LAST_YEAR = 2200  # up to which sessions are asked for: what is dated later is a typing error
MORNING, AFTERNOON, EVENING = time(8, 30), time(16, 30), time(18, 0)


@dataclass(frozen=True)
class Release:
    """How a macro series comes out: every `frequency`, `lag_days` after its period ended, at `hour` New York time.

    `calendar` names the release calendar (table `events`) that knows the true dates where it reaches.
    """

    frequency: Frequency
    lag_days: int
    hour: time = MORNING
    unit: str = "level"
    calendar: str = ""

    def said(self) -> str:
        """The assumption in words, for notes."""
        side = "after" if self.lag_days >= 0 else "before the end of"
        return (
            f"assumed known {abs(self.lag_days)} days {side} the {self.frequency} described, {self.hour:%H:%M} New York"
        )


_RATE = Release("day", 0, EVENING, "rate")  # par yields are out the same evening
_SPREAD = Release("day", 1, MORNING, "rate")
_MONTH_AVERAGE = Release("month", 1, AFTERNOON, "rate")

RELEASES = MappingProxyType(
    {
        **dict.fromkeys(("DGS2", "DGS3MO", "DGS10", "DGS30", "T10Y2Y", "T10Y3M", "T10YIE"), _RATE),
        **dict.fromkeys(("AAA10Y", "BAA10Y", "BAMLH0A0HYM2", "DFF"), _SPREAD),
        "VIXCLS": Release("day", 1, MORNING, "index"),
        **dict.fromkeys(("DFEDTARU", "DFEDTARL"), Release("day", 0, MORNING, "rate")),
        **dict.fromkeys(("AAA", "BAA", "FEDFUNDS"), _MONTH_AVERAGE),
        **dict.fromkeys(("UNRATE", "PAYEMS"), Release("month", 10, MORNING, calendar="EMPLOYMENT")),
        **dict.fromkeys(("CPIAUCSL", "CPILFESL"), Release("month", 18, MORNING, "index", "CPI")),
        **dict.fromkeys(("PCEPI", "PCEPILFE"), Release("month", 31, MORNING, "index")),
        "INDPRO": Release("month", 18, time(9, 15), "index"),
        **dict.fromkeys(("HOUST", "PERMIT"), Release("month", 20)),
        "CLAIMSx": Release("month", 7),
        "GDPC1": Release("quarter", 31),
        "SLOOS_CI_STD_DRTSCILM": Release("quarter", -45, time(14, 0)),  # dated by its quarter, out in its second month
        "ICSA": Release("week", 5),
        **dict.fromkeys(("NFCI", "ANFCI"), Release("week", 5)),
        "WALCL": Release("week", 1, AFTERNOON),
        "USREC": Release("month", 400, MORNING, "truth"),  # the dating committee speaks about a year later
        "AAII": Release("week", 1, MORNING, "share"),
        "NAAIM": Release("week", 1, MORNING, "share"),
        "SP500_BREADTH_OFFICIAL": Release("day", 0, EVENING, "share"),
        "SP500_BREADTH_PIT_PHAINIA": Release("day", 0, EVENING, "share"),
        "PUTCALL_CBOE_TO_2019": Release("day", 0, EVENING, "ratio"),
        "SHILLER_monthly": Release("month", 60, MORNING, "level"),
    }
)

_UNKNOWN: MappingProxyType[Frequency, Release] = MappingProxyType(
    {
        "day": Release("day", 1),
        "week": Release("week", 7),
        "month": Release("month", 45),
        "quarter": Release("quarter", 100),
    }
)

_PERIOD_DAYS: tuple[tuple[float, Frequency], ...] = ((4.0, "day"), (20.0, "week"), (60.0, "month"))


def frequency_of(days: pl.Series) -> Frequency:
    """The frequency of a macro series from the median distance of its dates (ascending); month when there is one date.

    >>> frequency_of(pl.Series([date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]))
    'month'
    """
    if len(days) < 2:
        return "month"
    spacing = float(np.median(np.diff(days.to_numpy().astype("datetime64[D]")).astype("float64")))
    return next((name for limit, name in _PERIOD_DAYS if spacing <= limit), "quarter")


def release_of(name: str, days: pl.Series) -> Release:
    """The stated release of a FRED-like series by its name without source, else a late one by its frequency."""
    return RELEASES.get(name) or _UNKNOWN[frequency_of(days)]


def period_end(day: date, frequency: Frequency) -> date:
    """The last day of the period that `day` labels: FRED labels months and quarters by their first day.

    >>> [str(period_end(date(2024, 4, 1), of)) for of in ("week", "month", "quarter")]
    ['2024-04-01', '2024-04-30', '2024-06-30']
    """
    if frequency not in ("month", "quarter"):
        return day
    months = day.year * 12 + day.month - 1 + (1 if frequency == "month" else 3)
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def instant(day: date, hour: time) -> datetime:
    """A New York day and hour as an instant in UTC.

    >>> instant(date(2024, 7, 5), time(8, 30)).isoformat()
    '2024-07-05T12:30:00+00:00'
    """
    return datetime.combine(day, hour, NEW_YORK).astimezone(UTC)


def lagged(days: pl.Series, release: Release) -> pl.Series:
    """`known_at` of each described day by the stated lag; one that falls on a weekend moves to Monday. Same length."""
    known = [_out(day, release) for day in days.to_list()]
    return pl.Series("known_at", known, dtype=pl.Datetime("us", "UTC"))


def _out(day: date, release: Release) -> datetime:
    out = period_end(day, release.frequency) + timedelta(days=release.lag_days)
    if out.weekday() >= 5:
        out += timedelta(days=7 - out.weekday())
    return instant(out, release.hour)


def at_close(days: pl.Series) -> pl.Series:
    """`known_at` of market prices: the close of the last session on or before each day, half days included.

    A month's label is its last calendar day, so a month is known at the close of its last session. Before the calendar
    is trusted (1970) it is 16:00 New York of the day itself. Same length as `days`.
    """
    wanted = days.to_numpy().astype("datetime64[D]")
    if not len(wanted):
        return pl.Series("known_at", [], dtype=pl.Datetime("us", "UTC"))
    uniques, where = np.unique(wanted, return_inverse=True)
    closes = usual_closes(uniques)
    if uniques[-1] >= np.datetime64(TRUSTED_FROM):
        decade = uniques[-1].item().year // 10 * 10 + 11  # few calendars serve all years
        sessions = load_sessions(date(min(decade, _LAST_YEAR), 1, 31))
        at = np.searchsorted(sessions.days, uniques, side="right") - 1
        inside = (at >= 0) & (uniques < np.datetime64(date(_LAST_YEAR, 1, 1)))
        closes[inside] = sessions.closes[at[inside]]
    return pl.Series("known_at", closes[where]).dt.replace_time_zone("UTC")
