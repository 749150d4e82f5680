"""Sessions of a named exchange calendar: dates are labels, closes are instants in UTC.

The calendar library (`exchange_calendars`, XNYS) equals the dates of the daily Fama-French factors exactly from
1970-01-02 on. Before that it misses Saturday sessions (to 1952) and shortens or invents holidays, so earlier sessions
are the dates that the data themselves show (`Sessions.with_earlier`).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import DataError, RequestError

EXCHANGE = "XNYS"
TRUSTED_FROM = date(1970, 1, 1)
NEW_YORK = ZoneInfo("America/New_York")
USUAL_CLOSE = time(16, 0)

Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Sessions:
    """The sessions of one calendar, ascending.

    `days` are session labels (datetime64[D]); `closes` the instants at which each ended (datetime64[us], UTC).
    """

    name: str
    days: Days
    closes: Days

    def __post_init__(self) -> None:
        self.days.setflags(write=False)
        self.closes.setflags(write=False)

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        at = self.position(day)
        return at >= 0 and self.days[at] == np.datetime64(day, "D")

    def position(self, day: date) -> int:
        """The index of the last session on or before `day`; -1 when there is none."""
        return int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right")) - 1

    def at_or_before(self, day: date) -> date:
        """The last session on or before `day`. Raises DataError when the calendar starts later."""
        at = self.position(day)
        if at < 0:
            first = self.days[0].item() if len(self.days) else "nothing"
            raise DataError(f"a session on or before {day}", found=f"a calendar that starts {first}")
        found: date = self.days[at].item()
        return found

    def close_of(self, day: date) -> datetime:
        """The instant (UTC) at which the session `day` ended. Raises DataError when `day` is no session."""
        at = self.position(day)
        if at < 0 or self.days[at] != np.datetime64(day, "D"):
            raise DataError(f"the close of {day}", found=f"no session of {self.name} on that day")
        closed: datetime = self.closes[at].item()
        return closed.replace(tzinfo=UTC)

    def with_earlier(self, days: Days) -> Sessions:
        """These sessions, and before their first the given days, taken as sessions that closed at 16:00 New York."""
        earlier = np.unique(days[days < self.days[0]]) if len(self.days) else np.unique(days)
        if not len(earlier):
            return self
        closes = usual_closes(earlier)
        return Sessions(self.name, np.concatenate([earlier, self.days]), np.concatenate([closes, self.closes]))


def usual_closes(days: Days) -> Days:
    """16:00 New York of each day as datetime64[us] in UTC. Shape kept.

    >>> str(usual_closes(np.array(["2024-07-16"], dtype="datetime64[D]"))[0])
    '2024-07-16T20:00:00.000000'
    """
    stamps = [
        datetime.combine(day, USUAL_CLOSE, NEW_YORK).astimezone(UTC).replace(tzinfo=None) for day in days.tolist()
    ]
    return np.array(stamps, dtype="datetime64[us]")


@lru_cache(maxsize=16)
def load_sessions(last: date, exchange: str = EXCHANGE) -> Sessions:
    """The sessions of an exchange from TRUSTED_FROM to `last`, from `exchange_calendars` (half days included).

    Raises RequestError for an unknown exchange.
    """
    import exchange_calendars

    end = max(last, TRUSTED_FROM + timedelta(days=14)).isoformat()
    try:
        with warnings.catch_warnings():  # the library's own calls of pandas, which newer pandas announces to change
            warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
            calendar = exchange_calendars.get_calendar(exchange, start=TRUSTED_FROM.isoformat(), end=end)
    except exchange_calendars.errors.InvalidCalendarName as error:
        raise RequestError("exchange calendar", found=exchange, expected="a code such as XNYS") from error
    closes = calendar.closes.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return Sessions(exchange, calendar.sessions.to_numpy().astype("datetime64[D]"), closes)


def parse_day(text: str, what: str = "date") -> date:
    """A date from ISO text. Raises RequestError that says what was expected.

    >>> parse_day("2024-07-16")
    datetime.date(2024, 7, 16)
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RequestError(what, found=repr(text), expected="a date such as 2024-07-16") from error
