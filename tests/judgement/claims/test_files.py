from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.errors import RequestError
from leadline.judgement.claims import formulas_of, load, parse, schema, shipped, source, template
from leadline.judgement.claims.model import KINDS, RarityClaim, StudyClaim, UntestableClaim, ValueClaim
from leadline.judgement.claims.quantity import quantity
from leadline.judgement.claims.read import SHIPPED

FILE = """\
title: T
author: A
published: 2024-07-18
as_of: 2024-07-17
claims:
  - key: gain
    kind: value
    says: gained
    formula: change(IWM, 6d)
    states: 15.2%
  - key: jump
    kind: condition
    says: jumped
    formula: change(IWM, 1d) > 5%
"""


def test_a_file_becomes_a_commentary() -> None:
    found = parse(FILE, "mine.yaml")
    assert (found.title, found.as_of, found.published) == ("T", date(2024, 7, 17), date(2024, 7, 18))
    first = found.claims[0]
    assert isinstance(first, ValueClaim)
    assert first.states.value == pytest.approx(0.152)
    assert first.states.half == pytest.approx(0.0005)
    assert formulas_of(found) == ("change(IWM, 6d)", "change(IWM, 1d) > 5%")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "states: 15.2%",
            "sates: 15.2%",
            r"mine\.yaml, line 10, claims\.0\.value\.sates: found a key that is not",
        ),
        ("states: 15.2%", "states: much", r"line 10, claims\.0\.value\.states: found expected a figure such as 15\.2%"),
        ("    states: 15.2%\n", "", r"line 6, claims\.0\.value\.states: found nothing: this key is required"),
        ("change(IWM, 6d)", "chnage(IWM, 6d)", r"line 9, claims\.0\.value\.formula: .*chnage; expected change"),
        ("kind: value", "kind: figure", r"line 6, claims\.0: found input tag 'figure'"),
        ("as_of: 2024-07-17", "as_of: 2024-07-19", r"line 1, the file: .*after the day of publication"),
        ("key: jump", "key: gain", "two claims have the key gain"),
        ("key: jump", "key: Jump!", r"line 11, claims\.1\.condition\.key: found string should match"),
        ("author: A", "author: A\nauthor: B", r"mine\.yaml, line 3: found author stands here twice"),
        ("author: A", "author: &a A\ntitel: *a", r"line 3: found an alias; write the values out"),
        ("title: T", "title: [T", r"mine\.yaml, line \d+: found .*; expected YAML"),
        (
            "says: gained",
            "says: gained\n    at: 2024-08-01",
            "claim gain speaks of 2024-08-01, after the close of 2024-07-17",
        ),
        (
            "states: 15.2%",
            "states: 15.2%\n    consistent_with: {numerator: nobody, denominator: 'change(SPY, 6d)'}",
            "consistent_with of gain names no other claim",
        ),
        (
            "formula: change(IWM, 6d)",
            "readings: {one: 'IWM'}",
            r"line 9, claims\.0\.value\.readings: .*at least 2 items",
        ),
        ("    formula: change(IWM, 6d)\n", "", "expected formula, or readings with two or more"),
    ],
)
def test_errors_name_the_file_the_line_and_the_key(old: str, new: str, said: str) -> None:
    assert old in FILE
    with pytest.raises(RequestError, match=said):
        parse(FILE.replace(old, new, 1), "mine.yaml")


@pytest.mark.parametrize("text", ["Small caps are back!", "- one\n- two\n", "", "7"])
def test_a_text_that_is_no_commentary_is_told_how_to_begin(text: str) -> None:
    with pytest.raises(RequestError, match=r"begin with `leadline check --template > commentary\.yaml`"):
        parse(text, "letter.txt")


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RequestError, match=r"bytes that are not UTF-8 text.*--template"):
        load(tmp_path / "x.yaml")
    with pytest.raises(RequestError, match="No such file"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "x" * 1_000_001, "{" * 3000 + "}" * 3000])
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="commentary x"):
        parse(text, "x")


@given(st.text(max_size=200))
def test_any_text_is_refused_in_our_own_words(text: str) -> None:
    with pytest.raises(RequestError, match="commentary x"):
        parse(text, "x")


@pytest.mark.parametrize("text", ["? [a]\n: b", "? {a: b}\n: c", "1: 2", "!!python/object:os.x {}", "a: 2024-13-45"])
def test_strange_yaml_is_refused_in_our_own_words(text: str) -> None:
    with pytest.raises(RequestError, match="commentary x"):
        parse(text, "x")


def test_the_template_is_a_commentary_with_a_claim_of_each_kind() -> None:
    found = parse(template(), "template")
    assert {claim.kind for claim in found.claims} == set(KINDS)


def test_shipped_files_have_every_close_and_their_cards() -> None:
    found = shipped()
    assert [one.as_of.isoformat() for one in found] == [
        "2023-12-29",
        "2024-07-29",
        "2025-06-27",
        "2025-09-26",
        "2026-01-14",
    ]
    card = found[2].card
    assert card is not None
    assert (card.action, card.timeframe, card.risk) == ("no action", "short-term", "high")
    assert card.recommendation == "speculative buy, selective and not broad"
    untestable = [claim for one in found for claim in one.claims if isinstance(claim, UntestableClaim)]
    assert all(claim.reason and claim.needs for claim in untestable)
    assert all(parse(source(name), name) == one for name, one in zip(SHIPPED, found, strict=True))
    with pytest.raises(RequestError, match="no such shipped file"):
        source("tomorrow")


def test_the_schema_is_json_and_names_every_kind() -> None:
    text = json.dumps(schema())
    found = json.loads(text)
    assert found["$schema"].startswith("https://json-schema.org/")
    assert set(found["required"]) == {"title", "author", "published", "as_of", "claims"}
    kinds = found["properties"]["claims"]["items"]["discriminator"]["mapping"]
    assert set(kinds) == set(KINDS)
    assert found["$defs"]["ValueClaim"]["properties"]["states"]["anyOf"][0] == {"type": "number"}


def test_readings_and_what_rarities_and_studies_need() -> None:
    text = """\
title: T
author: A
published: 2024-07-18
as_of: 2024-07-17
claims:
  - {key: a, kind: rarity, says: rare, formula: IWM, per_century: [1, 2], sigma: 3}
  - key: b
    kind: study
    says: follows
    readings:
      one: {event: IWM > 1, then: SPY}
      two: {event: IWM > 2, then: SPY}
    over: [21d, 3mo]
"""
    rarity, study = parse(text, "x").claims
    assert isinstance(rarity, RarityClaim)
    assert isinstance(study, StudyClaim)
    assert rarity.per_century is not None
    assert [one.number for one in rarity.per_century] == [1, 2]
    assert list(study.studies()) == ["one", "two"]
    for old, new, said in [
        ("[1, 2]", "[2, 1]", "expected two numbers above 0, the smaller first"),
        (", per_century: [1, 2], sigma: 3", "", "expected one or more of per_century, sigma, percentile"),
        ("sigma: 3", "percentile: 99.3", "expected a percentile such as 99.3%"),
        ("21d", "21 days", "string should match pattern"),
        ("over: [21d, 3mo]", "event: IWM > 1\n    over: [21d]", "expected event and then, or readings"),
    ]:
        with pytest.raises(RequestError, match=said):
            parse(text.replace(old, new), "x")


@pytest.mark.parametrize(
    ("given_", "value", "half"),
    [
        ("15.2%", 0.152, 0.0005),
        ("15.20 %", 0.152, 0.00005),
        (127.7, 127.7, 0.05),
        (3, 3.0, 0.5),
        ("-0.25", -0.25, 0.005),
        ("+11.65%", 0.1165, 0.00005),
        (0.152, 0.152, 0.0005),
    ],
)
def test_figures_are_held_to_the_digits_they_are_told_in(given_: object, value: float, half: float) -> None:
    found = quantity(given_)
    assert found.number == pytest.approx(value)
    assert found.half == pytest.approx(half)


@pytest.mark.parametrize("wrong", ["15,2%", "about 5", True, None, "1e5", [], "5%%"])
def test_what_is_no_figure(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected a figure such as"):
        quantity(wrong)
