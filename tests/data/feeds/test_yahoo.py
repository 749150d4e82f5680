from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from leadline.core.errors import RequestError, SourceError
from leadline.data.feeds.contract import Failure, Feed, Part, SeriesInfo, Unchanged
from leadline.data.feeds.http import PassingError
from leadline.data.feeds.yahoo import DEFAULT_SYMBOLS, Yahoo, from_yfinance

from .conformance import FeedConformance
from .server import Reply, Server, Time, quick, serving

TODAY = date(2024, 7, 16)
EVENING = datetime(2024, 7, 16, 22, 0, tzinfo=UTC)
DAYS = ["2024-07-12", "2024-07-15", "2024-07-16"]
NAN = float("nan")


def frame(**changed: list[Any]) -> pd.DataFrame:
    """Three days of a made-up fund in yfinance's shape: a dividend on the first day, a split on the second."""
    columns: dict[str, list[Any]] = {
        "Open": [10.0, 11.0, 12.0],
        "High": [10.5, 11.5, 12.5],
        "Low": [9.5, 10.5, 11.5],
        "Close": [10.25, 11.25, 12.25],
        "Adj Close": [10.0, 11.0, 12.0],
        "Volume": [1000, 2000, 3000],
        "Dividends": [0.25, 0.0, 0.0],
        "Stock Splits": [0.0, 2.0, 0.0],
    }
    index = pd.DatetimeIndex(DAYS, name="Date").tz_localize("America/New_York")
    return pd.DataFrame({**columns, **changed}, index=index)


def feed(given: pd.DataFrame | SourceError, *symbols: str, now: datetime = EVENING) -> Yahoo:
    def download(_symbol: str) -> pd.DataFrame:
        if isinstance(given, SourceError):
            raise given
        return given.copy()

    return Yahoo(TODAY, now, symbols or ("IWM",), download, quick())


def fetched(given: pd.DataFrame, now: datetime = EVENING) -> Part:
    answer = feed(given, now=now).fetch("IWM", None)
    assert isinstance(answer, Part), answer
    return answer


def failed(answer: Any) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


class TestYahoo(FeedConformance):
    def make_feed(self) -> Feed:
        return feed(frame(), "IWM", "^RUT")


def test_prices_are_adjusted_for_splits_up_to_the_pull_and_known_at_the_close() -> None:
    part = fetched(frame())
    close = [datetime(2024, 7, day, 20, 0, tzinfo=UTC) for day in (12, 15, 16)]
    assert part.facts["bars"].rows() == [
        ("IWM", date(2024, 7, 12), close[0], 10.0, 10.5, 9.5, 10.25, 10.0, None, 1000.0, TODAY),
        ("IWM", date(2024, 7, 15), close[1], 11.0, 11.5, 10.5, 11.25, 11.0, None, 2000.0, TODAY),
        ("IWM", date(2024, 7, 16), close[2], 12.0, 12.5, 11.5, 12.25, 12.0, None, 3000.0, TODAY),
    ]
    assert part.series == (
        SeriesInfo("IWM", "Russell 2000 fund", "session", "price", "live", "prices adjusted for splits"),
    )
    assert part.where == "https://finance.yahoo.com/quote/IWM/history"
    assert part.said == ""


def test_actions_are_known_at_the_open_of_their_day() -> None:
    assert fetched(frame()).facts["actions"].rows() == [
        ("IWM", date(2024, 7, 12), datetime(2024, 7, 12, 13, 30, tzinfo=UTC), "dividend", 0.25, "given"),
        ("IWM", date(2024, 7, 15), datetime(2024, 7, 15, 13, 30, tzinfo=UTC), "split", 2.0, "given"),
    ]


def test_a_session_that_is_not_over_is_left_out() -> None:
    noon = datetime(2024, 7, 16, 19, 59, tzinfo=UTC)
    part = fetched(frame(), now=noon)
    assert part.facts["bars"]["describes"].to_list() == [date(2024, 7, 12), date(2024, 7, 15)]
    assert part.said == "1 session not over yet left out"
    closed = datetime(2024, 7, 16, 20, 0, tzinfo=UTC)
    assert fetched(frame(), now=closed).facts["bars"].height == 3


def test_the_running_session_does_not_change_the_hash() -> None:
    noon = datetime(2024, 7, 16, 16, 0, tzinfo=UTC)
    first = fetched(frame(), now=noon)
    later = feed(frame(Close=[10.25, 11.25, 13.0]), now=noon).fetch("IWM", first.sha256)
    assert later == Unchanged(first.where, first.sha256)
    revised = feed(frame(Close=[10.25, 11.5, 13.0]), now=noon).fetch("IWM", first.sha256)
    assert isinstance(revised, Part)


def test_missing_is_missing_and_a_day_without_any_price_is_left_out_and_said() -> None:
    gap = frame(
        Open=[10.0, NAN, NAN],
        High=[10.5, NAN, 12.5],
        Low=[9.5, NAN, NAN],
        Close=[10.25, NAN, 12.25],
        **{"Adj Close": [10.0, NAN, NAN], "Volume": [1000, 0, NAN]},
    )
    part = fetched(gap)
    rows = part.facts["bars"].select("describes", "open", "high", "low", "close", "adj_close", "volume").rows()
    assert rows == [
        (date(2024, 7, 12), 10.0, 10.5, 9.5, 10.25, 10.0, 1000.0),
        (date(2024, 7, 16), None, 12.5, None, 12.25, None, None),
    ]
    assert part.said == "1 days without any price left out"
    assert part.facts["actions"].height == 2  # the split of the day without prices stays


def test_without_adjusted_close_that_column_is_missing() -> None:
    part = fetched(frame().drop(columns="Adj Close"))
    assert part.facts["bars"]["adj_close"].to_list() == [None, None, None]
    assert part.said == "no Adj Close in the answer"


def test_a_volume_of_nothing_but_zeros_is_missing() -> None:
    part = fetched(frame(Volume=[0, 0, 0]))
    assert part.facts["bars"]["volume"].to_list() == [None, None, None]
    assert part.said == "no volume"


def test_text_in_a_number_column_is_rejected_and_the_others_stay() -> None:
    part = fetched(frame(High=[10.5, "n/a", 12.5]))
    assert part.facts["bars"]["high"].to_list() == [10.5, None, 12.5]
    assert part.facts["bars"].height == 3
    assert part.rejected.rows() == [("IWM", date(2024, 7, 15), "High is no number", "n/a")]


def test_days_are_those_of_the_frames_own_time_zone_and_naive_days_are_taken_as_they_are() -> None:
    expected = [date(2024, 7, 12), date(2024, 7, 15), date(2024, 7, 16)]
    utc = frame()
    utc.index = pd.DatetimeIndex(DAYS).tz_localize("UTC")
    naive = frame()
    naive.index = pd.DatetimeIndex(DAYS)
    assert [fetched(one).facts["bars"]["describes"].to_list() for one in (frame(), utc, naive)] == [expected] * 3


@pytest.mark.parametrize("price_first", [True, False])
def test_two_levels_of_columns_give_the_symbol_asked_for(price_first: bool) -> None:
    both = pd.concat({"IWM": frame(), "SPY": frame(Close=[1.0, 2.0, 3.0])}, axis=1, names=["Ticker", "Price"])
    given = both.swaplevel(axis=1) if price_first else both
    assert fetched(given).facts["bars"]["close"].to_list() == [10.25, 11.25, 12.25]


def test_duplicated_days_pass_to_the_ledger() -> None:
    twice = pd.concat([frame(), frame(Close=[1.0, 2.0, 3.0]).iloc[:1]])
    days = fetched(twice).facts["bars"]["describes"].to_list()
    assert days == [date(2024, 7, 12), date(2024, 7, 15), date(2024, 7, 16), date(2024, 7, 12)]


def test_without_actions_there_are_none() -> None:
    part = fetched(frame().drop(columns=["Dividends", "Stock Splits"]))
    assert part.facts["actions"].height == 0


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        (frame().iloc[:0], "failed", "no rows at all"),
        (frame().rename(columns={"Close": "Last"}), "unreadable", "columns Open, High, Low, Last"),
        (frame().reset_index(drop=True), "unreadable", "an index of int64; expected dates"),
        (frame()[["Close"]] * NAN, "unreadable", "3 rows and no price"),
        (SourceError("yahoo IWM", found="no such symbol"), "failed", "no such symbol"),
        (PassingError("yahoo IWM", found="too many requests"), "failed", "too many requests (3 tries)"),
    ],
)
def test_a_failing_symbol_is_named(given: pd.DataFrame | SourceError, status: str, reason: str) -> None:
    answer = failed(feed(given).fetch("IWM", None))
    assert (answer.status, answer.series) == (status, ("IWM",))
    assert reason in answer.reason


def test_a_rate_limit_is_waited_out() -> None:
    answers: list[pd.DataFrame | None] = [None, frame()]

    def download(symbol: str) -> pd.DataFrame:
        given = answers.pop(0)
        if given is None:
            raise PassingError(f"yahoo {symbol}", found="too many requests")
        return given

    time = Time()
    assert isinstance(Yahoo(TODAY, EVENING, ("IWM",), download, quick(time)).fetch("IWM", None), Part)
    assert len(time.slept) == 1


def test_the_plan() -> None:
    assert DEFAULT_SYMBOLS[:3] == ("SPY", "IWM", "IWC")
    assert len(DEFAULT_SYMBOLS) == 40
    assert {"^RUT", "^GSPC", "^NDX", "^VIX", "MAGS", "KRE"} <= set(DEFAULT_SYMBOLS)
    with pytest.raises(RequestError, match="symbols: found IWM twice"):
        feed(frame(), "IWM", "IWM").plan()
    with pytest.raises(RequestError, match="without time zone; expected an instant in UTC"):
        feed(frame(), now=datetime(2024, 7, 16, 22, 0)).plan()  # noqa: DTZ001 - the mistake that is refused


# --- yfinance itself, led to a local server ---


def chart(days: list[str], **changed: Any) -> bytes:
    """Yahoo's v8 chart answer, as yfinance reads it."""
    stamps = [int(pd.Timestamp(f"{day} 09:30", tz="America/New_York").timestamp()) for day in days]
    quote = {
        "open": [10.0, 11.0, None],
        "high": [10.5, 11.5, None],
        "low": [9.5, 10.5, None],
        "close": [10.25, 11.25, None],
        "volume": [1000, 2000, None],
    }
    meta = {
        "currency": "USD",
        "symbol": "IWM",
        "instrumentType": "ETF",
        "exchangeTimezoneName": "America/New_York",
        "timezone": "EDT",
        "gmtoffset": -14400,
        "firstTradeDate": stamps[0],
        "regularMarketTime": stamps[-1],
        "regularMarketPrice": 11.25,
        "priceHint": 2,
        "dataGranularity": "1d",
        "validRanges": ["1d", "5d", "1mo", "max"],
        **changed,
    }
    events = {
        "dividends": {str(stamps[0]): {"amount": 0.25, "date": stamps[0]}},
        "splits": {str(stamps[1]): {"date": stamps[1], "numerator": 2, "denominator": 1, "splitRatio": "2:1"}},
    }
    result = {
        "meta": meta,
        "timestamp": stamps,
        "events": events,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": [10.0, 11.0, None]}]},
    }
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def led(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yahoo]:
    """The feed through yfinance, whose session sends every request to the local server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's imports
        import requests
        import yfinance
        from yfinance import cache
        from yfinance.data import YfData

    class Led(requests.Session):
        def request(self, method: str | bytes, url: str | bytes, *args: Any, **named: Any) -> requests.Response:
            self.trust_env = False
            return super().request(method, f"{server.url}{urlsplit(str(url)).path}", *args, **named)

    yfinance.set_tz_cache_location(str(tmp_path))
    server.tell("/", b"")
    server.tell("/v1/test/getcrumb", b"crumb")
    monkeypatch.setattr(type(YfData), "_instances", {})
    YfData.cache_get.cache_clear()
    with Led() as session:
        yield Yahoo(TODAY, EVENING, ("IWM",), partial(from_yfinance, session=session), quick())
    for store in (cache._TzDBManager, cache._CookieDBManager, cache._ISINDBManager):
        store.close_db()


def test_yfinance_reads_a_chart_from_the_server(led: Yahoo, server: Server) -> None:
    server.tell("/v8/finance/chart/IWM", chart(DAYS))
    part = led.fetch("IWM", None)
    assert isinstance(part, Part), part
    rows = part.facts["bars"].select("describes", "open", "high", "low", "close", "adj_close", "volume").rows()
    assert rows == [
        (date(2024, 7, 12), 10.0, 10.5, 9.5, 10.25, 10.0, 1000.0),
        (date(2024, 7, 15), 11.0, 11.5, 10.5, 11.25, 11.0, 2000.0),
    ]
    assert part.facts["actions"].select("describes", "kind", "value").rows() == [
        (date(2024, 7, 12), "dividend", 0.25),
        (date(2024, 7, 15), "split", 2.0),
    ]
    assert part.said == "1 days without any price left out"
    events = [asked.query.get("events") for asked in server.asked if asked.path.startswith("/v8/")]
    assert events[-1] == "div,splits,capitalGains"


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ((Reply(b"<html>Will be back</html>"),), "an answer that is no chart"),
        ((Reply(b""),), "an answer that is no chart"),
        ((Reply(b"Too Many Requests", 429),), "too many requests (3 tries)"),
        (
            (Reply(b'{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}', 404),),
            "IWM",
        ),
        ((Reply(chart(DAYS), cut=100),), "no answer (ChunkedEncodingError) (3 tries)"),
    ],
)
def test_yfinance_and_a_server_that_fails(led: Yahoo, server: Server, replies: tuple[Reply, ...], reason: str) -> None:
    server.tell("/v8/finance/chart/IWM", *replies)
    answer = failed(led.fetch("IWM", None))
    assert (answer.status, answer.series) == ("failed", ("IWM",))
    assert reason in answer.reason


def test_yfinance_keeps_its_setting_of_exceptions(led: Yahoo, server: Server) -> None:
    import yfinance

    server.tell("/v8/finance/chart/IWM", chart(DAYS))
    led.fetch("IWM", None)
    assert yfinance.config.debug.hide_exceptions is True
