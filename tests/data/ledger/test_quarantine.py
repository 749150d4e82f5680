"""What is set apart, with which reason, and what is not."""

from __future__ import annotations

import itertools
import json
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.calendar import load_sessions
from leadline.data.facts import REJECTED
from leadline.data.ledger.quarantine import judge_bars, judge_dated, judge_stocks

from .told import NOW, at, bars, day, events, members, observations, split, stocks

SESSIONS = load_sessions(date(2024, 7, 20))
WEEK = {"07-08": 100.0, "07-09": 101.0, "07-10": 102.0, "07-11": 103.0, "07-12": 104.0}


def judged(frame: pl.DataFrame, now: datetime = NOW, *monthly: str) -> tuple[list[tuple[date, float]], dict[date, str]]:
    """(day, close) of the rows kept, and day -> reason of the others."""
    kept, bad = judge_bars(frame, SESSIONS, now, frozenset(monthly))
    assert dict(bad.schema) == dict(REJECTED)
    assert len(kept) + len(bad) == len(frame)
    assert kept.schema == frame.schema
    return kept.select("describes", "close").rows(), dict(bad.select("describes", "reason").rows())


def days_kept(frame: pl.DataFrame) -> list[str]:
    return [f"{one:%m-%d}" for one, _ in judged(frame)[0]]


def test_good_bars_are_kept_as_they_are() -> None:
    frame = bars("A", WEEK, open=100.0, high=105.0, low=99.0, volume=0.0)
    kept, bad = judge_bars(frame, SESSIONS, NOW)
    assert kept.equals(frame)
    assert not len(bad)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("close", 0.0, "price of zero or less"),
        ("close", -1.0, "price of zero or less"),
        ("adj_close", 0.0, "price of zero or less"),
        ("open", 0.0, "price of zero or less"),
        ("high", 98.0, "high below low"),
        ("low", 106.0, "high below low"),
        ("close", 110.0, "close outside the day's range"),
        ("close", 95.0, "close outside the day's range"),
        ("high", float("inf"), "not a finite number"),
        ("close", float("nan"), "not a finite number"),
        ("volume", float("-inf"), "not a finite number"),
    ],
)
def test_a_bad_tick_is_set_apart_and_its_neighbours_stay(column: str, value: float, reason: str) -> None:
    frame = bars("A", dict.fromkeys(WEEK, 102.0), open=100.0, high=105.0, low=99.0, adj_close=50.0, volume=10.0)
    third = pl.col("describes") == day("07-10")
    frame = frame.with_columns(pl.when(third).then(pl.lit(value)).otherwise(column).alias(column))
    kept, bad = judged(frame)
    assert bad == {day("07-10"): reason}
    assert [close for _, close in kept] == [102.0] * 4


def test_rounding_is_no_reason() -> None:
    # 0.05 % above the high: sources round apart; equal high and low is a day of one price
    frame = bars("A", {"07-08": 100.05, "07-09": 100.0}, high=[100.0, 100.0], low=[99.0, 100.0])
    assert len(judged(frame)[0]) == 2


def test_raw_holds_the_row_but_nothing_that_grows_with_the_pull() -> None:
    frame = bars("A", {"07-08": 0.0}, volume=7.0)
    _, bad = judge_bars(frame, SESSIONS, NOW)
    assert json.loads(bad["raw"][0]) == {
        "open": None, "high": None, "low": None, "close": 0.0, "adj_close": None, "change": None, "volume": 7.0,
    }  # fmt: skip
    later = judge_bars(frame.with_columns(adjusted_to=pl.lit(day("07-12"))), SESSIONS, NOW)[1]
    assert later.equals(bad)


def test_a_row_without_any_price_and_a_return_that_leaves_nothing() -> None:
    frame = bars("A", {"07-08": None, "07-09": None, "07-10": None}, change=[None, -1.0, 0.01], volume=5.0)
    assert judged(frame)[1] == {day("07-08"): "no price at all", day("07-09"): "return of -100 % or less"}


def test_days_that_are_no_sessions() -> None:
    frame = bars("A", {"07-03": 1.0, "07-04": 1.0, "07-05": 1.0, "07-06": 1.0})
    assert judged(frame)[1] == {
        day("07-04"): "no session of the exchange",
        day("07-06"): "no session of the exchange",
    }


def test_before_1970_the_data_say_what_a_session_is() -> None:
    assert judged(bars("A", {"1952-05-24": 1.0}))[1] == {}  # a Saturday


def test_months_are_labelled_by_calendar_days() -> None:
    frame = bars("A", {"03-31": 1.0, "04-30": 1.0, "06-30": 1.0})  # Easter Sunday, a Tuesday, a Sunday
    assert judged(frame, NOW, "A")[1] == {}
    assert len(judged(frame)[1]) == 2
    # the label may lie after the last session's close: the month is over all the same
    assert judged(frame, at("06-28 20:00"), "A")[1] == {}
    assert judged(frame, at("06-28 19:59"), "A")[1] == {day("06-30"): "future date"}


def test_a_day_that_has_not_closed_is_ahead() -> None:
    frame = bars("A", {"07-18": 1.0, "07-19": 1.0})
    assert judged(frame, at("07-19 19:59"))[1] == {day("07-19"): "future date"}
    assert judged(frame, at("07-19 20:00"))[1] == {}


def test_a_future_date_does_not_take_the_rows_after_it_along() -> None:
    frame = bars("A", {"07-08": 1.0, "2099-07-09": 1.0, "07-10": 1.0, "07-11": 1.0})
    assert judged(frame)[1] == {day("2099-07-09"): "future date"}


def test_two_rows_for_a_date_are_both_set_apart() -> None:
    frame = pl.concat([bars("A", {"07-08": 1.0, "07-09": 2.0}), bars("A", {"07-09": 2.5, "07-10": 3.0})])
    assert judged(frame)[0] == [(day("07-08"), 1.0), (day("07-10"), 3.0)]
    assert judge_bars(frame, SESSIONS, NOW)[1]["reason"].to_list() == ["two rows for one date"] * 2


def test_only_the_misplaced_row_is_set_apart() -> None:
    late = {"07-08": 1.0, "07-12": 1.0, "07-09": 1.0, "07-10": 1.0, "07-11": 1.0}
    assert days_kept(bars("A", late)) == ["07-08", "07-09", "07-10", "07-11"]
    early = {"07-08": 1.0, "07-10": 1.0, "07-11": 1.0, "07-09": 1.0, "07-12": 1.0}
    assert days_kept(bars("A", early)) == ["07-08", "07-10", "07-11", "07-12"]
    assert judged(bars("A", early))[1] == {day("07-09"): "out of date order"}


def test_newest_first_is_an_order() -> None:
    assert days_kept(bars("A", dict(reversed(WEEK.items())))) == ["07-08", "07-09", "07-10", "07-11", "07-12"]
    twice = pl.concat([bars("A", {"07-12": 1.0, "07-11": 1.0}), bars("A", {"07-11": 1.1, "07-10": 1.0, "07-09": 1.0})])
    assert days_kept(twice) == ["07-09", "07-10", "07-12"]


@given(st.permutations(["07-08", "07-09", "07-10", "07-11", "07-12", "07-15"]))
def test_the_fewest_rows_are_out_of_order(order: list[str]) -> None:
    """Against trying all subsets: no larger set of rows is in order, read either way."""
    kept = days_kept(bars("A", dict.fromkeys(order, 1.0)))
    assert kept == sorted(kept)
    falls = sum(b < a for a, b in itertools.pairwise(order))
    read = order[::-1] if falls > 5 - falls else order
    subsets = itertools.chain.from_iterable(itertools.combinations(read, size) for size in range(7))
    assert len(kept) == max(len(some) for some in subsets if list(some) == sorted(some))


@pytest.mark.parametrize("tick", [160.0, 62.0, 1000.0, 0.5])
def test_a_spike_that_reverts_is_set_apart(tick: float) -> None:
    assert judged(bars("A", {**WEEK, "07-10": tick}))[1] == {day("07-10"): "one-day spike that reverts"}


def test_a_spike_is_seen_in_the_adjusted_price_too() -> None:
    frame = bars("A", dict.fromkeys(WEEK), adj_close=[10.0, 10.1, 20.0, 10.2, 10.3])
    assert judged(frame)[1] == {day("07-10"): "one-day spike that reverts"}


@pytest.mark.parametrize(
    "closes",
    [
        [100.0, 101.0, 200.0, 202.0, 204.0],  # a jump that stays
        [100.0, 101.0, 50.0, 51.0, 50.0],  # a fall that stays
        [100.0, 101.0, 145.0, 102.0, 103.0],  # back, but less than half up
        [100.0, 101.0, 200.0, 130.0, 104.0],  # back by two thirds only
        [100.0, 101.0, 102.0, 103.0, 200.0],  # the last day: nobody knows yet
        [200.0, 101.0, 102.0, 103.0, 104.0],  # the first
    ],
)
def test_a_real_move_stays(closes: list[float]) -> None:
    assert judged(bars("A", dict(zip(WEEK, closes, strict=True))))[1] == {}


def test_a_spike_is_held_against_the_good_rows_beside_it() -> None:
    # the zero between them is no neighbour: 101 and 103 are
    frame = bars("A", dict(zip(WEEK, [101.0, 0.0, 300.0, 103.0, 104.0], strict=True)))
    assert judged(frame)[1] == {day("07-09"): "price of zero or less", day("07-10"): "one-day spike that reverts"}


def test_series_of_one_part_are_judged_apart() -> None:
    frame = pl.concat([bars("A", {"07-09": 1.0}), bars("B", {"07-08": 500.0, "07-09": 0.0})])
    kept, bad = judge_bars(frame, SESSIONS, NOW)
    assert kept["series"].to_list() == ["A", "B"]
    assert bad["series"].to_list() == ["B"]
    nothing, none = judge_bars(frame.clear(), SESSIONS, NOW)
    assert (len(nothing), len(none)) == (0, 0)


def test_facts_of_other_tables() -> None:
    rows = [("06-01", "07-05 12:30", 4.1), ("06-01", "07-05 12:30", 4.1), ("05-01", "06-07 12:30", 4.0)]
    rows += [("04-01", "05-03 12:30", 3.9), ("04-01", "05-03 12:30", 3.8), ("03-01", "04-05 12:30", float("inf"))]
    kept, bad = judge_dated("observations", observations("M", rows), NOW)
    assert kept.select("describes", "value").rows() == [(day("06-01"), 4.1), (day("05-01"), 4.0)]
    assert bad.select("describes", "reason").rows() == [
        (day("04-01"), "two different rows for one key"),
        (day("04-01"), "two different rows for one key"),
        (day("03-01"), "not a finite number"),
    ]


def test_a_lagged_value_that_is_here_before_its_assumed_release_is_known_now() -> None:
    rows = [("06-01", "07-10 12:30", 4.1), ("07-01", "08-12 12:30", 4.3), ("2099-01-01", "2099-02-10 12:30", 5.0)]
    kept, bad = judge_dated("observations", observations("M", rows, "lag"), NOW)
    assert kept.select("describes", "known_at", "known_by").rows() == [
        (day("06-01"), at("07-10 12:30"), "lag"),
        (day("07-01"), NOW, "pull"),
    ]
    assert bad.select("describes", "reason").rows() == [(day("2099-01-01"), "future date")]
    assert judge_dated("observations", observations("M", rows[1:2]), NOW)[1]["reason"].to_list() == ["future date"]


def test_events_may_lie_ahead_but_not_what_nobody_said_yet() -> None:
    rows = [("09-18", "03-22 18:00", "scheduled", None), ("09-19", "09-19 18:00", "unscheduled", None)]
    kept, bad = judge_dated("events", events("FOMC", rows), NOW)
    assert kept["kind"].to_list() == ["scheduled"]
    assert bad.select("series", "reason").rows() == [("FOMC", "future date")]
    assert judge_dated("members", members("sp", [("A", "07-22", "in")]), NOW)[1]["series"].to_list() == ["sp"]
    assert judge_dated("actions", split("A", "07-22", 2.0), NOW)[1]["reason"].to_list() == ["future date"]


def test_stocks_without_a_symbol_and_with_impossible_values_are_set_apart() -> None:
    rows = [
        ("AAA", "07-08", 1.0),
        ("AAA", "07-09", 1.0),
        ("AAA", "07-10", 1.0),
        ("AAA", "07-11", 1.0),
        ("", "07-08", 1.0),
    ]
    frame = stocks([*rows, ("AAA", "07-12", 1.0), (" ", "07-09", 2.0)]).with_columns(
        change=pl.Series([-0.99, -1.0, -1.5, 0.0, 0.0, 0.0, 0.0]),
        volume=pl.Series([0.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0]),
        shares=pl.Series([5.0, 5.0, 5.0, 5.0, 5.0, -5.0, 5.0]),
    )
    nameless = stocks([("AAA", "07-15", 1.0)]).with_columns(symbol=pl.lit(None, pl.String))
    kept, bad = judge_stocks(pl.concat([frame, nameless]), SESSIONS, NOW)
    assert kept.select("change", "volume").rows() == [(-0.99, 0.0)]
    assert bad.select("series", "reason").rows() == [
        ("AAA", "return of -100 % or less"),
        ("AAA", "return of -100 % or less"),
        ("AAA", "volume or shares below zero"),
        ("", "no symbol"),
        ("AAA", "volume or shares below zero"),
        (" ", "no symbol"),
        (None, "no symbol"),
    ]


def test_stocks_have_no_spike_rule() -> None:
    rows = [("AAA", "07-08", 1.0), ("AAA", "07-09", 9.0), ("AAA", "07-10", 1.0), ("AAA", "07-11", 0.0)]
    rows += [("BBB", "07-04", 2.0), ("BBB", "07-05", 2.0), ("BBB", "07-05", 3.0), ("CCC", "07-22", 4.0)]
    frame = pl.concat([stocks(rows), stocks([("DDD", "07-08", float("nan"))])])
    kept, bad = judge_stocks(frame, SESSIONS, NOW)
    assert kept["close"].to_list() == [1.0, 9.0, 1.0]
    assert bad.select("series", "reason").rows() == [
        ("AAA", "price of zero or less"),
        ("BBB", "no session of the exchange"),
        ("BBB", "two rows for one date"),
        ("BBB", "two rows for one date"),
        ("CCC", "future date"),
        ("DDD", "not a finite number"),
    ]
