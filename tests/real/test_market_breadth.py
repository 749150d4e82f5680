"""The whole market on real data: a group by rank that is like IWM, thrusts that were in the press, splits, movers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel
from leadline.formula import Names, evaluate, evaluate_many
from leadline.inference.breadth import ENOUGH, breadth
from leadline.inference.movers import Inquiry, movers
from leadline.inference.tags import tags_of
from leadline.judgement.scans import run_scan, shipped

PIT = "us_stocks_pit_2021_2026"
SMALL = "small_1001_3000"
COMMENTARY_B = date(2025, 6, 27)


@pytest.fixture(scope="module")
def panel(home: Path) -> Panel:
    return read(home, series=["IWM", "SPY"])


@pytest.fixture(scope="module")
def then(home: Path) -> Panel:
    return read(home, COMMENTARY_B, series=["IWM", "SPY"])


def names(panel: Panel) -> Names:
    from leadline.formula.usual import usual_rules

    return Names(rules=usual_rules(panel))


@pytest.mark.parametrize(("group", "fund", "least"), [(SMALL, "IWM", 0.98), ("largest_500", "SPY", 0.98)])
def test_groups_by_rank_move_like_the_funds(panel: Panel, group: str, fund: str, least: float) -> None:
    weighted = f"weighted_mean({group}, change(close, 1d), ago(market_value, 1d))"
    ours, theirs = evaluate_many([weighted, f"change({fund}.total, 1d)"], panel, names(panel))
    both = ours.frame.join(theirs.frame, on="session").drop_nulls()
    both = both.filter(pl.col("session").dt.year().is_between(2021, 2025))
    assert len(both) > 1_200
    assert both.select(pl.corr("value", "value_right")).item() > least
    assert any("ranks" in said and "members as of" in said for said in ours.warnings)


def test_thrusts_that_were_in_the_press(panel: Panel) -> None:
    """Zweig's thrust was reported for 2023-11-03 and 2025-04-24 (New York Stock Exchange, all issues)."""
    formulas = [f"zweig_thrust({group})" for group in ("sp500", SMALL)]
    large, small = evaluate_many(formulas, panel, names(panel))
    assert large.at(date(2023, 11, 3)) is True
    assert small.at(date(2025, 4, 24)) is True
    assert large.frame["value"].sum() + small.frame["value"].sum() < 8  # and hardly ever else


def test_breadth_of_the_day_of_the_commentary(then: Panel) -> None:
    whole, short = breadth(then, SMALL), breadth(then, SMALL, sessions=ENOUGH)
    assert whole.members is not None
    assert 1_950 <= whole.members <= 2_000
    assert all(whole.values[key] is not None for key in whole.values)
    for key, value in whole.values.items():
        if key != "zweig_thrust_last":
            assert short.values[key] == pytest.approx(value, rel=1e-9), key
    advancers, decliners = whole.values["advancers"], whole.values["decliners"]
    rows = then.stocks
    assert rows is not None
    members = evaluate(f"how_many({SMALL}, change(close, 1d) > -9)", then, names(then)).last
    assert advancers + decliners <= members  # type: ignore[operator]
    assert any("it lacks 5 sessions, the last 2025-06-16" in said for said in whole.warnings)


def test_sessions_the_data_lack_are_nine(panel: Panel) -> None:
    found = evaluate(f"members({PIT})", panel)
    assert any(f"{PIT}: it lacks 9 sessions, the last 2026-02-25" in said for said in found.warnings)
    assert found.at(date(2025, 3, 28)) is None


def test_splits_that_are_on_record(panel: Panel) -> None:
    """NVIDIA 10 for 1 on 2024-06-10; Amazon 20 for 1 on 2022-06-06; Greenlane 1 for 750 on 2025-06-27."""
    for symbol, day, words in (
        ("NVDA", date(2024, 6, 10), "split 10 for 1"),
        ("AMZN", date(2022, 6, 6), "split 20 for 1"),
        ("GNLN", date(2025, 6, 27), "reverse split 1 for 750"),
    ):
        assert f"{words} on {day}" in tags_of(panel.truncate(day), PIT, [symbol], day)[symbol]


def test_reverse_splits_among_the_top_movers_of_mid_2025_are_tagged(then: Panel) -> None:
    found = movers(then, PIT, Inquiry(sessions=1, top=10))
    split = {one.symbol: one.tags for one in (*found.up, *found.down) if any("reverse split" in t for t in one.tags)}
    assert "GNLN" in split
    assert len(split) >= 3
    assert sum(any("volume" in tag for tag in one.tags) for one in found.up) >= 5
    assert all(one.sector for one in found.up)


def test_the_movers_are_single_stories(then: Panel) -> None:
    """Commentary B says so of small caps in June 2025; over the 21 sessions before it, the measure agrees."""
    found = movers(then, SMALL, Inquiry(sessions=21))
    assert found.ruling == "confirmed"
    assert found.parts.own > 0.8
    assert found.standing("top_share").percentile > 0.8  # type: ignore[operator]
    assert found.standing("own_share").n > 45
    assert any("sectors are those last seen" in said for said in found.warnings)
    crash = movers(then.truncate(date(2025, 4, 10)), SMALL, Inquiry(sessions=5))
    assert crash.parts.market > 0.5
    assert crash.ruling == "refuted"


def test_sleepers_of_a_day(then: Panel) -> None:
    found = run_scan(then, shipped("sleepers"))
    assert found.looked_at > 5_000
    assert 0 < len(found.hits) < 60
    for hit in found.hits:
        assert hit.level is not None
        assert hit.price is not None
        assert hit.level <= hit.price
        assert hit.median_dollar_volume is not None
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)  # type: ignore[type-var]
