"""Whether one number leads another, as the brief tells it; and which line's rarity it tells."""

from __future__ import annotations

import re
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
from leadline.publish.brief import as_json, build, html, leading, markdown, schema, telling, terminal

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
    forward, backward = leading.rows(planted)
    assert (forward.first, forward.then, forward.over) == ("small caps", "large caps", "1 session")
    assert forward.verdict == "supported"
    assert re.fullmatch(r"\+(0\.9\d|1|1\.\d)", forward.slope)
    assert (backward.first, backward.then, backward.verdict) == ("large caps", "small caps", "not distinguishable")
    assert few.answer is not None
    assert [(row.spans, row.verdict) for row in leading.rows(few)] == [("4", "too few to say")] * 2
    assert {row.slope for row in leading.rows(few)} == {"-"}, "nothing is said where there is too little"
    assert leading.rows(gone) == ()
    assert leading.rests(gone) == "small caps, then nothing: not measured (GONE has no value)"
    assert leading.summary(brief.led) == (
        "3 pairs asked both ways round, 4 tries: large caps over 1 session rise with small caps; none of the others is "
        "distinguishable from no lead; 2 with too few separate spans to say; 1 pair not measured (GONE has no value)."
    )
    for text in (markdown.text(brief, ()), html.page(brief, (), {}), terminal.text(brief)):
        plain = " ".join(re.sub(r"<[^>]+>|\\", "", text).split())
        assert leading.summary(brief.led) in plain
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
    assert leading.rows(asked) == (  # type: ignore[arg-type]
        leading.LedRow("a", "b", "3 months", "+0.50", "+0.20 to +0.80", "12", "0.004", "supported"),
        leading.LedRow("b", "a", "3 months", "-", "-", "7", "-", "too few to say"),
    )
    assert leading.rests(asked) == (  # type: ignore[arg-type]
        "a, then b: 120 month ends since 2014-01-31, each value as known then"
    )


def test_no_lead_at_all_is_said_in_one_short_sentence() -> None:
    found = Prediction(0.5, -0.2, 0.8, 3.3, 0.001, 120)
    way = Way("a", "b", found, 0.9, 12)
    answer = SimpleNamespace(forward=way, backward=way, axis="session", rows=120, since=date(2014, 1, 31))
    asked = SimpleNamespace(first_label="a", second_label="b", over="3mo", answer=answer, tries=2)
    assert leading.summary((asked,)) == (  # type: ignore[arg-type]
        "1 pair asked both ways round, 2 tries: none is distinguishable from no lead."
    )
    assert leading.summary(()) == ""


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
