"""Evidence lines on groups of stocks: what they rest on, how far that reaches, and what is said of the members."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from leadline.core.errors import RequestError
from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.formula import Names, Rule
from leadline.formula.usual import resolved
from leadline.judgement.playbook import names_of
from leadline.judgement.playbook.attendance import attendance, notices_of
from leadline.judgement.playbook.card import Card, read_card
from leadline.judgement.playbook.evidence import Evidence, evidence_at, read_evidence
from leadline.judgement.playbook.freshness import Standing, place_of, reaches
from leadline.judgement.playbook.inputs import Input, inputs_of
from leadline.judgement.playbook.measured import measure
from leadline.judgement.playbook.read import parse

from .worlds import Row, panel, walk, weekdays, with_stocks

HEAD = """
title: Stocks
roles: {small: {series: IWM, label: Small}, large: {series: SPY, label: Large}}
sizes: [small, large]
ratio: {numerator: small, denominator: large}
stocks: {top: {low: 1, high: 2}, rest: {low: 3, high: 9, every: quarter}}
evidence:
"""
LINE = """
  - key: {key}
    topic: 22
    value: {value}
    for: {value} > 0.5
    against: {value} < 0.25
    durability: true
    says: {{for: "{key} {{value}}", against: "{key} {{value}}", silent: "{key} {{value}}"}}
"""


def book(**lines: str):  # type: ignore[no-untyped-def]
    return parse(HEAD + "".join(LINE.format(key=key, value=value) for key, value in lines.items()), "stocks.yaml")


def world(count: int = 60, last: date = date(2024, 7, 16)) -> Panel:
    days = weekdays(count)
    assert days[-1] == last
    return panel({"IWM": {"close": [100.0 + k for k in range(count)]}, "SPY": {"close": [100.0] * count}})


def rows_of(symbol: str, days: list[date], close: float = 10.0, change: float = 0.01, shares: float = 1e6) -> list[Row]:
    return [(symbol, day, close, change, 100.0, shares) for day in days]


def four(days: list[date]) -> list[Row]:
    """A and B are the largest; A and C rise every day, B and D fall."""
    return [
        *rows_of("A", days, shares=9e6),
        *rows_of("B", days, change=-0.01, shares=8e6),
        *rows_of("C", days, shares=2e6),
        *rows_of("D", days, change=-0.01),
    ]


def by_key(found: tuple[Evidence, ...]) -> dict[str, Evidence]:
    return {line.key: line for line in found}


def at(world_: Panel, one: Input, day: date, names: Names) -> Standing:
    place = place_of(world_, day)
    assert place is not None
    return reaches(world_, [one], names)[one].at(place)


NAMES = Names(
    roles={"small": "IWM"}, groups={"pair": ("XLK", "XLF")}, rules={"top": Rule("us", 1, 2), "late": Rule("", 1, 2)}
)


@pytest.mark.parametrize(
    ("formula", "direct", "members"),
    [
        ("share(top, close > sma(close, 5d))", [Input("top", "close", stocks=True)], []),
        ("sma(how_many(us, change(close, 1d) > 0), 5d)", [Input("us", "close", stocks=True)], []),
        ("weighted_share(top, change(close, 1d) > 0, volume)", [Input("top", "close+volume", stocks=True)], []),
        ("top_share(top, market_value, 2)", [Input("top", "market_value", stocks=True)], []),
        ("zweig(top)", [Input("top", "close", stocks=True)], []),
        ("last(zweig_thrust(top, total))", [Input("top", "total", stocks=True)], []),
        ("zweig(pair, total)", [], [Input("XLK", "total"), Input("XLF", "total")]),
        ("members(top)", [Input("top", "", stocks=True)], []),
        ("mean(top, beta(close, small, 5d))", [Input("top", "close", stocks=True), Input("IWM")], []),
        ("change(small, 5d) - mean(top, total)", [Input("IWM"), Input("top", "total", stocks=True)], []),
    ],
)
def test_inputs_by_hand(formula: str, direct: list[Input], members: list[Input]) -> None:
    found = inputs_of(formula, NAMES)
    assert found.direct == tuple(direct)
    assert found.members == tuple(members)
    assert found.of_stocks == tuple(one for one in direct if one.stocks)
    assert str(Input("top", "close+volume", stocks=True)) == "top"


def test_values_and_sentences_by_hand() -> None:
    """The world ends on 16 July 2024: the ranks are those of the end of June, 28 June."""
    days = weekdays(60)
    seen = with_stocks(world(), {"us": four(days)})
    mine = book(
        up="share(top, change(close, 5d) > 0)",
        more="weighted_share(top, change(close, 1d) > 0, market_value)",
        both="share(top, close > 0) - share(rest, change(close, 1d) > 0)",
        whole="share(us, change(close, 1d) > 0)",
    )
    found = by_key(read_evidence(seen, mine))
    assert [found[key].value for key in ("up", "both", "whole")] == [0.5, 0.5, 0.5]
    assert found["more"].value == pytest.approx(9 / 17)
    assert found["up"].stocks == "Members as of 2024-06-28."
    assert found["up"].sentence == "up 50 % Members as of 2024-06-28."
    assert found["whole"].stocks == "Every stock of us."
    assert found["both"].stocks == "Members as of 2024-06-28."  # the quarter ended that day too
    assert {line.reading for line in found.values()} == {"silent", "for"}
    assert found["more"].reading == "for"


def test_without_stocks_the_lines_say_so_quietly() -> None:
    mine = book(a="share(top, close > 0)", b="zweig(rest)", c="share(top, close > 0) - share(rest, close > 0)")
    card: Card = read_card(world(), mine)
    assert {line.sentence for line in card.missing} == {"Missing: no stocks in the ledger."}
    assert card.coverage.missing == ("stocks",)
    assert card.coverage.sentence == "2 of 3 inputs present; missing: stocks (none in the ledger)."
    assert card.durability.unknown[0] == "participation: no stocks in the ledger"
    assert "short covering" in card.durability.unknown[1]
    none_yet = with_stocks(world(), {"us": []})
    assert read_card(none_yet, mine) == card, "a ledger whose stocks begin after the cut reads the same"


def test_what_is_missing_or_stale_is_named() -> None:
    days = weekdays(60)
    whole = with_stocks(world(), {"us": four(days)})
    stale = with_stocks(world(), {"us": four(days[:-1])})
    lacking = with_stocks(world(), {"us": [row for row in four(days) if row[1] != days[-1] or row[0] == "A"]})
    half = with_stocks(world(), {"us": [row for row in four(days) if row[1] != days[-1] or row[0] in "AC"]})
    top = Input("top", "close", stocks=True)
    assert at(whole, top, days[-1], NAMES) == Standing(top, "present", days[-1])
    assert at(stale, top, days[-1], NAMES).why == f"top has no prices after {days[-2]}"
    assert at(lacking, top, days[-1], NAMES).state == "stale", "one of four stocks is no session"
    assert at(half, top, days[-1], NAMES).state == "present", "two of four are"
    assert at(lacking, top, days[-2], NAMES).state == "present"
    assert at(with_stocks(world(), {"us": four(days[5:])}), top, days[2], NAMES).why == "no stocks in the ledger"
    words = {
        Input("nobody", "close", stocks=True): "no stocks for nobody in the ledger",
        Input("late", "close", stocks=True): "no stocks for late in the ledger",
        Input("us", "total", stocks=True): "no stocks for us in the ledger",
    }
    assert {one: at(whole, one, days[-1], NAMES).why for one in words} == words
    other = Names(rules={"top": Rule("elsewhere", 1, 2)})
    assert at(whole, top, days[-1], other).why == "no stocks for top in the ledger"
    mine = book(up="share(top, change(close, 5d) > 0)")
    card = read_card(stale, mine)
    assert card.missing[0].sentence == f"Missing: top has no prices after {days[-2]}."
    assert card.missing[0].value is None
    assert card.coverage.stale == (("top", days[-2]),)


def test_a_rule_without_a_set_takes_the_newest_that_has_market_values() -> None:
    days = weekdays(60)
    seen = with_stocks(world(), {"old": four(days[:-9]), "us": four(days)})
    names = names_of(book(a="share(top, close > 0)"), None, seen)
    assert names.rules == {"top": Rule("", 1, 2), "rest": Rule("", 3, 9, "quarter")}
    assert resolved(names, seen).rules == {"top": Rule("us", 1, 2), "rest": Rule("us", 3, 9, "quarter")}
    assert resolved(names, world()).rules == names.rules
    own = HEAD.replace("low: 1, high: 2", "low: 1, high: 2, dataset: old")
    mine = parse(own + LINE.format(key="a", value="share(top, close > 0)"), "own.yaml")
    assert by_key(read_evidence(seen, mine))["a"].why == f"top has no prices after {days[-10]}"


def test_ranks_that_are_no_range_are_refused() -> None:
    with pytest.raises(RequestError, match=r"stocks\.top.*found ranks 3 to 2 are no range"):
        parse(HEAD.replace("low: 1, high: 2", "low: 3, high: 2") + LINE.format(key="a", value="members(top)"), "x.yaml")
    with pytest.raises(RequestError, match="sizes stands here more than once"):
        parse(HEAD.replace("top:", "sizes:") + LINE.format(key="a", value="members(rest)"), "x.yaml")


def test_survivors_are_named_by_hand() -> None:
    """100 stocks of 800 sessions: the day is that by which more than one in a hundred had ended over 30 days ago."""
    days = weekdays(800)
    rows = [row for k in range(98) for row in rows_of(f"S{k:02}", days)]
    ended = [*rows_of("E1", days[:700]), *rows_of("E2", days[:720])]
    names, us = Names(), Input("us", "close", stocks=True)
    some = with_stocks(panel({"IWM": {"close": [1.0] * 800}}), {"us": [*rows, *ended]})
    seen = attendance(some, "us")
    assert (seen.stocks(days[-1]), seen.stocks(days[0] - timedelta(days=1))) == (100, 0)
    assert seen.biased(days[-1]) == days[719], "100 // 100 = 1: the second end"
    assert seen.biased(days[730]) == days[730], "only one had ended by then: survivors until that very day"
    assert seen.biased(days[500]) is None, "the set is too young to tell"
    early = with_stocks(panel({"IWM": {"close": [1.0] * 800}}), {"us": [*rows, *rows_of("E0", days[:40]), *ended]})
    assert attendance(early, "us").biased(days[-1]) == days[699]
    whole = with_stocks(
        panel({"IWM": {"close": [1.0] * 800}}),
        {"us": [*rows, *rows_of("E1", days[:40]), *rows_of("E2", days[:50])]},
    )
    assert attendance(whole, "us").biased(days[-1]) is None
    assert notices_of(whole, names, [us])[0] == f"us: 100 stocks since {days[0]}, the ended among them"
    lacks = with_stocks(world(60), {"us": [row for row in four(weekdays(60)) if row[1] != weekdays(60)[30]]})
    held = f"it lacks 1 session, the last {weekdays(60)[30]}, and spans go over them"
    assert held in notices_of(lacks, names, [us])[0]


def test_a_stock_that_comes_back_is_another() -> None:
    days = weekdays(100)
    seen = with_stocks(world(100), {"us": [*rows_of("A", days[:30] + days[60:]), *rows_of("B", days)]})
    found = attendance(seen, "us")
    assert found.begins.tolist() == [days[0], days[0], days[60]]
    assert found.ends.tolist() == [days[29], days[-1], days[-1]]


@pytest.mark.parametrize("seed", ["attendance one", "attendance two"])
def test_attendance_against_plain_loops_with_rows_in_any_order(seed: str) -> None:
    days, draw = weekdays(300), generator(seed)
    held = {f"S{k}": [day for day in days if draw.random() > 0.6 and (day.month + k) % 5] for k in range(12)}
    rows = [row for symbol, mine in held.items() for row in rows_of(symbol, mine)]
    begins, ends = [], []
    for mine in held.values():
        for at, day in enumerate(mine):
            begins += [day] if at == 0 or (day - mine[at - 1]).days > 30 else []
            ends += [day] if at == len(mine) - 1 or (mine[at + 1] - day).days > 30 else []
    assert len(begins) > 2 * len(held)
    for mixed in (rows, [rows[at] for at in draw.permutation(len(rows))], sorted(rows, key=lambda row: row[1])):
        found = attendance(with_stocks(world(300), {"us": mixed}), "us")
        assert (found.begins.tolist(), found.ends.tolist()) == (sorted(begins), sorted(ends))
        assert found.rows.tolist() == [sum(day in mine for mine in held.values()) for day in days]


def test_cards_of_the_past_know_nothing_later() -> None:
    """Stocks that begin, end, come back and lack sessions: the card of a past session is that of a panel cut there."""
    count = 900
    days, draw = weekdays(count), generator("stock lines past")
    rows: list[Row] = []
    for k in range(40):
        first, last = sorted(int(x) for x in draw.integers(0, count, 2))
        mine = [day for day in days[first:last] if draw.random() > 0.02 and day not in days[300:900:97]]
        gone = set(days[first + 50 : first + 90]) if k % 3 == 0 else set()
        for day in mine:
            if day not in gone:
                price, change, volume, shares = draw.normal(20, 1), draw.normal(0, 0.02), draw.uniform(1, 9), 1e6 + k
                rows.append((f"S{k:02}", day, float(price), float(change), float(volume), float(shares)))
    prices = panel({"IWM": {"close": walk("a", count)}, "SPY": {"close": walk("b", count)}})
    seen = with_stocks(prices, {"us": [row for row in rows if row[1] >= days[200]]})
    text = HEAD.replace("low: 1, high: 2", "low: 1, high: 9").replace("low: 3, high: 9", "low: 10, high: 40")
    values = {
        "a": "share(top, close > sma(close, 20d))",
        "b": "weighted_share(rest, change(close, 1d) > 0, volume)",
        "c": "mean(top, change(close, 21d)) - weighted_mean(top, change(close, 21d), ago(market_value, 21d))",
        "d": "zweig(us)",
    }
    mine = parse(text + "".join(LINE.format(key=key, value=value) for key, value in values.items()), "past.yaml")
    measured = measure(seen, mine)
    spoken, missing, biased, early = 0, 0, 0, 0
    for row in (*range(-1, -400, -23), -600 + 97 * 2, -699, -700, -701, -800):
        day = seen.sessions[row]
        then = read_evidence(seen.truncate(day), mine)
        assert evidence_at(measured, measured.place(day)) == then, day
        spoken += sum(line.value is not None for line in then)
        missing += sum("has no prices after" in line.why for line in then)
        early += sum(line.why == "no stocks in the ledger" for line in then)
        biased += sum("Survivor-biased" in line.stocks for line in then)
    assert spoken > 40
    assert missing > 0
    assert early == 6, "of the two ranks' three lines, on the two days before the set"
    assert biased == 0


def test_the_pass_over_stocks_is_apart_from_what_fails() -> None:
    """A formula of a series that cannot be evaluated does not make the stocks be read again."""
    days = weekdays(60)
    seen = with_stocks(world(), {"us": four(days)})
    mine = book(
        ok="share(top, change(close, 5d) > 0)",
        short="sma(small, 2y)",
        bad="share(nobody, close > 0)",
        far="small / GONE",
    )
    found = by_key(read_evidence(seen, mine))
    assert found["ok"].value == 0.5
    assert found["bad"].why == "no stocks for nobody in the ledger"
    assert found["far"].why == "GONE has no value"
    gone = replace(seen, stocks=seen.stocks.filter(pl.col("session") < days[-1]) if seen.stocks is not None else None)
    assert by_key(read_evidence(gone, mine))["ok"].why == f"top has no prices after {days[-2]}"
