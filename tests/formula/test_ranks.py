"""One ranking for all rules, rows in order, sets of stocks, sessions that are half empty: against plain loops."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import median

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.errors import DataError
from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.formula import Names, Rule, evaluate
from leadline.formula.members import formings, membership
from leadline.formula.names import Every
from leadline.formula.runs import codes_of, in_order, runs_of
from leadline.formula.stocks import StockSet, stock_sets
from leadline.formula.turnout import enough, turnout

from .panels import DATASET, Maker, weekdays

Worths = dict[str, dict[date, float | None]]


def market(days: list[date], seed: str) -> tuple[Panel, Worths]:
    """Thirty stocks that begin, end, come back, lack sessions and values, and are often worth the same."""
    draw, maker, worths = generator(seed), Maker(days), {}
    for at in range(30):
        first, last = sorted(int(one) for one in draw.integers(0, len(days), 2))
        away = set(days[(first + last) // 2 : (first + last) // 2 + int(draw.integers(0, 40))])
        held = [day for day in days[first:last] if day not in away and draw.random() > 0.2]
        close = {day: float(draw.integers(1, 6)) if draw.random() > 0.1 else None for day in held}
        worths[f"S{at * 7 % 30:02}"] = {day: None if one is None else one * 10.0 for day, one in close.items()}
        maker.stock(
            f"S{at * 7 % 30:02}",
            close=[close.get(day) for day in days],
            shares=[10.0 if day in close else None for day in days],
        )
    return maker.panel(), worths


def naive(worths: Worths, panel: Panel, rule: Rule) -> list[tuple[str, date, date | None]]:
    """The terms of a rule, forming by forming and stock by stock."""
    found = []
    for formed, start, end in formings(panel, rule).rows():
        worth = {}
        for symbol, values in worths.items():
            near = [day for day in sorted(values) if formed - timedelta(days=14) <= day <= formed]
            known = [one for day in near if (one := values[day]) is not None]
            if known and formed - near[-1] <= timedelta(days=7):
                worth[symbol] = median(known[-5:])
        order = sorted(worth, key=lambda symbol: (-worth[symbol], symbol))
        found += [(symbol, start, end) for symbol in order[rule.low - 1 : rule.high] if start is not None]
    return sorted(found)


@pytest.mark.parametrize("every", ["month", "quarter", "year"])
@pytest.mark.parametrize("seed", ["ranks one", "ranks two"])
def test_rules_share_a_ranking_that_plain_loops_give_too(every: Every, seed: str) -> None:
    days = weekdays(420)
    panel, worths = market(days, seed)
    rules = {f"g{low}": Rule(DATASET, low, high, every) for low, high in ((1, 3), (4, 9), (1, 99))}
    for word, rule in rules.items():
        assert membership(panel, word, Names(rules=rules)).rows() == naive(worths, panel, rule)
    early = panel.truncate(days[250])
    for word, rule in rules.items():
        assert membership(early, word, Names(rules=rules)).rows() == naive(worths, early, rule)


def test_a_set_is_ranked_once_for_all_rules() -> None:
    panel, _ = market(weekdays(200), "ranks once")
    assert panel.stocks is not None
    asked: list[int] = []

    def counted(rows: pl.DataFrame) -> pl.DataFrame:
        asked.append(len(rows))
        return rows

    seen = replace(panel, stocks=panel.stocks.map_batches(counted))
    rules = {"top": Rule(DATASET, 1, 5), "rest": Rule(DATASET, 6, 20), "turn": Rule(DATASET, 1, 5, "quarter")}
    for word, passes in (("top", 1), ("rest", 1), ("top", 1), ("turn", 2)):
        membership(seen, word, Names(rules=rules))
        assert len(asked) == passes


def rows_of(drawn: list[tuple[str, int]]) -> pl.DataFrame:
    symbols, days = [one[0] for one in drawn], [date(2020, 1, 1) + timedelta(days=one[1]) for one in drawn]
    schema = {"symbol": pl.String, "session": pl.Date}
    frame = pl.DataFrame({"symbol": symbols, "session": days}, schema=schema).with_row_index("row")
    return frame.with_columns(pl.col("symbol").cast(pl.Categorical))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["B", "AB", "A", "ZZ", "a"]), st.integers(0, 120)), unique=True, max_size=60))
def test_rows_in_any_order_are_put_in_order(drawn: list[tuple[str, int]]) -> None:
    for given_ in (drawn, sorted(drawn, reverse=True), sorted(drawn, key=lambda one: (one[1] // 40, one))):
        found = in_order(rows_of(given_))
        assert found["symbol"].cast(pl.String).to_list() == [one[0] for one in sorted(given_)]
        assert [given_[row] for row in found["row"]] == sorted(given_)


def test_runs_by_hand() -> None:
    rows = rows_of([("A", 0), ("A", 3), ("A", 40), ("B", 41), ("B", 2), ("A", 50)])
    codes, days = codes_of(rows), rows["session"].to_physical().to_numpy()
    assert runs_of(codes, days).starts.tolist() == [0, 3, 4, 5]
    assert runs_of(codes, days, 30).starts.tolist() == [0, 2, 3, 4, 5]
    assert (runs_of(codes, days).last - days[0]).tolist() == [40, 41, 2, 50]
    assert runs_of(codes, days).lengths(6).tolist() == [3, 1, 1, 1]
    assert not len(runs_of(codes[:0], days[:0]).starts)


def test_the_sets_are_found_by_what_they_hold() -> None:
    """The second set has volumes from its third day on alone, and begins before the first."""
    days = weekdays(9)
    maker = Maker(days).stock("A", close=[None, None, *[5.0] * 6, None], shares=[None, None, *[1.0] * 6, None])
    maker.stock("A", "other", adj_close=[3.0] * 9, volume=[None, None, *[7.0] * 7])
    panel = maker.panel()
    other, first = stock_sets(panel)
    assert other == StockSet("other", frozenset({"adj_close", "volume"}), days[0], days[8])
    assert (first.name, first.first, first.last) == (DATASET, days[2], days[7])
    assert {"close", "shares"} <= first.has <= {"close", "shares", "change"}
    assert stock_sets(replace(panel, stocks=None)) == ()
    assert panel.stocks is not None
    assert stock_sets(replace(panel, stocks=panel.stocks.head(0))) == ()
    with pytest.raises(DataError, match=r"ranks 1 to 2 of market value in other.*found no market values in it"):
        membership(panel, "top", Names(rules={"top": Rule("other", 1, 2)}))


def plainly_enough(rows: list[int]) -> list[bool]:
    found = []
    for at, many in enumerate(rows):
        before = [one for one in rows[:at] if one][-21:]
        found.append(many > 0 and (not before or many >= median(before) / 2))
    return found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=70))
def test_sessions_that_count_against_plain_loops(rows: list[int]) -> None:
    assert enough(np.array(rows, dtype=np.int64)).tolist() == plainly_enough(rows)


def test_rows_are_counted_by_session() -> None:
    days = weekdays(5)
    seen = pl.Series([days[3], days[0], days[3], date(2019, 1, 1), date(2030, 1, 1), days[3]])
    assert turnout(pl.Series(days), seen).tolist() == [1, 0, 0, 3, 0]
    assert turnout(pl.Series(days), seen.clear()).tolist() == [0] * 5
    assert turnout(pl.Series([], dtype=pl.Date), seen).tolist() == []


def test_half_empty_sessions_are_said_and_never_filled() -> None:
    """On the 31st of 40 days one of three stocks is there: its value stands alone, and that is said."""
    days = weekdays(40)
    maker = Maker(days).stock("A", change=[0.03] * 40)
    for symbol in ("B", "C"):
        maker.stock(symbol, change=[None if at == 30 else 0.0 for at in range(40)])
    panel = maker.price("SPY", close=[1.0] * 40).panel()
    found = evaluate(f"mean({DATASET}, change(close, 1d))", panel)
    half = f"{DATASET}: fewer than half of its usual stocks are there on the session {days[30]}; values of that session"
    assert f"{half} rest on them alone" in found.warnings
    assert found.frame["value"][30] == pytest.approx(0.03)
    assert found.frame["value"][29] == pytest.approx(0.01)
    whole = evaluate(f"mean({DATASET}, change(close, 1d))", panel.truncate(days[29]))
    assert not any("fewer than half" in said for said in whole.warnings), "nothing of it was known the day before"
    newest = evaluate(f"mean({DATASET}, change(close, 1d))", panel.truncate(days[30]))
    assert f"{half} rest on them alone" in newest.warnings, "the last session is told of as well"


def test_a_half_empty_session_of_a_set_is_said_of_a_group_that_is_there() -> None:
    """On that session two of five stocks are there: both members of the pair."""
    days = weekdays(40)
    maker = Maker(days).price("SPY", close=[1.0] * 40)
    for symbol in ("A", "B", "C", "D", "E"):
        maker.stock(symbol, change=[None if at == 30 and symbol > "B" else 0.01 for at in range(40)])
    panel = maker.member("pair", [("A", days[0], "in"), ("B", days[0], "in")]).panel()
    found = evaluate("mean(pair, change(close, 1d))", panel)
    assert any(
        f"fewer than half of its usual stocks are there on the session {days[30]}" in one for one in found.warnings
    )
    assert found.frame["value"][30] == pytest.approx(0.01)
