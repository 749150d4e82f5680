"""A finding's verdict, words and document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from leadline.inference.base_rates import Summary
from leadline.inference.bootstrap import Differences, Interval
from leadline.inference.finding import Finding, Overlap, with_tries
from leadline.inference.hit_rates import HitRate

HELD = Finding(
    horizon="63d",
    then="IWM/SPY",
    expects="higher",
    after=Summary(0.004, 0.001, 9 / 21, 21),
    base=Summary(0.002, 0.001, 0.51, 6_000),
    hit=HitRate(9, 21, 9 / 21, 0.218, 0.660),
    difference=Differences(
        Interval(0.002, -0.011, 0.017), Interval(0.0, -0.01, 0.01), Interval(-0.08, -0.27, 0.12), 60.0
    ),
    p=0.7,
    adjusted_p=0.7,
    tries=1,
    episodes=21,
    pending=1,
    effective_n=21.0,
    worst=-0.2,
    best=0.1,
    overlap=Overlap(140, 25.0, 0.003, 2.5, 0.9),
    leave_one_decade_out=None,
)


def told(low: float, high: float, adjusted: float | None, **changes: object) -> Finding:
    difference = replace(HELD.difference, mean=Interval((low + high) / 2, low, high))
    return replace(HELD, difference=difference, adjusted_p=adjusted, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (told(-0.01, 0.02, 0.01), "not distinguishable"),
        (told(0.01, 0.02, 0.01), "supported"),
        (told(-0.02, -0.01, 0.01), "contrary"),
        (told(-0.02, -0.01, 0.01, expects="lower"), "supported"),
        (told(0.01, 0.02, 0.01, expects="lower"), "contrary"),
        (told(0.01, 0.02, 0.06), "not distinguishable"),
        (told(0.01, 0.02, None), "not distinguishable"),
        (told(0.01, 0.02, 0.01, episodes=7), "too few to say"),
        (told(0.01, 0.02, 0.01, episodes=8), "supported"),
    ],
)
def test_verdicts(finding: Finding, verdict: str) -> None:
    assert finding.verdict == verdict


def test_the_sentence_cannot_be_parted_from_its_uncertainty() -> None:
    assert HELD.sentence == (
        "in 9 of 21 episodes IWM/SPY was higher 63 sessions later; always: 51 %; mean +0.4 % against +0.2 %, "
        "difference +0.2 points, 95 % interval -1.1 to +1.7: not distinguishable from the base rate"
    )


def test_the_sentence_says_when_only_the_tries_stand_against_it() -> None:
    finding = replace(told(0.01, 0.02, 0.21), tries=6)
    assert finding.sentence.endswith("not distinguishable from the base rate (after 6 tries the adjusted p is 0.21)")


def test_the_sentence_of_nothing() -> None:
    nothing = replace(
        HELD,
        after=Summary(None, None, None, 0),
        hit=HitRate(0, 0, None, None, None),
        difference=Differences(Interval(None, None, None), Interval(None, None, None), Interval(None, None, None), 1.0),
        episodes=0,
        pending=0,
    )
    assert nothing.sentence == (
        "no episode has an outcome over 63 sessions (the event was never true); always: 51 %: too few to say"
    )
    assert "(2 still open)" in replace(nothing, pending=2).sentence
    empty = replace(nothing, base=Summary(None, None, None, 0))
    assert empty.sentence == "no outcome of IWM/SPY over 63 sessions fits into the data: too few to say"


def test_the_document_has_the_promised_keys() -> None:
    found = json.loads(json.dumps(HELD.as_json(), allow_nan=False))
    assert {"horizon", "mean", "median", "hit_rate", "hit_rate_low", "hit_rate_high"} <= set(found)
    assert {"base", "difference", "episodes", "effective_n", "tries", "verdict"} <= set(found)
    assert {"mean", "median", "hit_rate"} <= set(found["base"])
    assert {"mean", "low", "high", "p", "t_naive", "t_hac"} <= set(found["difference"])
    assert (found["difference"]["low"], found["difference"]["t_naive"], found["tries"]) == (-0.011, 2.5, 1)


def test_tries_adjust_a_family_together() -> None:
    """Two findings with p .01 and .04, one earlier try without p: m = 3, 1 + 1/2 + 1/3 = 11/6."""
    found = with_tries((replace(HELD, p=0.01), replace(HELD, p=0.04)), (None,))
    assert [one.tries for one in found] == [3, 3]
    assert [one.adjusted_p for one in found] == pytest.approx([0.055, 0.11])
