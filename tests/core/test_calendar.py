"""Sessions, closes and days of the exchange calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from leadline.core.calendar import Sessions, load_sessions, parse_day, usual_closes
from leadline.core.errors import DataError, RequestError
from leadline.data.feeds.knowable import Release, at_close, frequency_of, lagged, period_end


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return load_sessions(date(2025, 1, 31))


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_a_week_with_a_holiday_and_a_half_day(sessions: Sessions) -> None:
    inside = [str(one) for one in sessions.days if np.datetime64("2024-07-01") <= one <= np.datetime64("2024-07-08")]
    assert inside == ["2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05", "2024-07-08"]
    assert sessions.close_of(date(2024, 7, 2)) == datetime(2024, 7, 2, 20, 0, tzinfo=UTC)  # 16:00 in summer
    assert sessions.close_of(date(2024, 7, 3)) == datetime(2024, 7, 3, 17, 0, tzinfo=UTC)  # 13:00: a half day
    assert sessions.close_of(date(2024, 1, 2)) == datetime(2024, 1, 2, 21, 0, tzinfo=UTC)  # 16:00 in winter


def test_closings_that_no_rule_tells(sessions: Sessions) -> None:
    assert date(2001, 9, 10) in sessions
    for closed in (date(2001, 9, 11), date(2001, 9, 14), date(2012, 10, 29), date(2012, 10, 30), date(2007, 1, 2)):
        assert closed not in sessions
    assert date(2001, 9, 17) in sessions


def test_the_session_at_or_before_a_day(sessions: Sessions) -> None:
    assert sessions.at_or_before(date(2024, 7, 4)) == date(2024, 7, 3)
    assert sessions.at_or_before(date(2024, 7, 7)) == date(2024, 7, 5)
    assert sessions.at_or_before(date(2024, 7, 8)) == date(2024, 7, 8)
    assert sessions.position(date(1969, 12, 31)) == -1
    with pytest.raises(DataError, match="on or before 1969-12-31: found a calendar that starts 1970-01-02"):
        sessions.at_or_before(date(1969, 12, 31))
    with pytest.raises(DataError, match="found no session of XNYS on that day"):
        sessions.close_of(date(2024, 7, 4))
    assert "2024-07-05" not in sessions


def test_earlier_sessions_come_from_the_data(sessions: Sessions) -> None:
    longer = sessions.with_earlier(days("1952-05-24", "1952-05-23", "1952-05-23", "2024-07-06"))
    assert len(longer.days) == len(sessions.days) + 2  # each once, and nothing after the calendar begins
    assert longer.at_or_before(date(1952, 5, 25)) == date(1952, 5, 24)  # a Saturday session
    assert longer.close_of(date(1952, 5, 24)) == datetime(1952, 5, 24, 20, 0, tzinfo=UTC)
    assert sessions.with_earlier(days()) is sessions
    assert sessions.with_earlier(days("1970-01-02")) is sessions


def test_an_empty_calendar_takes_what_it_is_given() -> None:
    none = Sessions("NONE", days(), np.array([], dtype="datetime64[us]"))
    with pytest.raises(DataError, match="found a calendar that starts nothing"):
        none.at_or_before(date(2024, 7, 4))
    assert none.with_earlier(days("1952-05-24")).at_or_before(date(2024, 7, 4)) == date(1952, 5, 24)


def test_sessions_cannot_be_written_to(sessions: Sessions) -> None:
    with pytest.raises(ValueError, match="read-only"):
        sessions.days[0] = np.datetime64("2000-01-01")


def test_the_usual_close_follows_daylight_saving() -> None:
    said = [str(one) for one in usual_closes(days("1926-07-01", "1926-12-01"))]
    assert said == ["1926-07-01T20:00:00.000000", "1926-12-01T21:00:00.000000"]


def test_requests_that_are_wrong() -> None:
    with pytest.raises(RequestError, match="exchange calendar: found NOPE; expected a code such as XNYS"):
        load_sessions(date(2025, 1, 31), "NOPE")
    with pytest.raises(RequestError, match="cut: found '2024-13-01'; expected a date such as 2024-07-16"):
        parse_day("2024-13-01", "cut")


def test_prices_are_known_at_the_close_of_their_session() -> None:
    told = at_close(pl.Series(["2024-07-03", "2024-07-06", "2024-06-30", "1969-07-04"]).str.to_date())
    assert told.to_list() == [
        datetime(2024, 7, 3, 17, 0, tzinfo=UTC),
        datetime(2024, 7, 5, 20, 0, tzinfo=UTC),  # a Saturday: Friday's close
        datetime(2024, 6, 28, 20, 0, tzinfo=UTC),  # a month's label on a Sunday
        datetime(1969, 7, 4, 20, 0, tzinfo=UTC),  # before the calendar is trusted: the day itself
    ]
    assert at_close(pl.Series([], dtype=pl.Date)).to_list() == []


def test_typing_errors_far_ahead_have_an_instant_too() -> None:
    told = at_close(pl.Series([date(2024, 7, 5), date(9999, 12, 31)]))
    assert told.to_list() == [datetime(2024, 7, 5, 20, tzinfo=UTC), datetime(9999, 12, 31, 21, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("gap", "expected"), [(1, "day"), (3, "day"), (4, "day"), (7, "week"), (20, "week"), (30, "month"), (91, "quarter")]
)
def test_a_frequency_is_told_by_the_distance_of_dates(gap: int, expected: str) -> None:
    dates = pl.Series(np.arange(0, 5 * gap, gap)).cast(pl.Int32).cast(pl.Date)
    assert frequency_of(dates) == expected
    assert frequency_of(dates[:1]) == "month"


def test_periods_end_with_their_year() -> None:
    assert period_end(date(2024, 2, 1), "month") == date(2024, 2, 29)
    assert period_end(date(2024, 10, 1), "quarter") == date(2024, 12, 31)
    assert period_end(date(2024, 12, 5), "month") == date(2024, 12, 31)


def test_a_stated_lag_counts_from_the_end_of_the_period_and_skips_weekends() -> None:
    months = pl.Series([date(2024, 5, 1), date(2024, 7, 1)])
    # 31 May + 10 = Monday 10 June; 31 July + 10 = Saturday 10 August, so Monday the 12th
    assert lagged(months, Release("month", 10)).to_list() == [
        datetime(2024, 6, 10, 12, 30, tzinfo=UTC),
        datetime(2024, 8, 12, 12, 30, tzinfo=UTC),
    ]
    assert lagged(pl.Series([date(2024, 1, 5)]), Release("week", 0)).to_list() == [
        datetime(2024, 1, 5, 13, 30, tzinfo=UTC)
    ]
    # 45 days before the end of the quarter
    assert lagged(pl.Series([date(2024, 4, 1)]), Release("quarter", -45)).to_list() == [
        datetime(2024, 5, 16, 12, 30, tzinfo=UTC)
    ]
