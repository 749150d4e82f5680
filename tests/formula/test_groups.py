"""Groups of series and of stocks: the members of that day, by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import DataError
from leadline.formula import FormulaError, Names, evaluate
from leadline.formula.stocks import membership

from .panels import DATASET, Maker, plain, weekdays

SECTORS = Names(groups={"sectors": ("A", "B", "C")})
CLOSES: dict[str, list[float | None]] = {
    "A": [10.0, 11.0, 12.0, 13.0],
    "B": [10.0, 10.0, None, 9.0],
    "C": [None, None, 20.0, 22.0],
    "IWM": [10.0, 12.0, 12.0, 18.0],
}
GROUPED: dict[str, list[object]] = {
    "share(sectors, close > 10.5)": [0.0, 0.5, 1.0, 2 / 3],
    "mean(sectors, close)": [10.0, 10.5, 16.0, 44 / 3],
    "median(sectors, close)": [10.0, 10.5, 16.0, 13.0],
    "best(sectors, close)": [10.0, 11.0, 20.0, 22.0],
    "worst(sectors, close)": [10.0, 10.0, 12.0, 9.0],
    "dispersion(sectors, close)": [0.0, 0.7071067811865476, 5.656854249492381, 6.658328118479393],
    "members(sectors)": [2, 2, 2, 3],
    "mean(sectors, change(close, 1d))": [None, 0.05, 1 / 11, (1 / 12 + 0.1) / 2],
    "leads(IWM, sectors, change(close, 1d))": [None, True, False, True],
    "leads(A, sectors, change(close, 1d))": [None, True, None, False],
    "rank(IWM, sectors, close)": [1, 1, 2, 2],
    "rank(change(IWM, 1d), sectors)": [None, 1, 2, 1],
    "rank(B, sectors, close)": [1, 2, None, 3],
    "mean(sectors, close - IWM)": [0.0, -1.5, 4.0, 44 / 3 - 18],
}


@pytest.mark.parametrize(("formula", "wanted"), GROUPED.items())
def test_groups_of_series(formula: str, wanted: list[object]) -> None:
    found = evaluate(formula, plain(CLOSES), SECTORS).frame["value"].to_list()
    assert found == [pytest.approx(one) if isinstance(one, float) else one for one in wanted]


def test_members_without_the_data_are_named() -> None:
    some = Names(groups={"sectors": ("A", "NONE", "C.volume")})
    found = evaluate("mean(sectors, close)", plain(CLOSES), some)
    assert found.warnings[0].startswith("sectors: NONE is left out")
    with pytest.raises(DataError, match="no member with the data"):
        evaluate("mean(sectors, volume)", plain(CLOSES), SECTORS)
    with pytest.raises(FormulaError, match="group: found sector; expected sectors"):
        evaluate("mean(sector, close)", plain(CLOSES), SECTORS)
    with pytest.raises(FormulaError, match="found a group inside a group"):
        evaluate("mean(sectors, close - mean(sectors, close))", plain(CLOSES), SECTORS)
    with pytest.raises(FormulaError, match="exactly one series in it"):
        evaluate("rank(change(A / B, 1d), sectors)", plain(CLOSES), SECTORS)


def stocks() -> Maker:
    days = weekdays(6)
    maker = Maker(days).price("SPY", close=[100.0, 101.0, 102.0, 103.0, 104.0, 105.0])
    maker.stock("A", change=[0.0, 0.1, 0.1, -0.5, 0.0, 0.1], volume=[1.0] * 6)
    maker.stock("B", change=[0.0, -0.1, None, 0.2, 0.0, -0.1], volume=[2.0] * 6)
    maker.stock("C", change=[None, None, 0.0, 0.1, 0.1, 0.1], volume=[None, None, 3.0, 3.0, 3.0, 3.0])
    maker.stock("A", "adjusted", adj_close=[5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    maker.member("index", [("A", days[0], "in"), ("B", days[0], "in"), ("A", days[3], "out"), ("C", days[4], "in")])
    return maker.member("fund", [("A", days[1], "held"), ("B", days[1], "held"), ("B", days[3], "held")])


STOCKS: dict[str, list[object]] = {
    f"share({DATASET}, change(close, 1d) > 0)": [None, 0.5, 1.0, 0.5, 1 / 3, 2 / 3],
    "members(index)": [2, 2, 1, 1, 2, 2],
    "mean(index, volume)": [1.5, 1.5, 1.5, 2.0, 2.5, 2.5],
    "mean(fund, volume)": [None, 1.5, 1.5, 2.0, 2.0, 2.0],
    "best(index, change(close, 1d))": [None, 0.1, 0.1, None, 0.1, 0.1],
    f"worst({DATASET}, close)": [1.0, 0.9, 1.0, 0.605, 0.605, 0.6655],
    "mean(adjusted, total)": [5.0, 6.0, 7.0, 8.0, 9.0, 10.0],
    "best(index, change(close, 1d) - change(SPY, 1d))": [
        None,
        0.1 - 1 / 100,
        0.1 - 1 / 101,
        None,
        0.1 - 1 / 103,
        0.1 - 1 / 104,
    ],
    "leads(SPY, index, change(close, 1d))": [None, False, False, None, False, False],
    f"rank(SPY, {DATASET}, change(close, 1d))": [None, 2, 2, 2, 2, 3],
}


@pytest.mark.parametrize(("formula", "wanted"), STOCKS.items())
def test_groups_of_stocks(formula: str, wanted: list[object]) -> None:
    found = evaluate(formula, stocks().panel()).frame["value"].to_list()
    assert found == [pytest.approx(one) if isinstance(one, float) else one for one in wanted]


def test_the_terms_of_membership() -> None:
    days = weekdays(6)
    panel = stocks().panel()
    assert membership(panel, "index").rows() == [("A", days[0], days[3]), ("B", days[0], None), ("C", days[4], None)]
    assert membership(panel, "fund").rows() == [("A", days[1], days[3]), ("B", days[1], days[3]), ("B", days[3], None)]


def test_a_set_without_the_field_is_named() -> None:
    with pytest.raises(
        DataError,
        match="total, volume of the members of index: found adjusted has total; stocks_demo has close, volume",
    ):
        evaluate("share(index, total > volume)", stocks().panel())
    with pytest.raises(DataError, match=f"high of the members of {DATASET}"):
        evaluate(f"share({DATASET}, high > 3)", stocks().panel())


def test_rows_in_any_order_give_the_same() -> None:
    panel = stocks().panel()
    assert panel.stocks is not None
    mixed = panel.stocks.collect().sample(fraction=1.0, shuffle=True, seed=4)
    for formula in STOCKS:
        ordered = evaluate(formula, panel).frame["value"].to_numpy()
        shuffled = evaluate(formula, _with_stocks(panel, mixed)).frame["value"].to_numpy()
        np.testing.assert_allclose(shuffled.astype(float), ordered.astype(float), rtol=1e-12)


def _with_stocks(panel: object, rows: pl.DataFrame) -> object:
    from dataclasses import replace

    return replace(panel, stocks=rows.lazy())  # type: ignore[type-var]


def test_a_stock_that_was_away_comes_back_as_another() -> None:
    days = weekdays(60)
    level: list[float | None] = [10.0] * 10 + [None] * 30 + [99.0] * 20
    panel = Maker(days).stock("A", adj_close=level).panel()
    found = evaluate(f"best({DATASET}, change(total, 1d))", panel).frame["value"].to_list()
    assert [one for one in found if one is not None] == [0.0] * (9 + 19)


def test_survivors_are_said_to_be_survivors() -> None:
    days = weekdays(700)
    maker = Maker(days)
    for at in range(5):
        maker.stock(f"S{at}", adj_close=[float(one) for one in range(1, 701)])
    found = evaluate(f"share({DATASET}, total > sma(total, 20d))", maker.panel())
    assert any("it holds survivors only" in said for said in found.warnings)


def test_state_machines_run_member_by_member() -> None:
    drawn = [100, 104, 110, 105, 103, 106, 109, 112, 116, 113, 110.5, 112, 115, 117, 118]
    panel = (
        Maker(weekdays(15))
        .stock("A", adj_close=[float(one) for one in drawn])
        .stock("B", adj_close=[float(one) for one in reversed(drawn)])
        .panel()
    )
    found = evaluate(f"share({DATASET}, breakout(total, pivot=2d))", panel).frame["value"].to_list()
    # A breaks out on the eighth row, before B has a level; B has its pivot of 116 from the ninth row on and stays below
    assert found == [None] * 5 + [0.0, 0.0, 1.0] + [0.0] * 7


def test_other_series_inside_a_group_of_stocks_keep_their_own_sessions() -> None:
    """SPY's average is over SPY's sessions, also for a stock that was not there on all of them."""
    days = weekdays(6)
    maker = Maker(days).price("SPY", close=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).event("FOMC", [days[1]])
    panel = maker.stock("A", adj_close=[10.0, None, None, 10.0, 10.0, 10.0]).panel()
    found = evaluate(f"mean({DATASET}, total + sma(SPY, 3d))", panel).frame["value"].to_list()
    assert found == [None, None, None, 13.0, 14.0, 15.0]
    held = evaluate(f"share({DATASET}, total > 5 and not meeting(FOMC))", panel).frame["value"].to_list()
    assert held == [None, None, None, 1.0, 1.0, 1.0]
