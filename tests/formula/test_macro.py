"""Macro series as known: vintages, revisions, gaps, assumed lags; and the calendars."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from leadline.formula import FormulaError, evaluate

from .panels import Maker, weekdays

DAYS = weekdays(130)  # 2020-01-01 .. 2020-06-30


def unemployment() -> Maker:
    """Monthly values; February is revised with March, and April was never published."""
    rows = [
        (date(2019, 10, 1), date(2020, 1, 3), 3.6),
        (date(2019, 11, 1), date(2020, 1, 3), 3.5),
        (date(2019, 12, 1), date(2020, 1, 10), 3.5),
        (date(2020, 1, 1), date(2020, 2, 7), 3.6),
        (date(2020, 2, 1), date(2020, 3, 6), 3.5),
        (date(2020, 3, 1), date(2020, 4, 3), 4.4),
        (date(2020, 2, 1), date(2020, 4, 3), 3.6),
        (date(2020, 5, 1), date(2020, 6, 5), 13.3),
    ]
    return Maker(DAYS).macro("FRED:UNRATE", rows).price("SPY", close=[100.0] * len(DAYS))


def test_a_macro_series_is_the_newest_value_known_at_the_close() -> None:
    found = evaluate("FRED:UNRATE", unemployment().panel())
    assert found.at(date(2020, 1, 2)) is None
    assert found.at(date(2020, 1, 3)) == 3.5
    assert found.at(date(2020, 2, 6)) == 3.5
    assert found.at(date(2020, 2, 7)) == 3.6
    assert found.at(date(2020, 6, 4)) == 4.4
    assert found.last == 13.3


def test_functions_of_time_work_in_the_vintage_known_then() -> None:
    panel = unemployment().panel()
    moved = evaluate("diff(FRED:UNRATE, 1mo)", panel)
    assert moved.at(date(2020, 3, 6)) == pytest.approx(-0.1)  # 3.5 less 3.6: February before its revision
    assert moved.at(date(2020, 4, 2)) == pytest.approx(-0.1)
    assert moved.at(date(2020, 4, 3)) == pytest.approx(0.8)  # 4.4 less 3.6: February as revised that day
    assert moved.last == pytest.approx(8.9)  # its own observations: May less March
    assert any("months are missing before 2020-05" in said for said in moved.warnings)
    average = evaluate("sma(FRED:UNRATE, 3mo)", panel)
    assert average.at(date(2020, 3, 6)) == pytest.approx((3.5 + 3.6 + 3.5) / 3)
    assert average.at(date(2020, 4, 3)) == pytest.approx((3.6 + 3.6 + 4.4) / 3)
    assert evaluate("since_high(FRED:UNRATE, 3mo)", panel).at(date(2020, 3, 9)) == 1
    assert evaluate("streak(FRED:UNRATE > 3.5)", panel).at(date(2020, 4, 3)) == 3


def test_days_have_no_meaning_on_a_monthly_series() -> None:
    with pytest.raises(FormulaError, match=r"span 6d: found monthly data .FRED:UNRATE.; expected daily data"):
        evaluate("change(FRED:UNRATE, 6d)", unemployment().panel())


def test_macro_meets_prices_at_the_session() -> None:
    panel = unemployment().panel()
    assert evaluate("SPY / FRED:UNRATE", panel).at(date(2020, 4, 3)) == pytest.approx(100 / 4.4)
    assert evaluate("sessions_since(FRED:UNRATE > 4)", panel).at(date(2020, 4, 6)) == 0
    crossed = evaluate("crosses_above(FRED:UNRATE, 4)", panel).frame.filter(pl.col("value"))["session"].to_list()
    assert crossed == [date(2020, 4, 3)]


def test_the_sahm_rule_takes_the_minimum_of_the_twelve_means_before() -> None:
    """Literal: fifteen observations; the first three-month mean is 4, then rising by 0.1 a month."""
    months = [date(2018 + at // 12, at % 12 + 1, 1) for at in range(16)]
    values = [4.0, 4.0, 4.0, *([3.7] * 9), 4.0, 4.3, 4.6, 4.6]
    rows = [(month, DAYS[at], value) for at, (month, value) in enumerate(zip(months, values, strict=True))]
    found = evaluate("sahm(FRED:U)", Maker(DAYS).macro("FRED:U", rows).panel())
    assert found.at(DAYS[13]) is None
    assert found.at(DAYS[14]) == pytest.approx((4.0 + 4.3 + 4.6) / 3 - 3.7)
    assert found.at(DAYS[15]) == pytest.approx((4.3 + 4.6 + 4.6) / 3 - 3.7)


def test_assumed_release_dates_and_silence_are_said() -> None:
    rows = [(date(2020, 1, 1), date(2020, 2, 3), 1.0), (date(2020, 2, 1), date(2020, 3, 2), 2.0)]
    found = evaluate("FRED:A", Maker(DAYS).macro("FRED:A", rows, known_by="lag").panel())
    assert "release dates are assumed" in found.warnings[0]
    assert found.warnings[1].startswith("FRED:A: nothing new since 2020-03-02")


def test_daily_series_count_sessions() -> None:
    rows = [(day, day, 1.0 + at / 100) for at, day in enumerate(DAYS) if at != 50]
    found = evaluate("diff(FRED:DGS2, 5d)", Maker(DAYS).macro("FRED:DGS2", rows, "day").panel())
    assert found.at(DAYS[4]) is None
    assert found.at(DAYS[20]) == pytest.approx(0.05)
    assert found.at(DAYS[50]) == pytest.approx(0.04)  # no value that day: the one known is that of the day before


def test_calendars() -> None:
    maker = Maker(DAYS).price("SPY", close=[100.0] * len(DAYS))
    panel = maker.event("FOMC", [date(2020, 1, 29), date(2020, 3, 15), date(2020, 9, 16)]).panel()
    meeting = evaluate("meeting(FOMC)", panel)
    assert meeting.at(date(2020, 1, 28)) is None
    assert meeting.frame.filter(pl.col("value"))["session"].to_list() == [date(2020, 1, 29), date(2020, 3, 16)]
    assert meeting.at(date(2020, 6, 1)) is False
    assert evaluate("sessions_since(meeting(FOMC))", panel).at(date(2020, 3, 18)) == 2
    with pytest.raises(FormulaError, match="calendar: found FOMD; expected FOMC"):
        evaluate("meeting(FOMD)", panel)


def test_first_cut_is_the_first_after_a_raise() -> None:
    steps = [1.0] * 10 + [1.25] * 10 + [1.0] * 10 + [0.75] * 10 + [1.0] * 10 + [0.75] * 80
    rows = [(day, day, step) for day, step in zip(DAYS, steps, strict=True)]
    panel = Maker(DAYS).macro("FRED:DFEDTARU", rows, "day").panel()
    assert evaluate("first_cut()", panel).frame.filter(pl.col("value"))["session"].to_list() == [DAYS[20], DAYS[50]]


def test_the_end_of_an_inversion() -> None:
    spread = [0.5] * 10 + [-0.1] * 30 + [0.1] * 10 + [-0.1] * 5 + [0.1] * 75
    rows = [(day, day, one) for day, one in zip(DAYS, spread, strict=True)]
    panel = Maker(DAYS).macro("FRED:T10Y2Y", rows, "day").panel()
    ended = evaluate("uninverted(FRED:T10Y2Y, 21d)", panel).frame.filter(pl.col("value"))["session"].to_list()
    assert ended == [DAYS[40]]
    assert evaluate("sessions_since(inverted(FRED:T10Y2Y))", panel).last == 75
