"""Groups of stocks: rules of rank, market values, weights, thrusts; and what goes wrong with symbols and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.core.units import Unit
from leadline.formula import Asked, FormulaError, Names, Rule, evaluate, evaluate_many, evaluate_members
from leadline.formula.members import membership
from leadline.formula.usual import usual_rules
from leadline.inference.breadth import breadth

from .panels import DATASET, Maker, weekdays

TOP = Names(rules={"top": Rule(DATASET, 1, 2), "rest": Rule(DATASET, 3, 9), "yearly": Rule(DATASET, 1, 1, "year")})


def flat(value: float, days: int) -> list[float | None]:
    return [value] * days


def three_months() -> Maker:
    """January to March 2020 (23, 20 and 22 weekdays). Values in January: A 30, B 20, C 10; from February on C 40."""
    days = weekdays(65)
    maker = Maker(days)
    maker.stock("A", close=flat(3.0, 65), shares=flat(10.0, 65), change=flat(0.01, 65))
    maker.stock("B", close=flat(2.0, 65), shares=flat(10.0, 65), change=flat(0.02, 65))
    later: list[float | None] = [*flat(1.0, 23), *flat(4.0, 42)]
    return maker.stock("C", close=later, shares=flat(10.0, 65), change=flat(0.04, 65))


def test_a_rule_is_formed_at_the_end_of_a_month_and_holds_from_the_next_session() -> None:
    panel = three_months().panel()
    february, march, april = date(2020, 2, 3), date(2020, 3, 2), None
    assert membership(panel, "top", TOP).rows() == [
        ("A", february, march),
        ("A", march, april),
        ("B", february, march),
        ("C", march, april),
    ]
    found = evaluate("mean(top, change(close, 1d))", panel, TOP)
    values = dict(found.frame.iter_rows())
    assert values[date(2020, 1, 31)] is None  # the first month has no members yet
    assert values[february] == pytest.approx(0.015)
    assert values[date(2020, 2, 28)] == pytest.approx(0.015)  # C is worth most by now, but is ranked tonight
    assert values[march] == pytest.approx(0.025)
    said = "top: ranks 1 to 2 of market value in stocks_demo, formed anew every month; first from 2020-02-03"
    assert any(one.startswith(said) and one.endswith("members as of 2020-02-28") for one in found.warnings)


def test_a_rule_needs_no_month_that_is_not_over() -> None:
    """On the last session of a month the new members are known, and hold from a session that is not there yet."""
    panel = three_months().panel().truncate(date(2020, 2, 28))
    assert membership(panel, "top", TOP)["end"].to_list() == [None, None]
    assert evaluate("members(top)", panel, TOP).last == 2


def test_a_group_without_members_that_day_is_missing_and_never_zero() -> None:
    panel = three_months().panel()
    for group in ("rest", "yearly"):
        for formula in ("share({}, close > 0)", "members({})", "how_many({}, close > 0)"):
            values = evaluate(formula.format(group), panel, TOP).frame["value"]
            assert values[:23].to_list() == [None] * 23
    assert evaluate("members(yearly)", panel, TOP).frame["value"].null_count() == 65  # no year is over
    assert "yearly: ranks 1 to 1" in evaluate("members(yearly)", panel, TOP).warnings[0]
    assert "never formed yet" in evaluate("members(yearly)", panel, TOP).warnings[0]


def test_one_wrong_market_value_changes_no_rank() -> None:
    """On the last session of January B's shares are missing, and C's are a thousand times too many."""
    days = weekdays(30)
    wrong = {"B": (22, None), "C": (22, 10_000.0)}
    maker = Maker(days)
    for symbol, price in (("A", 3.0), ("B", 2.0), ("C", 1.0)):
        shares = flat(10.0, 30)
        if symbol in wrong:
            shares[wrong[symbol][0]] = wrong[symbol][1]
        maker.stock(symbol, close=flat(price, 30), shares=shares, change=flat(0.0, 30))
    panel = maker.panel()
    assert membership(panel, "top", TOP)["symbol"].to_list() == ["A", "B"]
    assert evaluate(f"best({DATASET}, market_value)", panel).frame["value"][22] == 30.0
    assert evaluate(f"how_many({DATASET}, market_value > 0)", panel).frame["value"][22] == 3


def test_a_stock_that_no_longer_trades_takes_no_rank() -> None:
    days = weekdays(30)
    maker = Maker(days)
    gone: list[float | None] = [*flat(9.0, 15), *[None] * 15]
    maker.stock("GONE", close=gone, shares=gone, change=gone)
    for symbol, price in (("A", 3.0), ("B", 2.0), ("C", 1.0)):
        maker.stock(symbol, close=flat(price, 30), shares=flat(10.0, 30), change=flat(0.0, 30))
    assert membership(maker.panel(), "top", TOP)["symbol"].to_list() == ["A", "B"]


def test_a_symbol_that_changed_hands_is_no_member_for_its_successor() -> None:
    """X is held in a snapshot, ends, and comes back 45 days later as another company: not the one that was held."""
    days = weekdays(80)
    change: list[float | None] = [*flat(0.01, 20), *[None] * 32, *flat(0.5, 28)]
    maker = Maker(days).stock("X", change=change).stock("Y", change=flat(0.02, 80))
    maker.member("fund", [("X", days[5], "held"), ("Y", days[5], "held")])
    found = evaluate("best(fund, change(close, 1d))", maker.panel()).frame["value"].to_list()
    assert found[10] == pytest.approx(0.02)
    assert found[60] == pytest.approx(0.02)
    again = maker.member("fund", [("X", days[70], "held"), ("Y", days[70], "held")]).panel()
    assert evaluate("best(fund, change(close, 1d))", again).frame["value"][75] == pytest.approx(0.5)


def test_a_member_that_a_snapshot_and_a_table_name_counts_once() -> None:
    days = weekdays(10)
    maker = Maker(days).stock("A", change=flat(0.01, 10)).stock("B", change=flat(0.03, 10))
    maker.member("both", [("A", days[0], "in"), ("B", days[0], "in"), ("A", days[2], "held"), ("B", days[2], "held")])
    panel = maker.panel()
    assert evaluate("members(both)", panel).frame["value"].to_list() == [2] * 10
    assert membership(panel, "both").rows() == [
        ("A", days[0], days[2]), ("A", days[2], None), ("B", days[0], days[2]), ("B", days[2], None)
    ]  # fmt: skip


def test_of_dates_and_a_list_the_last_word_counts() -> None:
    """B has no end date but is not on the list of day 4; C is on it and ends on day 7; D is on it alone; B is back."""
    days = weekdays(12)
    maker = Maker(days)
    for symbol in "ABCD":
        maker.stock(symbol, change=flat(0.01, 12))
    maker.member("both", [(symbol, days[0], "in") for symbol in "ABC"])
    maker.member("both", [(symbol, days[4], "held") for symbol in "ACD"])
    maker.member("both", [("C", days[7], "out"), ("B", days[9], "in")])
    panel = maker.panel()
    assert evaluate("members(both)", panel).frame["value"].to_list() == [3, 3, 3, 3, 3, 3, 3, 2, 2, 3, 3, 3]
    alone = {symbol: membership(panel, "both").filter(pl.col("symbol") == symbol).rows() for symbol in "BCD"}
    assert alone["B"] == [("B", days[0], days[4]), ("B", days[9], None)]
    assert alone["C"] == [("C", days[0], days[4]), ("C", days[4], days[7])]
    assert alone["D"] == [("D", days[4], None)]
    assert any("has prices for 3 of its 3 present members" in one for one in evaluate("members(both)", panel).warnings)


def fate(days: int, ended: int, stocks: int) -> list[str]:
    """What is said of the ended where so many of the stocks ended after a quarter of the days."""
    maker = Maker(weekdays(days))
    for at in range(stocks):
        there = days // 4 if at < ended else days
        maker.stock(f"S{at:03}", change=[*flat(0.01, there), *[None] * (days - there)])
    found = evaluate(f"mean({DATASET}, change(close, 1d))", maker.panel())
    assert found.warnings[0] == f"{DATASET}: every stock with a row that day is a member"
    return [one.removeprefix(f"{DATASET}: ") for one in found.warnings if "ended" in one or "survivors" in one]


def test_whether_the_ended_are_among_the_stocks_is_always_said() -> None:
    """Of 200 stocks two are a hundredth: three that ended show that such stocks are kept, two do not."""
    days = weekdays(600)
    last = days[599]
    assert fate(600, 3, 200) == [f"3 of the 200 stocks looked at ended by {last}, and are among them until then"]
    survivors = f"hardly a stock of it ends before {last}; until then it holds survivors only"
    assert fate(600, 2, 200) == [f"{survivors}, and shares over its members are too favourable"]
    assert fate(200, 2, 200) == [
        f"hardly a stock of it has ended since {days[0]}; whether it holds survivors only cannot be told from that"
    ]


def test_a_short_look_says_that_it_cannot_tell() -> None:
    """600 sessions of survivors: the last 340 of them alone are too few to show it."""
    maker = Maker(weekdays(600))
    for at in range(10):
        maker.stock(f"S{at}", change=flat(0.01, 600))
    assert any("it holds survivors only, and" in one for one in breadth(maker.panel(), DATASET).warnings)
    short = breadth(maker.panel(), DATASET, sessions=340).warnings
    begins = weekdays(600)[260]
    assert any(f"since {begins}; whether it holds survivors only cannot be told from that" in one for one in short)


def test_groups_whose_members_come_later_say_so() -> None:
    maker = Maker(weekdays(20)).price("SPY", close=flat(1.0, 20)).stock("A", change=flat(0.01, 20))
    panel = replace(maker.panel(), later={"fund": date(2024, 9, 27)})
    said = "group fund: found members known from 2024-09-27 on, none by 2020-01-28; choose a later date"
    none = "group small_1001_3000: found no set of stocks with market values by 2020-01-28; pull one, or choose"
    for group, match in (("fund", said), ("small_1001_3000", none)):
        with pytest.raises(DataError, match=match):
            evaluate(f"share({group}, close > 0)", panel)
        with pytest.raises(DataError, match=match):
            evaluate_members(panel, group, Asked({"x": "close"}))
    with pytest.raises(FormulaError, match=f"group: found {DATASET[:-1]}; expected {DATASET}"):
        evaluate(f"share({DATASET[:-1]}, close > 0)", panel)
    unset = Names(rules={"top": Rule("", 1, 2)})
    with pytest.raises(DataError, match="ranks 1 to 2 of market value: found no set of stocks with market values by"):
        evaluate("share(top, close > 0)", panel, unset)


def test_sessions_that_a_set_lacks_are_said() -> None:
    days = weekdays(40)
    holed = [None if at in (7, 30) else 0.01 for at in range(40)]
    panel = Maker(days).price("SPY", close=flat(1.0, 40)).stock("A", change=holed).panel()
    found = evaluate(f"mean({DATASET}, change(close, 1d))", panel)
    assert f"{DATASET}: it lacks 2 sessions, the last {days[30]}; spans go over them" in found.warnings
    assert found.frame["value"][30] is None


def test_as_of_when_the_members_are() -> None:
    days = weekdays(8)
    maker = Maker(days).stock("A", change=flat(0.01, 8))
    maker.member("held", [("A", days[1], "held"), ("A", days[5], "held")]).member("stated", [("A", days[2], "in")])
    panel = maker.panel()
    said = [evaluate(f"members({group})", panel).warnings[0] for group in ("held", "stated")]
    assert said[0] == f"held: members as of {days[5]} (2 snapshots since {days[1]}); each snapshot holds until the next"
    assert said[1] == f"stated: members by start and end dates, the last of {days[2]}"


WEIGHTED = {
    f"weighted_mean({DATASET}, change(close, 1d), ago(market_value, 1d))": (0.01 * 30 + 0.02 * 20 + 0.04 * 10) / 60,
    f"weighted_mean({DATASET}, change(close, 1d), traded)": (0.01 * 3 + 0.02 * 2 + 0.04 * 1) / 6,
    f"weighted_share({DATASET}, change(close, 1d) > 1.5%, shares * traded)": 30 / 60,
    f"top_share({DATASET}, market_value, 1)": 0.5,
    f"top_share({DATASET}, market_value, 2)": 50 / 60,
    f"top_share({DATASET}, market_value, 4)": None,
    f"top_share({DATASET}, market_value)": None,
    f"how_many({DATASET}, traded > 1)": 2,
    f"advancing({DATASET}, change(close, 1d) - 2%)": 0.5,
    f"mean({DATASET}, ago(close, 1d))": (1.01**9 + 1.02**9 + 1.04**9) / 3,
}


@pytest.mark.parametrize(("formula", "wanted"), WEIGHTED.items())
def test_members_with_weights(formula: str, wanted: float | None) -> None:
    """The tenth session: returns of 1, 2 and 4 %, values 30, 20 and 10."""
    found = evaluate(formula, three_months().panel()).frame["value"][9]
    assert found == (wanted if wanted is None else pytest.approx(wanted))


def test_weights_that_are_missing_or_not_above_zero_do_not_count() -> None:
    days = weekdays(3)
    maker = Maker(days).stock("A", change=flat(0.1, 3), volume=[1.0, 0.0, None])
    panel = maker.stock("B", change=flat(0.3, 3), volume=[3.0, 2.0, -1.0]).panel()
    found = evaluate(f"weighted_mean({DATASET}, close - ago(close, 1d) + 1, volume)", panel).frame["value"].to_list()
    assert found == [None, pytest.approx(1 + 1.69 - 1.3), None]


def test_groups_of_series_have_weights_too() -> None:
    days = weekdays(2)
    maker = Maker(days).price("A", close=[1.0, 2.0], volume=[1.0, 3.0]).price("B", close=[1.0, 4.0], volume=[1.0, 1.0])
    names = Names(groups={"two": ("A", "B"), "three": ("A", "B", "C")})
    panel = maker.price("C", close=[1.0, 9.0]).panel()
    assert evaluate("weighted_mean(two, close, volume)", panel, names).last == pytest.approx((2 * 3 + 4 * 1) / 4)
    found = evaluate("weighted_mean(three, close, volume)", panel, names)
    assert found.last == pytest.approx(2.5)
    assert any("C is left out" in said for said in found.warnings)
    with pytest.raises(DataError, match="no member with the data"):
        evaluate("mean(two, market_value)", panel, names)


def zweig_by_hand(up: Sequence[float]) -> list[float | None]:
    """The mean of the first ten, then a tenth and a bit more of the new: weight 2/11."""
    found: list[float | None] = [None] * 9
    average = sum(up[:10]) / 10
    found.append(average)
    for value in up[10:]:
        average += (value - average) * 2 / 11
        found.append(average)
    return found


def test_zweig_against_a_second_implementation() -> None:
    rng = generator("market tests zweig")
    days = weekdays(60)
    maker = Maker(days)
    moves = rng.normal(0, 0.01, (60, 12)).round(3)
    moves[20:26] = -np.abs(moves[20:26]) - 0.001
    moves[26:36] = np.abs(moves[26:36]) + 0.001
    moves[5, 3:] = 0.0
    for at in range(12):
        maker.stock(f"S{at}", change=moves[:, at].tolist())
    breadth, thrust = evaluate_many([f"zweig({DATASET})", f"zweig_thrust({DATASET})"], maker.panel())
    up, down = (moves[1:] > 0).sum(axis=1), (moves[1:] < 0).sum(axis=1)
    wanted = zweig_by_hand((up / (up + down)).tolist())
    assert breadth.unit is Unit.SHARE
    assert breadth.frame["value"].to_list()[1:] == [None if one is None else pytest.approx(one) for one in wanted]
    days_of = [
        at + 1
        for at in range(10, len(wanted))
        if wanted[at] > 0.615 >= wanted[at - 1]  # type: ignore[operator]
        and min(one for one in wanted[at - 9 : at + 1] if one is not None) < 0.4
    ]
    assert len(days_of) == 1
    assert [at for at, held in enumerate(thrust.frame["value"]) if held] == days_of


def test_functions_that_stand_for_others_say_so_in_their_tree() -> None:
    found = evaluate(f"zweig({DATASET})", three_months().panel())
    assert found.formula == f"zweig({DATASET})"
    assert found.last == 1.0
    with pytest.raises(FormulaError, match="of of zweig: found volume; expected close or total"):
        evaluate(f"zweig({DATASET}, volume)", three_months().panel())
    with pytest.raises(FormulaError, match="a group inside a group"):
        evaluate(f"mean({DATASET}, close * zweig({DATASET}))", three_months().panel())


def test_wrong_rules_and_groups() -> None:
    with pytest.raises(RequestError, match="ranks of a rule: found 5 to 3; expected such as 1001 to 3000"):
        Rule(DATASET, 5, 3)
    with pytest.raises(RequestError, match="schedule of a rule: found week; expected one of month, quarter, year"):
        Rule(DATASET, 1, 3, "week")  # type: ignore[arg-type]
    panel = three_months().panel()
    with pytest.raises(FormulaError, match="group: found tpo; expected top"):
        evaluate("members(tpo)", panel, TOP)
    with pytest.raises(FormulaError, match="series: found top, a group"):
        evaluate("top > 3", panel, TOP)
    with pytest.raises(FormulaError, match="bare market_value: found no group around it"):
        evaluate("market_value > 3", panel, TOP)
    with pytest.raises(DataError, match="no market values in it"):
        evaluate("members(none)", panel, Names(rules={"none": Rule("nothing", 1, 2)}))


def test_usual_rules_are_of_the_newest_set_with_market_values() -> None:
    rules = usual_rules(three_months().panel())
    assert rules["small_1001_3000"] == Rule(DATASET, 1001, 3000)
    assert usual_rules(Maker(weekdays(3)).price("SPY", close=[1.0, 1.0, 1.0]).panel()) == {}


def test_members_one_by_one() -> None:
    asked = Asked({"move": "change(close, 1d)", "big": "market_value > 15"})
    found = evaluate_members(three_months().panel(), "top", asked, TOP)
    day = found.frame.filter(pl.col("session") == date(2020, 2, 28)).with_columns(pl.col("symbol").cast(pl.String))
    assert day.select("symbol", "big").sort("symbol").rows() == [("A", True), ("B", True)]
    assert day["move"].to_list() == [pytest.approx(0.01), pytest.approx(0.02)]
    assert found.units == {"move": Unit.RETURN, "big": Unit.TRUTH}
    assert found.stocks.name == DATASET
    with pytest.raises(DataError, match="the stocks of sectors: found a group of series"):
        evaluate_members(three_months().panel(), "sectors", asked, Names(groups={"sectors": ("A",)}))
    with pytest.raises(FormulaError, match="found nothing of a member in it"):
        evaluate_members(three_months().panel(), "top", Asked({"x": "3 > 2"}), TOP)


def test_many_formulas_of_a_group_give_what_each_gives_alone() -> None:
    panel = three_months().panel()
    formulas = [*WEIGHTED, "mean(top, traded)", f"zweig({DATASET})", f"rank(A, {DATASET}, close)"]
    formulas = formulas[:-1]
    together = evaluate_many(formulas, panel, TOP)
    for formula, found in zip(formulas, together, strict=True):
        alone = evaluate(formula, panel, TOP)
        assert alone.frame.equals(found.frame), formula
        assert alone.warnings == found.warnings
        assert alone.needs == found.needs
