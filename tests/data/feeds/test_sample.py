"""The sample against hand-typed values, and against the two libraries' own load functions, value by value."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib.util
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from leadline.data.feeds.contract import Failure, Feed, Part, SeriesInfo
from leadline.data.feeds.sample import Sample

from .conformance import FeedConformance

INDUSTRIES = {
    "NODUR": "NoDur", "DURBL": "Durbl", "MANUF": "Manuf", "ENRGY": "Enrgy", "CHEMS": "Chems", "BUSEQ": "BusEq",
    "TELCM": "Telcm", "UTILS": "Utils", "SHOPS": "Shops", "HLTH": "Hlth", "MONEY": "Money", "OTHER": "Other",
}  # fmt: skip


def fetched(part: str) -> Part:
    answer = Sample().fetch(part, None)
    assert isinstance(answer, Part)
    return answer


def bars(part: str, series: str) -> pl.DataFrame:
    return fetched(part).facts["bars"].filter(pl.col("series") == series)


def on(frame: pl.DataFrame, day: date) -> dict[str, object]:
    return frame.row(by_predicate=pl.col("describes") == day, named=True)


def info(part: str, series: str) -> SeriesInfo:
    return next(found for found in fetched(part).series if found.name == series)


class TestSampleConforms(FeedConformance):
    def make_feed(self) -> Feed:
        return Sample()


def test_the_plan_has_one_part_a_file() -> None:
    assert Sample().plan() == (
        "linearmodels/french", "arch/sp500", "arch/nasdaq", "arch/default", "arch/core_cpi", "arch/vix",
        "arch/frenchdata",
    )  # fmt: skip


# ---- the French library


def test_sizes_are_the_mean_of_their_three_value_portfolios() -> None:
    march = date(2017, 3, 31)
    assert on(bars("linearmodels/french", "SMALL"), march)["change"] == pytest.approx((0.0195 + 0.0206 + 0.0027) / 3)
    assert on(bars("linearmodels/french", "MID"), march)["change"] == pytest.approx((0.0133 + 0.0050 - 0.0246) / 3)
    assert on(bars("linearmodels/french", "LARGE"), march)["change"] == pytest.approx((0.0158 - 0.0051 - 0.0300) / 3)


def test_market_is_the_excess_return_and_the_bill() -> None:
    assert on(bars("linearmodels/french", "MARKET"), date(2017, 3, 31))["change"] == pytest.approx(0.0017 + 0.0003)


@pytest.mark.parametrize(
    ("series", "change"), [("FF:SMB", 0.0113), ("FF:HML", -0.0332), ("FF:MOM", -0.0093), ("FF:RF", 0.0003)]
)
def test_factors_of_the_last_month(series: str, change: float) -> None:
    assert on(bars("linearmodels/french", series), date(2017, 3, 31))["change"] == pytest.approx(change)


def test_months_are_labelled_by_their_last_calendar_day() -> None:
    days = bars("linearmodels/french", "SMALL")["describes"].to_list()
    assert len(days) == 819  # 68 years and three months
    assert days[:2] == [date(1949, 1, 31), date(1949, 2, 28)]
    assert days[-1] == date(2017, 3, 31)
    assert date(2016, 2, 29) in days
    assert days == pd.date_range("1949-01-31", "2017-03-31", freq="ME").date.tolist()


def test_a_month_is_known_at_the_close_of_its_last_session() -> None:
    known = bars("linearmodels/french", "SMALL")
    assert on(known, date(1949, 7, 31))["known_at"] == datetime(1949, 7, 31, 20, tzinfo=UTC)  # summer, before 1970
    assert on(known, date(1949, 12, 31))["known_at"] == datetime(1949, 12, 31, 21, tzinfo=UTC)
    assert on(known, date(2016, 4, 30))["known_at"] == datetime(2016, 4, 29, 20, tzinfo=UTC)  # a Saturday
    # the half day after Thanksgiving was the last session of November 2013
    assert on(known, date(2013, 11, 30))["known_at"] == datetime(2013, 11, 29, 18, tzinfo=UTC)


def test_monthly_bars_have_a_change_and_no_price() -> None:
    frame = fetched("linearmodels/french").facts["bars"]
    assert frame["change"].null_count() == 0
    for column in ("open", "high", "low", "close", "adj_close", "volume"):
        assert frame[column].null_count() == frame.height


def test_the_french_series_are_described() -> None:
    part = fetched("linearmodels/french")
    assert {found.name for found in part.series} == {
        "SMALL", "MID", "LARGE", "MARKET", "FF:SMB", "FF:HML", "FF:MOM", "FF:RF", *INDUSTRIES,
    }  # fmt: skip
    assert {(found.frequency, found.unit, found.standing) for found in part.series} == {("month", "index", "sample")}
    said = "mean of the low, middle and high book-to-market portfolios of that size, re-balanced monthly"
    for size in ("SMALL", "MID", "LARGE"):
        assert said in info("linearmodels/french", size).note
    assert info("linearmodels/french", "HLTH").title == "Health care"


def test_every_french_value_is_that_of_the_library() -> None:
    from linearmodels.datasets import french

    table = french.load()
    wanted = {
        **{name: table[column] for name, column in INDUSTRIES.items()},
        **{size: table[[f"{at}V1", f"{at}V3", f"{at}V5"]].mean(axis=1) for size, at in
           (("SMALL", "S1"), ("MID", "S3"), ("LARGE", "S5"))},
        "MARKET": table["MktRF"] + table["RF"],
        **{f"FF:{name.upper()}": table[name] for name in ("SMB", "HML", "Mom", "RF")},
    }  # fmt: skip
    frame = fetched("linearmodels/french").facts["bars"]
    assert set(frame["series"].unique()) == set(wanted)
    for name, values in wanted.items():
        got = frame.filter(pl.col("series") == name)
        assert got["change"].to_list() == pytest.approx(values.to_list(), abs=1e-15)
        assert [(day.year, day.month) for day in got["describes"]] == [(day.year, day.month) for day in table["dates"]]


# ---- the factors since 1926


def test_factors_since_1926_are_decimals_with_their_months() -> None:
    rows = bars("arch/frenchdata", "FF26:MKT_RF")
    assert rows.height == 1109  # 1926-07 to 2018-11
    assert on(rows, date(1926, 7, 31))["change"] == pytest.approx(0.0296)
    assert on(rows, date(1926, 7, 31))["known_at"] == datetime(1926, 7, 31, 20, tzinfo=UTC)
    assert on(rows, date(2018, 11, 30))["change"] == pytest.approx(0.0169)
    assert on(bars("arch/frenchdata", "FF26:HML"), date(1926, 7, 31))["change"] == pytest.approx(-0.0287)
    assert on(bars("arch/frenchdata", "FF26:RF"), date(2018, 10, 31))["change"] == pytest.approx(0.0019)


def test_every_factor_since_1926_is_that_of_the_library() -> None:
    from arch.data import frenchdata

    table = frenchdata.load()  # its index holds 192607 read as nanoseconds since 1970
    months = [(number // 100, number % 100) for number in table.index.astype("int64").tolist()]
    for name in ("Mkt-RF", "SMB", "HML", "RF"):
        got = bars("arch/frenchdata", f"FF26:{name.upper().replace('-', '_')}")
        assert got["change"].to_list() == pytest.approx((table[name] / 100).to_list(), abs=1e-15)
        assert [(day.year, day.month) for day in got["describes"]] == months


# ---- daily indices


def test_index_prices_of_the_first_session() -> None:
    row = on(bars("arch/sp500", "SP500"), date(1999, 1, 4))
    prices = [row[name] for name in ("open", "high", "low", "close", "volume")]
    assert prices == [1229.22998, 1248.810059, 1219.099976, 1228.099976, 877000000.0]
    assert row["adj_close"] is None
    assert row["change"] is None
    assert row["adjusted_to"] == date(1999, 1, 4)
    assert row["known_at"] == datetime(1999, 1, 4, 21, tzinfo=UTC)
    assert on(bars("arch/nasdaq", "NASDAQ"), date(2018, 12, 31))["close"] == 6635.279785


@pytest.mark.parametrize(("part", "series"), [("sp500", "SP500"), ("nasdaq", "NASDAQ")])
def test_every_index_price_is_that_of_the_library(part: str, series: str) -> None:
    table = importlib.import_module(f"arch.data.{part}").load()
    assert (table["Adj Close"] == table["Close"]).all()  # an index without dividends: nothing is lost by leaving it out
    got = bars(f"arch/{part}", series)
    assert got["describes"].to_list() == table.index.date.tolist()
    for column in ("Open", "High", "Low", "Close"):
        assert got[column.lower()].to_list() == pytest.approx(table[column].to_list(), rel=1e-15)
    volume = [value or None for value in table["Volume"].tolist()]
    assert got["volume"].to_list() == volume
    described = info(f"arch/{part}", series)
    assert (described.frequency, described.unit, described.standing) == ("session", "price", "sample")


def test_two_sessions_of_the_nasdaq_without_volume_are_told() -> None:
    part = fetched("arch/nasdaq")
    assert part.rejected["describes"].to_list() == [date(2015, 5, 12), date(2018, 1, 9)]
    row = on(part.facts["bars"], date(2015, 5, 12))
    assert (row["close"], row["volume"]) == (4976.189941, None)
    assert "2 sessions" in info("arch/nasdaq", "NASDAQ").note
    assert fetched("arch/sp500").rejected.height == 0


# ---- macro


@pytest.mark.parametrize(
    ("part", "series", "day", "value", "known"),
    [
        ("arch/default", "FRED:AAA", date(1919, 1, 1), 5.35, datetime(1919, 2, 3, 21, 30, tzinfo=UTC)),
        ("arch/default", "FRED:BAA", date(2018, 11, 1), 5.22, datetime(2018, 12, 3, 21, 30, tzinfo=UTC)),
        ("arch/core_cpi", "FRED:CPILFESL", date(2018, 10, 1), 258.939, datetime(2018, 11, 19, 13, 30, tzinfo=UTC)),
        ("arch/vix", "FRED:VIXCLS", date(2014, 1, 3), 13.76, datetime(2014, 1, 6, 13, 30, tzinfo=UTC)),
    ],
)
def test_macro_values_and_their_stated_lags(part: str, series: str, day: date, value: float, known: datetime) -> None:
    rows = fetched(part).facts["observations"].filter(pl.col("series") == series)
    row = on(rows, day)
    assert (row["value"], row["known_at"], row["known_by"]) == (value, known, "lag")
    assert "not first releases" in info(part, series).note


@pytest.mark.parametrize(
    ("part", "column", "series"),
    [
        ("default", "AAA", "FRED:AAA"),
        ("default", "BAA", "FRED:BAA"),
        ("core_cpi", "CPILFESL", "FRED:CPILFESL"),
        ("vix", "vix", "FRED:VIXCLS"),
    ],
)
def test_every_macro_value_is_that_of_the_library(part: str, column: str, series: str) -> None:
    table = importlib.import_module(f"arch.data.{part}").load()[column].dropna()
    got = fetched(f"arch/{part}").facts["observations"].filter(pl.col("series") == series)
    assert got["describes"].to_list() == table.index.date.tolist()
    assert got["value"].to_list() == pytest.approx(table.to_list(), rel=1e-15)


# ---- how it is read


def test_the_hash_is_that_of_the_file() -> None:
    spec = importlib.util.find_spec("arch")
    assert spec is not None
    assert spec.origin is not None
    raw = (Path(spec.origin).parent / "data" / "sp500" / "sp500.csv.gz").read_bytes()
    assert fetched("arch/sp500").sha256 == hashlib.sha256(raw).hexdigest()


def test_neither_library_is_imported() -> None:
    code = (
        "import sys; from leadline.data.feeds.sample import Sample; feed = Sample();"
        "[feed.fetch(part, None) for part in feed.plan()];"
        "print([name for name in ('arch', 'linearmodels', 'statsmodels') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_that_moved_is_a_failure_that_names_the_version(tmp_path: Path) -> None:
    answer = Sample(tmp_path).fetch("arch/default", None)
    assert isinstance(answer, Failure)
    assert answer.status == "failed"
    assert answer.series == ("FRED:AAA", "FRED:BAA")
    assert "8.0 has it" in answer.reason
    assert answer.todo == "install arch 8.0"


DAMAGED = {
    "no gzip": b"no gzip at all",
    "cut off": gzip.compress(b"Date,AAA,BAA\n1/1/1919,5.35,7.12\n")[:-12],
    "other columns": gzip.compress(b"Date,A\n1/1/1919,5\n"),
    "other dates": gzip.compress(b"Date,AAA,BAA\n1919-01-01,5.35,7.12\n"),
    "empty": gzip.compress(b""),
}


@pytest.mark.parametrize("raw", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_unreadable(tmp_path: Path, raw: bytes) -> None:
    folder = tmp_path / "arch" / "data" / "default"
    folder.mkdir(parents=True)
    (folder / "default.csv.gz").write_bytes(raw)
    answer = Sample(tmp_path).fetch("arch/default", None)
    assert isinstance(answer, Failure)
    assert answer.status == "unreadable"
    assert "arch/data/default/default.csv.gz" in answer.reason
    assert str(tmp_path) not in answer.reason


def test_a_damaged_french_file_is_unreadable(tmp_path: Path) -> None:
    folder = tmp_path / "linearmodels" / "datasets" / "french"
    folder.mkdir(parents=True)
    (folder / "french.csv.bz2").write_bytes(bz2.compress(b"dates,MktRF\n1949-01-01,0.1\n"))
    answer = Sample(tmp_path).fetch("linearmodels/french", None)
    assert isinstance(answer, Failure)
    assert answer.status == "unreadable"
    assert "SMALL" in answer.series


def test_an_unknown_part_is_not_recognised() -> None:
    answer = Sample().fetch("arch/crude", None)
    assert isinstance(answer, Failure)
    assert answer.status == "not recognised"
