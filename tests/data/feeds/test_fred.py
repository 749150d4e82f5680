from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.errors import RequestError
from leadline.data.feeds.contract import Failure, Feed, Part, SeriesInfo, digest
from leadline.data.feeds.fred import DEFAULT_IDS, Fred, read_graph, read_vintages, windows
from leadline.data.feeds.knowable import RELEASES

from .conformance import FeedConformance
from .server import Reply, Server, quick, serving

GRAPH, API = "/graph/fredgraph.csv", "/fred/series/observations"
TODAY = date(2024, 8, 1)
KEY = "abcdef0123456789"
UNRATE = b"observation_date,UNRATE\n2024-04-01,3.9\n2024-05-01,.\n2024-06-01,4.1\n"

#: two vintages of 2024-06-01 and one of 2024-05-01, as the API gives them
VINTAGES = [
    {"realtime_start": "2024-06-07", "realtime_end": "9999-12-31", "date": "2024-05-01", "value": "4.0"},
    {"realtime_start": "2024-07-05", "realtime_end": "2025-01-09", "date": "2024-06-01", "value": "4.1"},
    {"realtime_start": "2025-01-10", "realtime_end": "9999-12-31", "date": "2024-06-01", "value": "4.2"},
    {"realtime_start": "2025-01-10", "realtime_end": "9999-12-31", "date": "2024-07-01", "value": "."},
]


def document(rows: list[dict[str, str]], count: int | None = None) -> bytes:
    return json.dumps({"count": len(rows) if count is None else count, "observations": rows}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def feed(server: Server, *ids: str, key: str | None = None) -> Fred:
    return Fred(TODAY, key, ids or ("UNRATE",), server.url, server.url, quick())


def fetched(answer: Any) -> Part:
    assert isinstance(answer, Part), answer
    return answer


def failed(answer: Any) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


class TestGraph(FeedConformance):
    @pytest.fixture(autouse=True)
    def _serve(self, server: Server) -> None:
        self.server = server
        server.tell(GRAPH, UNRATE)

    def make_feed(self) -> Feed:
        return feed(self.server)


class TestVintages(FeedConformance):
    keys = (KEY,)

    @pytest.fixture(autouse=True)
    def _serve(self, server: Server) -> None:
        self.server = server
        server.tell(API, document(VINTAGES))

    def make_feed(self) -> Feed:
        return feed(self.server, key=KEY)


def test_the_newest_values_are_placed_by_the_stated_lag(server: Server) -> None:
    server.tell(GRAPH, UNRATE)
    part = fetched(feed(server).fetch("UNRATE", None))
    assert server.asked[0].query == {"id": "UNRATE"}
    assert part.where == f"{server.url}/graph/fredgraph.csv?id=UNRATE"
    assert part.sha256 == digest(UNRATE)
    # ten days after the month: Friday 10 May 2024, Wednesday 10 July 2024, 08:30 New York (summer: 12:30 UTC)
    assert part.facts["observations"].rows() == [
        ("FRED:UNRATE", date(2024, 4, 1), datetime(2024, 5, 10, 12, 30, tzinfo=UTC), 3.9, "lag"),
        ("FRED:UNRATE", date(2024, 6, 1), datetime(2024, 7, 10, 12, 30, tzinfo=UTC), 4.1, "lag"),
    ]
    note = RELEASES["UNRATE"].said()
    assert "10 days after the month" in note
    assert part.series == (SeriesInfo("FRED:UNRATE", "Unemployment rate", "month", "level", "live", note),)


def test_the_former_header_is_read_too() -> None:
    reading = read_graph(b"DATE,UNRATE\n2024-04-01,3.9\n", "UNRATE")
    assert reading.facts["observations"]["value"].to_list() == [3.9]


def test_daily_series_have_their_own_hour_and_empty_cells_are_missing() -> None:
    # a Tuesday, the Fourth of July left empty, a Friday: out the same evening at 18:00 New York
    raw = b"observation_date,DGS10\n2024-07-02,4.43\n2024-07-04,\n2024-07-05,4.28\n"
    reading = read_graph(raw, "DGS10")
    frame = reading.facts["observations"]
    assert frame["describes"].to_list() == [date(2024, 7, 2), date(2024, 7, 5)]
    assert frame["known_at"].to_list() == [
        datetime(2024, 7, 2, 22, 0, tzinfo=UTC),
        datetime(2024, 7, 5, 22, 0, tzinfo=UTC),
    ]
    assert (reading.series[0].frequency, reading.series[0].unit) == ("day", "rate")


def test_a_text_is_rejected_and_the_others_stay_and_duplicates_pass() -> None:
    raw = b"observation_date,UNRATE\n2024-04-01,3.9\n2024-04-01,3.8\n2024-05-01,n/a\nMay,4.0\n2024-06-01,4.1,7\n"
    reading = read_graph(raw, "UNRATE")
    assert reading.facts["observations"].select("describes", "value").rows() == [
        (date(2024, 4, 1), 3.9),
        (date(2024, 4, 1), 3.8),
    ]
    assert list(reading.rejected) == [
        ("FRED:UNRATE", date(2024, 5, 1), "no number", "2024-05-01,n/a"),
        ("FRED:UNRATE", None, "no date", "May,4.0"),
        ("FRED:UNRATE", date(2024, 6, 1), "3 cells where 2 belong", "2024-06-01,4.1,7"),
    ]


@pytest.mark.parametrize("cell", ["nan", "inf", "-Infinity"])
def test_what_is_not_finite_is_no_number(cell: str) -> None:
    reading = read_graph(f"observation_date,UNRATE\n2024-04-01,3.9\n2024-05-01,{cell}\n".encode(), "UNRATE")
    assert reading.facts["observations"]["value"].to_list() == [3.9]
    assert [row[2] for row in reading.rejected] == ["no number"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<!DOCTYPE html><html>Busy</html>", "a web page"),
        (
            b"observation_date,RATE\n2024-04-01,3.9\n",
            "columns observation_date, RATE; expected observation_date, UNRATE",
        ),
        (b"day,UNRATE\n2024-04-01,3.9\n", "columns day, UNRATE"),
        ("observation_date,UNRATE\n2024-04-01,3.9\n".encode("utf-16"), "not UTF-8 text"),
        (b"observation_date,UNRATE\n", "no usable row in 24 bytes"),
        (b"observation_date,UNRATE\n2024-04-01,soon\n", "the first: no number"),
        (b" \n", "no text"),
    ],
)
def test_content_that_is_wrong_is_unreadable(server: Server, raw: bytes, reason: str) -> None:
    server.tell(GRAPH, raw)
    answer = failed(feed(server).fetch("UNRATE", None))
    assert answer.status == "unreadable"
    assert answer.series == ("FRED:UNRATE",)
    assert reason in answer.reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"", 404), "HTTP 404"),
        (Reply(b"", 500), "HTTP 500) (3 tries)"),
        (Reply(b""), "an empty answer"),
        (Reply(UNRATE, cut=30), "the connection broke"),
        (Reply(UNRATE, headers={"Content-Encoding": "gzip"}), "a content encoding that does not fit"),
    ],
)
def test_what_does_not_arrive_is_a_failure_that_names_the_series(server: Server, reply: Reply, reason: str) -> None:
    server.tell(GRAPH, reply)
    answer = failed(feed(server).fetch("UNRATE", None))
    assert (answer.status, answer.series) == ("failed", ("FRED:UNRATE",))
    assert reason in answer.reason


def test_too_many_requests_then_the_series(server: Server) -> None:
    server.tell(GRAPH, Reply(b"", 429, {"Retry-After": "1"}), UNRATE)
    assert fetched(feed(server).fetch("UNRATE", None)).facts["observations"].height == 2


def test_vintages_are_known_on_the_morning_of_their_first_day(server: Server) -> None:
    server.tell(API, document(VINTAGES))
    part = fetched(feed(server, key=KEY).fetch("UNRATE", None))
    assert server.asked[0].query == {
        "series_id": "UNRATE",
        "realtime_start": "1776-07-04",
        "realtime_end": "9999-12-31",
        "output_type": "1",
        "file_type": "json",
        "limit": "100000",
        "offset": "0",
        "api_key": KEY,
    }
    assert part.facts["observations"].rows() == [
        ("FRED:UNRATE", date(2024, 5, 1), datetime(2024, 6, 7, 12, 30, tzinfo=UTC), 4.0, "vintage"),
        ("FRED:UNRATE", date(2024, 6, 1), datetime(2024, 7, 5, 12, 30, tzinfo=UTC), 4.1, "vintage"),
        ("FRED:UNRATE", date(2024, 6, 1), datetime(2025, 1, 10, 13, 30, tzinfo=UTC), 4.2, "vintage"),
    ]
    assert part.series[0].note == "vintages: each taken as known at 08:30 New York on its first day in the archive"


def test_a_later_stated_hour_is_kept_for_vintages(server: Server) -> None:
    row = {"realtime_start": "2024-07-17", "realtime_end": "9999-12-31", "date": "2024-06-01", "value": "104.0"}
    server.tell(API, document([row]))
    part = fetched(feed(server, "INDPRO", key=KEY).fetch("INDPRO", None))
    assert part.facts["observations"]["known_at"].to_list() == [datetime(2024, 7, 17, 13, 15, tzinfo=UTC)]


def test_vintages_come_page_by_page(server: Server) -> None:
    first = document([{**VINTAGES[0], "value": "5.0"}], count=100_001)
    server.tell(API, first, document(VINTAGES[1:2], count=100_001))
    part = fetched(feed(server, key=KEY).fetch("UNRATE", None))
    assert [asked.query["offset"] for asked in server.asked] == ["0", "100000"]
    assert part.facts["observations"]["value"].to_list() == [5.0, 4.1]


def test_more_vintages_than_the_api_gives_are_asked_for_in_windows_and_joined(server: Server) -> None:
    told = b'{"error_code":400,"error_message":"This exceeds the maximum number of vintage dates allowed (2000)."}'
    refused = Reply(told, 400, {"Content-Type": "application/json"})

    def row(start: str, value: str) -> dict[str, str]:
        return {"realtime_start": start, "realtime_end": "x", "date": "1999-05-03", "value": value}

    windows = [
        document([row("1999-05-04", "5.5")]),
        document([row("2000-01-01", "5.5"), row("2003-01-02", "5.6")]),  # clipped to its window: the same value again
        document([row("2005-01-01", "5.6")]),
        document([row("2010-01-01", "5.6"), row("2012-01-03", ".")]),
        document([row("2015-01-01", ".")]),
        document([row("2020-01-01", "."), row("2021-01-04", "5.6")]),  # withdrawn and given again: a fact of its own
    ]
    server.tell(API, refused, *windows)
    part = fetched(feed(server, "DGS10", key=KEY).fetch("DGS10", None))
    asked = [(one.query["realtime_start"], one.query["realtime_end"]) for one in server.asked]
    assert asked == [
        ("1776-07-04", "9999-12-31"),
        ("1776-07-04", "1999-12-31"),
        ("2000-01-01", "2004-12-31"),
        ("2005-01-01", "2009-12-31"),
        ("2010-01-01", "2014-12-31"),
        ("2015-01-01", "2019-12-31"),
        ("2020-01-01", "9999-12-31"),
    ]
    known = part.facts["observations"].select(pl.col("known_at").dt.date(), "value").rows()
    assert known == [(date(1999, 5, 4), 5.5), (date(2003, 1, 2), 5.6), (date(2021, 1, 4), 5.6)]


def test_a_vintage_that_is_no_number_is_rejected(server: Server) -> None:
    server.tell(API, document([VINTAGES[0], {**VINTAGES[1], "value": "revised"}]))
    part = fetched(feed(server, key=KEY).fetch("UNRATE", None))
    assert part.facts["observations"].height == 1
    assert part.rejected.select("describes", "reason").rows() == [(date(2024, 6, 1), "no number")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<html>Busy</html>", "a web page"),
        (b"{}", "expected JSON with 'count'"),
        (b'{"count": 1, "observations": [{"date": "2024-05-01"}]}', "expected date, realtime_start"),
        (b'{"count": "many"}', "found count 'many'; expected JSON with 'count' as int"),
        (b'{"count": 1, "observations": 3}', "found observations 3"),
        (b"[1, 2]", "expected JSON with 'count'"),
    ],
)
def test_an_answer_that_is_no_list_of_vintages_fails(server: Server, raw: bytes, reason: str) -> None:
    server.tell(API, raw)
    answer = failed(feed(server, key=KEY).fetch("UNRATE", None))
    assert reason in answer.reason
    assert answer.series == ("FRED:UNRATE",)


def test_a_refused_key_is_never_shown(server: Server) -> None:
    told = json.dumps({"error_message": f"The value for variable api_key {KEY} is not registered."}).encode()
    server.tell(API, Reply(told, 400, {"Content-Type": "application/json; charset=UTF-8"}))
    one = feed(server, key=KEY)
    answer = failed(one.fetch("UNRATE", None))
    assert "api_key *** is not registered" in answer.reason
    assert KEY not in repr(answer)
    assert KEY not in repr(one)


def test_the_default_list_is_fred_only() -> None:
    assert {"UNRATE", "DGS10", "ICSA", "USREC", "VIXCLS"} <= set(DEFAULT_IDS)
    assert not {"AAII", "NAAIM", "CLAIMSx", "SHILLER_monthly", "SLOOS_CI_STD_DRTSCILM"} & set(DEFAULT_IDS)


@pytest.mark.parametrize(
    ("ids", "key", "match"),
    [
        ((), None, "FRED series: found none"),
        (("UNRATE", "UNRATE"), None, "UNRATE twice"),
        (("UN RATE",), None, "expected letters, digits and _"),
        (("UNRATE",), " ", "FRED API key: found an empty one"),
    ],
)
def test_a_wrong_setup_is_refused_by_the_plan(ids: tuple[str, ...], key: str | None, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        Fred(TODAY, key, ids).plan()


@given(
    starts=st.lists(st.dates(date(1998, 1, 1), date(2024, 7, 31)), min_size=1, max_size=8, unique=True),
    values=st.lists(st.sampled_from(["1.0", "2.0", "."]), min_size=8, max_size=8),
)
def test_windows_joined_say_the_same_as_one_answer(starts: list[date], values: list[str]) -> None:
    vintages = list(zip(sorted(starts), values, strict=False))

    def row(start: date, value: str) -> dict[str, str]:
        return {"realtime_start": start.isoformat(), "date": "1997-12-01", "value": value}

    clipped = []
    for opened, closed in windows(TODAY):
        first, last = date.fromisoformat(opened), date.fromisoformat(closed)
        before = [value for start, value in vintages if start < first]
        inside = [row(start, value) for start, value in vintages if first <= start <= last]
        clipped.append(document([*([row(first, before[-1])] if before else []), *inside]))
    whole = read_vintages(document([row(start, value) for start, value in vintages]), "UNRATE")
    joined = read_vintages(b"\n".join(clipped), "UNRATE")
    assert joined.facts["observations"].rows() == whole.facts["observations"].rows()


def test_real_vintages_say_at_every_cut_what_a_naive_reading_says() -> None:
    folder = os.environ.get("LEADLINE_MARKET_DATA", "")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA names no folder of real market data")
    with (Path(folder) / "vintages" / "ALFRED_UNRATE.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    read = read_vintages(document(rows), "UNRATE").facts["observations"].sort("known_at", maintain_order=True)
    for cut in (date(1975, 6, 30), date(2001, 9, 10), date(2020, 5, 7), date(2020, 5, 8)):
        naive: dict[str, float] = {}
        for row in sorted(rows, key=lambda one: one["realtime_start"]):
            if row["realtime_start"] <= cut.isoformat():
                naive[row["date"]] = float(row["value"])
        known = read.filter(pl.col("known_at").dt.convert_time_zone("America/New_York").dt.date() <= cut)
        ours = dict(known.select(pl.col("describes").cast(pl.String), "value").iter_rows())
        assert ours == naive
        assert len(ours) > 100
