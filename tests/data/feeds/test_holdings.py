from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.core.errors import RequestError, SourceError
from leadline.data.feeds.contract import Failure, Feed, Part
from leadline.data.feeds.holdings import FUNDS, Fund, Holdings, parse_holdings

from .conformance import FeedConformance
from .server import Reply, Server, quick, serving

#: the layout of the download; names, numbers and the disclaimer are made up
FILE = (
    "\ufeffiShares Russell 2000 ETF\n"
    'Fund Holdings as of,"Jun 28, 2024"\n'
    'Inception Date,"May 22, 2000"\n'
    'Shares Outstanding,"300,000,000.00"\n'
    "Stock,-\n"
    "\xa0\n"
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,Location,Exchange,"
    "Currency,FX Rate,Market Currency,Accrual Date\n"
    '"AAA","ALPHA INC","Industrials","Equity","1,234.50","0.64","1,234.50","10.00","123.45","United States",'
    '"NASDAQ","USD","1.00","USD","-"\n'
    '"BRKB","BETA INC, CLASS B","Energy","Equity","1,000.00","0.36","1,000.00","8.00","125.00","United States",'
    '"NYSE","USD","1.00","USD","-"\n'
    '"-","GAMMA ESCROW","Health Care","Equity","0.00","0.00","0.00","5.00","0.00","United States","-","USD","1.00",'
    '"USD","-"\n'
    '"P5N994","DELTA ESCROW","Energy","Equity","0.00","0.00","0.00","5.00","0.00","United States","-","USD","1.00",'
    '"USD","-"\n'
    '"XTSLA","TREASURY FUND","Cash and/or Derivatives","Money Market","90.00","0.05","90.00","90.00","1.00",'
    '"United States","-","USD","1.00","USD","-"\n'
    '"RTYU4","RUSSELL 2000 MINI SEP 24","Cash and/or Derivatives","Futures","0.00","0.00","99.00","1.00","99.00",'
    '"-","CME","USD","1.00","USD","-"\n'
    "\xa0\n"
    '"The content contained herein is owned or licensed, by others, and so on."\n'
).encode()

PATH = "/us/products/239710/ishares-russell-2000-etf/1467271812596.ajax"
TODAY = date(2024, 6, 28)
CLOSE = datetime(2024, 6, 28, 20, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def feed(server: Server, day: date | None = None) -> Holdings:
    return Holdings(FUNDS[:1], day, server.url, quick())


def failed(answer: Any) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


class TestHoldings(FeedConformance):
    @pytest.fixture(autouse=True)
    def _serve(self, server: Server) -> None:
        self.server = server
        server.tell(PATH, FILE)

    def make_feed(self) -> Feed:
        return feed(self.server)


def test_members_are_the_equities_with_a_ticker(server: Server) -> None:
    server.tell(PATH, FILE)
    part = feed(server, date(2024, 6, 28)).fetch("IWM", None)
    assert isinstance(part, Part)
    assert server.asked[0].query == {
        "fileType": "csv",
        "fileName": "IWM_holdings",
        "dataType": "fund",
        "asOfDate": "20240628",
    }
    assert part.facts["members"].rows() == [
        ("iwm", "AAA", date(2024, 6, 28), CLOSE, "held", pytest.approx(0.0064)),
        ("iwm", "BRKB", date(2024, 6, 28), CLOSE, "held", pytest.approx(0.0036)),
    ]
    assert part.said == "2 members as of 2024-06-28; left out: 1 Futures, 1 Money Market, 2 no usable ticker"
    assert part.rejected.height == 0


def test_without_a_day_the_newest_is_asked_for(server: Server) -> None:
    server.tell(PATH, FILE)
    feed(server).fetch("IWM", None)
    assert "asOfDate" not in server.asked[0].query


def test_the_simple_layout_is_placed_by_the_day_told() -> None:
    raw = (
        b"ticker,name,sector,asset_class,weight_pct,market_value,quantity,price,exchange\n"
        b"AAA,Alpha,Industrials,Equity,0.64,1,1,1,NASDAQ\n"
        b"AAA,Alpha,Industrials,Equity,0.01,1,1,1,NASDAQ\n"
        b"BBB,Beta,Energy,Equity,,1,1,1,NYSE\n"
        b"HOLX US,Gamma,Health Care,Equity,0.0,1,1,1,NYSE\n"
    )
    reading = parse_holdings(raw, "IWM", date(2024, 6, 29))  # a Saturday: known at Friday's close
    rows = reading.facts["members"].select("symbol", "describes", "known_at", "weight").rows()
    assert rows == [
        ("AAA", date(2024, 6, 29), CLOSE, pytest.approx(0.0064)),
        ("AAA", date(2024, 6, 29), CLOSE, pytest.approx(0.0001)),
        ("BBB", date(2024, 6, 29), CLOSE, None),
    ]
    assert reading.said == "3 members as of 2024-06-29; left out: 1 no usable ticker"


def test_without_an_asset_class_every_ticker_counts_and_this_is_said() -> None:
    raw = b'ticker,name,market_value,quantity,weight_pct\nAAA,"Alpha, Inc.",1,1,1.1846\n ,"Beta, Inc.",1,1,0.4\n'
    reading = parse_holdings(raw, "IWC", date(2023, 6, 30))
    assert reading.facts["members"].select("group", "symbol", "weight").rows() == [
        ("iwc", "AAA", pytest.approx(0.011846))
    ]
    assert reading.said == (
        "1 members as of 2023-06-30; the file has no asset class, so every row with a ticker is taken as equity; "
        "left out: 1 no usable ticker"
    )


def test_a_weight_that_is_text_and_a_short_row_are_rejected_and_the_others_stay() -> None:
    raw = b"ticker,asset_class,weight_pct\nAAA,Equity,0.64\nBBB,Equity,heavy\nCCC,Equity\nDDD,Equity,--\n"
    reading = parse_holdings(raw, "IWM", date(2024, 6, 28))
    assert reading.facts["members"].select("symbol", "weight").rows() == [("AAA", pytest.approx(0.0064)), ("DDD", None)]
    assert list(reading.rejected) == [
        ("iwm", date(2024, 6, 28), "weight is no number", "BBB,Equity,heavy"),
        ("iwm", date(2024, 6, 28), "2 cells for 3 columns", "CCC,Equity"),
    ]


@pytest.mark.parametrize("symbol", ["BRK.B", "CRD A", "MOG-A", "BF/B", "F"])
def test_class_shares_are_usable_tickers_as_given(symbol: str) -> None:
    reading = parse_holdings(f"ticker,weight_pct\n{symbol},1\n".encode(), "X", date(2024, 6, 28))
    assert reading.facts["members"]["symbol"].to_list() == [symbol]


@pytest.mark.parametrize("symbol", ["-", "", "P5N994", "HOLX US", "AMPY-DEL", "OUST.WS", "PACK/WS", "PV3B:SWB"])
def test_warrants_escrows_and_tags_are_left_out(symbol: str) -> None:
    reading = parse_holdings(f"ticker,weight_pct,asset_class\n{symbol},1,Equity\nF,1,Equity\n".encode(), "X", TODAY)
    assert reading.facts["members"]["symbol"].to_list() == ["F"]
    assert "left out: 1 no usable ticker" in reading.said


@pytest.mark.parametrize("said", ["Jun 28, 2024", "28-Jun-2024", "28/Jun/2024", "June 28, 2024", "2024-06-28"])
def test_days_in_the_files_words(said: str) -> None:
    raw = f'A fund\nFund Holdings as of,"{said}"\n\nTicker,Weight (%)\nAAA,1\n'.encode()
    assert parse_holdings(raw, "X", date(2020, 1, 2)).facts["members"]["describes"].to_list() == [date(2024, 6, 28)]


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (
            FILE.replace(b"Ticker,", b"Symbol,"),
            "columns Symbol, Name, Sector, Asset Class.*expected a header with Ticker",
        ),
        (FILE.replace(b"Weight (%)", b"Share"), "columns Ticker, Name, Sector"),
        (FILE.replace(b'"Jun 28, 2024"', b"-"), "as of '-'; expected a day; ask for another day"),
        (b"ticker,weight_pct\nAAA,1\n", "no day in the file"),
        (b"<!doctype html><html>", "a web page"),
        (FILE.decode("utf-8-sig").encode("utf-16"), "not UTF-8"),
        (b"Fund,\xc4hnlich\n", "not UTF-8"),
        (b"\xef\xbb\xbf", "no text"),
    ],
)
def test_an_unknown_layout_says_what_it_found(raw: bytes, match: str) -> None:
    with pytest.raises(SourceError, match=match):
        parse_holdings(raw, "IWM", None)


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        (Reply(b"<html>Sign in</html>"), "unreadable", "a web page"),
        (Reply(FILE.replace(b"Ticker,", b"Symbol,")), "unreadable", "columns Symbol, Name"),
        (Reply(b""), "failed", "an empty answer"),
        (Reply(b"", 404), "failed", "HTTP 404"),
        (Reply(b"", 500), "failed", "(3 tries)"),
        (Reply(FILE, cut=900), "failed", "the connection broke"),
        (Reply(FILE, headers={"Content-Encoding": "gzip"}), "failed", "a content encoding"),
        (Reply(FILE[: FILE.index(b'"AAA"')]), "unreadable", "no usable row"),
    ],
)
def test_a_failing_fund_names_its_group(server: Server, reply: Reply, status: str, reason: str) -> None:
    server.tell(PATH, reply)
    answer = failed(feed(server).fetch("IWM", None))
    assert (answer.status, answer.series) == (status, ("iwm",))
    assert reason in answer.reason


def test_too_many_requests_then_the_members(server: Server) -> None:
    server.tell(PATH, Reply(b"", 429, {"Retry-After": "2"}), FILE)
    assert isinstance(feed(server).fetch("IWM", None), Part)


def test_the_funds_are_planned_in_order_and_a_wrong_setup_is_refused() -> None:
    assert Holdings().plan() == ("IWM", "IWC", "IJR", "IJH", "IVV")
    with pytest.raises(RequestError, match="funds: found IWM twice"):
        Holdings((FUNDS[0], FUNDS[0])).plan()
    with pytest.raises(RequestError, match="path of fund IWM: found 'x'; expected a path that starts /"):
        Holdings((Fund("IWM", "x"),)).plan()


def _real() -> Path:
    folder = os.environ.get("LEADLINE_MARKET_DATA", "")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA names no folder of real market data")
    return Path(folder) / "membership"


def _one_class(symbol: str) -> bool:
    root, *classes = symbol.replace(".", "-").replace("/", "-").split("-")
    return root.isalpha() and (not classes or (len(classes) == 1 and len(classes[0]) == 1))


@pytest.mark.parametrize(
    ("file", "fund"),
    [
        ("IWM_holdings_2025-05-13.csv", "IWM"),
        ("IWC_holdings_2023-06-30.csv", "IWC"),
        ("IJH_holdings_2026-06-19.csv", "IJH"),
    ],
)
def test_real_files_agree_with_a_naive_reading(file: str, fund: str) -> None:
    path = _real() / file
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("asset_class", "Equity") == "Equity"]
    naive = [(row["ticker"].strip().upper(), row["weight_pct"]) for row in rows]
    kept = [(symbol, weight) for symbol, weight in naive if _one_class(symbol)]
    reading = parse_holdings(path.read_bytes(), fund, date(2025, 5, 13))
    members = reading.facts["members"]
    assert members["symbol"].to_list() == [symbol for symbol, _ in kept]
    expected = [float(weight) / 100 if weight else None for _, weight in kept]
    assert members["weight"].to_list() == pytest.approx(expected)
    assert list(reading.rejected) == []
    assert 0.95 < members["weight"].sum() < 1.01
