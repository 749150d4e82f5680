"""The card: regimes, failing closed, the law of no later data, its document and hash; the rotation map; studies."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import RequestError
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import shipped
from leadline.judgement.playbook.card import NO_ACTION, NOT_AVAILABLE, Card, card_at, prepare, read_card
from leadline.judgement.playbook.document import as_json, canonical, card_hash
from leadline.judgement.playbook.read import parse
from leadline.judgement.playbook.rotation import read_rotation
from leadline.judgement.playbook.studies import read_studies
from leadline.judgement.walkforward.replay import replay

from .worlds import Column, market, panel, walk, weekdays

RULES = """title: Mine
roles:
  small: {series: IWM, label: Small caps}
  large: {series: SPY, label: Large caps}
sizes: [small, large]
ratio: {numerator: small, denominator: large}
evidence:
  - key: level
    topic: 21
    value: small / large
    for: small / large > 2
    against: small / large < 1
    durability: true
    says: {for: "leads {value}", against: "lags {value}", silent: "even {value}"}
  - key: gold
    topic: 16
    value: GLD
    for: GLD > 2
    against: GLD < 1
    durability: true
    says: {for: "gold {value}", against: "gold {value}", silent: "gold {value}"}
regimes:
  - {name: gold rules, when: GLD > 5, action: Buy gold, recommendation: Gold., timeframe: days, risk: high}
  - name: small leads
    when: small > 2 * large
    action: Buy small
    recommendation: Small.
    timeframe: weeks
    risk: high
    leans: numerator
    changes: [{key: below, event: Under the mark, value: small, level: 2 * large, when: below}]
  - {name: neither, action: Wait, recommendation: None., timeframe: weeks, risk: low}
"""


def tiny(gold: Column, small: Column | None = None) -> Panel:
    count = len(gold)
    return panel({"IWM": {"close": small or [3.0] * count}, "SPY": {"close": [1.0] * count}, "GLD": {"close": gold}})


def test_the_first_regime_that_holds() -> None:
    rules = parse(RULES, "mine.yaml")
    card = read_card(tiny([1.5] * 4), rules)
    assert (card.regime, card.action, card.leans, card.why) == ("small leads", "Buy small", "numerator", "")
    assert [one.holds for one in card.conditions] == [False, True, False]
    assert [one.sentence for one in card.would_change] == ["Under the mark (2.00, now 3.00): -33.3 % away"]
    assert read_card(tiny([6.0] * 4), rules).regime == "gold rules"
    rest = read_card(tiny([1.5] * 4, [2.0, 2.0, 2.0, 2.0]), rules)
    assert (rest.regime, rest.action, rest.leans, rest.would_change) == ("neither", "Wait", None, ())
    assert (card.ratio_value, card.ratio, card.version, card.playbook) == (3.0, "small / large", 3, "Mine")


def test_durable_or_bounce_by_plain_count_and_short_covering_unknown() -> None:
    card = read_card(tiny([0.5] * 4), parse(RULES, "mine.yaml"))
    assert card.durability.lasting == ("leads 3.0000",)
    assert card.durability.bounce == ("gold 0.50",)
    assert card.durability.leaning == "open"
    assert card.durability.sentence == (
        "1 of 2 lines that bear on it speak for a lasting change, 1 for a bounce; "
        "unknown: short covering: unknown, as no short-interest data are given."
    )
    assert read_card(tiny([1.5] * 4), parse(RULES, "mine.yaml")).durability.leaning == "lasting"
    told = parse(RULES.replace("key: gold", "key: short_covering"), "mine.yaml")
    assert read_card(tiny([0.5] * 4), told).durability.unknown == ()


def test_an_unjudged_regime_before_the_one_that_holds_fails_closed() -> None:
    """Gold is stale: whether the first regime holds is not known, so none is given."""
    days = weekdays(4)
    card = read_card(tiny([6.0, 6.0, 6.0, None]), parse(RULES, "mine.yaml"))
    assert (card.regime, card.action, card.recommendation) == (NOT_AVAILABLE, NO_ACTION, NO_ACTION)
    assert card.why == f"GLD ends {days[2]}"
    assert [one.holds for one in card.conditions] == [None, True, None]
    assert card.headline == f"No judgement: GLD ends {days[2]}."
    assert [line.key for line in card.missing] == ["gold"]
    assert card.coverage.stale == (("GLD", days[2]),)
    assert card.coverage.sentence == f"2 of 3 inputs present; stale: GLD (ends {days[2]})."


@pytest.mark.parametrize("lost", ["IWM", "SPY"])
@pytest.mark.parametrize("how", ["removed", "stale", "broken"])
def test_without_the_ratio_nothing_is_judged(shipped_world: Panel, lost: str, how: str) -> None:
    card = read_card(_without(shipped_world, lost, how), shipped()[0])
    assert (card.regime, card.action, card.chances, card.ratio_value) == (NOT_AVAILABLE, NO_ACTION, (), None)
    assert lost in card.why
    assert (card.would_change, card.leans, card.timeframe, card.risk) == ((), None, NOT_AVAILABLE, NOT_AVAILABLE)
    assert {"strength", "trend", "thrust"} <= {line.key for line in card.missing}
    assert all(line.value is None for line in card.missing)
    assert lost in card.coverage.sentence


@pytest.mark.parametrize("how", ["removed", "stale", "broken"])
@pytest.mark.parametrize("lost", ["RSP", "FRED:DGS2", "XLK", "FRED:UNRATE"])
def test_any_other_input_takes_its_own_lines_along_and_no_other(shipped_world: Panel, lost: str, how: str) -> None:
    whole = read_card(shipped_world, shipped()[0])
    card = read_card(_without(shipped_world, lost, how), shipped()[0])
    assert card.regime == whole.regime
    resting = {line.key for line in shipped()[0].evidence if _rests(line.formulas, lost)}
    now = {line.key: line for line in (*card.in_favour, *card.against, *card.silent, *card.missing)}
    then = {line.key: line for line in (*whole.in_favour, *whole.against, *whole.silent, *whole.missing)}
    for key, line in now.items():
        if key not in resting:
            assert line == then[key], key
        elif lost == "XLK" and how == "removed":
            assert lost in line.left_out, key
        else:
            assert line.reading == "missing", key
            assert lost in line.why, key
    assert lost in card.coverage.sentence
    model = [chance.verdict == "not available" for chance in card.chances]
    assert model == [lost == "FRED:DGS2"] * 2
    assert all(chance.said == chance.base_rate.rate for chance in card.chances if lost == "FRED:DGS2")


def _rests(formulas: tuple[str, ...], series: str) -> bool:
    words = {"RSP": ("equal_weight",), "XLK": ("sectors",)}.get(series, (series,))
    return any(word in formula for formula in formulas for word in words)


def _without(world: Panel, series: str, how: str) -> Panel:
    """The panel without a series, without its last 150 sessions, or with values that are no numbers at its end."""
    of_it = pl.col("series") == series
    if how == "removed":
        book = {name: fact for name, fact in world.series.items() if name != series}
        return replace(
            world, series=book, bars=world.bars.filter(~of_it), observations=world.observations.filter(~of_it)
        )
    end = world.sessions[-150]
    if how == "broken" and world.series[series].kind == "bars":
        broken = pl.when(of_it & (pl.col("session") > end)).then(None)
        fields = ("open", "high", "low", "close", "total", "volume")
        return replace(
            world, bars=world.bars.with_columns(broken.otherwise(pl.col(name)).alias(name) for name in fields)
        )
    late = of_it & (pl.col("session") > end)
    return replace(world, bars=world.bars.filter(~late), observations=world.observations.filter(~late))


@pytest.fixture(scope="module")
def shipped_world() -> Panel:
    return market()


def test_the_law_a_card_knows_nothing_later(shipped_world: Panel) -> None:
    """Byte for byte: the card of a past session off the whole panel, and that of the panel cut there."""
    rules = shipped()[0]
    days = [shipped_world.sessions[row] for row in (-1, -64, -390, -900, -1150, -2195)]
    cards = replay(shipped_world, rules, None, days)
    for day, card in zip(days, cards, strict=True):
        alone = read_card(shipped_world.truncate(day), rules)
        assert canonical(as_json(card)) == canonical(as_json(alone)), day
        assert card_hash(card) == card_hash(alone)
    assert len({card_hash(card) for card in cards}) == len(cards)


def test_the_law_on_months() -> None:
    rules = shipped()[1]
    names = ("SMALL", "MID", "LARGE", "FF:MOM", *(one.name for one in rules.sectors))
    prices: dict[str, dict[str, Column]] = {name: {"total": list(walk(name, 160, 0.05))} for name in names}
    world = panel(prices, monthly=True)
    rest = world.sessions.to_list()
    days = [rest[-1], rest[-10], rest[-700], rest[-2500]]
    for day, card in zip(days, replay(world, rules, None, days), strict=True):
        assert canonical(as_json(card)) == canonical(as_json(read_card(world.truncate(day), rules))), day
    card = read_card(world, rules)
    assert [chance.horizon for chance in card.chances] == ["1mo", "3mo"]
    assert [line.key for line in card.missing] == ["credit"]
    assert card.regime != NOT_AVAILABLE
    assert {tail.symbol for tail in read_rotation(world, rules)} == set(names) - {"LARGE", "FF:MOM"}


def test_a_day_that_is_no_session(shipped_world: Panel) -> None:
    with pytest.raises(RequestError, match="a card as of 2024-07-14: found no session of the panel"):
        card_at(prepare(shipped_world, shipped()[0]), date(2024, 7, 14))


def test_the_document_is_plain_and_can_be_hashed_again(shipped_world: Panel) -> None:
    card = read_card(shipped_world, shipped()[0])
    document = as_json(card)
    assert json.loads(canonical(document)) == document
    assert hashlib.sha256(canonical(json.loads(json.dumps(document)))).hexdigest() == card_hash(card)
    assert document["as_of"] == "2024-07-16"
    assert {"headline", "regime", "for", "against", "chances", "watch", "would_change", "coverage"} <= set(document)
    assert [one["horizon"] for one in document["chances"]] == ["21d", "63d"]
    assert document["playbook_hash"] == card.playbook_hash
    rounded = replace(card, ratio_value=(card.ratio_value or 0) * (1 + 1e-15))
    assert card_hash(rounded) == card_hash(card)
    assert card_hash(replace(card, action="Sell")) != card_hash(card)


def test_lines_are_sorted_by_surprise_and_the_headline_is_the_first_of_all(shipped_world: Panel) -> None:
    card: Card = read_card(shipped_world, shipped()[0])
    for lines in (card.in_favour, card.against):
        surprises = [line.surprise for line in lines]
        assert surprises == sorted(surprises, reverse=True, key=lambda one: one or 0.0)
    most = max(
        (line for line in (*card.in_favour, *card.against) if line.headline), key=lambda line: line.surprise or 0.0
    )
    assert not all(line.headline for line in (*card.in_favour, *card.against))
    assert card.headline == most.sentence


def test_the_rotation_map_is_its_formula_and_its_past_stays(shipped_world: Panel) -> None:
    """x of XLK by hand: relative strength over its 63-session mean, against mean and spread of the last 252."""
    rules = shipped()[0]
    tails = {tail.symbol: tail for tail in read_rotation(shipped_world, rules)}
    assert set(tails) == {one.name for one in (*rules.board_sizes, *rules.sectors)} - {"SPY"}
    strength = (shipped_world.column("XLK", "total") / shipped_world.column("SPY", "total")).to_numpy()
    rel = np.array([strength[k] / strength[k - 62 : k + 1].mean() for k in range(62, len(strength))])
    x = (rel[-1] - rel[-252:].mean()) / rel[-252:].std(ddof=1)
    moved = rel[21:] - rel[:-21]
    y = (moved[-1] - moved[-252:].mean()) / moved[-252:].std(ddof=1)
    head = tails["XLK"].points[-1]
    assert (head.session, head.x, head.y) == (shipped_world.cut, pytest.approx(x), pytest.approx(y))
    signs = {(1.0, 1.0): "leading", (1.0, -1.0): "weakening", (-1.0, -1.0): "lagging", (-1.0, 1.0): "improving"}
    assert tails["XLK"].quadrant == signs[math.copysign(1, head.x), math.copysign(1, head.y)]
    assert [point.session.weekday() for point in tails["XLK"].points] == [4] * 9 + [1]
    week_before = {tail.symbol: tail for tail in read_rotation(shipped_world.truncate(date(2024, 7, 12)), rules)}
    assert week_before["XLK"].points[1:] == tails["XLK"].points[:-1]
    stale = {tail.symbol: tail for tail in read_rotation(_without(shipped_world, "XLK", "stale"), rules)}["XLK"]
    assert (stale.points, stale.quadrant) == ((), None)
    assert "XLK.total ends" in stale.why


def test_a_playbook_without_a_rotation_map(shipped_world: Panel) -> None:
    with pytest.raises(RequestError, match="rotation map of Mine: found none in the playbook"):
        read_rotation(shipped_world, parse(RULES, "mine.yaml"))


def test_studies_answer_or_say_why(shipped_world: Panel) -> None:
    small = _without(shipped_world, "FRED:DFEDTARU", "removed")
    found = {one.key: one for one in read_studies(small, shipped()[0], draws=50)}
    assert set(found) == {line.key for line in shipped()[0].evidence if line.study is not None}
    answer = found["strength"].answer
    assert answer is not None
    assert [one.horizon for one in answer.findings] == ["21d", "63d", "126d"]
    assert found["policy"].answer is None
    assert "DFEDTARU" in found["policy"].why
