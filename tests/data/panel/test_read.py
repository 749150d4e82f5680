"""Reading at a cut: which session it is, what is inside, and what is said of each series."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.build import read

from ..ledger.told import (  # noqa: TID252 - tests are no package
    at,
    bars,
    day,
    events,
    members,
    observations,
    part,
    split,
    stocks,
    tell,
)

WEEK = {"07-01": 100.0, "07-02": 101.0, "07-03": 102.0, "07-05": 103.0, "07-08": 104.0}

#: Monday 22 July 2024, before the open: what is pulled here is known at that day's close
LATER = at("07-22 12:00")
EVENING = at("07-22 21:00")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week of two series with a half day (3 July) and a holiday (4 July), and facts of every other kind."""
    home = tmp_path_factory.mktemp("home")
    parts = {
        "a": part(bars("SPY", WEEK, adj_close=[90.0, 91.0, 92.0, 93.0, 94.0], volume=10.0)),
        "b": part(bars("TOT", dict.fromkeys(WEEK), adj_close=50.0), note="adjusted only"),
        "c": part(bars("^RUT", {"07-02": 2000.0, "07-05": 2010.0})),
        "e": part(
            events("FOMC", [("07-31", "02-02 18:00", "scheduled", None), ("07-06", "02-02 18:00", "scheduled", None)])
        ),
        "g": part(members("sp", [("A", "06-28", "held"), ("B", "07-06", "in"), ("A", "07-08", "out")])),
        "s": part(stocks([("AAA", "07-02", 1.0), ("AAA", "07-05", 2.0), ("BBB", "07-08", 3.0)])),
    }
    tell(home, parts)
    return home


def test_the_cut_is_the_last_session_with_a_price(home: Path) -> None:
    panel = read(home)
    assert (panel.cut, panel.instant, panel.version) == (day("07-08"), at("07-08 20:00"), 1)
    assert panel.sessions[-1] == day("07-08")
    assert panel.sessions.tail(5).to_list() == [day(one) for one in WEEK]


@pytest.mark.parametrize(
    ("asked", "session", "close"),
    [
        ("07-08", "07-08", "07-08 20:00"),
        ("07-07", "07-05", "07-05 20:00"),  # Sunday
        ("07-06", "07-05", "07-05 20:00"),  # Saturday
        ("07-04", "07-03", "07-03 17:00"),  # a holiday, after a half day that closed at 13:00 New York
        ("07-01", "07-01", "07-01 20:00"),
    ],
)
def test_a_cut_on_any_day_is_the_session_at_or_before_it(home: Path, asked: str, session: str, close: str) -> None:
    panel = read(home, day(asked))
    assert (panel.cut, panel.instant) == (day(session), at(close))
    assert panel.bars["session"].max() == day(session)
    assert panel.column("SPY").drop_nulls().to_list() == [value for one, value in WEEK.items() if one <= session]


def test_a_cut_outside_the_ledger_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="as of 2024-06-30: found a ledger whose first price is of 2024-07-01"):
        read(home, day("06-30"))
    with pytest.raises(
        DataError, match=r"as of 2024-07-09: found a ledger whose last session is 2024-07-08; pull newer"
    ):
        read(home, day("07-09"))
    with pytest.raises(DataError, match="as of 2199-01-01: found a ledger whose last session is 2024-07-08"):
        read(home, day("2199-01-01"))
    with pytest.raises(DataError, match=r"the ledger in .*: found nothing in it yet; run `leadline pull"):
        read(tmp_path)
    tell(tmp_path, part(observations("M", [("06-01", "07-05 12:30", 4.1)])))
    with pytest.raises(DataError, match="found no prices in it; pull prices first"):
        read(tmp_path)


def test_unknown_series_are_refused_with_the_nearest_names(home: Path) -> None:
    with pytest.raises(RequestError, match="series SPI: found no such series in the ledger; expected one of SPY"):
        read(home, series=["TOT", "SPI"])
    with pytest.raises(RequestError, match="expected a name that `leadline status` lists"):
        read(home, series=["ZZZZZZ"])
    with pytest.raises(RequestError, match=r"series RUT: .* expected one of \^RUT"):
        read(home).column("RUT")
    with pytest.raises(RequestError, match="expected a name listed by `leadline status`"):
        read(home).fact("QQQQQ")


def test_only_the_series_asked_for_are_read(home: Path) -> None:
    panel = read(home, series=["TOT"])
    assert set(panel.series) == set(panel.bars["series"]) == {"TOT"}


def test_a_series_has_the_fields_that_it_has(home: Path) -> None:
    panel = read(home)
    assert panel.fact("SPY").fields == ("close", "total", "volume")
    assert panel.column("SPY", "total").drop_nulls().to_list() == [90.0, 91.0, 92.0, 93.0, 94.0]
    with pytest.raises(
        DataError, match=r"TOT\.close: found TOT has total only; only its .* price is known: write TOT\.total"
    ):
        panel.column("TOT")
    with pytest.raises(DataError, match=r"\^RUT\.total: found \^RUT has close only; write \^RUT"):
        panel.column("^RUT", "total")
    with pytest.raises(RequestError, match=r"SPY\.bid: expected a field of SPY: close, total, volume"):
        panel.column("SPY", "bid")


def test_a_day_without_a_trade_has_no_value(home: Path) -> None:
    panel = read(home)
    assert panel.column("^RUT").tail(5).to_list() == [None, 2000.0, None, 2010.0, None]
    fact = panel.fact("^RUT")
    assert (fact.first, fact.last, fact.rows) == (day("07-02"), day("07-05"), 2)


def test_a_series_is_described_as_far_as_the_cut(home: Path) -> None:
    panel = read(home, day("07-03"))
    assert (panel.fact("SPY").last, panel.fact("SPY").rows, panel.fact("SPY").source) == (day("07-03"), 3, "told")
    assert panel.fact("TOT").note == "adjusted only"


def test_events_ahead_are_known_but_have_no_session(home: Path) -> None:
    columns = ("describes", "session")
    assert read(home, day("07-05")).events.select(columns).rows() == [(day("07-06"), None), (day("07-31"), None)]
    # a Saturday's meeting is placed on the Monday
    assert read(home, day("07-08")).events.select(columns).rows() == [
        (day("07-06"), day("07-08")),
        (day("07-31"), None),
    ]


def test_members_by_date(home: Path) -> None:
    columns = ("symbol", "change", "session")
    # held on 28 June; B comes on a Saturday, known at Friday's close as it was told, placed on Monday
    assert read(home, day("07-03")).members.select(columns).rows() == [("A", "held", day("06-28"))]
    assert read(home, day("07-08")).members.select(columns).rows() == [
        ("A", "held", day("06-28")),
        ("A", "out", day("07-08")),
        ("B", "in", day("07-08")),
    ]


def test_groups_of_later_days_are_named_for_errors_alone(tmp_path: Path) -> None:
    held = members("fund", [("A", "07-08", "held"), ("B", "07-05", "held")])
    early = part(members("sp", [("A", "06-28", "held"), ("B", "07-08", "in")]))
    tell(tmp_path, {"a": part(bars("SPY", WEEK)), "g": part(held), "h": early})
    panel = read(tmp_path, day("07-03"))
    assert panel.members["group"].to_list() == ["sp"]
    assert panel.later == {"fund": day("07-05")}
    assert read(tmp_path, day("07-05")).later == {}


def test_stocks_are_cut_lazily(home: Path) -> None:
    stocks_then = read(home, day("07-05")).stocks
    assert isinstance(stocks_then, pl.LazyFrame)
    assert stocks_then.select("symbol", "session", "close").collect().sort("session").rows() == [
        ("AAA", day("07-02"), 1.0),
        ("AAA", day("07-05"), 2.0),
    ]


def test_restated_stocks_read_as_they_were(tmp_path: Path) -> None:
    tell(tmp_path, {"p": part(bars("SPY", WEEK)), "s": part(stocks([("AAA", "07-02", 1.0)]))}, at("07-08 21:00"))
    tell(tmp_path, {"s": part(stocks([("AAA", "07-02", 9.0)]))}, LATER)
    tell(tmp_path, {"p": part(bars("SPY", {**WEEK, "07-22": 105.0}))}, EVENING)
    then, now = read(tmp_path, day("07-08")).stocks, read(tmp_path).stocks
    assert then is not None
    assert now is not None
    assert then.collect()["close"].to_list() == [1.0]
    assert now.collect()["close"].to_list() == [9.0]


def test_a_ledger_without_stocks_has_none(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("SPY", WEEK)))
    panel = read(tmp_path)
    assert panel.stocks is None
    assert (len(panel.events), len(panel.members), len(panel.observations)) == (0, 0, 0)


def test_a_restatement_is_seen_from_its_pull_on_and_told(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("SPY", WEEK)))
    tell(tmp_path, part(bars("SPY", {**WEEK, "07-03": 99.0})), LATER)
    assert read(tmp_path).column("SPY").tail(3).to_list() == [102.0, 103.0, 104.0]  # no session has closed since
    tell(tmp_path, part(bars("SPY", {**WEEK, "07-03": 99.0, "07-22": 105.0})), EVENING)
    then, now = read(tmp_path, day("07-08")), read(tmp_path)
    assert then.column("SPY").tail(3).to_list() == [102.0, 103.0, 104.0]
    assert then.notices == ()
    assert now.column("SPY").drop_nulls().to_list() == [100.0, 101.0, 99.0, 103.0, 104.0, 105.0]
    assert now.notices == ("SPY: restated prices (1 rows, 2024-07-03 to 2024-07-03)",)
    assert read(tmp_path, series=["SPY"]).notices == now.notices


def test_an_older_version_reads_as_it_was(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("SPY", WEEK)))
    was = read(tmp_path)
    tell(tmp_path, part(bars("SPY", {**WEEK, "07-03": 99.0, "07-22": 105.0})), EVENING)
    tell(tmp_path, {"x": part(bars("X", WEEK))}, EVENING)
    again = read(tmp_path, version=1)
    assert (again.version, again.cut) == (1, was.cut)
    assert again.bars.equals(was.bars)
    assert again.series == was.series
    with pytest.raises(DataError, match="version 9 of the ledger: found versions up to 3"):
        read(tmp_path, version=9)


def test_a_stored_spike_leaves_once_it_is_told(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("A", {"07-08": 100.0, "07-09": 200.0})))
    grown = {"07-08": 100.0, "07-09": 200.0, "07-10": 101.0}
    tell(tmp_path, part(bars("A", grown)), LATER)
    grown |= {"07-22": 102.0}
    tell(tmp_path, part(bars("A", grown)), EVENING)
    assert read(tmp_path, day("07-09")).column("A").tail(2).to_list() == [100.0, 200.0]  # as it was known
    assert read(tmp_path).column("A").drop_nulls().to_list() == [100.0, 101.0, 102.0]
    # the source mends it
    tell(tmp_path, part(bars("A", {**grown, "07-09": 100.5})), EVENING + timedelta(hours=1))
    tell(tmp_path, part(bars("A", {**grown, "07-09": 100.5, "07-23": 103.0})), EVENING + timedelta(days=1))
    assert read(tmp_path).column("A").drop_nulls().to_list() == [100.0, 100.5, 101.0, 102.0, 103.0]


def test_months_before_1970(tmp_path: Path) -> None:
    months = {"1949-07-31": None, "1949-08-31": None, "1949-09-30": None}
    tell(tmp_path, part(bars("M", months, change=[0.10, -0.5, 0.2]), frequency="month"))
    panel = read(tmp_path)
    assert panel.months.rows() == [
        (day("1949-07-31"), day("1949-07-29")),  # a Sunday: the last weekday stands for it
        (day("1949-08-31"), day("1949-08-31")),
        (day("1949-09-30"), day("1949-09-30")),
    ]
    assert panel.axis("month").to_list() == [day(one) for one in months]
    assert panel.column("M", "total").to_list() == pytest.approx([110.0, 55.0, 66.0])
    assert panel.cut == day("1949-09-30")
    earlier = read(tmp_path, day("1949-09-29"))
    assert (earlier.cut, len(earlier.months)) == (day("1949-08-31"), 2)
    # daily data of the same months take the place of the weekday that stood for them
    tell(tmp_path, {"d": part(bars("D", {"1949-07-28": 1.0, "1949-07-30": 1.0}))}, LATER)
    assert read(tmp_path).months.rows()[0] == (day("1949-07-31"), day("1949-07-30"))  # a Saturday session


def test_a_month_is_over_at_the_close_of_its_last_session(tmp_path: Path) -> None:
    tell(
        tmp_path,
        {
            "m": part(bars("M", {"05-31": None, "06-30": None}, change=[0.1, 0.1]), frequency="month"),
            "d": part(bars("D", {"05-31": 1.0, "06-27": 1.0, "06-28": 1.0, "07-01": 1.0})),
        },
    )
    before, after = read(tmp_path, day("06-27")), read(tmp_path, day("06-28"))  # Sunday 30 June is the label
    assert before.column("M", "total").drop_nulls().to_list() == pytest.approx([110.0])
    assert after.column("M", "total").drop_nulls().to_list() == pytest.approx([110.0, 121.0])
    assert before.axis("month")[-1] == day("05-31")
    assert after.axis("month")[-1] == day("06-30")


def test_an_index_of_returns_ends_at_a_gap(tmp_path: Path) -> None:
    daily = bars("KF", dict.fromkeys(["07-01", "07-02", "07-03", "07-05", "07-09"]), change=[0.1, 0.1, None, 0.5, 0.5])
    monthly = bars("KM", dict.fromkeys(["01-31", "02-29", "04-30"]), change=[0.1, 0.1, 0.1])
    whole = bars("OK", dict.fromkeys(["07-03", "07-05", "07-08"]), change=[0.1, -0.1, 0.0])
    tell(tmp_path, {"d": part(pl.concat([daily, whole])),
                    "m": part(monthly, frequency="month")})  # fmt: skip
    panel = read(tmp_path)
    assert panel.column("KF", "total").drop_nulls().to_list() == pytest.approx([110.0, 121.0])
    assert panel.column("KM", "total").drop_nulls().to_list() == pytest.approx([110.0, 121.0])
    assert panel.column("OK", "total").drop_nulls().to_list() == pytest.approx([110.0, 99.0, 99.0])  # a holiday is none
    assert panel.notices == (
        "KF: returns are missing after 2024-07-02; its index ends there",
        "KM: returns are missing after 2024-02-29; its index ends there",
    )


def test_actions_of_another_series_touch_nothing(tmp_path: Path) -> None:
    tell(tmp_path, part(bars("SPY", WEEK, adjusted_to="same"), split("OTHER", "07-03", 2.0)))
    assert read(tmp_path).column("SPY").drop_nulls().to_list() == list(WEEK.values())
