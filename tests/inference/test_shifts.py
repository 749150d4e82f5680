"""The circular-shift test against its definition, shift by shift."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.core.seeds import generator
from leadline.inference.shifts import circular_shift

X = float("nan")


def naive(outcomes: list[float], starts: list[bool]) -> float | None:
    """Move the events one session at a time along the ring, and count how often they do as well; without rounding."""
    there = [row for row, value in enumerate(outcomes) if not math.isnan(value)]
    if not there:
        return None
    inside = slice(there[0], there[-1] + 1)
    y = [None if math.isnan(value) else Fraction(round(value * 1000), 1000) for value in outcomes[inside]]
    event, n = starts[inside], len(y)
    known = [value for value in y if value is not None]
    base = sum(known) / Fraction(len(known))
    distances: list[Fraction | None] = []
    for shift in range(n):
        met = [y[(row + shift) % n] for row in range(n) if event[row]]
        seen = [value for value in met if value is not None]
        distances.append(abs(sum(seen) / len(seen) - base) if seen else None)
    if distances[0] is None:
        return None
    usable = [one for one in distances if one is not None]
    return sum(one >= distances[0] for one in usable) / len(usable)


def test_by_hand() -> None:
    # base 2; the event meets 5, 1, 1, 1 as it goes round: only the start itself is as far off as 3
    found = circular_shift(np.array([5.0, 1.0, 1.0, 1.0]), np.array([True, False, False, False]))
    assert found is not None
    assert (found.difference, found.p, found.shifts) == pytest.approx((3.0, 0.25, 4))


def test_no_event_no_answer() -> None:
    assert circular_shift(np.ones(4), np.zeros(4, dtype=bool)) is None
    assert circular_shift(np.full(3, X), np.ones(3, dtype=bool)) is None


values = st.one_of(st.floats(-1, 1).map(lambda one: round(one, 3)), st.just(X))


@example([(0.469, True), (0.469, True), (X, True), (0.469, False)])  # all the same: rounding makes no difference
@given(st.lists(st.tuples(values, st.booleans()), min_size=1, max_size=40))
def test_equals_the_definition(pairs: list[tuple[float, bool]]) -> None:
    outcomes, starts = [value for value, _ in pairs], [event for _, event in pairs]
    found = circular_shift(np.array(outcomes), np.array(starts))
    expected = naive(outcomes, starts)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.p == pytest.approx(expected)


def test_every_session_an_event_differs_in_nothing() -> None:
    found = circular_shift(generator("shift always").normal(size=50), np.ones(50, dtype=bool))
    assert found is not None
    assert found.p == 1.0
