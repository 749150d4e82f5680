"""What a second pull of a series adds, and what it tells."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.data.facts import empty
from leadline.data.ledger.drift import News, bars_news, other_news, splits_in_force

from .told import NOW, at, bars, day, events, members, observations, split, stocks

OLD = {"07-08": 100.0, "07-09": 102.0, "07-10": 101.0, "07-11": 104.0, "07-12": 103.0}
NONE = empty("actions")


def news(fresh: pl.DataFrame, old: pl.DataFrame | None = None, actions: pl.DataFrame = NONE) -> News:
    return bars_news(fresh, bars("A", OLD) if old is None else old, actions, NOW)


def added(told: News, *columns: str) -> list[tuple[object, ...]]:
    return told.rows.select(columns or ("describes", "close")).rows()


def said(told: News) -> list[tuple[object, ...]]:
    return [(one["said"], one["first"], one["last"], one["rows"]) for one in told.notices]


def test_the_same_again_adds_nothing() -> None:
    told = news(bars("A", OLD))
    assert (len(told.rows), len(told.inferred), told.notices) == (0, 0, ())


def test_new_sessions_are_added_as_known_at_their_close() -> None:
    told = news(bars("A", {**OLD, "07-15": 105.0}))
    assert added(told, "describes", "close", "known_at") == [(day("07-15"), 105.0, at("07-15 20:00"))]
    assert told.notices == ()


def test_history_that_had_not_been_pulled_is_known_as_it_was_and_holes_are_not() -> None:
    old = bars("A", {one: close for one, close in OLD.items() if one not in ("07-08", "07-10")})
    told = news(bars("A", OLD), old)
    assert added(told, "describes", "known_at") == [
        (day("07-08"), at("07-08 20:00")),  # before the first stored session
        (day("07-10"), NOW),  # between stored ones: nobody had it then
    ]
    # nothing in common, yet inside what is stored
    assert added(news(bars("A", {"07-10": 101.0}), old), "describes", "known_at") == [(day("07-10"), NOW)]
    # nor does a missing first session in the new answer make the second one old history
    late = news(bars("A", {"07-10": 101.0, "07-11": 104.0}), bars("A", {"07-08": 100.0, "07-11": 104.0}))
    assert added(late, "describes", "known_at") == [(day("07-10"), NOW)]


def test_one_restated_close_is_a_new_row_and_a_notice() -> None:
    told = news(bars("A", {**OLD, "07-10": 103.02}))
    assert added(told, "describes", "close", "known_at") == [(day("07-10"), 103.02, NOW)]
    assert said(told) == [("restated prices", day("07-10"), day("07-10"), 1)]
    assert told.notices[0]["largest"] == pytest.approx(0.02)  # 103.02 / 101 - 1
    assert not len(told.inferred)


def test_rounding_is_no_restatement() -> None:
    assert not len(news(bars("A", {**OLD, "07-10": 101.04})).rows)  # 0.04 %
    assert len(news(bars("A", {**OLD, "07-10": 101.06})).rows)  # 0.06 %


def test_volumes_settle_and_zero_is_a_volume() -> None:
    old = bars("A", OLD, volume=[100.0, 100.0, 0.0, 0.0, None])
    told = news(bars("A", OLD, volume=[105.0, 106.0, 0.0, 5.0, 7.0]), old)
    assert added(told, "describes", "volume") == [(day("07-09"), 106.0), (day("07-11"), 5.0), (day("07-12"), 7.0)]
    assert said(told) == [("volume restated by over 5%", day("07-09"), day("07-11"), 2)]  # the last one was filled in


def test_a_known_split_explains_a_new_scale() -> None:
    fresh = bars("A", {**{one: close / 2 for one, close in OLD.items()}, "07-15": 52.0, "07-16": 53.0})
    told = news(fresh, None, split("A", "07-15", 2.0))
    assert added(told) == [(day("07-15"), 52.0), (day("07-16"), 53.0)]
    assert (told.notices, len(told.inferred)) == ((), 0)


def test_a_known_split_that_a_source_leaves_out_again_is_explained_too() -> None:
    old = bars("A", {one: close / 2 for one, close in OLD.items()}, adjusted_to="07-16")
    told = news(bars("A", OLD, adjusted_to="07-12"), old, split("A", "07-15", 2.0))
    assert (len(told.rows), told.notices) == (0, ())


def test_a_dividend_factor_rescales_only_the_adjusted_close() -> None:
    old = bars("A", OLD, adj_close=[90.0, 91.8, 90.9, 93.6, 92.7])  # 0.9 of the close
    fresh = bars("A", {**OLD, "07-15": 105.0}, adj_close=[89.1, 90.882, 89.991, 92.664, 91.773, 105.0])  # 0.99 of it
    told = news(fresh, old)
    # stored on the scale of the first pull: 105 / 0.99
    assert added(told, "describes", "close") == [(day("07-15"), 105.0)]
    assert told.rows["adj_close"].to_list() == [pytest.approx(106.0606, abs=1e-4)]
    assert (told.notices, len(told.inferred)) == ((), 0)


def test_a_dividend_that_the_source_put_in_late_restates_the_days_since() -> None:
    old = bars("A", OLD, adj_close=list(OLD.values()))
    # the first three days carry the factor, so three of five agree on it
    fresh = bars("A", OLD, adj_close=[99.0, 100.98, 99.99, 104.0, 103.0])
    told = news(fresh, old)
    assert [one for one, _ in added(told)] == [day("07-11"), day("07-12")]
    assert said(told) == [("restated prices", day("07-11"), day("07-12"), 2)]


@pytest.mark.parametrize(("factor", "ratio"), [(0.5, 2.0), (0.97, 1 / 0.97), (10.0, 0.1)])
def test_an_unknown_rescale_is_taken_as_a_split_at_the_first_new_session(factor: float, ratio: float) -> None:
    halved = {one: close * factor for one, close in OLD.items()}
    told = news(bars("A", {**halved, "07-15": 105 * factor, "07-16": 106 * factor}))
    assert added(told) == [(day("07-15"), 105 * factor), (day("07-16"), 106 * factor)]
    assert told.inferred.select("series", "describes", "known_at", "kind", "known_by").rows() == [
        ("A", day("07-15"), at("07-15 13:30"), "split", "inferred")
    ]
    assert told.inferred["value"].to_list() == [pytest.approx(ratio)]
    assert said(told) == [("rescaled; taken as a split that was not given", day("07-08"), day("07-12"), 5)]


def test_an_unknown_rescale_without_a_new_session_waits_for_one() -> None:
    halved = {one: close / 2 for one, close in OLD.items()}
    told = news(bars("A", {**halved, "07-10": 51.51}, volume=20.0), bars("A", OLD, volume=10.0))
    # no session can carry the split yet, so the restated one is kept on the stored scale: 51.51 x 2
    assert added(told, "describes", "close", "volume") == [(day("07-10"), 103.02, 10.0)]
    assert not len(told.inferred)
    assert [text for text, *_ in said(told)] == ["restated prices", "rescaled; taken as a split that was not given"]


def test_half_a_history_on_another_scale_is_no_split() -> None:
    old = bars("A", {"07-08": 100.0, "07-09": 100.0})
    told = news(bars("A", {"07-08": 100.0, "07-09": 150.0, "07-10": 151.0}), old)
    assert added(told) == [(day("07-09"), 150.0), (day("07-10"), 151.0)]
    assert not len(told.inferred)
    assert said(told) == [("restated prices", day("07-09"), day("07-09"), 1)]


def test_vanished_sessions_are_told_and_stay() -> None:
    told = news(bars("A", {"07-09": 102.0, "07-10": 101.0, "07-12": 103.0}))
    assert len(told.rows) == 0
    # 8 July lies before what the source gave this time
    assert said(told) == [("the source no longer gives these sessions", day("07-11"), day("07-11"), 1)]


def test_withdrawn_values_are_told_and_stay() -> None:
    old = bars("A", OLD, volume=10.0)
    told = news(bars("A", OLD, volume=[10.0, None, None, 10.0, 10.0]), old)
    assert len(told.rows) == 0
    expected = ("values withdrawn by the source; the stored ones stay", day("07-09"), day("07-10"), 2)
    assert said(told) == [expected]


def test_restated_returns() -> None:
    empty_closes = dict.fromkeys(OLD)
    old = bars("A", empty_closes, change=[0.01, 0.02, 0.03, 0.0, 0.0])
    told = news(bars("A", empty_closes, change=[0.01, 0.021, 0.0304, 0.0, 0.0]), old)  # 10 and 4 basis points
    assert added(told, "describes", "change") == [(day("07-09"), 0.021)]


def test_what_was_given_later_replaces_what_was_inferred() -> None:
    inferred = split("A", "07-15", 2.001, known_by="inferred")
    other = split("B", "07-15", 2.0, known_by="inferred")
    given_then = split("A", "07-17", 2.0)
    told = splits_in_force(pl.concat([inferred, other, given_then]))
    assert told.select("series", "describes", "known_by").rows() == [
        ("A", day("07-17"), "given"),
        ("B", day("07-15"), "inferred"),
    ]
    kept = splits_in_force(pl.concat([inferred, split("A", "07-17", 3.0)]))
    assert kept["value"].to_list() == [2.001, 3.0]
    twice = pl.concat([split("A", "07-15", 3.0, "07-18 12:00"), split("A", "07-15", 2.0)])
    assert splits_in_force(twice)["value"].to_list() == [3.0]


@given(
    factor=st.floats(0.2, 5.0).filter(lambda factor: abs(abs(factor - 1) - 5e-4) > 1e-9),
    closes=st.lists(st.floats(1.0, 1000.0), min_size=3, max_size=5),
    more=st.booleans(),
)
def test_any_common_factor_is_told_apart_from_restatements(factor: float, closes: list[float], more: bool) -> None:
    """A naive rule: a factor common to all adds no old row; it infers a split only when beyond the tolerance."""
    days = list(OLD)[: len(closes)]
    old = bars("A", dict(zip(days, closes, strict=True)))
    fresh = {one: close * factor for one, close in zip(days, closes, strict=True)}
    told = news(bars("A", {**fresh, "07-15": 7.0} if more else fresh), old)
    assert [one for one, _ in added(told)] == ([day("07-15")] if more else [])
    assert len(told.inferred) == int(more and abs(factor - 1) > 5e-4)
    assert len(told.notices) == int(abs(factor - 1) > 5e-4)


def test_a_changed_lagged_value_is_a_revision_that_the_pull_witnessed() -> None:
    old = observations("M", [("05-01", "06-10 12:30", 4.0), ("06-01", "07-10 12:30", 4.1)], "lag")
    fresh = observations("M", [("05-01", "06-10 12:30", 4.0), ("06-01", "07-10 12:30", 4.2)], "lag")
    told = other_news("observations", fresh, old, NOW)
    assert added(told, "describes", "known_at", "value", "known_by") == [(day("06-01"), NOW, 4.2, "pull")]
    assert said(told) == [("revised values", day("06-01"), day("06-01"), 1)]
    again = other_news("observations", fresh, pl.concat([old, told.rows]), NOW)
    assert (len(again.rows), again.notices) == (0, ())


def test_vintages_are_added_and_are_no_drift() -> None:
    old = observations("M", [("06-01", "07-05 12:30", 4.1)])
    fresh = observations("M", [("06-01", "07-05 12:30", 4.1), ("06-01", "08-02 12:30", 4.0)])
    told = other_news("observations", fresh, old, NOW)
    assert added(told, "known_at", "value") == [(at("08-02 12:30"), 4.0)]
    assert told.notices == ()


def test_a_vintage_at_the_instant_of_a_lagged_row_is_another_fact() -> None:
    lagged = observations("M", [("06-01", "07-05 12:30", 4.3)], "lag")
    fresh = observations("M", [("06-01", "07-05 12:30", 4.1)])
    assert added(other_news("observations", fresh, lagged, NOW), "value", "known_by") == [(4.1, "vintage")]


def test_a_rewritten_vintage_is_a_new_row_known_now_and_a_notice() -> None:
    old = observations("M", [("06-01", "07-05 12:30", 4.1)])
    fresh = observations("M", [("06-01", "07-05 12:30", 4.4)])
    told = other_news("observations", fresh, old, NOW)
    assert added(told, "known_at", "value", "known_by") == [(NOW, 4.4, "pull")]
    assert said(told) == [("revised values", day("06-01"), day("06-01"), 1)]
    assert not len(other_news("observations", fresh, pl.concat([old, told.rows]), NOW).rows)


def test_other_tables_append_and_restate() -> None:
    old = members("sp", [("A", "07-08", "held"), ("B", "07-08", "held")]).with_columns(weight=pl.Series([0.6, 0.4]))
    fresh = members("sp", [("B", "07-08", "held"), ("A", "07-08", "held"), ("C", "07-08", "held")])
    fresh = fresh.with_columns(weight=pl.Series([0.4, 0.5, 0.1]))
    told = other_news("members", fresh, old, NOW)
    assert added(told, "symbol", "weight", "known_at") == [("C", 0.1, at("07-08 20:00")), ("A", 0.5, NOW)]
    assert said(told) == [("restated in members", day("07-08"), day("07-08"), 1)]


def test_events_actions_and_stocks_restate_too() -> None:
    was = events("CPI", [("07-11", "07-11 12:30", "release", "05-01")])
    now = events("CPI", [("07-11", "07-11 12:30", "release", "06-01")])
    assert added(other_news("events", now, was, NOW), "reference", "known_at") == [(day("06-01"), NOW)]
    ratio = other_news("actions", split("A", "07-08", 3.0), split("A", "07-08", 2.0), NOW)
    assert added(ratio, "value", "known_at") == [(3.0, NOW)]
    assert [text for text, *_ in said(ratio)] == ["restated in actions"]
    two = stocks([("AAA", "07-08", 1.0), ("BBB", "07-08", 2.0)])
    told = other_news("stocks", stocks([("AAA", "07-08", 1.5), ("BBB", "07-08", 2.0)]), two, NOW)
    assert added(told, "symbol", "close") == [("AAA", 1.5)]
    assert [text for text, *_ in said(told)] == ["restated in stocks"]
