from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.core.errors import RequestError, SourceError
from leadline.data.feeds.contract import Failure, Feed, Part
from leadline.data.feeds.kenfrench import DATASETS, NOTE, KenFrench, french_blocks, french_name, read_french

from .conformance import FeedConformance
from .server import Reply, Server, quick, serving

DAILY = """This file was created using the 202406 CRSP database.
The Tbill return is the simple daily rate that, over the number of trading days
in the month, compounds to 1-month TBill rate from Ibbotson and Associates, Inc.

,Mkt-RF,SMB,HML,RF
20240702,    0.61,   -0.50,   -0.99,   0.022
20240703,    0.47,  -99.99,    0.34,   0.022
20240705,    0.50,   -0.77,    -999,   0.022

Copyright 2024 Eugene F. Fama and Kenneth R. French
"""

SIZE = """This file was created by CMPT_ME_RETS using the 202405 CRSP database.
It contains value- and equally-weighted returns for size portfolios.

Missing data are indicated by -99.99 or -999.


  Value Weight Returns -- Monthly
,<= 0,Lo 30,Hi 10
202404, -99.99,  -6.50,  -4.10
202405, -99.99,   4.20,   5.00

  Equal Weight Returns -- Monthly
,<= 0,Lo 30,Hi 10
202404, -99.99,  -9.00,  -9.00

  Value Weight Returns -- Annual from January to December
,<= 0,Lo 30,Hi 10
2023, -99.99,  10.00,  25.00

  Number of Firms in Portfolios
,<= 0,Lo 30,Hi 10
202404,    0,   1800,   170

Copyright 2024 Eugene F. Fama and Kenneth R. French
"""


def zipped(text: str | bytes, name: str = "data.CSV") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 7, 1, 0, 0, 0)), text)
    return held.getvalue()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def feed(server: Server, *datasets: str) -> KenFrench:
    return KenFrench(datasets or ("ff3_daily",), server.url, quick())


def path(dataset: str) -> str:
    return f"/{DATASETS[dataset].file}_CSV.zip"


def failed(answer: Any) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


class TestKenFrench(FeedConformance):
    @pytest.fixture(autouse=True)
    def _serve(self, server: Server) -> None:
        self.server = server
        server.tell(path("ff3_daily"), zipped(DAILY))
        server.tell(path("size_monthly"), zipped(SIZE))

    def make_feed(self) -> Feed:
        return feed(self.server, "ff3_daily", "size_monthly")


def test_daily_returns_are_decimals_known_at_the_close(server: Server) -> None:
    server.tell("/F-F_Research_Data_Factors_daily_CSV.zip", zipped(DAILY))
    part = feed(server).fetch("ff3_daily", None)
    assert isinstance(part, Part)
    bars = part.facts["bars"]
    # 3 July 2024 closed at 13:00 New York
    market = bars.filter(series="KF:ff3_daily_Mkt_RF").select("describes", "known_at", "change").rows()
    assert [(day, known) for day, known, _ in market] == [
        (date(2024, 7, 2), datetime(2024, 7, 2, 20, 0, tzinfo=UTC)),
        (date(2024, 7, 3), datetime(2024, 7, 3, 17, 0, tzinfo=UTC)),
        (date(2024, 7, 5), datetime(2024, 7, 5, 20, 0, tzinfo=UTC)),
    ]
    assert [change for *_, change in market] == pytest.approx([0.0061, 0.0047, 0.0050])
    small = bars.filter(series="KF:ff3_daily_SMB").select("describes", "change").rows()
    assert [day for day, _ in small] == [date(2024, 7, 2), date(2024, 7, 5)]
    assert [change for _, change in small] == pytest.approx([-0.0050, -0.0077])
    assert bars.filter(series="KF:ff3_daily_HML").height == 2
    assert bars.filter(series="KF:ff3_daily_RF")["change"].to_list() == pytest.approx([0.00022] * 3)
    assert bars["close"].null_count() == bars.height
    assert [info.name for info in part.series] == [
        "KF:ff3_daily_Mkt_RF",
        "KF:ff3_daily_SMB",
        "KF:ff3_daily_HML",
        "KF:ff3_daily_RF",
    ]
    assert {(info.frequency, info.unit, info.standing, info.note) for info in part.series} == {
        ("session", "index", "live", NOTE)
    }
    assert part.said == ""


def test_the_first_value_weighted_block_of_the_right_frequency_is_read() -> None:
    reading = read_french(zipped(SIZE), "size_monthly")
    rows = reading.facts["bars"].select("series", "describes", "known_at", "change").rows()
    april, may = datetime(2024, 4, 30, 20, 0, tzinfo=UTC), datetime(2024, 5, 31, 20, 0, tzinfo=UTC)
    assert [row[:3] for row in rows] == [
        ("KF:size_monthly_Lo_30", date(2024, 4, 30), april),
        ("KF:size_monthly_Lo_30", date(2024, 5, 31), may),
        ("KF:size_monthly_Hi_10", date(2024, 4, 30), april),
        ("KF:size_monthly_Hi_10", date(2024, 5, 31), may),
    ]
    assert [row[3] for row in rows] == pytest.approx([-0.065, 0.042, -0.041, 0.05])
    assert [info.name for info in reading.series] == ["KF:size_monthly_Lo_30", "KF:size_monthly_Hi_10"]
    assert {info.frequency for info in reading.series} == {"month"}
    assert reading.said.startswith("without any value, left out: <= 0; expected but not in the file: Med 40")


def test_an_equal_weighted_block_never_stands_in_even_when_it_comes_first() -> None:
    first, second = SIZE.index("  Value Weight Returns -- Monthly"), SIZE.index("  Equal Weight Returns -- Monthly")
    third = SIZE.index("  Value Weight Returns -- Annual")
    turned = SIZE[:first] + SIZE[second:third] + SIZE[first:second] + SIZE[third:]
    bars = read_french(zipped(turned), "size_monthly").facts["bars"]
    assert bars.filter(series="KF:size_monthly_Lo_30")["change"].to_list() == pytest.approx([-0.065, 0.042])


def test_blocks_keep_their_words_and_columns() -> None:
    blocks = french_blocks(SIZE)
    assert [(block.title, len(block.rows)) for block in blocks] == [
        ("Value Weight Returns -- Monthly", 2),
        ("Equal Weight Returns -- Monthly", 1),
        ("Value Weight Returns -- Annual from January to December", 1),
        ("Number of Firms in Portfolios", 1),
    ]
    assert {block.columns for block in blocks} == {("<= 0", "Lo 30", "Hi 10")}


@pytest.mark.parametrize(
    ("dataset", "column", "name"),
    [
        ("ff3_daily", "Mkt-RF", "KF:ff3_daily_Mkt_RF"),
        ("size_daily", "Lo 10", "KF:size_daily_Lo_10"),
        ("size_daily", "<= 0", "KF:size_daily_le_0"),
        ("mom_daily", "Mom   ", "KF:mom_daily_Mom"),
        ("size_bm_25_monthly_vw", "SMALL  LoBM", "KF:size_bm_25_monthly_vw_SMALL_LoBM"),
    ],
)
def test_names(dataset: str, column: str, name: str) -> None:
    assert french_name(dataset, column) == name


def test_text_in_a_cell_is_rejected_alone_and_duplicates_pass() -> None:
    text = DAILY.replace("   -0.50,", "     n/a,").replace("20240705", "20240703")
    reading = read_french(zipped(text), "ff3_daily")
    assert list(reading.rejected) == [("KF:ff3_daily_SMB", date(2024, 7, 2), "no number", "n/a")]
    market = reading.facts["bars"].filter(series="KF:ff3_daily_Mkt_RF")
    assert market["describes"].to_list() == [date(2024, 7, 2), date(2024, 7, 3), date(2024, 7, 3)]


def test_a_short_row_and_an_impossible_day_are_rejected_for_every_column() -> None:
    text = DAILY.replace("20240703,    0.47,  -99.99,    0.34,   0.022", "20240703,    0.47").replace(
        "20240705", "20240799"
    )
    reading = read_french(zipped(text), "ff3_daily")
    assert reading.facts["bars"]["describes"].unique().to_list() == [date(2024, 7, 2)]
    assert [row[1:3] for row in reading.rejected] == [(date(2024, 7, 3), "1 values for 4 columns")] * 4 + [
        (None, "no date")
    ] * 4


def test_a_renamed_column_is_said() -> None:
    reading = read_french(zipped(DAILY.replace("SMB", "SmallBig")), "ff3_daily")
    assert "KF:ff3_daily_SmallBig" in {info.name for info in reading.series}
    assert reading.said == "expected but not in the file: SMB; new in the file: SmallBig"


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (b"<html>Moved</html>", "begins '<html>Moved</html>'; expected a zip archive"),
        (zipped("x", "readme.md"), "an archive of readme.md; expected one CSV"),
        (zipped("<html>Moved</html>"), "a web page"),
        (zipped(DAILY.encode("utf-16")), "not UTF-8"),
        (zipped("words only\n"), "found no table"),
        (zipped(SIZE), "expected rows with dates of 8 digits"),
        (zipped(DAILY)[:200], "expected a zip archive"),
    ],
)
def test_what_is_no_archive_of_the_dataset_is_refused(raw: bytes, match: str) -> None:
    with pytest.raises(SourceError, match=match):
        read_french(raw, "ff3_daily")


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        (Reply(b"<html>Moved</html>"), "unreadable", "expected a zip archive"),
        (Reply(b""), "failed", "an empty answer"),
        (Reply(b"", 404), "failed", "HTTP 404"),
        (Reply(b"", 500), "failed", "(3 tries)"),
        (Reply(zipped(DAILY), cut=100), "failed", "the connection broke"),
    ],
)
def test_a_failing_dataset_names_its_series(server: Server, reply: Reply, status: str, reason: str) -> None:
    server.tell(path("mom_daily"), reply)
    answer = failed(feed(server, "mom_daily").fetch("mom_daily", None))
    assert (answer.status, answer.series) == (status, ("KF:mom_daily_Mom",))
    assert reason in answer.reason


def test_half_an_archive_is_resumed(server: Server) -> None:
    raw = zipped(DAILY)
    server.tell(
        path("ff3_daily"),
        Reply(raw, headers={"ETag": '"a"'}, cut=90, ranges=True),
        Reply(raw, headers={"ETag": '"a"'}, ranges=True),
    )
    assert isinstance(feed(server).fetch("ff3_daily", None), Part)
    assert server.asked[1].headers["range"] == "bytes=90-"


def test_a_wrong_setup_is_refused_by_the_plan() -> None:
    with pytest.raises(RequestError, match="Ken French datasets: found ff9_daily; expected ff3_daily"):
        KenFrench(("ff9_daily",)).plan()
    with pytest.raises(RequestError, match="Ken French datasets: found none"):
        KenFrench(()).plan()


def test_the_real_size_portfolios_agree_with_a_naive_reading() -> None:
    folder = os.environ.get("LEADLINE_MARKET_DATA", "")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA names no folder of real market data")
    with (Path(folder) / "kenfrench" / "size_portfolios_daily.csv").open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    body = "\n".join(f"{row[0].replace('-', '')},{','.join(cell or '-99.99' for cell in row[1:])}" for row in rows)
    above = f"Words.\n\n  Average Value Weighted Returns -- Daily\n,{','.join(header[1:])}\n"
    reading = read_french(zipped(f"{above}{body}\n\nCopyright\n"), "size_daily")
    assert reading.said == "without any value, left out: <= 0"
    for column in ("Lo 10", "Hi 10"):
        at = header.index(column)
        naive = {row[0]: float(row[at]) / 100 for row in rows if row[at]}
        bars = reading.facts["bars"].filter(series=french_name("size_daily", column))
        assert {day.isoformat(): value for day, value in bars.select("describes", "change").iter_rows()} == naive
