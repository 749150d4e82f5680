"""Pulling: what is appended, what is told, what another pull changes, and what a failure leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from leadline.data.facts import REJECTED
from leadline.data.feeds.contract import Failure, Part
from leadline.data.ledger.read import status
from leadline.data.ledger.schema import EARLY_MONTHS
from leadline.data.ledger.store import latest, root, snapshot
from leadline.data.ledger.write import Progress, pull

from .told import NOW, Told, at, bars, day, events, members, observations, part, reasons, split, stocks, stored, tell

WEEK = {"07-08": 100.0, "07-09": 102.0, "07-10": 101.0, "07-11": 104.0, "07-12": 103.0}
LATER = NOW + timedelta(days=3)


def closes(home: Path, version: int | None = None) -> list[tuple[object, ...]]:
    where = latest(home) if version is None else snapshot(home, version)
    return stored(where, "bars", "series", "describes", "close")


def contents(home: Path) -> dict[str, bytes]:
    """Every file of the ledger but its lock, by its path."""
    base = root(home)
    files = [file for file in base.rglob("*") if file.is_file() and file.name != "writer.lock"]
    return {file.relative_to(base).as_posix(): file.read_bytes() for file in files}


def every_table() -> Part:
    """A part with facts of every kind and a bad row."""
    wrong = pl.DataFrame(
        [("A", day("07-01"), "text in a number column", "close=x")], schema=dict(REJECTED), orient="row"
    )
    return part(
        bars("A", {**WEEK, "07-15": 0.0}),
        observations("M", [("06-01", "07-05 12:30", 4.1)]),
        split("A", "07-01", 2.0),
        members("sp", [("A", "07-08", "held")]),
        events("FOMC", [("09-18", "03-22 18:00", "scheduled", None)]),
        stocks([("AAA", "07-08", 1.0)]),
        rejected=wrong,
    )


def test_every_fact_has_its_two_dates_its_source_and_its_pull(tmp_path: Path) -> None:
    report = tell(tmp_path, every_table())
    assert (report.version, report.rows, report.quarantined, report.drifted) == (1, 10, 2, 0)
    assert dict(report.parts) == {"read": 1}
    for table in ("bars", "observations", "actions", "members", "events", "stocks"):
        rows = latest(tmp_path).scan(table).collect()
        assert len(rows) == (5 if table == "bars" else 1)
        assert set(rows["source"]) == {"told"}
        assert set(rows["pull"]) == {report.pull}
        assert rows["describes"].null_count() == rows["known_at"].null_count() == 0
    assert reasons(latest(tmp_path)) == [
        ("A", day("07-01"), "text in a number column"),
        ("A", day("07-15"), "price of zero or less"),
    ]
    assert stored(latest(tmp_path), "quarantine", "known_at") == [(NOW,), (NOW,)]


def test_pulling_twice_changes_nothing(tmp_path: Path) -> None:
    tell(tmp_path, every_table())
    before = contents(tmp_path)
    again = tell(tmp_path, every_table(), LATER)
    assert (again.version, again.rows, dict(again.parts)) == (1, 0, {"unchanged": 1})
    assert contents(tmp_path) == before


def test_the_same_facts_in_other_bytes_add_only_a_line_in_the_book_of_parts(tmp_path: Path) -> None:
    tell(tmp_path, every_table())
    before = {name: raw for name, raw in contents(tmp_path).items() if "/parts/" not in name}
    one = every_table()
    other = Part("told", "f" * 64, one.facts, one.series, one.rejected)
    again = tell(tmp_path, other, LATER)
    assert (again.version, again.rows, again.quarantined, again.drifted) == (2, 0, 0, 0)
    after = contents(tmp_path)
    assert {name for name in after if name not in before and "/parts/" not in name} == {"versions/00000002.json"}
    assert all(after[name] == raw for name, raw in before.items())


def test_a_growing_file_tells_a_bad_row_once(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", {"07-08": 100.0, "07-09": 0.0, "07-10": 101.0})))
    report = tell(tmp_path, part(bars("A", {"07-08": 100.0, "07-09": 0.0, "07-10": 101.0, "07-11": 102.0})), LATER)
    assert (report.rows, report.quarantined) == (1, 0)
    assert len(status(tmp_path).quarantine) == 1


def test_a_restatement_is_a_new_row_and_an_older_version_still_reads_as_it_was(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    was = closes(tmp_path)
    report = tell(tmp_path, part(bars("A", {**WEEK, "07-10": 99.0})), LATER)
    assert (report.version, report.rows, report.drifted) == (2, 1, 1)
    assert closes(tmp_path, 1) == was
    assert closes(tmp_path) == sorted([*was, ("A", day("07-10"), 99.0)])
    third = stored(latest(tmp_path), "bars", "describes", "known_at", "close")
    assert (day("07-10"), at("07-10 20:00"), 101.0) in third
    assert (day("07-10"), LATER, 99.0) in third


def test_every_restatement_of_a_day_is_told(tmp_path: Path) -> None:
    for hours, value in enumerate((101.0, 99.0, 103.0)):
        tell(tmp_path, part(bars("A", {**WEEK, "07-10": value})), NOW + timedelta(hours=hours))
    told = stored(latest(tmp_path), "drift", "said", "first", "rows", "known_at")
    assert told == [
        ("restated prices", day("07-10"), 1, NOW + timedelta(hours=1)),
        ("restated prices", day("07-10"), 1, NOW + timedelta(hours=2)),
    ]
    assert len(status(tmp_path).drift) == 1  # the newest word


def test_a_vanished_session_is_told_once(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    short = {one: close for one, close in WEEK.items() if one != "07-10"}
    assert tell(tmp_path, part(bars("A", short)), LATER).drifted == 1
    again = tell(tmp_path, part(bars("A", {**short, "07-15": 105.0})), LATER + timedelta(hours=1))
    assert (again.rows, again.drifted) == (1, 0)
    assert ("A", day("07-10"), 101.0) in closes(tmp_path)


def test_a_stored_spike_is_no_vanished_session(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", {"07-08": 100.0, "07-09": 200.0})))
    report = tell(tmp_path, part(bars("A", {"07-08": 100.0, "07-09": 200.0, "07-10": 101.0})), LATER)
    assert (report.rows, report.quarantined, report.drifted) == (1, 1, 0)
    assert reasons(latest(tmp_path)) == [("A", day("07-09"), "one-day spike that reverts")]


def test_an_unknown_split_is_inferred_once(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", WEEK)))
    halved = {one: close / 2 for one, close in WEEK.items()}
    tell(tmp_path, part(bars("A", {**halved, "07-15": 52.0})), LATER)
    report = tell(tmp_path, part(bars("A", {**halved, "07-15": 52.0, "07-16": 53.0})), LATER + timedelta(hours=1))
    assert (report.rows, report.drifted) == (1, 0)
    assert stored(latest(tmp_path), "actions", "describes", "value", "known_by") == [(day("07-15"), 2.0, "inferred")]
    # what was inferred is given afterwards: nothing is rescaled twice
    given = part(split("A", "07-15", 2.0), bars("A", {**halved, "07-15": 52.0, "07-16": 53.0, "07-17": 54.0}))
    assert tell(tmp_path, given, LATER + timedelta(hours=2)).rows == 1


def test_a_date_ahead_says_nothing_of_the_split_basis(tmp_path: Path) -> None:
    frame = pl.concat([bars("A", WEEK), bars("A", {"2099-01-02": 1.0})]).with_columns(adjusted_to=day("2099-01-02"))
    tell(tmp_path, part(frame))
    assert {row[0] for row in stored(latest(tmp_path), "bars", "adjusted_to")} == {NOW.date()}
    assert reasons(latest(tmp_path)) == [("A", day("2099-01-02"), "future date")]


def test_what_was_too_early_is_taken_later_from_the_same_bytes(tmp_path: Path) -> None:
    ahead = part(split("A", "07-22", 2.0), bars("A", WEEK))
    assert tell(tmp_path, ahead).rows == 5
    assert reasons(latest(tmp_path)) == [("A", day("07-22"), "future date")]
    again = tell(tmp_path, ahead, NOW + timedelta(hours=1))
    assert (again.version, again.rows) == (1, 0)
    assert tell(tmp_path, ahead, LATER).rows == 1
    assert stored(latest(tmp_path), "actions", "describes") == [(day("07-22"),)]


def test_an_unfinished_bar_is_not_taken_later_from_the_same_bytes(tmp_path: Path) -> None:
    unfinished = part(bars("A", {"07-18": 100.0, "07-19": 101.0}))
    assert tell(tmp_path, unfinished, at("07-19 15:00")).rows == 1
    assert dict(tell(tmp_path, unfinished, NOW).parts) == {"unchanged": 1}
    assert closes(tmp_path) == [("A", day("07-18"), 100.0)]


def test_a_failed_part_keeps_the_others_and_is_named(tmp_path: Path) -> None:
    failure = Failure("b.csv", "HTTP 503", ("B",), "try again later")
    parts = {"a": part(bars("A", WEEK)), "b": failure, "c": part(bars("C", WEEK))}
    report = tell(tmp_path, parts)
    assert report.failures == (failure,)
    assert dict(report.parts) == {"read": 2, "failed": 1}
    assert {row[0] for row in closes(tmp_path)} == {"A", "C"}
    book = [(one["part"], one["status"], one["rows"], one["said"]) for one in status(tmp_path).parts]
    assert book == [("a", "read", 5, ""), ("b", "failed", 0, "HTTP 503; try again later"), ("c", "read", 5, "")]
    # the same failure again is no news; success is
    assert tell(tmp_path, parts, LATER).version == report.version
    mended = tell(tmp_path, {**parts, "b": part(bars("B", WEEK))}, LATER)
    assert (mended.version, dict(mended.parts)) == (2, {"unchanged": 2, "read": 1})
    assert [one["status"] for one in status(tmp_path).parts] == ["read"] * 3


def test_a_part_that_fails_after_it_was_read_is_read_again(tmp_path: Path) -> None:
    good = part(bars("A", WEEK))
    tell(tmp_path, good)
    tell(tmp_path, Failure("one", "HTTP 503"), LATER)
    assert dict(tell(tmp_path, good, LATER + timedelta(hours=1)).parts) == {"read": 1}
    assert len(closes(tmp_path)) == 5


def test_a_feed_that_raises_loses_nothing_that_was_reported(tmp_path: Path) -> None:
    parts = {name: part(bars(name, WEEK)) for name in ("A", "B", "C")}
    told: list[Progress] = []
    feed = Told({**parts, "D": RuntimeError("the feed broke"), "E": part(bars("E", WEEK))})
    with pytest.raises(RuntimeError, match="the feed broke"):
        pull(tmp_path, feed, NOW, told.append, batch_parts=2)
    assert [(one.parts, one.done, one.total, one.version) for one in told] == [
        ((("A", "read"), ("B", "read")), 2, 5, 1)
    ]
    assert {row[0] for row in closes(tmp_path)} == {"A", "B"}
    # the next pull takes the rest, and what was taken stays unchanged
    report = tell(tmp_path, {**parts, "D": part(bars("D", WEEK)), "E": part(bars("E", WEEK))}, LATER)
    assert dict(report.parts) == {"unchanged": 2, "read": 3}
    assert len(closes(tmp_path)) == 25


def overlapping() -> dict[str, Part]:
    """Parts that touch each other's series: a second word on bars, two sorts of knowledge of one value, a split."""
    return {
        "split": part(split("A", "07-10", 2.0)),
        "a": part(bars("A", {**WEEK, "07-11": 0.0}, adjusted_to="07-09")),
        "a again": part(bars("A", {**WEEK, "07-09": 90.0, "07-15": 104.0}, adjusted_to="07-09")),
        "a third": part(bars("A", {**WEEK, "07-09": 91.0}, adjusted_to="07-09")),
        "lag": part(observations("M", [("06-01", "07-05 12:30", 4.3), ("05-01", "06-10 12:30", 4.0)], "lag")),
        "vintage": part(observations("M", [("06-01", "07-05 12:30", 4.1)])),
        "fomc": part(events("FOMC", [("07-10", "01-10 12:30", "scheduled", None)])),
        "fomc again": part(events("FOMC", [("07-10", "01-10 12:30", "scheduled", "07-01")])),
        "fomc third": part(events("FOMC", [("07-10", "01-10 12:30", "scheduled", "08-01")])),
        "stocks": part(stocks([("AAA", "07-08", 1.0), ("BBB", "07-08", 1.0)])),
        "stocks again": part(stocks([("BBB", "07-08", 2.0), ("AAA", "07-09", 1.1)])),
        "stocks third": part(stocks([("BBB", "07-08", 3.0), ("AAA", "07-08", 1.0)])),
        "failed": Failure("failed", "no"),
    }  # type: ignore[dict-item]


def test_the_size_of_a_batch_changes_nothing_but_the_number_of_versions(tmp_path: Path) -> None:
    one, many = tmp_path / "one", tmp_path / "many"
    by_one = tell(one, overlapping(), batch_parts=1)
    at_once = tell(many, overlapping(), batch_parts=100)
    assert (by_one.version, at_once.version) == (13, 1)
    assert by_one.rows == at_once.rows
    assert (by_one.quarantined, by_one.drifted) == (at_once.quarantined, at_once.drifted) == (1, 7)
    assert set(latest(one).tables) == set(latest(many).tables)
    for table in latest(one).tables:
        assert stored(latest(one), table) == stored(latest(many), table), table


def test_two_words_on_one_day_in_one_pull_are_both_kept(tmp_path: Path) -> None:
    tell(tmp_path, overlapping())
    rows = stored(latest(tmp_path), "bars", "describes", "close")
    assert [close for one, close in rows if one == day("07-09")] == [90.0, 91.0, 102.0]
    assert stored(latest(tmp_path), "observations", "value", "known_by") == [
        (4.0, "lag"),
        (4.1, "vintage"),
        (4.3, "lag"),
    ]


def test_two_sorts_of_knowledge_of_one_instant_stay_two_facts(tmp_path: Path) -> None:
    lagged = observations("M", [("06-01", "07-05 12:30", 4.3)], "lag")
    vintage = observations("M", [("06-01", "07-05 12:30", 4.1)])
    for hours, more in enumerate(("05-03", "05-02", "05-01")):
        other = observations("N", [("04-01", f"{more} 12:30", 1.0)])
        parts = {"lag": part(pl.concat([lagged, other])), "vintage": part(pl.concat([vintage, other]))}
        report = tell(tmp_path, parts, NOW + timedelta(hours=hours), batch_parts=1)
        assert report.drifted == 0
    rows = latest(tmp_path).scan("observations").filter(pl.col("series") == "M").collect()
    assert sorted(rows.select("value", "known_by").rows()) == [(4.1, "vintage"), (4.3, "lag")]


def test_the_newest_word_on_what_a_series_is_counts(tmp_path: Path) -> None:
    for hours, unit in enumerate(("price", "index", "price")):
        tell(tmp_path, part(bars("A", {**WEEK, "07-12": 103.0 + hours}), unit=unit), NOW + timedelta(hours=hours))
    book = latest(tmp_path).scan("series").collect().sort("pull")
    assert book["unit"].to_list() == ["price", "index", "price"]


def test_sessions_reach_to_the_end_of_next_year_and_back_to_what_the_data_show(tmp_path: Path) -> None:
    early = bars("OLD", {"1952-05-23": 1.0, "1952-05-24": 1.0, "1952-05-26": 0.0})
    tell(tmp_path, {"a": part(early), "b": part(bars("M", {"1949-07-31": 1.0, "1949-08-31": 1.0}), frequency="month")})
    rows = latest(tmp_path).scan("sessions").collect().sort("session")
    daily = rows.filter(pl.col("calendar") == "XNYS")["session"]
    # the Saturday counts, the day whose only price was set apart does not
    assert daily.head(3).to_list() == [day("1952-05-23"), day("1952-05-24"), day("1970-01-02")]
    assert daily[-1] == day("2025-12-31")
    months = rows.filter(pl.col("calendar") == EARLY_MONTHS)["session"].to_list()
    assert months == [day("1949-07-29"), day("1949-08-31")]  # the last weekday: 31 July was a Sunday


def test_status_of_an_empty_ledger(tmp_path: Path) -> None:
    told = status(tmp_path)
    assert (told.version, told.last, told.series, told.parts, told.quarantine, told.drift) == (0, None, (), (), (), ())


def test_status_says_how_far_each_series_reaches_and_what_is_stale(tmp_path: Path) -> None:
    parts = {
        "a": part(bars("A", {"06-03": 1.0, "07-19": 1.0})),
        "b": part(bars("B", {"07-11": 1.0})),
        "c": part(bars("C", {"07-12": 1.0})),
        "m": part(observations("M", [("06-01", "07-05 12:30", 4.1)]), frequency="month"),
        "s": part(stocks([("AAA", "07-01", 1.0), ("AAA", "07-19", 1.0)])),
    }
    told = status(tell(tmp_path, parts) and tmp_path)
    assert told.last == day("07-19")
    assert [(one.name, one.first, one.last, one.rows, one.stale, one.standing) for one in told.series] == [
        ("A", day("06-03"), day("07-19"), 2, False, "files"),
        ("B", day("07-11"), day("07-11"), 1, True, "files"),  # eight days behind
        ("C", day("07-12"), day("07-12"), 1, False, "files"),  # seven
        ("M", day("06-01"), day("06-01"), 1, False, "files"),
        ("universe", day("07-01"), day("07-19"), 2, False, "stocks"),
    ]
