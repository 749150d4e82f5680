"""Values typed by hand, and published references, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from leadline.core.errors import DataError
from leadline.core.units import Unit
from leadline.formula import FormulaError, evaluate, evaluate_many, mentioned, needs

from .panels import NAMES, Maker, plain, walk, weekdays, world

X = [10.0, 11.0, 12.0, 9.0, None, 12.0, 15.0, 15.0]


def values(formula: str, **columns: Sequence[float | None]) -> list[object]:
    return evaluate(formula, plain(columns or {"X": X})).frame["value"].to_list()


def close_to(found: list[object], wanted: Sequence[float | None]) -> None:
    assert [one is None for one in found] == [one is None for one in wanted]
    there = [(a, b) for a, b in zip(found, wanted, strict=True) if b is not None]
    np.testing.assert_allclose([float(str(a)) for a, _ in there], [b for _, b in there], rtol=1e-9, atol=1e-12)


NUMBERS: dict[str, list[float | None]] = {
    "change(X, 1d)": [None, 0.1, 1 / 11, -0.25, None, None, 0.25, 0.0],
    "change(X, 2d)": [None, None, 0.2, -2 / 11, None, 1 / 3, None, 0.25],
    "diff(X, 1d)": [None, 1.0, 1.0, -3.0, None, None, 3.0, 0.0],
    "change(X, from=2020-01-02)": [None, 0.0, 1 / 11, -2 / 11, None, 1 / 11, 4 / 11, 4 / 11],
    "change(X, from=2020-01-04)": [None, None, None, -0.25, None, 0.0, 0.25, 0.25],
    "change(X, from=2020-01-07)": [None] * 8,
    "advance(X, 3d)": [None, None, 0.2, 0.0, None, None, None, 0.25],
    "log(X - 11)": [None, None, 0.0, None, None, 0.0, 1.3862943611198906, 1.3862943611198906],
    "abs(diff(X, 1d))": [None, 1.0, 1.0, 3.0, None, None, 3.0, 0.0],
    "X / (X - 12)": [-5.0, -11.0, None, -3.0, None, None, 5.0, 5.0],
    "X / 0": [None] * 8,
    "2 * X - 1 + -X": [9.0, 10.0, 11.0, 8.0, None, 11.0, 14.0, 14.0],
    "sma(X, 3d)": [None, None, 11.0, 32 / 3, None, None, None, 14.0],
    "stdev(X, 3d)": [None, None, 1.0, 1.5275252316519468, None, None, None, 1.7320508075688772],
    "zscore(X, 3d)": [None, None, 1.0, -1.0910894511799618, None, None, None, 0.5773502691896257],
    "ema(X, 3d)": [None, None, 11.0, 10.0, None, 11.0, 13.0, 14.0],
    "highest(X)": [10.0, 11.0, 12.0, 12.0, None, 12.0, 15.0, 15.0],
    "lowest(X, 2d)": [None, 10.0, 11.0, 9.0, None, None, 12.0, 15.0],
    "drawdown(X)": [0.0, 0.0, 0.0, -0.25, None, 0.0, 0.0, 0.0],
    "since_high(X)": [0, 0, 0, 1, None, 0, 0, 0],
    "since_high(X, 3d)": [None, None, 0, 1, None, None, None, 0],
    "percentile(X)": [1.0, 1.0, 1.0, 0.25, None, 1.0, 1.0, 1.0],
    "percentile(X, 3d)": [None, None, 1.0, 1 / 3, None, None, None, 1.0],
    "nth(X)": [1, 1, 1, 4, None, 1, 1, 1],
    "streak(X > 10)": [0, 1, 2, 0, None, 1, 2, 3],
    "count(X > 10, 2d)": [None, 1, 2, 1, None, None, 2, 2],
    "sessions_since(X < 11)": [0, 1, 2, 0, 1, 2, 3, 4],
    "sessions_since(X > 100)": [None] * 8,
}


@pytest.mark.parametrize(("formula", "wanted"), NUMBERS.items())
def test_numbers_typed_by_hand(formula: str, wanted: list[float | None]) -> None:
    close_to(values(formula), wanted)


TRUTHS: dict[str, str] = {  # 1 true, 0 false, - missing
    "X > 11": "0010-111",
    "X >= 11": "0110-111",
    "X == 12": "0010-100",
    "X < 11 or X > 14": "1001-011",
    "X > 9 and not X > 11": "1100-000",
    "any(X > 11, 2d)": "-011--11",
    "all(X > 11, 2d)": "-000--11",
    "first(X > 11, gap=2d)": "0010-100",
    "first(X > 11, gap=5d)": "0010-000",
    "crosses_above(X, 11)": "-010--00",
    "crosses_below(X, 10)": "-001--00",
    "inverted(X - 11)": "1001-000",
    "uninverted(X - 11, 1d)": "0100-000",
}


@pytest.mark.parametrize(("formula", "wanted"), TRUTHS.items())
def test_truths_typed_by_hand(formula: str, wanted: str) -> None:
    said = {True: "1", False: "0", None: "-"}
    assert "".join(said[one] for one in values(formula)) == wanted  # type: ignore[index]


def test_dates_typed_by_hand() -> None:
    day = weekdays(8)
    assert values("last(X > 11)") == [None, None, day[2], day[2], day[2], day[5], day[6], day[7]]
    assert values("last_above(X, 12)") == [None, None, day[2], day[2], day[2], day[5], day[6], day[7]]
    assert values("time_before(X > 11)") == [None, None, None, None, None, day[2], day[5], day[6]]
    assert values("largest_since(X)") == [None, None, None, day[2], None, day[2], None, day[6]]
    assert values("last(X > 11) > 2020-01-06") == [None, None, False, False, False, True, True, True]
    assert evaluate("last(X > 11)", plain({"X": X})).unit is Unit.DATE


def test_equal_prices_are_equal_but_for_rounding() -> None:
    third = [0.1 + 0.2, 0.3, 0.3 * (1 + 1e-12), 0.3 * (1 + 1e-6)]
    assert values("A > 0.3", A=third) == [False, False, False, True]
    assert values("A == B", A=third, B=[0.3] * 4) == [True, True, True, False]
    flat = [100.1] * 300
    assert set(values("A > sma(A, 200d)", A=flat)[199:]) == {False}
    assert set(values("A >= sma(A, 200d)", A=flat)[199:]) == {True}
    assert set(values("zscore(A, 200d)", A=flat)) == {None}
    assert set(values("corr(A, B, 20d)", A=flat, B=walk("flat", 300).tolist())) == {None}


def test_outcomes_are_only_for_studies() -> None:
    panel = plain({"X": [10.0, 11.0, 9.0, 12.0, 8.0]})
    for name, wanted in {
        "forward": [-0.1, 1 / 11, -1 / 9, None, None],
        "worst_forward": [-0.1, -2 / 11, -1 / 9, None, None],
        "best_forward": [0.1, 1 / 11, 1 / 3, None, None],
    }.items():
        close_to(evaluate(f"{name}(X, 2d)", panel, outcomes=True).frame["value"].to_list(), wanted)
        with pytest.raises(FormulaError, match="on the outcome side of a study only"):
            evaluate(f"{name}(X, 2d)", panel)


QQQQ = """44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826 45.8931 46.0328
45.6140 46.2820 46.2820 46.0028 46.0328 46.4116 46.2222 45.6439 46.2122 46.2521 45.7137 46.4515 45.7835 45.3548
44.0288 44.1783 44.2181 44.5672 43.4205 42.6628 43.1314"""
QQQQ_RSI = """70.53 66.32 66.55 69.41 66.36 57.97 62.93 63.26 56.06 62.38 54.71 50.42 39.99 41.46 41.87 45.46 37.30
33.08 37.77"""


def test_rsi_is_wilders_on_the_published_worked_example() -> None:
    """The QQQQ example of the field's common chart school: closes with four digits, RSI-14 with two."""
    found = values("rsi(Q, 14d)", Q=[float(one) for one in QQQQ.split()])
    assert found[:14] == [None] * 14
    np.testing.assert_allclose(np.array(found[14:], dtype=float), [float(one) for one in QQQQ_RSI.split()], atol=0.0051)


@pytest.mark.parametrize("n", [2, 14, 63])
def test_averages_rsi_and_atr_equal_ta_lib(n: int) -> None:
    import talib

    close = walk("talib", 400)
    high, low = close * 1.011, close * 0.992
    panel = plain({"X": close.tolist()}, high=high.tolist(), low=low.tolist())
    wanted = {
        f"sma(X, {n}d)": talib.SMA(close, n),
        f"ema(X, {n}d)": talib.EMA(close, n),
        f"rsi(X, {n}d)": talib.RSI(close, n),
        f"atr(X, {n}d)": talib.ATR(high, low, close, n),
    }
    for formula, reference in wanted.items():
        found = evaluate(formula, panel).frame["value"].fill_null(float("nan")).to_numpy()
        np.testing.assert_allclose(found, reference, rtol=1e-9, err_msg=formula)


def test_beta_and_corr_equal_statsmodels() -> None:
    import statsmodels.api as sm

    y, x = walk("beta y", 120), walk("beta x", 120)
    found = plain({"Y": y.tolist(), "X": x.tolist()})
    beta = evaluate("beta(change(Y, 1d), change(X, 1d), 21d)", found).frame["value"].to_numpy()
    corr = evaluate("corr(change(Y, 1d), change(X, 1d), 21d)", found).frame["value"].to_numpy()
    dy, dx = y[1:] / y[:-1] - 1, x[1:] / x[:-1] - 1
    assert np.isnan(beta[:21]).all()
    for at in (21, 60, 119):
        window = slice(at - 21, at)
        fit = sm.OLS(dy[window], sm.add_constant(dx[window])).fit()
        assert beta[at] == pytest.approx(fit.params[1], rel=1e-8)
        assert corr[at] == pytest.approx(np.corrcoef(dy[window], dx[window])[0, 1], rel=1e-8)


def test_recursive_averages_go_over_a_gap_and_are_missing_in_it() -> None:
    close: list[float | None] = walk("gap", 60).tolist()
    holed = [*close[:30], None, *close[30:]]
    for formula in ("ema(X, 5d)", "rsi(X, 5d)"):
        whole, found = values(formula, X=close), values(formula, X=holed)
        assert found[30] is None
        assert found[:30] + found[31:] == whole


def test_calendar_periods_weeks_and_months() -> None:
    days = weekdays(130)  # 2020-01-01 .. 2020-06-30
    level = [100.0 + at for at in range(130)]
    panel = Maker(days).price("X", close=level).panel()
    at = dict(zip(days, level, strict=True))
    months = evaluate("calendar_change(X, month)", panel)
    assert months.at(date(2020, 2, 27)) is None
    assert months.at(date(2020, 2, 28)) == pytest.approx(at[date(2020, 2, 28)] / at[date(2020, 1, 31)] - 1)
    assert months.at(date(2020, 3, 30)) == months.at(date(2020, 2, 28))
    quarter = evaluate("calendar_change(X, quarter)", panel)
    assert quarter.at(date(2020, 6, 29)) is None
    assert quarter.at(date(2020, 6, 30)) == pytest.approx(at[date(2020, 6, 30)] / at[date(2020, 3, 31)] - 1)
    to_date = evaluate("change(X, mtd)", panel)
    assert to_date.at(date(2020, 1, 31)) is None
    assert to_date.at(date(2020, 2, 3)) == pytest.approx(at[date(2020, 2, 3)] / at[date(2020, 1, 31)] - 1)
    assert evaluate("change(X, qtd)", panel).at(date(2020, 5, 5)) == pytest.approx(
        at[date(2020, 5, 5)] / at[date(2020, 3, 31)] - 1
    )
    weekly = evaluate("change(weekly(X), 1w)", panel)
    assert weekly.at(date(2020, 1, 9)) is None
    assert weekly.at(date(2020, 1, 10)) == pytest.approx(at[date(2020, 1, 10)] / at[date(2020, 1, 3)] - 1)
    assert weekly.at(date(2020, 1, 16)) == weekly.at(date(2020, 1, 10))
    assert evaluate("streak(change(weekly(X), 1w) > 0)", panel).at(date(2020, 1, 31)) == 4
    assert evaluate("streak(change(monthly(X), 1mo) > 0)", panel).at(date(2020, 4, 30)) == 3
    assert evaluate("streak(change(monthly(X), 1mo) > 0)", panel).at(date(2020, 5, 1)) == 3


def test_a_week_without_friday_is_complete_one_session_later() -> None:
    days = weekdays(20, but=(date(2020, 1, 10),))
    panel = Maker(days).price("X", close=[float(at) for at in range(1, 21)]).panel()
    weekly = evaluate("weekly(X)", panel)
    assert weekly.at(date(2020, 1, 9)) == 3.0  # the week of 3 January
    assert weekly.at(date(2020, 1, 13)) == 7.0  # that of 9 January, known on Monday


def test_monthly_data_have_no_days() -> None:
    panel = world()
    assert evaluate("KF:SMALL", panel).axis == "month"
    assert evaluate("KF:SMALL", panel).frame["session"][0] == date(2020, 1, 31)
    with pytest.raises(
        FormulaError, match=r"span 6d: found monthly data .*; expected daily data, or a span such as 3mo"
    ):
        evaluate("change(KF:SMALL / KF:BIG, 6d)", panel)
    monthly = evaluate("change(KF:SMALL, 3mo)", panel)
    level = panel.column("KF:SMALL")
    assert monthly.frame["value"][3] == pytest.approx(level[3] / level[0] - 1)
    assert monthly.needs.history == 3
    assert evaluate("change(KF:SMALL, 1y)", panel).frame["value"].null_count() == 12


def test_monthly_prices_stand_at_the_session_that_ends_the_month() -> None:
    panel = world()
    mixed = evaluate("KF:SMALL / SPY", panel)
    ends = panel.months["session"].to_list()
    assert mixed.axis == "session"
    assert mixed.frame.drop_nulls()["session"].to_list() == ends
    assert mixed.at(ends[2]) == panel.column("KF:SMALL")[2] / evaluate("SPY", panel).at(ends[2])
    both = evaluate("monthly(SPY) / KF:BIG", panel)
    assert both.axis == "month"
    assert both.frame["value"].null_count() == 0


def test_roles_fields_and_what_is_missing() -> None:
    panel = world(60)
    assert evaluate("small / large", panel, NAMES).frame.equals(evaluate("IWM / SPY", panel).frame)
    assert evaluate("small.volume", panel, NAMES).frame.equals(evaluate("IWM.volume", panel).frame)
    assert evaluate("small.volume", panel, NAMES).unit is Unit.SHARES
    with pytest.raises(FormulaError, match="found smal; expected small"):
        evaluate("smal / SPY", panel, NAMES)
    with pytest.raises(FormulaError, match="found XLKK; expected XLK"):
        evaluate("XLKK", panel)
    with pytest.raises(FormulaError, match="sectors, a group; expected a group function"):
        evaluate("sectors / SPY", panel, NAMES)
    with pytest.raises(FormulaError, match="bare close: found no group around it"):
        evaluate("close > 3", panel)
    with pytest.raises(FormulaError, match="no series in it"):
        evaluate("5 > 3", panel)
    with pytest.raises(FormulaError, match=r"FRED:UNRATE\.total: found a macro series"):
        evaluate("FRED:UNRATE.total", panel)
    with pytest.raises(DataError, match=r"write X\.total"):
        evaluate("X", Maker(weekdays(5)).price("X", total=[1.0, 2.0, 3.0, 4.0, 5.0]).panel())


def test_too_short_a_history_says_how_much_is_missing() -> None:
    with pytest.raises(DataError, match="found the panel has 8 sessions; expected at least 200; 192 more are missing"):
        evaluate("sma(Y, 200d)", plain({"Y": [1.0] * 8}))
    with pytest.raises(DataError, match=r"found X\.close has 7 sessions; expected at least 11; 4 more"):
        evaluate("change(X, 10d)", plain({"X": X}))


def test_an_ended_series_is_named() -> None:
    ended = Maker(weekdays(6)).price("X", close=[1.0, 2.0, 3.0, None, None, None], total=[1.0, 2, 3, 4, 5, 6]).panel()
    assert evaluate("change(X, 1d)", ended).warnings == ("X.close ends 2020-01-03; X.total goes on to 2020-01-08",)
    assert evaluate("change(X.total, 1d)", ended).warnings == ()


def test_needs_and_units() -> None:
    panel = world(60)
    need = needs("change(small / large, 6d) > sma(SPY.total, 20d) / SPY.total - 1", panel, NAMES)
    assert need.series == (("IWM", "close"), ("SPY", "close"), ("SPY", "total"))
    assert need.history == 19
    assert needs("share(sectors, close > sma(close, 50d))", panel, NAMES).groups == ("sectors",)
    assert needs("release(CPI)", panel).calendars == ("CPI",)
    units = {
        "IWM": Unit.PRICE,
        "IWM / SPY": Unit.RATIO,
        "IWM > 3": Unit.TRUTH,
        "IWM * IWM.volume": Unit.MONEY,
        "change(IWM, 1d)": Unit.RETURN,
        "sma(IWM / SPY, 5d)": Unit.RATIO,
        "streak(IWM > 3)": Unit.COUNT,
        "2 * FRED:DGS10": Unit.RATE,
        "percentile(IWM)": Unit.SHARE,
    }
    found = evaluate_many(tuple(units), panel, NAMES)
    assert [one.unit for one in found] == list(units.values())


def test_many_formulas_give_what_each_gives_alone() -> None:
    panel = world(200)
    formulas = (
        "change(small / large, 6d)",
        "sma(change(small / large, 6d), 5d)",
        "KF:SMALL",
        "share(sectors, close > sma(close, 20d))",
        "share(sectors, close > sma(close, 20d)) > 50%",
        "retest(IWM)",
        "level(IWM)",
        "diff(FRED:UNRATE, 3mo)",
        "share(index, total > sma(total, 20d)) - share(sectors, close > sma(close, 20d))",
    )
    together = evaluate_many(formulas, panel, NAMES)
    for formula, found in zip(formulas, together, strict=True):
        alone = evaluate(formula, panel, NAMES)
        assert found.frame.equals(alone.frame)
        assert (found.needs, found.warnings, found.unit) == (alone.needs, alone.warnings, alone.unit)


def test_defaults_are_rows_where_a_row_is_no_session() -> None:
    panel = world()
    assert evaluate("rsi(KF:SMALL)", panel).frame["value"].null_count() == 14
    assert evaluate("rsi(weekly(SPY))", panel).needs.history == 14
    with pytest.raises(FormulaError, match="span 14d: found monthly data"):
        evaluate("rsi(KF:SMALL, 14d)", panel)
    with pytest.raises(FormulaError, match="span 14d: found weekly data"):
        evaluate("rsi(weekly(SPY), 14d)", panel)
    with pytest.raises(FormulaError, match="weekly: found month data; expected a daily series"):
        evaluate("weekly(KF:SMALL)", panel)


def test_what_is_read_for_a_formula_is_known_before_there_is_a_panel() -> None:
    text = 'change(small / "RTY=F", ytd) > mean(sectors, total) and first_cut()'
    words = ("small", "IWM", "RTY=F", "ytd", "sectors", "XLK", "XLF", "XLV", "FRED:DFEDTARU")
    assert mentioned(text, NAMES) == words
