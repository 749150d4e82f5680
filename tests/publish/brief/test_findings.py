"""Titles of charts by hand: they say what is so now, and they name the subject first."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from leadline.core.units import Unit
from leadline.judgement.playbook.rotation import Point, Quadrant, Tail
from leadline.publish.brief import findings
from leadline.publish.brief.traces import Trace

DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(400)]


def tail(symbol: str, label: str, x: float, y: float, group: str = "sectors") -> Tail:
    quadrant: Quadrant = {(True, True): "leading", (True, False): "weakening", (False, False): "lagging"}.get(  # type: ignore[assignment]
        (x > 0, y > 0), "improving"
    )
    return Tail(symbol, label, group, (Point(DAYS[0], x, y),), quadrant, ("x", "y"))


ENERGY, FINANCE = tail("XLE", "Energy", 1.0, 1.0), tail("XLF", "Financials", 1.0, -1.0)


@pytest.mark.parametrize(
    ("x", "y", "others", "said"),
    [
        (-1.0, -1.0, (ENERGY, FINANCE), "Small caps are below their trend and lose strength; leading: energy"),
        (1.0, -1.0, (ENERGY,), "Small caps are above their trend and lose strength; leading: energy"),
        (-1.0, 1.0, (FINANCE,), "Small caps are below their trend and gain strength; nobody leads"),
        (
            2.0,
            2.0,
            (ENERGY, FINANCE),
            "Small caps are above their trend and gain strength, with energy; weakening: financials",
        ),
        (2.0, 2.0, (), "Small caps are above their trend and gain strength"),
    ],
)
def test_the_rotation_map_says_where_the_subject_is(x: float, y: float, others: tuple[Tail, ...], said: str) -> None:
    tails = (*others, tail("IWM", "Small caps", x, y, "sizes"))
    assert findings.rotation(tails, "IWM") == said


def test_without_its_subject_the_map_says_who_leads() -> None:
    assert findings.rotation((ENERGY, FINANCE), "IWM") == "Leading: energy; weakening: financials"
    gone = Tail("IWM", "Small caps", "sizes", (), None, ("x", "y"), "IWM ends")
    assert findings.rotation((ENERGY, FINANCE, gone), "IWM") == "Leading: energy; weakening: financials"


def trace(days: dict[int, float]) -> Trace:
    values = np.zeros(len(DAYS))
    for row, value in days.items():
        values[row] = value
    return Trace("", "", Unit.RATIO, "session", pl.Series("session", DAYS), values)


def levels(ratio: float, *, breakout: int, **later: int) -> str:
    """The title where 0.5 was broken on a row, with what happened on later rows, and the ratio as it is now."""
    level = Trace("", "", Unit.RATIO, "session", pl.Series("session", DAYS), np.full(len(DAYS), 0.5))
    kinds = {kind: trace({later[kind]: 1.0} if kind in later else {}) for kind in ("retest", "confirmed", "failed")}
    return findings.levels("A/B", {"level": level, "breakout": trace({breakout: 1.0}), **kinds}, ratio)


def test_a_breakout_that_held_and_was_lost_later_says_so() -> None:
    held = "A/B broke 0.5000 on 2024-04-10, came back to it, held and had gone on by 2024-04-30"
    assert levels(0.6, breakout=100, confirmed=120) == held
    assert levels(0.45, breakout=100, confirmed=120) == f"{held}; now it is below, at 0.4500"
    failed = "A/B broke 0.5000 on 2024-04-10 and fell back through it on 2024-04-30"
    assert levels(0.45, breakout=100, failed=120) == failed


def test_a_breakout_of_the_last_session_is_not_called_untested() -> None:
    assert levels(0.6, breakout=399) == "A/B broke 0.5000 on 2025-02-03, the last session"
    assert levels(0.6, breakout=398).endswith("; it has not been tested since")
