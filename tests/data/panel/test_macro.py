"""Macro values at the session where they were first known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from leadline.data.feeds.contract import Part
from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel

from ..ledger.told import NOW, at, bars, day, events, observations, part, tell  # noqa: TID252 - tests are no package

PRICES = part(bars("SPY", {"06-03": 1.0, "07-02": 1.0, "07-03": 1.0, "07-05": 1.0, "07-08": 1.0, "07-19": 1.0}))
UNRATE = "FRED:UNRATE"


def ledger(home: Path, *parts: Part) -> Path:
    tell(home, {"prices": PRICES, **{f"m{k}": one for k, one in enumerate(parts)}})
    return home


def known(home: Path, cut: str, series: str = UNRATE) -> list[tuple[object, ...]]:
    return read(home, day(cut)).as_known(series).select("describes", "value", "known_by").rows()


def placed(panel: Panel, *columns: str) -> list[tuple[object, ...]]:
    return panel.observations.select(columns or ("describes", "session", "value", "known_by")).rows()


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        ("07-02 20:00", "07-02"),  # at the close: inside
        ("07-02 20:01", "07-03"),  # a minute after it
        ("07-03 17:00", "07-03"),  # the close of a half day
        ("07-03 17:01", "07-05"),  # after it, and the fourth is a holiday
        ("07-06 12:00", "07-08"),  # a Saturday
    ],
)
def test_a_value_is_placed_at_the_first_session_whose_close_follows_it(
    tmp_path: Path, instant: str, session: str
) -> None:
    home = ledger(tmp_path, part(observations("M", [("06-01", instant, 4.1)]), frequency="month"))
    assert placed(read(home, day(session))) == [(day("06-01"), day(session), 4.1, "vintage")]
    earlier = max(one for one in ("06-03", "07-02", "07-03", "07-05") if one < session)
    assert placed(read(home, day(earlier))) == []


def test_vintages_read_as_they_were_known(tmp_path: Path) -> None:
    """Unemployment of August 2023 read 3.8 first and 3.7 after the yearly revision of January 2024."""
    rows = [("2023-08-01", "2023-09-01 12:30", 3.8), ("2023-08-01", "2024-01-05 13:30", 3.7)]
    rows += [("2023-07-01", "2023-08-04 12:30", 3.5)]
    prices = part(bars("SPY", {"2023-08-03": 1.0, "2023-10-02": 1.0, "2024-07-19": 1.0}))
    tell(tmp_path, {"p": prices, "m": part(observations(UNRATE, rows), frequency="month", note="assumed")})
    assert known(tmp_path, "2023-10-02") == [
        (day("2023-07-01"), 3.5, "vintage"),
        (day("2023-08-01"), 3.8, "vintage"),
    ]
    assert known(tmp_path, "2024-07-19")[-1] == (day("2023-08-01"), 3.7, "vintage")
    fact = read(tmp_path).fact(UNRATE)
    assert (fact.kind, fact.fields, fact.assumed) == ("macro", ("value",), "")


def test_a_lag_is_an_assumption_and_is_said(tmp_path: Path) -> None:
    note = "assumed known 10 days after the month described"
    home = ledger(tmp_path, part(observations(UNRATE, [("05-01", "06-10 12:30", 4.0)], "lag"), note=note))
    panel = read(home)
    assert placed(panel) == [(day("05-01"), day("06-10"), 4.0, "lag")]
    assert panel.fact(UNRATE).assumed == note


def test_a_release_calendar_tells_the_true_day(tmp_path: Path) -> None:
    lagged = part(observations(UNRATE, [("05-01", "06-10 12:30", 4.0), ("06-01", "07-10 12:30", 4.1)], "lag"))
    days = [("06-07", "06-07 12:30", "release", "05-01"), ("07-05", "07-05 12:30", "release", "06-01")]
    home = ledger(tmp_path, lagged, part(events("EMPLOYMENT", days)))
    panel = read(home)
    assert placed(panel, "describes", "known_at", "session", "known_by") == [
        (day("05-01"), at("06-07 12:30"), day("06-07"), "release"),
        (day("06-01"), at("07-05 12:30"), day("07-05"), "release"),
    ]
    assert "revisions before the pull are not" in panel.fact(UNRATE).assumed
    # the calendar of consumer prices says nothing of unemployment
    other = tmp_path / "other"
    ledger(other, lagged, part(events("CPI", days)))
    assert {row[3] for row in placed(read(other))} == {"lag"}


def test_a_release_that_came_late_is_not_known_at_the_stated_lag(tmp_path: Path) -> None:
    lagged = part(observations(UNRATE, [("05-01", "06-10 12:30", 4.0)], "lag"))
    home = ledger(tmp_path, lagged, part(events("EMPLOYMENT", [("07-08", "07-08 12:30", "release", "05-01")])))
    assert placed(read(home, day("07-05"))) == []
    assert placed(read(home, day("07-08"))) == [(day("05-01"), day("07-08"), 4.0, "release")]


def test_a_lagged_row_gives_way_to_a_vintage_that_came_soon(tmp_path: Path) -> None:
    lagged = [("04-01", "05-10 12:30", 3.9), ("05-01", "06-10 12:30", 4.0)]
    vintages = [("04-01", "05-03 12:30", 3.8), ("05-01", "06-10 12:30", 4.1)]  # the second at the very instant
    home = ledger(tmp_path, part(observations(UNRATE, lagged, "lag")), part(observations(UNRATE, vintages)))
    assert known(home, "07-19") == [(day("04-01"), 3.8, "vintage"), (day("05-01"), 4.1, "vintage")]
    assert {row[3] for row in placed(read(home))} == {"vintage"}
    assert read(home).fact(UNRATE).assumed == ""


def test_a_lagged_row_stays_where_vintages_begin_much_later(tmp_path: Path) -> None:
    lagged = part(observations(UNRATE, [("01-01", "02-12 13:30", 3.7)], "lag"))
    prices = part(bars("OLD", {"02-12": 1.0, "03-28": 1.0, "03-29": 1.0}))
    soon, late = tmp_path / "soon", tmp_path / "late"
    # 45 days after 12 February, 13:30 is 28 March, 13:30
    ledger(soon, prices, lagged, part(observations(UNRATE, [("01-01", "03-28 13:30", 3.6)])))
    ledger(late, prices, lagged, part(observations(UNRATE, [("01-01", "03-28 13:31", 3.6)])))
    assert placed(read(soon)) == [(day("01-01"), day("03-28"), 3.6, "vintage")]
    assert placed(read(late)) == [
        (day("01-01"), day("02-12"), 3.7, "lag"),
        (day("01-01"), day("03-28"), 3.6, "vintage"),
    ]


def test_an_archive_that_begins_decades_later_stands_at_the_stated_lag(tmp_path: Path) -> None:
    """ALFRED's first vintage of January 1975 may be of 1996: the first value stands at the lag, as an assumption."""
    rows = [("1975-01-01", "1996-03-08 13:30", 8.1), ("1975-01-01", "1999-03-05 13:30", 8.2)]
    rows += [("1996-02-01", "1996-03-08 13:30", 5.5)]
    prices = part(bars("SPY", {"1975-01-02": 1.0, "1975-02-10": 1.0, "2024-07-19": 1.0}))
    note = "vintages: each taken as known at 08:30 New York on its first day in the archive"
    tell(tmp_path, {"p": prices, "m": part(observations(UNRATE, rows), frequency="month", note=note)})
    # 31 January 1975 + 10 days is Monday 10 February
    assert placed(read(tmp_path, day("1975-02-07"))) == []
    then = read(tmp_path, day("1975-02-10"))
    assert placed(then) == [(day("1975-01-01"), day("1975-02-10"), 8.1, "lag")]
    assert (
        then.fact(UNRATE).assumed == f"{note}; where the archive begins later, the stated lag of its release is assumed"
    )
    assert placed(read(tmp_path)) == [
        (day("1975-01-01"), day("1975-02-10"), 8.1, "lag"),
        (day("1975-01-01"), day("1996-03-08"), 8.1, "vintage"),
        (day("1996-02-01"), day("1996-03-08"), 5.5, "vintage"),
        (day("1975-01-01"), day("1999-03-05"), 8.2, "vintage"),
    ]
    assert known(tmp_path, "2024-07-19") == [(day("1975-01-01"), 8.2, "vintage"), (day("1996-02-01"), 5.5, "vintage")]
    assert read(tmp_path).fact(UNRATE).assumed == ""  # no assumption about the present


def test_a_stand_in_moves_to_the_release_calendar_and_gives_way_to_lagged_rows(tmp_path: Path) -> None:
    vintages = part(observations(UNRATE, [("01-01", "06-07 12:30", 3.6)]))
    calendar = part(events("EMPLOYMENT", [("02-02", "02-02 13:30", "release", "01-01")]))
    prices = part(bars("OLD", {"02-02": 1.0, "02-12": 1.0}))
    moved, given = tmp_path / "moved", tmp_path / "given"
    ledger(moved, prices, vintages, calendar)
    assert placed(read(moved, day("02-12"))) == [(day("01-01"), day("02-02"), 3.6, "release")]
    ledger(given, prices, vintages, part(observations(UNRATE, [("01-01", "02-12 13:30", 3.7)], "lag")))
    assert placed(read(given, day("02-12"))) == [(day("01-01"), day("02-12"), 3.7, "lag")]


def test_a_revision_that_a_pull_witnessed(tmp_path: Path) -> None:
    ledger(tmp_path, part(observations("M", [("05-01", "06-14 20:00", 4.0)], "lag")))
    later = NOW + timedelta(days=3)
    grown = part(bars("SPY", {"07-19": 1.0, "07-22": 1.0, "07-23": 1.0}))
    tell(tmp_path, {"p2": grown, "m2": part(observations("M", [("05-01", "06-14 20:00", 4.2)], "lag"))}, later)
    assert known(tmp_path, "07-19", "M") == [(day("05-01"), 4.0, "lag")]
    # pulled on Tuesday evening after the close: known on Wednesday, which the ledger does not have yet
    assert known(tmp_path, "07-22", "M") == [(day("05-01"), 4.0, "lag")]
    tell(tmp_path, {"p3": part(bars("SPY", {"07-23": 1.0, "07-24": 1.0}))}, later + timedelta(days=2))
    assert known(tmp_path, "07-24", "M") == [(day("05-01"), 4.2, "pull")]
    assert "M: revised values (1 rows, 2024-05-01 to 2024-05-01)" in read(tmp_path).notices


def test_a_value_that_came_before_its_assumed_release_is_known_from_the_pull_on(tmp_path: Path) -> None:
    ledger(tmp_path, part(observations("M", [("07-01", "08-14 20:00", 4.3)], "lag")))
    tell(tmp_path, {"p2": part(bars("SPY", {"07-19": 1.0, "07-22": 1.0}))}, NOW + timedelta(days=3))
    assert placed(read(tmp_path, day("07-19"))) == []
    assert placed(read(tmp_path)) == [(day("07-01"), day("07-22"), 4.3, "pull")]
