"""The formula language on the real market data: figures that were in the press, levels, breadth, vintages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel
from leadline.formula import Names, evaluate

SECTORS = ("XLK", "XLF", "XLV", "XLY", "XLP", "XLE", "XLI", "XLB", "XLU", "XLC", "XLRE")
NAMES = Names(roles={"small": "IWM", "large": "SPY", "micro": "IWC.total"}, groups={"sectors": SECTORS})


@pytest.fixture(scope="module")
def panel(home: Path) -> Panel:
    return read(home)


def true_on(formula: str, panel: Panel, start: date, end: date) -> list[date]:
    frame = evaluate(formula, panel, NAMES).frame
    return frame.filter(pl.col("session").is_between(start, end) & pl.col("value"))["session"].to_list()


def test_the_july_2024_thrust(panel: Panel) -> None:
    assert evaluate("change(IWM/SPY, 6d)", panel).at(date(2024, 7, 17)) == pytest.approx(0.1013, abs=5e-5)
    assert evaluate("streak(change(^RUT, 1d) > 1%)", panel).at(date(2024, 7, 16)) == 5
    assert evaluate("streak(change(IWM, 1d) > 1%)", panel).at(date(2024, 7, 16)) == 4
    assert evaluate("change(IWM, 5d)", panel).at(date(2024, 7, 16)) == pytest.approx(0.1152, abs=5e-5)
    apart = evaluate("change(^RUT, 1d) - change(^GSPC, 1d) > 4%", panel).frame
    days = apart.filter(pl.col("value"))["session"].to_list()
    assert set(days) >= {date(2008, 10, 10), date(2011, 10, 4), date(2020, 3, 19), date(2024, 7, 11)}


def test_september_2025(panel: Panel) -> None:
    on = date(2025, 9, 26)
    assert evaluate("advance(IWC.total, from=2025-04-08)", panel).at(on) > 0.5  # type: ignore[operator]
    assert evaluate("leads(IWM, sectors, change(total, 63d))", panel, NAMES).at(on) is True
    assert evaluate("rank(change(IWM.total, 63d), sectors)", panel, NAMES).at(on) == 1
    low, high = (evaluate(f"resistance(micro, part={edge})", panel, NAMES).at(on) for edge in ("low", "high"))
    price = evaluate("micro", panel, NAMES).at(on)
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert isinstance(price, float)
    assert low <= price * 1.03
    assert price <= high
    oldest, latest = (evaluate(f"resistance_{end}(micro)", panel, NAMES).at(on) for end in ("from", "to"))
    assert (oldest.year, latest.year) == (2021, 2021)  # type: ignore[union-attr]
    ended = evaluate("change(IWC, 6d)", panel)
    assert ended.last is None
    assert any("IWC.close ends 2021-04-26; IWC.total goes on to" in said for said in ended.warnings)


def test_the_breakout_above_the_october_2025_high(panel: Panel) -> None:
    """Above the close of 15 October on 4 December, back on 15 December, above the peak of 11 December on 8 January."""
    start, end = date(2025, 11, 20), date(2026, 1, 14)
    assert true_on("breakout(IWM)", panel, start, end) == [date(2025, 12, 4)]
    assert true_on("retest(IWM)", panel, start, end) == [date(2025, 12, 15)]
    assert true_on("confirmed(IWM)", panel, start, end) == [date(2026, 1, 8)]
    assert true_on("failed(IWM)", panel, start, end) == []
    high = evaluate("IWM", panel).at(date(2025, 10, 15))
    assert evaluate("level(IWM)", panel).at(date(2025, 12, 10)) == high
    for evening, event in (
        (date(2025, 12, 4), "breakout"),
        (date(2025, 12, 15), "retest"),
        (date(2026, 1, 8), "confirmed"),
    ):
        assert evaluate(f"{event}(IWM)", panel.truncate(evening)).last is True


def test_the_sahm_rule_in_real_time(panel: Panel) -> None:
    """Sahm (2019), FRED SAHMREALTIME: .53 .57 .50 .43 for July to October 2024, in the vintages of those months."""
    found = evaluate("sahm(FRED:UNRATE)", panel)
    released = [date(2024, 8, 2), date(2024, 9, 6), date(2024, 10, 4), date(2024, 11, 1)]
    assert [round(found.at(day), 2) for day in released] == [0.53, 0.57, 0.50, 0.43]  # type: ignore[arg-type]
    assert any("months are missing before 2025-11" in said for said in found.warnings)


def test_policy_and_the_curve(panel: Panel) -> None:
    cuts = evaluate("first_cut()", panel).frame.filter(pl.col("value"))["session"].to_list()
    assert cuts == [date(2019, 8, 1), date(2024, 9, 19)]
    assert evaluate("inverted(FRED:T10Y2Y)", panel).at(date(2024, 7, 29)) is True
    curve = panel.observations.filter((pl.col("series") == "FRED:T10Y2Y") & (pl.col("describes") > date(2022, 8, 1)))
    back = curve.filter(pl.col("value") >= 0)["session"].min()
    assert true_on("uninverted(FRED:T10Y2Y, 252d)", panel, date(2022, 1, 1), date(2025, 1, 1)) == [back]
    assert true_on("meeting(FOMC)", panel, date(2024, 7, 1), date(2024, 9, 30)) == [
        date(2024, 7, 31),
        date(2024, 9, 18),
    ]


def test_breadth_of_the_members_of_the_day_tracks_the_official_one(panel: Panel, market: Path) -> None:
    found = evaluate("share(sp500, total > sma(total, 200d))", panel)
    file = market / "macro" / "SP500_BREADTH_OFFICIAL.csv"
    official = pl.read_csv(file, comment_prefix="#", try_parse_dates=True).rename({"date": "session"})
    both = found.frame.join(official, on="session").drop_nulls()
    assert len(both) > 4_000
    assert both.select(pl.corr("value", "pct_above_ma200")).item() > 0.96
    assert any("survivors only" in said for said in found.warnings)
    assert any("of its" in said and "present members" in said for said in found.warnings)


def test_closes_of_stocks_as_traded_are_chained_over_splits(panel: Panel) -> None:
    """NVDA split ten for one on 2024-06-10: no set of stocks may show it as a fall of 90 %."""
    worst = evaluate("worst(us_stocks_pit_2021_2026, change(close, 1d))", panel).at(date(2024, 6, 10))
    rows = panel.stocks
    assert rows is not None
    day = rows.filter((pl.col("session") == date(2024, 6, 10)) & (pl.col("dataset") == "us_stocks_pit_2021_2026"))
    assert worst == pytest.approx(day.select(pl.col("change").min()).collect().item(), abs=1e-6)
