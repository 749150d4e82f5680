"""What every feed must keep, whatever its source. A feed's test inherits `FeedConformance` and says how to make it.

class TestMine(FeedConformance):
    def make_feed(self) -> Feed:
        return Mine(...)

A feed with a server behind it sets it up in a fixture and keeps it on `self`; `keys` names the secrets it was given.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest

from leadline.core.errors import RequestError
from leadline.core.units import Unit
from leadline.data.facts import FACTS, REJECTED
from leadline.data.feeds.contract import Failure, Feed, Part, Unchanged

NAMED_BY_SERIES = ("bars", "observations")
#: a month is labelled by its last calendar day and known at the close of its last session
LABEL_AHEAD = timedelta(days=4)


class FeedConformance:
    """Inherit, and give `make_feed`; every test here then runs on that feed."""

    #: secrets that the feed was given, which no answer may show
    keys: tuple[str, ...] = ()

    def make_feed(self) -> Feed:
        """A feed whose every planned part can be fetched without the outside world."""
        raise NotImplementedError

    def parts(self) -> list[Part]:
        feed = self.make_feed()
        answers = [feed.fetch(part, None) for part in feed.plan()]
        for answer in answers:
            assert isinstance(answer, Part), f"a conforming feed answers with facts, not {answer}"
        return [answer for answer in answers if isinstance(answer, Part)]

    def test_the_source_is_named(self) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", self.make_feed().name)

    def test_the_plan_is_there_unique_stable_and_costs_no_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_args: Any, **_named: Any) -> None:
            raise AssertionError("a plan reached for the network")

        feed = self.make_feed()
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "create_connection", refuse)
        plan = feed.plan()
        assert plan, "a plan of nothing"
        assert isinstance(plan, tuple)
        assert len(set(plan)) == len(plan), "a part is planned twice"
        assert feed.plan() == plan, "the plan changed between two calls"

    def test_frames_are_facts_with_exactly_the_columns_of_their_table(self) -> None:
        for part in self.parts():
            assert part.facts, f"{part.where}: no table at all"
            for table, frame in part.facts.items():
                assert table in FACTS, f"{table} is no kind of fact"
                assert dict(frame.schema) == dict(FACTS[table]), f"{table}: columns or types differ"
                assert list(frame.columns) == list(FACTS[table]), f"{table}: columns are out of order"
            assert dict(part.rejected.schema) == dict(REJECTED)

    def test_at_least_one_fact_is_handed_over(self) -> None:
        assert sum(frame.height for part in self.parts() for frame in part.facts.values()) > 0

    def test_every_fact_says_what_it_describes_and_when_it_was_known(self) -> None:
        for part in self.parts():
            for table, frame in part.facts.items():
                assert frame["known_at"].null_count() == 0, f"{table}: a fact without known_at"
                assert frame["describes"].null_count() == 0, f"{table}: a fact without describes"

    def test_nothing_is_known_before_the_day_it_describes(self) -> None:
        for part in self.parts():
            monthly = {info.name for info in part.series if info.frequency == "month"}
            for table in NAMED_BY_SERIES:
                frame = part.facts.get(table, pl.DataFrame(schema=dict(FACTS[table])))
                for series, day, known in frame.select("series", "describes", "known_at").unique().iter_rows():
                    earliest = day - LABEL_AHEAD if table == "bars" and series in monthly else day
                    assert known >= datetime.combine(earliest, time(0), UTC), f"{series}: {day} was known at {known}"

    def test_floats_are_numbers_or_missing(self) -> None:
        for part in self.parts():
            for table, frame in part.facts.items():
                for column, kind in FACTS[table].items():
                    if kind == pl.Float64:
                        held = frame[column].drop_nulls()
                        assert held.is_finite().all(), f"{table}.{column}: NaN or infinity stands for a missing value"

    def test_series_in_facts_are_described(self) -> None:
        for part in self.parts():
            described = {info.name for info in part.series}
            for table in NAMED_BY_SERIES:
                if table in part.facts:
                    missing = set(part.facts[table]["series"].unique()) - described
                    assert not missing, f"{table}: no SeriesInfo for {sorted(missing)}"
            assert len(described) == len(part.series), "a series is described twice"

    def test_units_are_units(self) -> None:
        for part in self.parts():
            for info in part.series:
                assert info.unit in set(Unit), f"{info.name}: unit {info.unit}"
                assert info.frequency in {"session", "day", "week", "month", "quarter"}
                assert info.standing in {"live", "files", "sample", "simulated"}
                assert info.title

    def test_the_hash_is_a_sha256(self) -> None:
        for part in self.parts():
            assert re.fullmatch(r"[0-9a-f]{64}", part.sha256)

    def test_the_same_bytes_again_are_unchanged(self) -> None:
        feed = self.make_feed()
        for name in feed.plan():
            first = feed.fetch(name, None)
            assert isinstance(first, Part)
            again = feed.fetch(name, first.sha256)
            assert isinstance(again, Unchanged), f"{name}: the same bytes were read twice"
            assert (again.sha256, again.where) == (first.sha256, first.where)

    def test_another_hash_is_read(self) -> None:
        feed = self.make_feed()
        assert isinstance(feed.fetch(feed.plan()[0], "0" * 64), Part)

    def test_two_fetches_give_equal_facts(self) -> None:
        for one, other in zip(self.parts(), self.parts(), strict=True):
            assert one.sha256 == other.sha256
            assert one.series == other.series
            assert one.said == other.said
            assert one.facts.keys() == other.facts.keys()
            for table in one.facts:
                assert one.facts[table].equals(other.facts[table]), f"{table} differs between two fetches"
            assert one.rejected.equals(other.rejected)

    def test_an_unknown_part_is_refused(self) -> None:
        with suppress(RequestError):
            answer = self.make_feed().fetch("no such part", None)
            assert isinstance(answer, Failure), f"an unknown part gave {answer}"
            assert "no such part" in answer.reason

    def test_no_answer_shows_a_key_or_a_path_of_the_machine(self) -> None:
        for part in self.parts():
            shown = " ".join([part.where, part.said, *(f"{info.title} {info.note}" for info in part.series)])
            for key in self.keys:
                assert key not in shown, "a key is shown"
            assert "api_key=" not in part.where
            assert not re.search(r"(^|\s)(/home/|/root/|/tmp/|[A-Z]:\\)", part.where), part.where
