"""Whether one number leads another, as the brief tells it; and which line's rarity it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import jsonschema
import numpy as np
import polars as pl
import pytest

from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.inference.leadlag import Prediction
from leadline.inference.leads import Way, lead
from leadline.inference.multiple import benjamini_yekutieli
from leadline.judgement.playbook import Playbook
from leadline.judgement.playbook.read import parse
from leadline.publish.brief import as_json, build, markdown, schema, telling

from .panels import daily

BOOK = """
title: Leads
roles: {small: {series: IWM, label: Small caps}, large: {series: SPY, label: Large caps}}
sizes: [small, large]
ratio: {numerator: small, denominator: large}
evidence:
  - key: first
    topic: 13
    value: change(small, 6d)
    for: change(small, 6d) > 1
    against: change(small, 6d) < -1
    says: {for: up, against: down, silent: "{value}"}
  - key: second
    topic: 12
    value: change(small / large, 3d)
    for: change(small, 6d) > 1
    against: change(small, 6d) < -1
    says: {for: up, against: down, silent: "{value}"}
leads:
  - {key: true_one, topic: 18, first: small, second: large, over: 1d, first_label: small caps, second_label: large caps}
  - {key: few, topic: 18, first: small, second: large, over: 100d, first_label: small caps, second_label: large caps}
  - {key: gone, topic: 6, first: small, second: GONE, over: 5d, first_label: small caps, second_label: nothing}
"""


def book(text: str = BOOK) -> Playbook:
    return parse(text, "leads.yaml")


def world(count: int = 500) -> Panel:
    """SPY does today what IWM did yesterday, and a little of its own."""
    draw = generator("brief leads")
    moves, own = draw.normal(0, 0.01, count), draw.normal(0, 0.004, count)
    small = 100 * np.exp(np.cumsum(moves))
    large = 100 * np.exp(np.cumsum(np.concatenate([[0.0], moves[:-1]]) + own))
    return daily({"IWM": {"close": small.tolist()}, "SPY": {"close": large.tolist()}})


def test_a_lead_that_was_planted_is_found_and_the_others_are_not_said() -> None:
    panel = world()
    brief = build(panel, book())
    found = {one.key: one for one in brief.led}
    planted, few, gone = found["true_one"], found["few"], found["gone"]
    assert planted.answer is not None
    assert planted.answer.forward.verdict == "supported"
    assert planted.answer.backward.verdict == "not distinguishable"
    assert planted.answer.forward.prediction.slope == pytest.approx(1, abs=0.1)
    said = telling.led(planted)
    assert said.startswith("Lead or lag: small caps, then large caps over 1 session: supported (slope +")
    assert "the other way round: not distinguishable" in said
    assert said.endswith("p adjusted for 4 tries.")
    assert few.answer is not None
    assert "too few to say (4 separate spans)" in telling.led(few)
    assert "slope" not in telling.led(few), "nothing is said where there is too little"
    assert telling.led(gone).endswith("then nothing over 5 sessions: not measured (GONE has no value).")
    assert all(telling.led(one).replace("%", "\\%")[:11] in markdown.text(brief, ()) for one in brief.led)
    document = as_json(brief)
    jsonschema.validate(document, schema())
    assert [one["key"] for one in document["leads"]] == ["true_one", "few", "gone"]
    assert document["leads"][2]["answer"] is None
    assert document["leads"][0]["answer"]["first_predicts_second"]["verdict"] == "supported"


def test_p_is_adjusted_for_every_prediction_of_the_playbook() -> None:
    panel = world()
    plain = [lead(panel, "IWM", "SPY", over, 6) for over in ("1d", "100d")]
    chances = [way.prediction.p for one in plain for way in (one.forward, one.backward)]
    led = build(panel, book()).led
    adjusted = [
        way.adjusted_p for one in led if one.answer is not None for way in (one.answer.forward, one.answer.backward)
    ]
    assert tuple(adjusted) == benjamini_yekutieli(chances)
    order = sorted(range(4), key=lambda at: chances[at])
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    least = min(min(1.0, chances[at] * 4 * harmonic / (place + 1)) for place, at in enumerate(order))
    assert adjusted[order[0]] == pytest.approx(least)


def test_a_way_is_told_with_its_interval_and_its_separate_spans() -> None:
    found = Prediction(0.5, 0.2, 0.8, 3.3, 0.001, 120)
    assert Way("a", "b", found, 0.004, 12).verdict == "supported"
    answer = SimpleNamespace(
        forward=Way("a", "b", found, 0.004, 12),
        backward=Way("b", "a", replace(found, low=-0.2), 0.9, 7),
        axis="month",
        rows=120,
        since=date(2014, 1, 31),
    )
    asked = SimpleNamespace(first_label="a", second_label="b", over="3mo", answer=answer, tries=6)
    assert telling.led(asked) == (  # type: ignore[arg-type]
        "Lead or lag: a, then b over 3 months: supported (slope +0.5, 95 % interval +0.2 to +0.8, 12 separate spans, "
        "adjusted p 0.004); the other way round: too few to say (7 separate spans). 120 month ends since 2014-01-31, "
        "each value as known then; p adjusted for 6 tries."
    )


def test_the_line_that_asks_for_it_is_the_one_whose_rarity_is_told() -> None:
    panel = world()
    plain, asked = (
        build(panel, book()),
        build(panel, book(BOOK.replace("key: second", "key: second\n    rarity: true"))),
    )
    assert plain.rarity is not None
    assert asked.rarity is not None
    assert (plain.rarity.formula, asked.rarity.formula) == ("change(small, 6d)", "change(small / large, 3d)")


def test_no_return_period_is_told_where_the_tail_cannot_be_fitted() -> None:
    """The highest of 300 values: the tail beyond them is too thin, or a period with its interval is told."""
    rising = [100.0 * 1.0001**k for k in range(299)] + [150.0]
    panel = daily({"IWM": {"close": rising}, "SPY": {"close": [100.0] * 300}})
    brief = build(panel, book())
    assert brief.rarity is not None
    assert brief.rarity.answer is not None
    said = telling.rarity(brief.rarity)
    if brief.rarity.answer.rarity.return_period.estimate is None:
        assert said.endswith("no return period, as too few values are so far out.")
    else:
        assert "return period about" in said
        assert "(95 %:" in said
    assert not pl.Series([said]).str.contains("period -")[0]
