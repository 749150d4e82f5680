"""Evidence by hand: readings, ranks in the own past, sentences, what is missing, and nothing from later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest

from leadline.data.panel.panel import Panel
from leadline.formula import Names, evaluate
from leadline.judgement.playbook import shipped
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.evidence import Evidence, evidence_at, read_evidence, surprising
from leadline.judgement.playbook.measured import NO_VALUE, measure
from leadline.judgement.playbook.read import parse
from leadline.judgement.playbook.triggers import watched

from .worlds import Column, market, panel, weekdays

HEAD = """title: Mine
roles:
  small: {series: IWM, label: Small caps}
  large: {series: SPY, label: Large caps}
sizes: [small, large]
ratio: {numerator: small, denominator: large}
groups: {pair: [AA, BB]}
"""
LINE = """
  - key: KEY
    topic: 21
    value: VALUE
    for: FOR
    against: AGAINST
    says: {for: "up {value}, {rank} since {since}, {percentile}", against: "down {value}", silent: "so {value}"}
"""


def book(*lines: tuple[str, str, str, str], more: str = ""):  # type: ignore[no-untyped-def]
    text = HEAD + "evidence:"
    for key, value, up, down in lines:
        text += LINE.replace("KEY", key).replace("VALUE", value).replace("FOR", up).replace("AGAINST", down)
    return parse(text + more, "mine.yaml")


def world(**more: Mapping[str, Column]) -> Panel:
    """300 sessions: IWM 100, then 1 more every session; SPY steadily 100."""
    rising: list[float | None] = [100.0 + k for k in range(300)]
    return panel({"IWM": {"close": rising}, "SPY": {"close": [100.0] * 300}, **more})


def by_key(lines: tuple[Evidence, ...]) -> dict[str, Evidence]:
    return {line.key: line for line in lines}


def test_readings_values_and_sentences_by_hand() -> None:
    mine = book(
        ("up", "small / large", "small / large > 2", "small / large < 1"),
        ("down", "change(small, 1d)", "change(small, 1d) > 1%", "change(small, 1d) < 0.5%"),
        ("flat", "change(large, 1d)", "change(large, 1d) > 0", "change(large, 1d) < 0"),
    )
    found = by_key(read_evidence(world(), mine))
    first = weekdays(300)[0]
    up = found["up"]  # 3.99: the highest of 300
    assert (up.reading, up.value, up.unit, up.rank, up.n) == ("for", pytest.approx(3.99), "ratio", 1, 300)
    assert up.sentence == f"up 3.9900, the highest of 300 values since {first}, 100.0 %"
    assert up.surprise == pytest.approx(1 - 2 / 300)
    assert up.formulas == ("small / large", "small / large > 2", "small / large < 1")
    down = found["down"]  # 1 / 398: the least of 299 moves, of which the first is on the second session
    assert (down.reading, down.value, down.rank) == ("against", pytest.approx(1 / 398), 299)
    assert (down.percentile, down.n, down.since) == (pytest.approx(1 / 299), 299, weekdays(300)[1])
    assert down.sentence == "down +0.3 %"
    flat = found["flat"]
    assert (flat.reading, flat.surprise, flat.percentile, flat.rank) == ("silent", 0.0, 1.0, 1)
    assert [line.key for line in surprising(tuple(found.values()), "for")] == ["up"]


def test_too_short_a_past_has_a_value_and_no_rank() -> None:
    mine = book(("up", "small", "small > 2", "small < 1"))
    short = panel({"IWM": {"close": [3.0] * 251}, "SPY": {"close": [1.0] * 251}})
    found = read_evidence(short, mine)[0]
    assert (found.reading, found.percentile, found.rank, found.surprise) == ("for", None, None, None)
    assert found.sentence == "up 3.00, - since -, -"


def test_what_is_missing_stale_or_broken_is_named_and_stands_alone() -> None:
    mine = book(
        ("there", "small", "small > 2", "small < 1"),
        ("unknown", "GONE / small", "GONE > small", "GONE < small"),
        ("stale", "OLD / small", "OLD / small > 2", "OLD / small < 1"),
        ("field", "small.volume", "small.volume > 2", "small.volume < 1"),
        ("short", "sma(small, 2y)", "sma(small, 2y) > 2", "sma(small, 2y) < 1"),
        ("group", "mean(nobody, close)", "mean(nobody, close) > 2", "mean(nobody, close) < 1"),
        ("both", "large", "large > 2", "large > 1"),
        ("part", "mean(pair, close)", "mean(pair, close) > 2", "mean(pair, close) < 1"),
        ("rest", "worst(pair, total)", "worst(pair, total) > 2", "worst(pair, total) < 1"),
    )
    days = weekdays(300)
    old: list[float | None] = [5.0] * 299 + [None]
    found = by_key(read_evidence(world(OLD={"close": old}, AA={"close": [3.0] * 300, "total": old}), mine))
    assert found["there"].reading == "for"
    assert found["unknown"].why == "GONE has no value"
    assert found["stale"].why == f"OLD ends {days[-2]}"
    assert found["field"].why == "IWM.volume has no value"
    assert found["short"].why == NO_VALUE
    assert found["group"].why == "no stocks for nobody in the ledger"
    assert "both of its conditions hold" in found["both"].why
    assert (found["part"].reading, found["part"].left_out) == ("for", ("BB",))
    assert found["part"].sentence.endswith("Left out, without a value yet: BB.")
    assert found["rest"].why == f"AA.total ends {days[-2]}"
    for key in ("unknown", "stale", "field", "short", "group", "both", "rest"):
        line = found[key]
        assert (line.reading, line.value, line.rank, line.level) == ("missing", None, None, None)
        assert line.sentence == f"Missing: {line.why}."


def test_a_level_and_a_date_are_filled_from_their_formulas() -> None:
    mine = parse(
        HEAD
        + """evidence:
  - key: record
    topic: 2
    value: drawdown(small)
    for: drawdown(small) > -1%
    against: drawdown(small) < -5%
    level: highest(small)
    level_form: count
    date: last(small >= highest(small))
    says: {for: "at {level} of {date}", against: "{level}", silent: "{level}"}
""",
        "mine.yaml",
    )
    found = read_evidence(world(), mine)[0]
    assert (found.level, found.day) == (399.0, date(2024, 7, 16))
    assert found.sentence == "at 399 of 2024-07-16"


def test_macro_values_are_stale_by_their_own_clock() -> None:
    mine = book(("rate", "FRED:R", "FRED:R > 1", "FRED:R < 0"))
    days = weekdays(300)
    rows = [(day - timedelta(days=1), day, 2.0) for day in days[:200]]
    found = read_evidence(_with_macro(rows), mine)[0]
    assert (found.reading, found.why) == ("missing", f"FRED:R ends {days[199] - timedelta(days=1)}")
    fresh = [(day - timedelta(days=1), day, 2.0) for day in days[:296]]
    assert read_evidence(_with_macro(fresh), mine)[0].reading == "for"


def _with_macro(rows: list[tuple[date, date, float]]) -> Panel:
    prices: dict[str, dict[str, Column]] = {"IWM": {"close": [1.0] * 300}, "SPY": {"close": [1.0] * 300}}
    return panel(prices, {"FRED:R": ("day", rows, "lag")})


def test_triggers_by_hand() -> None:
    more = """
watch:
  - {key: up, event: Small over its mark, value: small, level: "500", when: above}
  - {key: down, event: Small under the large, value: small, level: large, when: below}
  - {key: change, event: A fall, value: "change(small, 1d)", level: "-1%", when: below, form: percent}
  - {key: event, event: A rise, condition: "any(change(small, 1d) > 0, 5d)"}
  - {key: gone, event: Gold, value: GLD, level: "5", when: above}
  - {key: top, event: The record, value: small, level: highest(small), when: above}
"""
    measured = measure(world(), book(("up", "small", "small > 2", "small < 1"), more=more))
    place = measured.place(date(2024, 7, 16))
    found = {one.key: watched(measured, one, place) for one in measured.playbook.watch}
    assert found["up"].sentence == "Small over its mark (500.00, now 399.00): +25.3 % away"
    assert (found["up"].met, found["up"].distance) == (False, pytest.approx(500 / 399 - 1))
    assert found["down"].sentence == "Small under the large (100.00, now 399.00): -74.9 % away"
    assert found["change"].distance == pytest.approx(-0.01 - 1 / 398)
    assert found["change"].sentence == "A fall (-1.0 %, now +0.3 %): -1.3 points away"
    assert (found["event"].sentence, found["event"].met) == ("A rise: already so", True)
    assert found["top"].sentence == "The record (399.00, now 399.00): already so"
    gone = found["gone"]
    assert (gone.met, gone.value, gone.level, gone.distance) == (None, None, None, None)
    assert gone.sentence == "Gold: not available (GLD has no value)"


@pytest.fixture(scope="module")
def shipped_world() -> Panel:
    return market()


def test_conditions_read_off_values_are_those_of_the_language(shipped_world: Panel) -> None:
    """Every derived condition of the shipped playbook, at many sessions, equals the formula evaluated by itself."""
    mine = shipped()[0]
    names = names_of(mine, None, shipped_world)
    measured = measure(shipped_world, mine)
    assert len(measured.derived) > 60
    places = [measured.place(day) for day in shipped_world.sessions.to_list()[400::97]]
    for formula in measured.derived:
        if measured.inputs[formula].of_stocks:  # this world has no stocks
            continue
        values = evaluate(formula, shipped_world, names).frame["value"]
        for place in places:
            if not measured.wrong(formula, place):
                assert measured.read(formula, place).truth == values[place.row], f"{formula} at {place.session}"


def test_ranks_are_those_of_the_language(shipped_world: Panel) -> None:
    mine = shipped()[0]
    names = names_of(mine, None, shipped_world)
    measured = measure(shipped_world, mine)
    place = measured.place(shipped_world.cut)
    for line in mine.evidence:
        past = measured.past(line.value, place)
        if measured.inputs[line.value].of_stocks:  # this world has no stocks
            assert past is None
            continue
        assert past is not None, line.key
        if line.key in ("claims", "unemployment", "sahm", "permits", "housing_starts"):
            values = evaluate(line.value, shipped_world, names).frame["value"]  # carried from session to session
            assert past.n == values.len() - values.null_count()
            assert past.rank == 1 + int((values > values[-1]).sum())
            continue
        assert past.percentile == pytest.approx(evaluate(f"percentile({line.value})", shipped_world, names).last)
        assert past.rank == evaluate(f"nth({line.value})", shipped_world, names).last


def test_evidence_of_a_past_session_knows_nothing_later(shipped_world: Panel) -> None:
    mine = shipped()[0]
    measured = measure(shipped_world, mine)
    for row in (-1, -150, -700, -1300, -1800):
        day = shipped_world.sessions[row]
        assert evidence_at(measured, measured.place(day)) == read_evidence(shipped_world.truncate(day), mine), day


def test_names_may_be_given(shipped_world: Panel) -> None:
    mine = book(("up", "small", "small > 2", "small < 1"))
    found = read_evidence(shipped_world, mine, Names(roles={"small": "XLK"}))[0]
    assert found.value == pytest.approx(float(np.asarray(shipped_world.column("XLK"))[-1]))
