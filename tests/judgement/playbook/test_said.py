"""Words for values, by hand: ranks, differences, and a shipped sentence whose number is a difference."""

from __future__ import annotations

from datetime import date

import pytest

from leadline.judgement.playbook import shipped
from leadline.judgement.playbook.evidence import read_evidence
from leadline.judgement.playbook.measured import Past
from leadline.judgement.playbook.said import apart, ranked, written

from .worlds import panel

SINCE = date(2000, 6, 6)


def past(rank: int, n: int) -> Past:
    """A value that `rank - 1` of n values are above: the share that is no higher is its percentile."""
    return Past((n - rank + 1) / n, rank, n, SINCE, 0.9)


@pytest.mark.parametrize(
    ("rank", "n", "said"),
    [
        (1, 6065, "the highest of 6,065 values"),
        (20, 6065, "the 20th highest of 6,065 values"),
        (21, 6065, "among the highest 1 % of 6,065 values"),
        (251, 807, "among the highest 32 % of 807 values"),
        (6065, 6065, "the lowest of 6,065 values"),
        (4696, 6246, "among the lowest 25 % of 6,246 values"),
        (60, 120, "among the highest 50 % of 120 values"),
    ],
)
def test_a_place_is_told_as_such_while_it_can_be_counted(rank: int, n: int, said: str) -> None:
    assert ranked(past(rank, n)) == said


@pytest.mark.parametrize("rank", [21, 22, 250, 1722, 3000])
def test_the_part_that_is_told_holds_the_value(rank: int) -> None:
    """As many values as are said to be in the part are at least as many as the place."""
    part = int(ranked(past(rank, 6535)).split(" % ")[0].rsplit(" ", 1)[1])
    assert rank <= part / 100 * 6535
    assert (part - 1) / 100 * 6535 < rank


def test_percentages_are_apart_by_points() -> None:
    assert apart(-0.0186, "percent") == "-1.9 points"
    assert apart(0.25, "share") == "+25.0 points"
    assert apart(3.0, "count") == "3"
    assert written(0.0306, "share_points") == "+3.1 points"


def test_a_divergence_says_how_much_further_below_and_not_how_far_below() -> None:
    """Large caps 2 % and small caps 10 % below their highs of a year: 8 points apart."""
    world = panel({"IWM": {"close": [100.0] * 299 + [90.0]}, "SPY": {"close": [100.0] * 299 + [98.0]}})
    lines = {line.key: line for line in read_evidence(world, shipped()[0])}
    found = lines["divergence"]
    assert found.reading == "against"
    assert found.value == pytest.approx(-0.08)
    assert found.sentence == (
        "Large caps are near their high of a year; small caps are 8.0 points further below theirs."
    )
