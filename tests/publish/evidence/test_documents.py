from __future__ import annotations

import json
from typing import Any

import pytest

from leadline.inference.rare import Stated
from leadline.publish.evidence.documents import ask_document, lead_document, persistence_document, rarity_document

from .answers import asked, leading, persisting, rarely


def as_read(document: dict[str, Any]) -> dict[str, Any]:
    """What a script reads; a number that is not finite would raise."""
    found: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    assert found == document, "only plain values are in a document"
    return found


def test_ask_has_the_keys_of_the_contract() -> None:
    answer = asked()
    found = as_read(ask_document(answer))
    assert set(found) >= {"event", "then", "as_of", "true_now", "episodes", "findings", "axis", "since", "warnings"}
    assert found["as_of"] == answer.as_of.isoformat()
    assert found["true_now"] is False
    assert [one["horizon"] for one in found["findings"]] == ["21d", "63d"]
    for one, finding in zip(found["findings"], answer.findings, strict=True):
        assert set(one) >= {"horizon", "mean", "median", "hit_rate", "hit_rate_low", "hit_rate_high", "base"}
        assert set(one) >= {"difference", "episodes", "effective_n", "tries", "verdict"}
        assert set(one["base"]) >= {"mean", "median", "hit_rate"}
        assert set(one["difference"]) >= {"mean", "low", "high", "p", "t_naive", "t_hac"}
        assert one["mean"] == finding.after.mean
        assert one["sentence"] == finding.sentence
    for one, episode in zip(found["episodes"], answer.episodes, strict=True):
        assert one["session"] == str(episode.session)[:10]
        assert one["outcomes"] == episode.outcomes


def test_what_is_missing_is_null() -> None:
    found = as_read(ask_document(asked("change(IWM/SPY, 6d) > 90%")))
    assert found["episodes"] == []
    assert found["findings"][0]["mean"] is None
    assert found["findings"][0]["verdict"] == "too few to say"


def test_a_rate_is_told_without_percent() -> None:
    found = as_read(ask_document(asked(then="FRED:DGS10")))
    assert found["outcomes_are"] == "differences"
    said = found["findings"][0]["sentence"]
    assert "%" not in said.split("mean")[1].replace("95 % interval", "")


@pytest.mark.parametrize("stated", [None, Stated(3, 1, 2)])
def test_rarity_has_the_keys_of_the_contract(stated: Stated | None) -> None:
    answer = rarely(stated=stated)
    found = as_read(rarity_document(answer))
    assert set(found) >= {"formula", "as_of", "value", "percentile", "rank", "n", "z", "per_century"}
    assert set(found["z"]) == {"all", "year"}
    assert set(found["return_period_years"]) == {"estimate", "low", "high"}
    assert found["occurrences"] == [day.isoformat() for day in answer.sessions]
    assert (found["stated"] is None) == (stated is None)
    if stated is not None:
        assert "3 sigma" in found["stated"]["sentence"]


def test_persistence_tells_every_view_twice() -> None:
    answer = persisting()
    found = as_read(persistence_document(answer))
    names = ["leads again", "rank correlation", "slope", "top minus rest"]
    assert [one["name"] for one in found["views"]] == names
    assert [one["name"] for one in found["separate_views"]] == names
    for one in (*found["views"], *found["separate_views"]):
        assert set(one) == {
            *("name", "estimate", "low", "high", "chance", "p", "adjusted_p", "dates", "separate", "verdict")
        }
    assert found["standing"][0] == {"member": answer.standing[0][0], "strength": answer.standing[0][1]}


def test_lead_tells_both_ways_and_every_lag() -> None:
    found = as_read(lead_document(leading()))
    assert [one["lag"] for one in found["correlations"]] == [-3, -2, -1, 0, 1, 2, 3]
    for way in ("first_predicts_second", "second_predicts_first"):
        assert set(found[way]) >= {"slope", "low", "high", "t", "p", "n", "adjusted_p", "verdict"}
    assert found["measured"] == {"first": "change(IWM / SPY, 1d)", "second": "diff(FRED:DGS10, 1d)"}
    assert any("assumed" in said for said in found["warnings"])
