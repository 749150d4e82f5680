"""The score on the terminal: failures first, in 100 columns, with the base rate's score beside ours."""

from __future__ import annotations

from datetime import date

from leadline.judgement.walkforward.record import Judged, Said, Scored, Tally
from leadline.publish.record.terminal import score_text


def judged(day: int, verdict: str, sentence: str) -> Judged:
    said = Said(date(2024, 7, day), "21d", 0.6, 0.5, "divergence", "wait", "numerator", "ab")
    return Judged(said, 0.01, verdict, 0.16, 0.25, sentence)  # type: ignore[arg-type]


MISS, HIT = judged(1, "miss", "on the first it was wrong " * 5), judged(2, "hit", "on the second it was right")
TALLY = Tally("divergence", "21d", 2, 1.5, -0.012, 0.5)
SCORED = Scored(
    "21d", (MISS,), (HIT,), (), (), 0.2, 0.25, 0.2, -0.1, 0.5, 1.5, (TALLY,), (), "over 21 sessions: as told"
)


def test_failures_come_first_and_the_base_rate_is_beside() -> None:
    shown = score_text([SCORED])
    assert shown.index("Misses (1)") < shown.index("Hits (1)")
    assert "Brier score 0.200 against 0.250 of the base rate: skill +0.20 (95 % interval -0.10 to +0.50)" in shown
    assert "divergence" in shown
    assert "-1.2 %" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100
    assert "\x1b[" not in shown


def test_what_cannot_be_scored_yet_is_said() -> None:
    empty = Scored("63d", (), (), (), (HIT,), None, None, None, None, None, 0.0, (), (), "over 63 sessions: 1 open")
    shown = score_text([empty])
    assert "no probability could be scored yet" in shown
    assert "Open (1)" in shown


def test_many_are_counted() -> None:
    shown = score_text([Scored("21d", (MISS,) * 11, (), (), (), 0.2, 0.25, None, None, None, 1.0, (), (), "told")])
    assert "Misses (11)" in shown
    assert "and 3 more" in shown
