"""What lies above the price: volume bought higher, and zones where it turned down before."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, Floats, FunctionEntry, Given, back
from leadline.formula.functions.breakouts import pivots

BLOCK: Final = 512
PARTS: Final = ("level", "low", "high", "touches")


def overhead_share(close: Floats, volume: Floats, n: float) -> Mapping[str, Floats]:
    """Share of the volume of the last n rows that traded at closes above today's; missing where any is missing."""
    size = int(n)
    out = np.full(len(close), np.nan)
    if len(close) < size:
        return {"share": out}
    whole = np.where(np.isnan(close), np.nan, volume)
    closes = np.lib.stride_tricks.sliding_window_view(close, size)
    volumes = np.lib.stride_tricks.sliding_window_view(whole, size)
    for start in range(0, len(closes), BLOCK):
        some, weights = closes[start : start + BLOCK], volumes[start : start + BLOCK]
        total = weights.sum(axis=1)
        above = np.where(some > some[:, -1:] * (1 + 1e-9), weights, 0.0).sum(axis=1)
        good = total > 0
        out[size - 1 + start : size - 1 + start + len(some)][good] = above[good] / total[good]
    return {"share": out}


def _overhead(given: Given) -> pl.Expr:
    close, volume = given.expr("x"), given.stage.field(given.symbols["x"], "volume")
    return given.stage.machine(overhead_share, (close, volume), (given.rows("n"),), "share")


def resistance_machine(x: Floats, n: float, k: float, width: float) -> Mapping[str, Floats]:
    """The zone of pivot highs of the last n rows at or above x that is nearest to it.

    Its core is the lowest such pivot; pivots within `width` of the core on both sides belong to it. level is their
    mean, low and high the edges, touches their number, oldest and latest the rows of the pivots. Missing with none
    above.
    """
    turns, span = pivots(x, int(k)), int(k)
    out = {name: np.full(len(x), np.nan) for name in (*PARTS, "oldest", "latest")}
    held: list[tuple[float, int]] = []
    queue: deque[tuple[float, int]] = deque()
    for now, value in enumerate(x.tolist()):
        if not math.isnan(turns[now]):
            queue.append((float(turns[now]), now - span))
            insort(held, queue[-1])
        while queue and queue[0][1] <= now - n:
            del held[bisect_left(held, queue.popleft())]
        if math.isnan(value):
            continue
        core = bisect_left(held, (value, -1))
        if core < len(held):
            _zone(out, now, held, core, width)
    return out


def _zone(out: dict[str, Floats], now: int, held: list[tuple[float, int]], core: int, width: float) -> None:
    middle = held[core][0]
    reach = width * abs(middle)
    first, last = bisect_left(held, (middle - reach, -1)), bisect_left(held, (middle + reach, len(out["level"])))
    zone = held[first:last]
    highs, rows = [high for high, _ in zone], [row for _, row in zone]
    out["level"][now] = math.fsum(highs) / len(highs)
    out["low"][now], out["high"][now], out["touches"][now] = highs[0], highs[-1], len(highs)
    out["oldest"][now], out["latest"][now] = min(rows), max(rows)


def _machine(given: Given, output: str) -> pl.Expr:
    parameters = (given.rows("n"), given.rows("pivot"), given.number("width"))
    return given.stage.machine(resistance_machine, (given.expr("x"),), parameters, output)


def _resistance(given: Given) -> pl.Expr:
    return _machine(given, given.word("part") or "level")


def _dated(output: str, given: Given) -> pl.Expr:
    return given.label.gather(_machine(given, output).cast(pl.Int64))


X = Argument("x", ("value",), "what is measured")
SHAPE = (
    Argument("n", ("span",), "how far back pivots are looked for", default="5y"),
    Argument("pivot", ("span",), "rows on both sides of a pivot high", default="10d"),
    Argument("width", ("number",), "how far from its core the zone reaches", default="3%"),
)
PART = Argument(
    "part", ("word",), "level (mean), low or high edge, or the number of touches", default="level", words=PARTS
)
SOURCE = "pivot highs of closes, grouped around the nearest one above"


def _date_entry(name: str, what: str, output: str) -> FunctionEntry:
    return FunctionEntry(
        name=name,
        family="levels",
        what=what,
        arguments=(X, *SHAPE),
        unit=Unit.DATE,
        warm_up="until a pivot above the price is known",
        gaps="no pivot has a missing row around it; missing where x is missing or has no pivot above it",
        source=SOURCE,
        example=f"{name}(IWM)",
        run=partial(_dated, output),
        history=lambda spans: 2 * (spans.get("pivot") or 0),
        where="session",
    )


ENTRIES = (
    FunctionEntry(
        name="overhead",
        family="levels",
        what="the share of the last n sessions' volume that traded at closes above today's: who waits to get out even",
        arguments=(
            Argument("x", ("symbol",), "a price series with volume"),
            Argument("n", ("span",), "the window", default="1y"),
        ),
        unit=Unit.SHARE,
        warm_up="n - 1 sessions",
        gaps="missing where close or volume is missing anywhere in the window",
        source="overhead supply, volume at closes",
        example="overhead(IWM, 252d)",
        run=_overhead,
        history=back("n", 1),
        where="session",
    ),
    FunctionEntry(
        name="resistance",
        family="levels",
        what="the nearest zone of past pivot highs at or above x; missing when nothing is above: open sky",
        arguments=(X, *SHAPE, PART),
        unit="same",
        warm_up="until a pivot above the price is known",
        gaps="no pivot has a missing row around it; missing where x is missing or has no pivot above it",
        source=SOURCE,
        example="resistance(IWM) / IWM - 1",
        run=_resistance,
        history=lambda spans: 2 * (spans.get("pivot") or 0),
        where="session",
    ),
    _date_entry("resistance_from", "the date of the oldest pivot high of the resistance zone", "oldest"),
    _date_entry("resistance_to", "the date of the latest pivot high of the resistance zone", "latest"),
)
