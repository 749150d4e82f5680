"""The folder feed: every kind of file by hand, and every way a file can be wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from leadline.core.errors import RequestError
from leadline.data.feeds.contract import Failure, Feed, Part, Unchanged, digest
from leadline.data.feeds.folder import Folder

from .conformance import FeedConformance

SPY = "date,open,high,low,close,adj_close,volume\n2024-07-03,10,12,9,11,10.5,1000\n2024-07-05,11,13,10,12,11.5,\n"
HOLDINGS = (
    "ticker,name,asset_class,weight_pct\nAAA,ALPHA,Equity,60\nBBB,BETA,Equity,39.5\nXTSLA,CASH,Money Market,0.5\n"
)
FILES: dict[str, str] = {
    "prices/SPY.csv": SPY,
    "prices/_RUT.csv": "date,close\n2024-07-03,2000.5\n2024-07-05,2010\n",
    "actions/SPY.csv": "date,kind,value\n2024-07-05,Split,2\n2024-06-21,dividend,1.76\n",
    "macro/UNRATE.csv": "date,value\n2024-05-01,4.0\n2024-06-01,4.1\n",
    "macro/BREADTH.csv": "date,up,down\n2024-07-02,0.5,0.25\n2024-07-03,0.6,0.2\n",
    "vintages/ALFRED_UNRATE.csv": "realtime_start,date,value\n2024-07-05,2024-06-01,4.1\n2024-08-02,2024-06-01,4.1\n",
    "vintages/several.csv": "date,value,series,vintage\n2024-05-01,313.2,CPIAUCSL,2024-06\n",
    "vintages/wide.csv": "date,nfci_v2024_03_27,nfci_v2024_08_20\n2024-01-05,-0.5,-0.52\n",
    "calendars/fomc_decision_dates.csv": "decision_date,type,source\n2024-07-31,scheduled,x\n2020-03-15,unscheduled,\n",
    "calendars/cpi_release_dates.csv": "release_date,reference_month\n2024-07-11,2024-06\n",
    "calendars/nyse_sessions_2024.csv": "date\n2024-07-03\n2024-07-04\n2024-07-05\n",
    "membership/IWM_holdings_2024-06-28.csv": HOLDINGS,
    "membership/sp500_ticker_start_end.csv": "ticker,start_date,end_date\nA,2000-06-05,\nB,1999-12-08,2017-06-19\n",
    "membership/sp500_changes_since_2019.csv": 'date,add,remove\n2019-01-18,"TFX","PCG"\n2019-02-15,"ATO, XYZ",\n',
    "membership/sp500_current_wikipedia_2025-11-16.csv": "Symbol,Security\nMMM,3M\nAOS,A. O. Smith\n",
    "universe/symbols.csv": "symbol,name,exchange,sector,first_seen,last_seen,kind\n"
    "A,Agilent,nyse,Health,2021-01-29,2024-07-05,common\n",
    "kenfrench/size_monthly.csv": "date,Lo 30,Hi 30\n2024-05-31,1.5,-0.25\n2024-06-30,-99.99,2\n",
    "kenfrench/size_nfirms.csv": "date,Lo 30\n2024-05-31,500\n2024-06-30,510\n",
}  # fmt: skip


def lay(home: Path, files: dict[str, str | bytes]) -> Folder:
    for name, content in files.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Folder(home)


def pit(home: Path, name: str = "universe/pit.parquet", **columns: Any) -> Path:
    """Two years of a universe with closes as traded."""
    days = [date(2023, 12, 29), date(2024, 1, 2), date(2024, 1, 2)]
    told = {"date": days, "symbol": ["B", "B", "A"], "close": [1.0, 2.0, 3.0], "pct": [5.0, 100.0, None]}
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({**told, "volume": [10, 20, 30], "shares_m": [1.5, 1.5, None], **columns}).write_parquet(file)
    return file


def only(home: Path, name: str, content: str | bytes) -> Part:
    answer = lay(home, {name: content}).fetch(name, None)
    assert isinstance(answer, Part), answer
    return answer


def refused(home: Path, name: str, content: str | bytes) -> Failure:
    answer = lay(home, {name: content}).fetch(name, None)
    assert isinstance(answer, Failure), answer
    assert answer.where == name
    return answer


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


class TestFolderConforms(FeedConformance):
    @pytest.fixture(autouse=True)
    def _lay(self, tmp_path: Path) -> None:
        self.home = tmp_path
        lay(tmp_path, dict(FILES))
        pit(tmp_path)

    def make_feed(self) -> Feed:
        return Folder(self.home)


def test_prices(tmp_path: Path) -> None:
    part = only(tmp_path, "prices/SPY.csv", SPY)
    assert part.facts["bars"].rows() == [
        ("SPY", date(2024, 7, 3), at(2024, 7, 3, 17), 10.0, 12.0, 9.0, 11.0, 10.5, None, 1000.0, date(2024, 7, 5)),
        ("SPY", date(2024, 7, 5), at(2024, 7, 5, 20), 11.0, 13.0, 10.0, 12.0, 11.5, None, None, date(2024, 7, 5)),
    ]
    (info,) = part.series
    assert (info.name, info.frequency, info.unit, info.standing, info.note) == ("SPY", "session", "price", "files", "")
    assert (part.sha256, part.said) == (digest(SPY.encode()), "")


def test_a_caret_is_an_underscore_in_a_file_name(tmp_path: Path) -> None:
    assert only(tmp_path, "prices/_RUT.csv", FILES["prices/_RUT.csv"]).series[0].name == "^RUT"
    assert only(tmp_path, "prices/ES%3DF.csv", "date,close\n2024-07-03,5\n").series[0].name == "ES=F"


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "adj_close"])
def test_a_date_and_one_price_are_enough(tmp_path: Path, column: str) -> None:
    bars = only(tmp_path, "prices/A.csv", f"date,{column}\n2024-07-03,5\n2024-07-05,\n").facts["bars"]
    assert bars[column].to_list() == [5.0, None]
    others = [name for name in ("open", "high", "low", "close", "adj_close", "volume") if name != column]
    assert bars.select(others).null_count().row(0) == (2,) * 5


def test_an_adjusted_price_alone_is_said(tmp_path: Path) -> None:
    alone = "only the dividend-adjusted price is known: use .total"
    assert only(tmp_path, "prices/MAGS.csv", "date,adj_close\n2024-07-03,5\n").series[0].note == alone
    ends = "date,close,adj_close\n2024-07-02,6,5\n2024-07-03,6,5\n2024-07-05,,5\n"
    assert only(tmp_path, "prices/IWC.csv", ends).series[0].note == f"price close ends 2024-07-03; from then on {alone}"


def test_columns_in_any_order_case_and_dress(tmp_path: Path) -> None:
    raw = "\ufeff# words\r\n Close ,DATE,note\r\n 11 ,07/03/2024,x\r\n12,20240705,y\r\n".encode()
    part = only(tmp_path, "prices/A.csv", raw)
    assert part.facts["bars"].select("describes", "close").rows() == [
        (date(2024, 7, 3), 11.0),
        (date(2024, 7, 5), 12.0),
    ]
    assert part.said == "columns not used: note"


@pytest.mark.parametrize("cell", ["abc", "1,5", "inf", "-Infinity", "NAN", "0x10", "1e999", "12-"])
def test_text_in_a_number_column_is_set_apart_and_the_rest_is_kept(tmp_path: Path, cell: str) -> None:
    part = only(tmp_path, "prices/A.csv", f'date,close,volume\n2024-07-02,5,1\n2024-07-03,"{cell}",2\n2024-07-05,6,3\n')
    assert part.facts["bars"]["close"].to_list() == [5.0, 6.0]
    assert part.rejected.rows() == [
        ("A", date(2024, 7, 3), "text in a number column", f"date=2024-07-03, close={cell}, volume=2")
    ]


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "nan", "null", "."])
def test_an_absent_number_is_missing(tmp_path: Path, cell: str) -> None:
    part = only(tmp_path, "prices/A.csv", f"date,close\n2024-07-02,5\n2024-07-03,{cell}\n")
    assert part.facts["bars"]["close"].to_list() == [5.0, None]
    assert not len(part.rejected)


@pytest.mark.parametrize(
    "cell", ["", "24-07-03", "07/03/24", "2024071", "2024", "2024-02-30", "0024-07-03", "9999-12-31", "Friday"]
)
def test_what_is_no_date_is_set_apart_and_never_guessed(tmp_path: Path, cell: str) -> None:
    part = only(tmp_path, "prices/A.csv", f"date,close\n2024-07-02,5\n{cell},6\n")
    assert part.facts["bars"]["describes"].to_list() == [date(2024, 7, 2)]
    assert part.rejected.rows() == [("A", None, "not a date", f"date={cell}, close=6")]


@pytest.mark.parametrize(
    "name", ["prices/A.csv", "macro/A.csv", "vintages/A.csv", "calendars/A.csv", "kenfrench/A.csv"]
)
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (b"<!DOCTYPE html>\n<html><body>Just a moment, please</body></html>", "a page, not a table"),
        (b"\xef\xbb\xbf\n<html>\n<p>one,two,three</p></html>", "a page, not a table"),
        (b"date,value\n2024-01-02,\xe9\xff\n", "bytes that are not UTF-8"),
        ("date,value\n2024-01-02,5\n".encode("utf-16"), "bytes that are not UTF-8"),
        (b"date,value\n", "a header and no rows"),
        (b"date,date\n2024-01-02,5\n", "two columns of one name"),
        (b"date,value\n2024-01-02,5,6,7\n", "no CSV table"),
    ],
    ids=["empty", "blank", "page", "page later", "latin", "utf-16", "header", "twice", "ragged"],
)  # fmt: skip
def test_a_file_that_is_no_table(tmp_path: Path, name: str, content: bytes, found: str) -> None:
    failure = refused(tmp_path, name, content)
    assert failure.status == "unreadable"
    assert found in failure.reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("prices/A.csv", "day,close\n2024-07-03,5\n", "found columns day, close, expected a column date"),
        ("prices/A.csv", "date,price\n2024-07-03,5\n", "found columns date, price, expected one of open, high, low"),
        ("prices/A.csv", "date;close\n2024-07-03;5\n", "found columns date;close, expected a column date"),
        ("actions/A.csv", "date,value\n2024-07-03,5\n", "expected a column kind"),
        ("actions/A.csv", "date,kind,value\n2024-07-03,merger,5\n", "found kind merger, expected split or dividend"),
        ("actions/A.csv", "date,kind,value\n2024-07-03,split,two\n", "expected a date and a number in every row"),
        ("macro/A.csv", "month,value\n2024-07-03,5\n", "expected a column date"),
        ("macro/A.csv", "date,value\n2024-07-03,\n", "found no numbers"),
        ("vintages/A.csv", "date,value\n2024-07-03,5\n", "expected a column series and vintage"),
        ("vintages/A.csv", "series,date,vintage,value\nM,2024-06-01,2024-07-05,.\n", "found no complete row"),
        ("calendars/A.csv", "when\n2024-07-03\n", "found columns when, expected one of decision_date, release_date"),
        ("calendars/A.csv", "date\n2024-07-03\nsoon\n", "found 'soon' in date, expected a date in every row"),
        ("calendars/A.csv", "date,reference_month\n2024-07-03,June\n", "found 'June' in reference_month"),
        ("membership/a.csv", "name,weight\nx,5\n", "expected ticker or symbol, or date, add and remove"),
        ("membership/a_2024-13-45.csv", "symbol\nA\n", "found 2024-13-45 in its name, expected a day"),
        ("universe/a.csv", "name\nA\n", "expected a column symbol"),
        ("universe/a.csv", "symbol,name\nA,B\n", "expected columns seg_first and seg_last, or first_seen"),
        ("kenfrench/a.csv", "month,Lo\n2024-07-03,5\n", "expected a column date"),
    ],
)  # fmt: skip
def test_wrong_columns_and_contents_are_said(tmp_path: Path, name: str, content: str, reason: str) -> None:
    failure = refused(tmp_path, name, content)
    assert failure.status == "unreadable"
    assert reason in failure.reason


def test_a_failure_names_the_series_that_are_missing(tmp_path: Path) -> None:
    assert refused(tmp_path, "prices/_RUT.csv", b"").series == ("^RUT",)
    assert refused(tmp_path, "macro/UNRATE.csv", b"").series == ("FRED:UNRATE",)
    assert refused(tmp_path, "kenfrench/a.csv", b"").series == ()


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = lay(tmp_path, {"prices/A.csv": SPY})
    (tmp_path / "prices" / "B.csv").mkdir()
    (tmp_path / "prices" / "C.csv").symlink_to(tmp_path / "nowhere")
    assert feed.plan() == ("prices/A.csv", "prices/C.csv")
    for name, error in (("prices/B.csv", "IsADirectoryError"), ("prices/C.csv", "FileNotFoundError")):
        answer = feed.fetch(name, None)
        assert isinstance(answer, Failure)
        assert (answer.status, answer.todo) == ("failed", "check the file and its rights")
        assert answer.reason == f"{error} while reading it"

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    answer = feed.fetch("prices/A.csv", None)
    assert isinstance(answer, Failure)
    assert (answer.reason, answer.series) == ("PermissionError while reading it", ("A",))


def test_links_to_folders_and_files_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    """A data folder made of links reads as the folders they lead to; a link that leads back is listed, not entered."""
    lay(tmp_path / "there", {"prices/A.csv": SPY, "macro/UNRATE.csv": FILES["macro/UNRATE.csv"]})
    pit(tmp_path / "there")
    here = tmp_path / "here"
    here.mkdir()
    for name in ("prices", "universe"):
        (here / name).symlink_to(tmp_path / "there" / name)
    (here / "macro").mkdir()
    (here / "macro" / "UNRATE.csv").symlink_to(tmp_path / "there" / "macro" / "UNRATE.csv")
    (here / "macro" / "back").symlink_to(here)
    (here / "vintages").symlink_to(here)
    (here / "elsewhere").symlink_to(tmp_path)
    plan = Folder(here).plan()
    read = ("prices/A.csv", "macro/UNRATE.csv", "universe/pit.parquet#2023", "universe/pit.parquet#2024")
    assert set(plan) == {*read, "elsewhere", "macro/back", "vintages"}
    assert all(isinstance(Folder(here).fetch(part, None), Part) for part in read)
    answer = Folder(here).fetch("elsewhere", None)
    assert isinstance(answer, Failure)
    assert answer.reason.startswith("no reader for elsewhere; folders read are actions, calendars")


def test_a_folder_that_may_not_be_opened_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = lay(tmp_path, {"prices/A.csv": SPY, "macro/UNRATE.csv": FILES["macro/UNRATE.csv"]})
    opened = Path.iterdir

    def denied(path: Path) -> Any:
        if path.name == "macro":
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(Path, "iterdir", denied)
    assert set(feed.plan()) == {"macro", "prices/A.csv"}
    answer = feed.fetch("macro", None)
    assert isinstance(answer, Failure)
    assert answer.reason == "PermissionError while reading it"


def test_a_universe_without_rows_says_so(tmp_path: Path) -> None:
    file = pit(tmp_path)
    pl.read_parquet(file).head(0).write_parquet(file)
    assert Folder(tmp_path).plan() == ("universe/pit.parquet#0",)
    answer = Folder(tmp_path).fetch("universe/pit.parquet#0", None)
    assert isinstance(answer, Failure)
    assert answer.reason == "found no row with a date, expected a row for each stock and session"


def test_rows_of_a_universe_without_a_date_are_counted(tmp_path: Path) -> None:
    pit(tmp_path, date=[date(2023, 12, 29), date(2024, 1, 2), None])
    answer = Folder(tmp_path).fetch("universe/pit.parquet#2024", None)
    assert isinstance(answer, Part)
    assert answer.said == "1 rows of the file have no date and are left out"
    assert answer.facts["stocks"]["symbol"].to_list() == ["B"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"pull folder .*/absent: found nothing there; expected a folder; with any of"
    ):
        Folder(tmp_path / "absent").plan()
    (tmp_path / "file.csv").write_text(SPY)
    with pytest.raises(RequestError, match=r"file\.csv: found a file; expected a folder"):
        Folder(tmp_path / "file.csv").plan()
    (tmp_path / "empty" / "prices").mkdir(parents=True)
    with pytest.raises(RequestError, match="found an empty folder; expected any of actions, calendars"):
        Folder(tmp_path / "empty").plan()


def test_what_is_not_recognised_is_listed(tmp_path: Path) -> None:
    odd = ("README.md", "SPY.csv", "prices/SPY.xlsx", "prices/old/SPY.csv", "news/a.csv", "prices/A#1.csv.bak")
    feed = lay(tmp_path, {**dict.fromkeys(odd, SPY), "prices/SPY.csv": SPY, ".hidden": SPY, ".git/config": SPY})
    assert feed.plan() == ("prices/A#1.csv.bak", "prices/SPY.csv", "prices/SPY.xlsx", "prices/old/SPY.csv", "README.md",
                           "SPY.csv", "news/a.csv")  # fmt: skip
    for name in odd:
        answer = feed.fetch(name, None)
        assert isinstance(answer, Failure)
        assert answer.status == "not recognised"
        assert answer.reason.startswith(f"no reader for {name}; folders read are actions, calendars, kenfrench")


def test_a_hash_in_a_name_is_a_letter(tmp_path: Path) -> None:
    assert only(tmp_path, "prices/A#B.csv", SPY).series[0].name == "A#B"


def test_splits_come_before_the_prices_they_explain(tmp_path: Path) -> None:
    feed = lay(tmp_path, dict(FILES))
    tops = [part.split("/")[0] for part in feed.plan()]
    assert list(dict.fromkeys(tops)) == [
        "calendars", "actions", "prices", "macro", "vintages", "kenfrench", "membership", "universe",
    ]  # fmt: skip
    assert len(tops) == len(FILES)


def test_actions(tmp_path: Path) -> None:
    facts = only(tmp_path, "actions/SPY.csv", FILES["actions/SPY.csv"]).facts["actions"]
    assert facts.rows() == [
        ("SPY", date(2024, 7, 5), at(2024, 7, 5, 13, 30), "split", 2.0, "given"),
        ("SPY", date(2024, 6, 21), at(2024, 6, 21, 13, 30), "dividend", 1.76, "given"),
    ]


def test_macro_is_known_by_the_stated_lag(tmp_path: Path) -> None:
    part = only(tmp_path, "macro/UNRATE.csv", "date,value\n2024-06-01,4.1\n2024-05-01,4.0\nx,3\n2024-07-01,four\n")
    # 31 May + 10 days = Monday 10 June; 30 June + 10 = Wednesday 10 July
    assert part.facts["observations"].rows() == [
        ("FRED:UNRATE", date(2024, 5, 1), at(2024, 6, 10, 12, 30), 4.0, "lag"),
        ("FRED:UNRATE", date(2024, 6, 1), at(2024, 7, 10, 12, 30), 4.1, "lag"),
    ]
    assert part.series[0].note == "assumed known 10 days after the month described, 08:30 New York"
    assert part.rejected.select("series", "reason").rows() == [
        ("FRED:UNRATE", "not a date"),
        ("FRED:UNRATE", "text in a number column"),
    ]


def test_macro_of_several_columns(tmp_path: Path) -> None:
    part = only(tmp_path, "macro/BREADTH.csv", FILES["macro/BREADTH.csv"])
    assert part.facts["observations"].select("series", "describes", "value").rows() == [
        ("BREADTH:up", date(2024, 7, 2), 0.5),
        ("BREADTH:up", date(2024, 7, 3), 0.6),
        ("BREADTH:down", date(2024, 7, 2), 0.25),
        ("BREADTH:down", date(2024, 7, 3), 0.2),
    ]


def vintages(home: Path, name: str, content: str) -> list[tuple[Any, ...]]:
    facts = only(home, name, content).facts["observations"]
    assert set(facts["known_by"]) <= {"vintage", "month"}
    return facts.select("series", "describes", "known_at", "value").rows()


def test_vintages_keep_only_changes(tmp_path: Path) -> None:
    content = (
        "realtime_start,date,value\n2024-09-06,2024-06-01,4.1\n2024-07-05,2024-06-01,4.1\n2024-08-02,2024-06-01,4.0\n"
        "2024-08-30,2024-06-01,4.0\n2024-08-02,2024-07-01,.\n"
    )
    assert vintages(tmp_path, "vintages/ALFRED_UNRATE.csv", content) == [
        ("FRED:UNRATE", date(2024, 6, 1), at(2024, 7, 5, 12, 30), 4.1),
        ("FRED:UNRATE", date(2024, 6, 1), at(2024, 8, 2, 12, 30), 4.0),
        ("FRED:UNRATE", date(2024, 6, 1), at(2024, 9, 6, 12, 30), 4.1),
    ]


def test_a_vintage_that_names_a_month_is_known_on_its_last_weekday(tmp_path: Path) -> None:
    content = "date,value,series,vintage\n2024-05-01,313.2,CPIAUCSL,2024-06\n2024-05-01,313.3,CPIAUCSL,2024-07-01\n"
    assert vintages(tmp_path, "vintages/several.csv", content) == [
        ("FRED:CPIAUCSL", date(2024, 5, 1), at(2024, 6, 28, 12, 30), 313.2),
        ("FRED:CPIAUCSL", date(2024, 5, 1), at(2024, 7, 1, 12, 30), 313.3),
    ]
    part = Folder(tmp_path).fetch("vintages/several.csv", None)
    assert isinstance(part, Part)
    assert part.facts["observations"]["known_by"].to_list() == ["month", "vintage"]


def test_a_vintage_is_not_known_before_the_hour_of_its_release(tmp_path: Path) -> None:
    content = "date,value,series,vintage\n2024-06-01,5.1,AAA,2024-07-01\n2024-06-01,1.0,OTHER,2024-07-01\n"
    assert [row[2] for row in vintages(tmp_path, "vintages/a.csv", content)] == [
        at(2024, 7, 1, 20, 30),  # monthly averages of yields come out at 16:30, after the close
        at(2024, 7, 1, 12, 30),
    ]


def test_wide_vintages(tmp_path: Path) -> None:
    content = "date,nfci_v2024_03_27,nfci_v2024_08_20,m2_x_v2024_03_27\n2024-01-05,-0.5,-0.52,7\n2024-01-12,,-0.6,8\n"
    assert vintages(tmp_path, "vintages/wide.csv", content) == [
        ("FRED:M2_X", date(2024, 1, 5), at(2024, 3, 27, 12, 30), 7.0),
        ("FRED:M2_X", date(2024, 1, 12), at(2024, 3, 27, 12, 30), 8.0),
        ("FRED:NFCI", date(2024, 1, 5), at(2024, 3, 27, 12, 30), -0.5),
        ("FRED:NFCI", date(2024, 1, 5), at(2024, 8, 20, 12, 30), -0.52),
        ("FRED:NFCI", date(2024, 1, 12), at(2024, 8, 20, 12, 30), -0.6),
    ]


def test_vintages_set_apart_what_they_cannot_read(tmp_path: Path) -> None:
    content = (
        "series,date,vintage,value\nM,2024-05-01,2024-06-07,4.0\nM,2024-06-01,soon,4.1\nM,2024-06-01,2024-07-05,x\n"
    )
    part = only(tmp_path, "vintages/a.csv", content)
    assert len(part.facts["observations"]) == 1
    assert part.rejected.rows() == [
        ("FRED:M", date(2024, 6, 1), "not a date", "series=M, date=2024-06-01, vintage=soon, value=4.1"),
        ("FRED:M", date(2024, 6, 1), "text in a number column",
         "series=M, date=2024-06-01, vintage=2024-07-05, value=x"),
    ]  # fmt: skip


def test_vintages_as_parquet(tmp_path: Path) -> None:
    file = tmp_path / "vintages" / "all.parquet"
    file.parent.mkdir()
    told = {"series": ["M"] * 3, "date": [date(2015, 1, 1)] * 3, "vintage": ["2015-02", "2015-03", "2015-04-01"]}
    pl.DataFrame({**told, "value": [1.0, float("nan"), 2.0]}).write_parquet(file)
    part = Folder(tmp_path).fetch("vintages/all.parquet", None)
    assert isinstance(part, Part)
    assert part.facts["observations"].select("known_at", "value").rows() == [
        (at(2015, 2, 27, 13, 30), 1.0),
        (at(2015, 4, 1, 12, 30), 2.0),
    ]
    pl.DataFrame({**told, "vintage": ["2015-02", "later", "x"], "value": 1.0}).write_parquet(file)
    answer = Folder(tmp_path).fetch("vintages/all.parquet", None)
    assert isinstance(answer, Failure)
    assert "expected a day or a month in every row" in answer.reason
    for raw in (b"", b"PAR1 no"):
        assert refused(tmp_path, "vintages/all.parquet", raw).status == "unreadable"


def test_meetings_are_announced_and_releases_are_known_when_they_come(tmp_path: Path) -> None:
    fomc = only(tmp_path, "calendars/fomc_decision_dates.csv", FILES["calendars/fomc_decision_dates.csv"])
    assert fomc.facts["events"].rows() == [
        ("FOMC", date(2024, 7, 31), at(2024, 2, 2, 18), "scheduled", None),  # 180 days before 14:00 New York
        ("FOMC", date(2020, 3, 15), at(2020, 3, 15, 18), "unscheduled", None),
    ]
    jobs = "reference_month,first_release_date\n1960-01-01,1960-03-15\n1960-02,1960-03-15\n1960-03,1960-04-07\n"
    jobs += ",1960-05-05\n"
    events = only(tmp_path, "calendars/employment_release.csv", jobs).facts["events"]
    assert events.rows() == [
        ("EMPLOYMENT", date(1960, 3, 15), at(1960, 3, 15, 13, 30), "release 1960-01", date(1960, 1, 1)),
        ("EMPLOYMENT", date(1960, 3, 15), at(1960, 3, 15, 13, 30), "release 1960-02", date(1960, 2, 1)),
        ("EMPLOYMENT", date(1960, 4, 7), at(1960, 4, 7, 13, 30), "release", date(1960, 3, 1)),
        ("EMPLOYMENT", date(1960, 5, 5), at(1960, 5, 5, 12, 30), "release", None),
    ]


def test_sessions_are_held_against_the_exchange(tmp_path: Path) -> None:
    part = only(tmp_path, "calendars/nyse_sessions_2024.csv", FILES["calendars/nyse_sessions_2024.csv"])
    assert part.said == "3 sessions, 2 of them sessions of XNYS; the exchange calendar is used"
    assert not len(part.facts["events"])


def members(home: Path, name: str, content: str) -> list[tuple[Any, ...]]:
    return only(home, name, content).facts["members"].drop("known_at").rows()


def test_holdings_are_members_held_on_a_day(tmp_path: Path) -> None:
    name = "membership/IWM_holdings_2024-06-28.csv"
    twice = HOLDINGS + "AAA,ALPHA CVR,Equity,\n,GAMMA,Equity,1\n-,DELTA,Equity,1\nCCC,CEE,Equity,\n"
    part = only(tmp_path, name, twice)
    assert part.facts["members"].rows() == [
        ("iwm", "AAA", date(2024, 6, 28), at(2024, 6, 28, 20), "held", 0.6),
        ("iwm", "BBB", date(2024, 6, 28), at(2024, 6, 28, 20), "held", 0.395),
        ("iwm", "CCC", date(2024, 6, 28), at(2024, 6, 28, 20), "held", None),
    ]
    assert "left out: 1 Money Market, 2 no usable ticker" in part.said
    bad = only(tmp_path, name, HOLDINGS + "DDD,DEE,Equity,much\n")
    assert bad.rejected.rows() == [("iwm", date(2024, 6, 28), "weight is no number", "DDD,DEE,Equity,much")]


def test_a_fund_s_own_download_says_its_day(tmp_path: Path) -> None:
    raw = 'iShares Fund\nFund Holdings as of,"Jun 28, 2024"\n\n' + HOLDINGS.replace("weight_pct", "Weight (%)")
    assert members(tmp_path, "membership/IWM_holdings.csv", raw)[0] == ("iwm", "AAA", date(2024, 6, 28), "held", 0.6)


@pytest.mark.parametrize("content", [HOLDINGS, "symbol,security\nA,Agilent\n"])
def test_a_list_without_a_day_cannot_be_placed(tmp_path: Path, content: str) -> None:
    failure = refused(tmp_path, "membership/IWM_holdings.csv", content)
    assert (failure.status, failure.todo) == ("not recognised", "name it IWM_holdings_YYYY-MM-DD.csv")
    assert "it cannot be placed in time" in failure.reason


def test_a_plain_list_on_a_sunday_was_not_known_on_friday(tmp_path: Path) -> None:
    content = "Symbol,Security\nMMM,3M\nNA,Nano\n-,none\n,blank\n"
    part = only(tmp_path, "membership/sp500_current_wikipedia_2025-11-16.csv", content)
    assert part.facts["members"].rows() == [
        ("sp500", "MMM", date(2025, 11, 16), at(2025, 11, 16), "held", None),
        ("sp500", "NA", date(2025, 11, 16), at(2025, 11, 16), "held", None),
    ]
    assert part.rejected["reason"].to_list() == ["no symbol"] * 2


def test_stays_become_in_and_out(tmp_path: Path) -> None:
    content = "ticker,start_date,end_date\nA,2000-06-05,\nB,1999-12-08,2017-06-19\nC,?,\n"
    content += "D,2001-01-02,x\nE,2001-01-02,2000-01-03\n"
    part = only(tmp_path, "membership/sp500_ticker_start_end.csv", content)
    assert part.facts["members"].drop("known_at").rows() == [
        ("sp500", "A", date(2000, 6, 5), "in", None),
        ("sp500", "B", date(1999, 12, 8), "in", None),
        ("sp500", "B", date(2017, 6, 19), "out", None),
    ]
    assert part.rejected.select("series", "describes", "reason").rows() == [
        ("sp500", None, "not a date"),
        ("sp500", date(2001, 1, 2), "not a date"),
        ("sp500", date(2001, 1, 2), "it ends before it starts"),
    ]


def test_changes_become_in_and_out(tmp_path: Path) -> None:
    content = 'date,add,remove\n2019-01-18,"TFX","PCG"\n2019-02-15,"ATO, XYZ",\nlater,"A","B"\n'
    part = only(tmp_path, "membership/sp500_changes_since_2019.csv", content)
    assert sorted(part.facts["members"].drop("known_at").rows()) == [
        ("sp500_changes_since_2019", "ATO", date(2019, 2, 15), "in", None),
        ("sp500_changes_since_2019", "PCG", date(2019, 1, 18), "out", None),
        ("sp500_changes_since_2019", "TFX", date(2019, 1, 18), "in", None),
        ("sp500_changes_since_2019", "XYZ", date(2019, 2, 15), "in", None),
    ]
    assert part.rejected["raw"].to_list() == ["date=later, add=A, remove=B"]


def test_holdings_without_a_member_are_no_group(tmp_path: Path) -> None:
    told = "Ticker,Asset Class,Weight (%)\nXTSLA,Money Market,99\n-,Equity,1\n"
    answer = lay(tmp_path, {"membership/FUND_2024-06-28.csv": told}).fetch("membership/FUND_2024-06-28.csv", None)
    assert isinstance(answer, Failure)
    assert answer.reason == (
        "found 0 members as of 2024-06-28; left out: 1 Money Market, 1 no usable ticker, "
        "expected rows with the ticker of a stock"
    )
    told = "Ticker,Asset Class,Weight (%)\nAAA,Equity,much\n"
    answer = lay(tmp_path, {"membership/FUND_2024-06-28.csv": told}).fetch("membership/FUND_2024-06-28.csv", None)
    assert isinstance(answer, Failure)
    assert answer.reason.startswith("found 0 members as of 2024-06-28; 1 rows that cannot be read, expected")


def test_weights_that_look_like_parts_of_one_are_said(tmp_path: Path) -> None:
    """The column promises percent, and percent it is taken as; nothing is guessed, but it is said."""
    part = "membership/FUND_2024-06-28.csv"
    names = "ABCDEFGHIJ"
    told = "Ticker,Weight (%)\n" + "".join(f"AA{name},0.0999\n" for name in names)
    answer = lay(tmp_path, {part: told}).fetch(part, None)
    assert isinstance(answer, Part)
    assert answer.facts["members"]["weight"].to_list() == pytest.approx([0.000999] * 10)
    assert "weights add up to 1.00 %: they are taken as percent, but look like parts of one" in answer.said
    answer = lay(tmp_path, {part: told.replace("0.0999", "9.99")}).fetch(part, None)
    assert isinstance(answer, Part)
    assert "add up" not in answer.said


def test_what_a_list_of_members_does_not_use_is_said(tmp_path: Path) -> None:
    part = "membership/FUND_2024-06-28.csv"
    answer = lay(tmp_path, {part: "Symbol,Name,Weight\nAAA,x,0.6\n"}).fetch(part, None)
    assert isinstance(answer, Part)
    assert answer.said == "a plain list; columns not used: name, weight"
    part = "membership/sp500_changes_since_2019.csv"
    answer = lay(tmp_path, {part: FILES[part]}).fetch(part, None)
    assert isinstance(answer, Part)
    assert answer.said == "a list of changes: members that never came or went since it begins are not in it"


def test_a_universe_is_a_part_a_year(tmp_path: Path) -> None:
    pit(tmp_path)
    feed = Folder(tmp_path)
    assert feed.plan() == ("universe/pit.parquet#2023", "universe/pit.parquet#2024")
    part = feed.fetch("universe/pit.parquet#2024", None)
    assert isinstance(part, Part)
    assert part.facts["stocks"].rows() == [
        ("pit", "A", date(2024, 1, 2), at(2024, 1, 2, 21), 3.0, None, None, 30.0, None),
        ("pit", "B", date(2024, 1, 2), at(2024, 1, 2, 21), 2.0, 1.0, None, 20.0, 1_500_000.0),
    ]
    assert isinstance(feed.fetch("universe/pit.parquet#2024", part.sha256), Unchanged)
    assert isinstance(feed.fetch("universe/pit.parquet#2023", part.sha256), Part)


def test_a_universe_of_adjusted_closes_says_so(tmp_path: Path) -> None:
    file = pit(tmp_path, "universe/adj.parquet")
    pl.read_parquet(file).select("date", "symbol", adj_close=pl.lit(float("nan"))).write_parquet(file)
    part = Folder(tmp_path).fetch("universe/adj.parquet#2024", None)
    assert isinstance(part, Part)
    assert part.said == "universe of listed companies as the file gives it; dividend-adjusted closes only"
    assert part.facts["stocks"]["adj_close"].to_list() == [None, None]  # missing is missing, not NaN


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"<html></html>"])
def test_a_universe_that_is_no_parquet(tmp_path: Path, raw: bytes) -> None:
    feed = lay(tmp_path, {"universe/a.parquet": raw})
    (name,) = feed.plan()
    answer = feed.fetch(name, None)
    assert isinstance(answer, Failure)
    assert (answer.status, answer.reason) == ("unreadable", "found no Parquet table, expected a Parquet file")


@pytest.mark.parametrize(
    ("keep", "found"),
    [
        (["date", "close"], "found columns date, close"),
        (["date", "symbol", "close"], "found columns date, symbol, close"),
        (["date", "symbol", "pct"], "found columns date, symbol, pct"),
        (["symbol", "adj_close", "text"], "found dates as String"),
    ],
)
def test_a_universe_with_wrong_columns(tmp_path: Path, keep: list[str], found: str) -> None:
    file = pit(tmp_path, adj_close=1.0, text="2024-01-02")
    pl.read_parquet(file).select(keep).rename({"text": "date"}, strict=False).write_parquet(file)
    feed = Folder(tmp_path)
    answer = feed.fetch(feed.plan()[0], None)
    assert isinstance(answer, Failure)
    assert answer.status == "unreadable"
    assert found in answer.reason


def test_listings_with_and_without_segments(tmp_path: Path) -> None:
    part = only(tmp_path, "universe/symbols.csv", FILES["universe/symbols.csv"])
    assert part.facts["listings"].rows() == [
        ("symbols", "A", 0, date(2021, 1, 29), at(2021, 1, 29, 21), date(2024, 7, 5), "Agilent", "nyse", "Health", None,
         "common")
    ]  # fmt: skip
    assert part.said == "names and sectors are those of the last day seen, not of the day described"
    segments = "symbol,seg,seg_first,seg_last,last_name\nAACI,0,2021-11-10,2024-08-15,One\nAACI,1,?,2025-10-28,Two\n"
    told = only(tmp_path, "universe/segments.csv", segments)
    assert told.facts["listings"].select("symbol", "segment", "name").rows() == [("AACI", 0, "One")]
    assert told.rejected.select("series", "reason").rows() == [("AACI", "no date in seg_first")]


def test_portfolios_are_returns_in_decimals_and_marks_are_missing(tmp_path: Path) -> None:
    content = "# words\nDate,Lo 30,Hi 30,<= 0\n2024-05-31,1.5,-0.25,\n2024-06-30,-99.99,2,-999\n"
    part = only(tmp_path, "kenfrench/size_monthly.csv", content)
    assert part.facts["bars"].select("series", "describes", "known_at", "change").rows() == [
        (part.series[0].name, date(2024, 5, 31), at(2024, 5, 31, 20), 0.015),
        (part.series[1].name, date(2024, 5, 31), at(2024, 5, 31, 20), -0.0025),
        (part.series[1].name, date(2024, 6, 30), at(2024, 6, 28, 20), 0.02),
    ]
    assert [info.title for info in part.series] == ["size_monthly Lo 30", "size_monthly Hi 30"]
    assert {info.frequency for info in part.series} == {"month"}
    assert part.said == "no value at all in <= 0"


def test_numbers_of_firms_are_observations(tmp_path: Path) -> None:
    part = only(tmp_path, "kenfrench/size_nfirms.csv", "date,Lo 30\n2024-05-31,500\n2024-06-30,many\n")
    rows = part.facts["observations"].select("describes", "known_at", "value", "known_by").rows()
    assert rows == [(date(2024, 5, 1), at(2024, 7, 15, 12, 30), 500.0, "lag")]  # 31 May + 45 days
    assert part.rejected["reason"].to_list() == ["text in a number column"]
