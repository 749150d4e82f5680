"""Playbook files: what evidence, regimes and triggers may say, and that errors name the place."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from leadline.core.errors import RequestError
from leadline.formula import parse as parse_formula
from leadline.judgement.playbook import shipped
from leadline.judgement.playbook.lines import places_of
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.read import parse
from leadline.judgement.playbook.schema import playbook_hash, schema
from leadline.judgement.playbook.topics import TOPICS

BOOK = """title: Mine
roles:
  small: {series: IWM, label: Small caps}
  large: {series: SPY, label: Large caps}
sizes: [small, large]
ratio: {numerator: small, denominator: large}
groups:
  pair: [IWM, SPY]
words:
  ratio: small / large
evidence:
  - key: strength
    topic: 21
    value: change(ratio, 3d)
    for: change(ratio, 3d) > 1%
    against: change(ratio, 3d) < -1%
    level: highest(ratio)
    date: last(ratio > 1)
    says:
      for: Small beat large by {value}, {rank} since {since}; high {level}, {date}.
      against: Small moved {value}.
      silent: Nothing ({percentile}).
regimes:
  - name: small leads
    when: ratio > 1
    action: Buy
    recommendation: Hold small caps.
    timeframe: weeks
    risk: high
    leans: numerator
    changes:
      - {key: below, event: The ratio falls below one, value: ratio, level: "1", when: below}
  - name: no leader
    action: Wait
    recommendation: Hold both.
    timeframe: weeks
    risk: low
watch:
  - {key: cut, event: The ratio stood below one, condition: "any(ratio < 1, 3d)"}
features:
  quarter: change(ratio, 3d)
rotation:
  of: [sizes, pair]
  benchmark: large
  x: member.total / benchmark.total
  y: diff(member.total / benchmark.total, 2d)
"""


def test_a_whole_book_is_read() -> None:
    book = parse(BOOK, "mine.yaml")
    assert book.ratio_formula == "small / large"
    assert [line.key for line in book.evidence] == ["strength"]
    assert book.evidence[0].formulas == (
        "change(ratio, 3d)", "change(ratio, 3d) > 1%", "change(ratio, 3d) < -1%", "last(ratio > 1)", "highest(ratio)",
    )  # fmt: skip
    assert book.formulas[-2:] == ("any(ratio < 1, 3d)", "small / large")
    assert book.rotation is not None
    assert book.rotation.points == 10
    assert book.regimes[0].leans == "numerator"
    assert book.regimes[1].when is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: change(ratio, 3d)\n", "value: chnage(ratio, 3d)\n", "line 14, evidence.0.value: .*expected change"),
        ("value: change(ratio, 3d)\n", "value: ratio > 1\n", "line 14, evidence.0.value: .*gives no number"),
        ("for: change(ratio, 3d) > 1%", "for: change(ratio, 3d)", "line 15, evidence.0.for: .*gives no truth"),
        ("date: last(ratio > 1)", "date: ratio > 1", "line 18, evidence.0.date: .*gives no date"),
        ("{value}, {rank}", "{vale}, {rank}", "line 20, evidence.0.says.for: .*unknown place {vale}"),
        ("Small moved {value}.", "Small moved 5 %.", "line 21, evidence.0.says.against: found a number stands"),
        ("    date: last(ratio > 1)\n", "", r"evidence.0: found strength: a sentence has {date}, but"),
        ("      silent: Nothing ({percentile}).\n", "", "evidence.0.says.silent: found nothing: this key is required"),
        ("topic: 21", "topic: 25", "line 13, evidence.0.topic: found input should be less than or equal to 24"),
        ("    when: ratio > 1\n", "", "regimes: found the last regime, and it alone"),
        ("name: no leader", "name: small leads", "regimes: found small leads stands here more than once"),
        ("risk: low", "risk: 3", "regimes.1.risk: found input should be a valid string"),
        (', level: "1", when: below', "", "regimes.0.changes.0: found below: a trigger has either"),
        ("benchmark: large", "benchmark: huge", "rotation: found unknown role huge"),
        ("of: [sizes, pair]", "of: [sizes, pears]", "rotation: found unknown group pears"),
        ("ratio: small / large", "small: small / large", "words: found small stands here more than once"),
        ("pair: [IWM, SPY]", "sizes: [IWM, SPY]", "groups: found sizes stands here more than once"),
        ("  ratio: small / large", "  ratio: 3d", "words.ratio: found formula"),
    ],
)
def test_errors_name_the_key_and_the_line(old: str, new: str, said: str) -> None:
    assert old in BOOK
    with pytest.raises(RequestError, match=said.replace("{", r"\{").replace("}", r"\}")):
        parse(BOOK.replace(old, new), "mine.yaml")


def test_spans_as_adjectives_are_no_numbers() -> None:
    text = BOOK.replace("Small moved {value}.", "Below the 200-day average; the 2-year yield fell by {value}.")
    assert places_of(parse(text, "mine.yaml").evidence[0].says.against) == ("value",)


def test_every_shipped_formula_is_in_the_language_and_every_topic_has_words() -> None:
    for book in shipped():
        assert len(book.evidence) >= 15
        assert len(book.regimes) == 6
        assert {parse_formula(formula) for formula in book.formulas}
        assert {line.topic for line in book.evidence} <= set(TOPICS)
        assert book.rotation is not None
    names = [regime.name for regime in shipped()[0].regimes]
    assert names == [
        "failing", "confirmed small-cap leadership", "rotation attempt", "divergence", "large-cap dominance",
        "no clear leader",
    ]  # fmt: skip
    topics = {line.topic for line in shipped()[0].evidence}
    assert topics == {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22}


def test_the_hash_knows_what_a_book_says_and_not_how_it_is_laid_out() -> None:
    one, other = parse(BOOK, "a"), parse("# a remark\n" + BOOK, "b")
    swapped = parse("sizes: [small, large]\n" + BOOK.replace("sizes: [small, large]\n", ""), "c")
    assert playbook_hash(one) == playbook_hash(other) == playbook_hash(swapped)
    assert playbook_hash(one) != playbook_hash(parse(BOOK.replace("Buy", "Sell"), "d"))
    assert len(playbook_hash(one)) == 64


def test_the_schema_in_the_package_is_that_of_the_code() -> None:
    written = (files("leadline.judgement.playbook") / "playbook.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == schema()
    assert set(Playbook.model_fields) == set(json.loads(written)["properties"])
