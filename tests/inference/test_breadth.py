"""Breadth: each value is its formula, against a second implementation; what the data lack is said."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import RequestError
from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.formula import FormulaError, Names, evaluate
from leadline.inference.breadth import ENOUGH, LINES, breadth

from ..formula.panels import DATASET, Maker, weekdays  # noqa: TID252 - tests are no package

DAYS, STOCKS = 420, 15


def moves() -> np.ndarray:
    return generator("market tests breadth").normal(0.0005, 0.02, (DAYS, STOCKS)).round(4)


def market() -> Panel:
    rng = generator("market tests volume")
    maker = Maker(weekdays(DAYS))
    for at, column in enumerate(moves().T):
        price = 20 * np.cumprod(1 + column)
        volume = rng.integers(100, 900, DAYS).astype(float)
        maker.stock(
            f"S{at:02}",
            change=column.tolist(),
            close=price.tolist(),
            shares=[1_000.0 * (at + 1)] * DAYS,
            volume=volume.tolist(),
        )
    return maker.panel()


def test_every_value_against_a_second_implementation() -> None:
    found = breadth(market(), DATASET)
    change = moves()
    price = np.cumprod(1 + change, axis=0)
    now, month = price[-1], price[-1] / price[-22] - 1
    year = price[-252:]
    assert found.members == STOCKS
    assert found.values["above_50"] == np.mean(now > price[-50:].mean(axis=0))
    assert found.values["above_200"] == np.mean(now > price[-200:].mean(axis=0))
    assert found.values["new_highs"] == int((now == year.max(axis=0)).sum())
    assert found.values["new_lows"] == int((now == year.min(axis=0)).sum())
    highs_less_lows = np.mean(now == year.max(axis=0)) - np.mean(now == year.min(axis=0))
    assert found.values["highs_less_lows"] == pytest.approx(highs_less_lows)
    assert found.values["advancers"] == int((change[-1] > 0).sum())
    assert found.values["decliners"] == int((change[-1] < 0).sum())
    assert found.values["median_change_21d"] == pytest.approx(float(np.median(month)))
    assert found.values["dispersion_21d"] == pytest.approx(float(np.std(month, ddof=1)))
    worth = 20 * price * 1_000 * np.arange(1, STOCKS + 1)
    usual = np.array([np.median(worth[at - 4 : at + 1], axis=0) for at in (DAYS - 1, DAYS - 22)])
    assert found.values["top_ten_share"] == pytest.approx(float(np.sort(usual[0])[-10:].sum() / usual[0].sum()))
    weighted = float((month * usual[1]).sum() / usual[1].sum())
    assert found.values["equal_less_weighted_21d"] == pytest.approx(float(month.mean()) - weighted)


def test_up_volume_and_the_past_of_a_measure() -> None:
    panel = market()
    found = breadth(panel, DATASET)
    rows = panel.stocks
    assert rows is not None
    today = rows.filter(pl.col("session") == panel.cut).collect()
    up = today.filter(pl.col("change") > 0)["volume"].sum() / today["volume"].sum()
    assert found.values["up_volume"] == pytest.approx(up)
    measure = found.measure("above_50")
    past = evaluate(measure.formula, panel).frame.drop_nulls()
    assert measure.n == len(past) == DAYS - 49
    assert measure.since == past["session"][0]
    assert measure.percentile == pytest.approx((past["value"] <= measure.value).mean())
    assert found.measure("zweig").formula == f"zweig({DATASET}, close)"
    with pytest.raises(RequestError, match="measure nothing: expected one of above_50, above_200"):
        found.measure("nothing")


def test_a_short_look_gives_the_same_values() -> None:
    whole, short = breadth(market(), DATASET), breadth(market(), DATASET, sessions=ENOUGH)
    assert whole.members == short.members
    for key, value in whole.values.items():
        if not isinstance(value, date):
            assert short.values[key] == (value if value is None else pytest.approx(value, rel=1e-9)), key
    assert f"looked at the last {ENOUGH} sessions only" in short.warnings[-1]
    with pytest.raises(RequestError, match="sessions of breadth: found 100; expected at least 340"):
        breadth(market(), DATASET, sessions=100)


def test_what_the_members_lack_is_missing_and_said() -> None:
    maker = Maker(weekdays(300))
    for at in range(3):
        maker.stock(f"S{at}", adj_close=(100.0 + np.arange(300) * (at - 1) * 0.1).tolist())
    found = breadth(maker.panel(), DATASET)
    assert found.price == "total"
    assert found.values["advancers"] == found.values["new_highs"] - 1 == 1  # a flat price is at its high, and its low
    assert found.values["up_volume"] is None
    assert found.values["top_ten_share"] is None
    assert "up_volume is missing: the members have no volume" in found.warnings
    assert "top_ten_share is missing: the members have no market_value" in found.warnings
    assert list(found.values) == [line.key for line in LINES]


def test_groups_of_series_and_unknown_ones() -> None:
    maker = Maker(weekdays(300))
    for name, slope in (("A", 0.1), ("B", -0.1)):
        maker.price(name, close=(100.0 + np.arange(300) * slope).tolist())
    found = breadth(maker.panel(), "two", Names(groups={"two": ("A", "B")}))
    assert (found.members, found.values["above_200"], found.values["new_lows"]) == (2, 0.5, 1)
    with pytest.raises(FormulaError, match="group: found tow; expected"):
        breadth(market(), "tow")


def test_nobody_there_is_said() -> None:
    days = weekdays(300)
    gone: list[float | None] = [*([0.01] * 299), None]
    panel = Maker(days).price("SPY", close=[1.0] * 300).stock("A", change=gone).panel()
    found = breadth(panel, DATASET)
    assert found.members is None
    assert found.values["above_50"] is None
    before = f"the last session on which any has is {days[-2]}"
    assert f"{DATASET}: no member has a price on {days[-1]}; {before}" in found.warnings
