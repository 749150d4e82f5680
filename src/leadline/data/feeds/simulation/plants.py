"""What is planted in the simulated market, and where: the truth that a study of it has to find again.

Patterns are laid over the noise of SIM_SMALL, each in a stated window; outside the windows the daily log ratio
SIM_SMALL / SIM_LARGE is independent noise with mean zero, so that there nothing follows from anything. Thrusts are
balanced by slides and rotations by retreats, so that the ratio has no drift over all sessions either. No window that
moves the ratio starts within 63 sessions after a thrust or a rotation: over horizons up to that nothing follows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["breakout", "failed", "thrust", "slide", "rotation", "retreat"]

#: the kinds of plant, one a slot, again and again
CYCLE: tuple[Kind, ...] = (
    "breakout", "rotation", "thrust", "breakout", "rotation", "thrust", "failed", "rotation", "thrust",
)  # fmt: skip
SLOT = 252  # sessions
LEAD_IN = 300  # sessions of plain noise before the first slot: a year of highs to break, and some
THRUSTS_AT, SLIDES_AT = (35, 175), (105, 245)  # their last sessions, counted in the slot
THRUST, QUARTER = 6, 63  # sessions
RAMP, BASE = 80, 40  # sessions up to the significant high, and below it before the breakout
HIGH_MARGIN = 1.002  # of the significant high over every earlier high of the year
#: closes over the significant high from the breakout on
HOLDS = (1.018, 1.026, 1.020, 1.013, 1.008, 1.004, 1.009, 1.017, 1.028)
FAILS = (1.018, 1.022, 1.011, 0.995, 0.985, 0.975)
GOES_ON, SINKS = (1.12, 30), (0.90, 25)  # where the path is led, and how many sessions after the breakout
FAILED_FOR = 60  # sessions after the breakout


@dataclass(frozen=True)
class Breakout:
    """SIM_SMALL closes over `level`, the high of the prior 252 sessions (close and high of `peak`), on `session`.

    `retest` is the first session after it that closes within 1 % of the level or under it. `holds`: from `session` to
    `until`, the end of the window, no close is under the level, and the path goes on; else it closes under the level
    and stays there.
    """

    peak: date
    level: float
    session: date
    retest: date
    until: date
    holds: bool


@dataclass(frozen=True)
class Thrust:
    """SIM_SMALL / SIM_LARGE at `session` is more than 8 % over its value six sessions before (`base`)."""

    base: date
    session: date


@dataclass(frozen=True)
class Rotation:
    """SIM_SMALL beats every sector over the 63 sessions from `base` to `session`, the last of a quarter."""

    base: date
    session: date


@dataclass(frozen=True)
class Truth:
    """All that is planted. `windows`: first and last session of every return that is not plain noise.

    slides: the reverse of thrusts, down by more than 7 %. retreats: the reverse of rotations, behind every sector;
    their `session` is no quarter's end.
    ratio_sd: standard deviation of the daily log ratio SIM_SMALL / SIM_LARGE outside the windows (mean zero). In the
    windows of breakouts the ratio is that same noise, too: breakouts are of the whole market.
    split_stock: symbol, ex-date, new shares for one. delisted_stock: symbol, last session. None where there are too few
    stocks.
    """

    breakouts: tuple[Breakout, ...]
    thrusts: tuple[Thrust, ...]
    slides: tuple[Thrust, ...]
    rotations: tuple[Rotation, ...]
    retreats: tuple[Rotation, ...]
    windows: tuple[tuple[date, date], ...]
    ratio_sd: float
    split_stock: tuple[str, date, int] | None
    delisted_stock: tuple[str, date] | None


@dataclass(frozen=True)
class Plant:
    """One pattern by positions: returns of the sessions `first`..`last` are planted; `at` is its own session."""

    kind: Kind
    first: int
    at: int
    last: int


def schedule(quarter_ends: NDArray[np.bool_]) -> tuple[Plant, ...]:
    """The plants of a market of that many sessions, ascending and apart. `quarter_ends`: last sessions of quarters."""
    plants: list[Plant] = []
    for slot, start in enumerate(range(LEAD_IN, len(quarter_ends) - SLOT + 1, SLOT)):
        plants += _in_slot(CYCLE[slot % len(CYCLE)], start, quarter_ends)
    return tuple(plants)


def _in_slot(kind: Kind, start: int, quarter_ends: NDArray[np.bool_]) -> list[Plant]:
    if kind == "thrust":
        moves = [_move("thrust", start + at, THRUST) for at in THRUSTS_AT]
        moves += [_move("slide", start + at, THRUST) for at in SLIDES_AT]
        return sorted(moves, key=lambda plant: plant.at)
    if kind == "rotation":
        end = start + QUARTER + int(np.argmax(quarter_ends[start + QUARTER : start + SLOT]))
        return [_move("rotation", end, QUARTER), _move("retreat", start + SLOT - 1, QUARTER)]
    at = start + RAMP + BASE
    return [Plant(kind, start, at, at + (GOES_ON[1] if kind == "breakout" else FAILED_FOR))]


def _move(kind: Kind, end: int, length: int) -> Plant:
    return Plant(kind, end - length + 1, end, end)


def breakout_path(plant: Plant, start: float, level: float, noise: Floats) -> Floats:
    """Log closes of the window of a breakout: shape (last - first + 1,), from the log close `start` before it.

    `noise` are log returns of the same shape; they only roughen the path. The first RAMP closes rise to log(level).
    """
    rough = 0.5 * noise
    top = np.log(level)
    ramp = np.minimum(start + (top - start) * np.arange(1, RAMP + 1) / RAMP + _bridge(rough[:RAMP]), top - 0.02)
    ramp[-1] = top
    dip = -0.012 - 0.06 * np.sin(np.pi * np.arange(1, BASE + 1) / (BASE + 1))
    base = np.minimum(top + dip + _bridge(rough[RAMP : RAMP + BASE]), top - 0.015)
    base[-1] = top - 0.015
    return np.concatenate([ramp, base, top + _after(plant.kind, plant.last - plant.at + 1, rough[RAMP + BASE :])])


def retest_of(kind: Kind) -> int:
    """How many sessions after the breakout its path first closes within 1 % of the high, or under it."""
    return next(later for later, close in enumerate(HOLDS if kind == "breakout" else FAILS) if close <= 1.01)


def _after(kind: Kind, length: int, rough: Floats) -> Floats:
    stated = np.log(HOLDS if kind == "breakout" else FAILS)
    goal, reached = GOES_ON if kind == "breakout" else SINKS
    led = np.interp(np.arange(len(stated), length), [len(stated) - 1, reached], [stated[-1], np.log(goal)])
    led = led + _bridge(rough[len(stated) : length])
    led = np.maximum(led, 0.02) if kind == "breakout" else np.minimum(led, -0.02)
    return np.concatenate([stated, led])


def _bridge(steps: Floats) -> Floats:
    """The random walk of the steps, tied to zero at its end."""
    return np.cumsum(steps - steps.mean()) if len(steps) else steps
