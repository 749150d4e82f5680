"""The state machines against second implementations, written from their rules alone, and a case drawn by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.formula import evaluate
from leadline.formula.functions.breakouts import breakout_machine, pivots
from leadline.formula.functions.extremes import last_as_great, since_extreme
from leadline.formula.functions.levels import overhead_share, resistance_machine

from .panels import plain, walk, weekdays

prices = st.lists(st.one_of(st.integers(80, 120).map(float), st.just(math.nan)), min_size=0, max_size=60).map(
    lambda values: np.array(values, dtype=float)
)


def naive_pivots(x: np.ndarray, k: int) -> dict[int, float]:
    """Row where it becomes known -> pivot high."""
    found = {}
    for t in range(k, len(x) - k):
        around = list(x[t - k : t + k + 1])
        if not any(math.isnan(v) for v in around) and around.index(max(around)) == k:
            found[t + k] = x[t]
    return found


def naive_breakouts(x: np.ndarray, n: int, k: int, near: float, fail: float, within: int) -> list[dict[str, float]]:  # noqa: C901 - all rules in one place, on purpose
    known = naive_pivots(x, k)
    state, level, peak, start, broken = 0, math.nan, math.nan, 0, math.nan
    rows: list[dict[str, float]] = []
    for t, value in enumerate(x):
        if n:
            before = x[t - n : t] if t >= n else [math.nan]
            top = max(before) if not any(math.isnan(v) for v in before) else math.nan
            highs = [
                s for s in range(n, t) if x[s] > (max(x[s - n : s]) if not np.isnan(x[s - n : s]).any() else math.inf)
            ]
            beat = math.nan if highs and t - highs[-1] <= k else top
        else:
            past = [known[s] for s in sorted(known) if s < t]
            beat = past[-1] if past else math.nan
        if math.isnan(value):
            rows.append({})
            continue
        event = ""
        may_break = state != 2
        if state in (1, 2) and value < level - fail * abs(level):
            state, event = -1, "failed"
        elif state == 2 and value > peak:
            state, event = 3, "confirmed"
            broken = beat if value > beat else broken
        elif state == 1 and peak >= level + 2 * near * abs(level) and value <= level + near * abs(level):
            state, event = 2, "retest"
        elif state == 1:
            peak = max(peak, value)
        if not event and may_break and value > beat and beat != broken:
            state, level, peak, start, broken, event = 1, beat, value, t, beat, "breakout"
        if not event and state in (1, 2) and t - start >= within:
            state = 0
        if state == 3 and value < level - fail * abs(level):
            state = 0
        rows.append(
            {"state": state, "event": float(0 if not event else 1), "name": event}
            if not (  # type: ignore[dict-item]
                math.isnan(beat) and math.isnan(level)
            )
            else {}
        )
    return rows


@given(prices, st.sampled_from([0, 3, 8]), st.sampled_from([1, 2, 4]), st.sampled_from([3, 20]))
@settings(max_examples=300, deadline=None)
def test_breakouts_follow_their_rules(x: np.ndarray, n: int, k: int, within: int) -> None:
    found = breakout_machine(x, n, k, 0.01, 0.05, within)
    for at, wanted in enumerate(naive_breakouts(x, n, k, 0.01, 0.05, within)):
        if not wanted:
            assert all(math.isnan(found[name][at]) for name in found)
            continue
        assert found["state"][at] == wanted["state"]
        happened = [name for name in ("breakout", "retest", "confirmed", "failed") if found[name][at] == 1]
        assert happened == ([wanted["name"]] if wanted["name"] else [])


@given(prices, st.integers(1, 5))
def test_pivots_are_known_k_rows_later(x: np.ndarray, k: int) -> None:
    found = pivots(x, k)
    assert {at: value for at, value in enumerate(found) if not math.isnan(value)} == naive_pivots(x, k)


@given(prices, st.integers(1, 12))
def test_since_high_counts_from_the_latest_of_equal_highs(x: np.ndarray, n: int) -> None:
    found = since_extreme(x, n)["since"]
    for t in range(len(x)):
        window = list(x[max(t - n + 1, 0) : t + 1])
        if len(window) < n or any(math.isnan(v) for v in window):
            assert math.isnan(found[t])
        else:
            assert found[t] == window[::-1].index(max(window))


@given(prices)
def test_largest_since_is_the_last_as_great(x: np.ndarray) -> None:
    found = last_as_great(x)["row"]
    for t in range(len(x)):
        as_great = [s for s in range(t) if x[s] >= x[t]]
        assert (None if math.isnan(found[t]) else int(found[t])) == (as_great[-1] if as_great else None)


@given(prices, st.integers(1, 8))
def test_overhead_is_the_share_of_volume_above(x: np.ndarray, n: int) -> None:
    volume = np.arange(1.0, len(x) + 1)
    found = overhead_share(x, volume, n)["share"]
    for t in range(len(x)):
        window = range(t - n + 1, t + 1)
        if t < n - 1 or any(math.isnan(x[s]) for s in window):
            assert math.isnan(found[t])
        else:
            above = sum(volume[s] for s in window if x[s] > x[t])
            assert found[t] == pytest.approx(above / sum(volume[s] for s in window))


@given(prices, st.sampled_from([10, 30]), st.sampled_from([1, 2]))
def test_resistance_is_the_nearest_cluster_above(x: np.ndarray, n: int, k: int) -> None:
    found = resistance_machine(x, n, k, 0.03)
    turns = naive_pivots(x, k)
    for t, value in enumerate(x):
        seen = [(high, s - k) for s, high in turns.items() if s <= t and s - k > t - n]
        above = [high for high, _ in seen if high >= value]
        if not above:
            assert math.isnan(found["level"][t])
            continue
        core = min(above)
        zone = [(high, s) for high, s in seen if core * 0.97 <= high <= core * 1.03]
        assert found["level"][t] == pytest.approx(sum(high for high, _ in zone) / len(zone))
        assert (found["low"][t], found["high"][t]) == (min(zone)[0], max(zone)[0])
        assert found["touches"][t] == len(zone)
        assert (found["oldest"][t], found["latest"][t]) == (min(s for _, s in zone), max(s for _, s in zone))


def test_a_breakout_drawn_by_hand() -> None:
    """A high of 110, a break above it, a run to 116, back to the level, and on: each known that evening."""
    drawn = [100, 104, 110, 105, 103, 106, 109, 112, 116, 113, 110.5, 112, 115, 117, 118]
    panel, day = plain({"X": [float(one) for one in drawn]}), weekdays(len(drawn))
    happened = {
        name: evaluate(f"{name}(X, pivot=2d)", panel).frame.filter(_true())["session"].to_list()
        for name in ("breakout", "retest", "confirmed", "failed")
    }
    assert happened == {"breakout": [day[7]], "retest": [day[10]], "confirmed": [day[13]], "failed": []}
    level = evaluate("level(X, pivot=2d)", panel).frame["value"].to_list()
    assert (
        level == [None] * 5 + [110.0] * 10
    )  # the high of day 2 is a pivot on the evening of day 4, beaten from day 5 on
    states = evaluate("breakout_state(X, pivot=2d)", panel).frame["value"].to_list()
    assert states == [None] * 5 + [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]


def test_a_breakout_that_fails() -> None:
    drawn = [100, 104, 110, 105, 103, 106, 111, 113, 109, 106.6, 104, 111]
    panel, day = plain({"X": [float(one) for one in drawn]}), weekdays(len(drawn))
    assert evaluate("failed(X, pivot=2d)", panel).frame.filter(_true())["session"].to_list() == [day[9]]
    assert evaluate("breakout(X, pivot=2d)", panel).frame.filter(_true())["session"].to_list() == [day[6]]


def test_zone_dates_are_those_of_the_pivots() -> None:
    close = walk("zone", 300)
    panel = plain({"X": close.tolist()})
    first = evaluate("resistance_from(X, pivot=3d)", panel).frame["value"].to_list()
    level = evaluate("resistance(X, pivot=3d, part=touches)", panel).frame["value"].to_list()
    days = weekdays(300)
    found = resistance_machine(close, 1260, 3, 0.03)
    for at, (day, touches) in enumerate(zip(first, level, strict=True)):
        row = found["oldest"][at]
        assert day == (None if math.isnan(row) else days[int(row)])
        assert touches == (None if math.isnan(row) else found["touches"][at])
    assert any(isinstance(day, date) for day in first)


def _true() -> object:
    import polars as pl

    return pl.col("value")
