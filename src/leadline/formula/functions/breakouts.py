"""Breakouts as a state machine: above a level, back to test it, confirmed or failed - each as known that evening.

The level is the last pivot high (the highest of `pivot` rows on both sides, known `pivot` rows later) or, with `n`, the
highest of the n rows before (Donchian), broken after at least `pivot` rows without a new high.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, Floats, FunctionEntry, Given
from leadline.formula.functions.pieces import TOLERANCE

WAITING, BROKEN_OUT, RETESTING, CONFIRMED, FAILED = 0, 1, 2, 3, -1
EVENTS: Final = ("breakout", "retest", "confirmed", "failed")


def pivots(x: Floats, k: int) -> Floats:
    """At each row the pivot high that becomes known there: x[t-k] when it is the highest of x[t-2k..t], else missing.

    The first of equal values counts; a window with a missing value has no pivot.
    """
    known = np.full(len(x), np.nan)
    width = 2 * k + 1
    if len(x) < width:
        return known
    windows = np.lib.stride_tricks.sliding_window_view(x, width)
    middle = windows[:, k]
    before = windows[:, :k].max(axis=1)
    after = windows[:, k + 1 :].max(axis=1)
    with np.errstate(invalid="ignore"):
        high = (middle - before > TOLERANCE * np.abs(before)) & (middle >= after)
    known[2 * k :] = np.where(high, middle, np.nan)
    return known


def donchian(x: Floats, n: int, quiet: int) -> Floats:
    """At each row the highest of the n rows before; missing when a new high is not older than `quiet` rows."""
    level = np.full(len(x), np.nan)
    if len(x) <= n:
        return level
    level[n:] = np.lib.stride_tricks.sliding_window_view(x, n)[:-1].max(axis=1)
    last_high = -math.inf
    ready = level.copy()
    for now in range(n, len(x)):
        if now - last_high <= quiet:
            ready[now] = np.nan
        if x[now] > level[now]:
            last_high = now
    return ready


@dataclass(slots=True)
class _Run:
    """Where the machine stands. `used` is the last level that was broken."""

    state: int = WAITING
    level: float = math.nan
    peak: float = math.nan
    started: int = 0
    used: float = math.nan
    candidate: float = math.nan


def breakout_machine(x: Floats, n: float, k: float, near: float, fail: float, within: float) -> Mapping[str, Floats]:
    """State, level and the four events of each row. `n` = 0 takes pivots, otherwise Donchian.

    breakout: x goes above the level (again only above another one). retest: having been 2 * near above it, x comes back
    to within near of it. confirmed: after the retest x goes above the peak before it, and with it above any level that
    stands there now. failed: x falls more than `fail`
    below the level. A breakout is over after `within` rows without a decision.
    """
    known = (donchian(x, int(n), int(k)) if n else pivots(x, int(k))).tolist()
    states, levels = [math.nan] * len(x), [math.nan] * len(x)
    rows: dict[str, list[int]] = {name: [] for name in EVENTS}
    run = _Run()
    for now, value in enumerate(x.tolist()):
        if not math.isnan(value):
            event = _decided(run, value, near, fail) if run.state in (BROKEN_OUT, RETESTING) else None
            event = event or _broken(run, value, now)
            if event is None and run.state in (BROKEN_OUT, RETESTING) and now - run.started >= within:
                run.state = WAITING
            if run.state == CONFIRMED and value < run.level - fail * abs(run.level):
                run.state = WAITING
            if not (math.isnan(run.candidate) and math.isnan(run.level)):
                states[now] = run.state
                levels[now] = run.level if _stands(run, event) else run.candidate
                if event is not None:
                    rows[event].append(now)
        if n or not math.isnan(known[now]):  # known from this evening on
            run.candidate = known[now + 1] if n and now + 1 < len(x) else (math.nan if n else known[now])
    return {"state": np.array(states), "level": np.array(levels), **_truths(np.array(states), rows)}


def _decided(run: _Run, value: float, near: float, fail: float) -> str | None:
    size = abs(run.level)
    if value < run.level - fail * size:
        run.state = FAILED
        return "failed"
    if run.state == RETESTING:
        if value > run.peak:
            run.state = CONFIRMED
            run.used = run.candidate if value > run.candidate else run.used  # no second breakout for the same rise
            return "confirmed"
        return None
    if run.peak >= run.level + 2 * near * size and value <= run.level + near * size:
        run.state = RETESTING
        return "retest"
    run.peak = max(run.peak, value)
    return None


def _broken(run: _Run, value: float, now: int) -> str | None:
    level = run.candidate
    if run.state == RETESTING or math.isnan(level) or level == run.used or value - level <= TOLERANCE * abs(level):
        return None
    run.state, run.level, run.peak, run.started, run.used = BROKEN_OUT, level, value, now, level
    return "breakout"


def _stands(run: _Run, event: str | None) -> bool:
    """Whether the level that counts is the one that was broken."""
    return run.state in (BROKEN_OUT, RETESTING, CONFIRMED) or event == "failed" or math.isnan(run.candidate)


def _truths(state: Floats, rows: Mapping[str, list[int]]) -> dict[str, Floats]:
    """Each event where there is a state: 1 on its rows, else 0."""
    never = np.where(np.isnan(state), np.nan, 0.0)
    out = {name: never.copy() for name in rows}
    for name, held in rows.items():
        out[name][held] = 1.0
    return out


def _output(given: Given, output: str) -> pl.Expr:
    parameters = (
        float(given.maybe_rows("n") or 0),
        float(given.rows("pivot")),
        given.number("near"),
        given.number("fail"),
        float(given.rows("within")),
    )
    return given.stage.machine(breakout_machine, (given.expr("x"),), parameters, output)


def _truth(output: str) -> FunctionEntry:
    what = {
        "breakout": "true on the session when x goes above its level",
        "retest": "true on the session when x, having left the level, has come back to it",
        "confirmed": "true on the session when x, after a retest, goes above the peak before it",
        "failed": "true on the session when x falls more than `fail` below the level it broke",
    }[output]
    return _entry(output, what, Unit.TRUTH, output)


ARGUMENTS = (
    Argument("x", ("value",), "what is measured"),
    Argument("n", ("span",), "the highest of the n rows before as the level, in place of pivots", optional=True),
    Argument("pivot", ("span",), "rows on both sides of a pivot high", default="10d"),
    Argument("near", ("number",), "how near to the level a retest is", default="1%"),
    Argument("fail", ("number",), "how far below the level it has failed", default="3%"),
    Argument("within", ("span",), "how long a breakout waits for a decision", default="126d"),
)


def _history(spans: Mapping[str, int | None]) -> int:
    return spans.get("n") or 2 * (spans.get("pivot") or 0) + 1


def _run(unit: Unit, output: str, given: Given) -> pl.Expr:
    found = _output(given, output)
    return found == 1 if unit is Unit.TRUTH else found


def _entry(name: str, what: str, unit: Unit, output: str) -> FunctionEntry:
    from functools import partial

    return FunctionEntry(
        name=name,
        family="breakouts",
        what=what,
        arguments=ARGUMENTS,
        unit=unit,
        warm_up="until the first level is known",
        gaps="a missing row is missing and changes nothing; no pivot has a missing row around it",
        source="Donchian channels; pivot highs confirmed by later closes",
        example=f"{name}(IWM)",
        run=partial(_run, unit, output),
        history=_history,
        where="session",
    )


ENTRIES = (
    *(_truth(output) for output in EVENTS),
    _entry("level", "the level that was broken, or while none is, the level to beat", Unit.PRICE, "level"),
    _entry(
        "breakout_state",
        "0 waiting, 1 broken out, 2 retesting, 3 confirmed, -1 failed",
        Unit.SCORE,
        "state",
    ),
)
