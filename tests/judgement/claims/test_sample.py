"""The shipped commentaries on the embedded sample: monthly data carry some studies, all else says what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from leadline.api import open_desk
from leadline.core.clock import now
from leadline.data.feeds.sample import Sample
from leadline.data.ledger.write import pull
from leadline.judgement.claims import Checked, check, formulas_of, parse, shipped


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("sample")
    pull(where, Sample(), now())
    return where


@pytest.fixture(scope="module")
def checked(home: Path) -> Mapping[str, Checked]:
    found = {}
    for one in shipped():
        desk = open_desk(formulas_of(one), home)
        found[one.as_of.isoformat()] = check(one, desk.panel, desk.names)
    return found


def test_studies_of_months_are_ruled_and_say_on_which_data(checked: Mapping[str, Checked]) -> None:
    barometer = next(one for one in checked["2023-12-29"].rulings if one.key == "barometer")
    assert barometer.ruling in ("supported", "not distinguishable", "contrary")
    assert "on data to 2018-12-31 only" in barometer.why
    assert [one.horizon for one in barometer.readings[0].findings] == ["3mo", "6mo", "12mo"]


def test_all_else_is_untestable_and_says_what_it_needs(checked: Mapping[str, Checked]) -> None:
    for found in checked.values():
        for one in found.rulings:
            if one.kind in ("value", "condition"):
                assert one.ruling == "untestable", one.key
    july = {one.key: one for one in checked["2024-07-29"].rulings}
    assert july["mid-caps-moved"].why == "needs daily data: MDY is not in this ledger"
    assert july["no-legs"].why.startswith("needs daily data: span 6d on monthly data")
    assert july["unemployment-up"].why == "FRED:UNRATE is not in this ledger"
    assert july["three-sigma"].ruling == "contradicts itself"  # no data are needed to see it


def test_a_commentary_of_its_own_time_is_ruled_on_months(home: Path) -> None:
    text = """\
title: T
author: A
published: 2017-03-31
as_of: 2017-03-31
claims:
  - {key: a, kind: condition, says: small led over three months, formula: "change(small/large, 3mo) > 0"}
  - {key: b, kind: value, says: by 2 %, formula: "change(small/large, 3mo)", states: 2%}
  - {key: c, kind: value, says: over six days, formula: "change(small/large, 6d)", states: 2%}
"""
    written = parse(text, "mine.yaml")
    desk = open_desk(formulas_of(written), home, date(2017, 3, 31))
    found = check(written, desk.panel, desk.names)
    assert [one.ruling for one in found.rulings] == ["refuted", "refuted", "untestable"]
    assert found.rulings[1].measured == pytest.approx(-0.0135, abs=5e-5)  # as docs/10-start.md shows
    assert found.standings == ("sample",)
