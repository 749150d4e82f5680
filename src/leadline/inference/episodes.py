"""Episodes: the sessions where an event is true, merged when closer than a gap, each dated by its first session.

Neighbouring true sessions are one story told many times, so counts are of episodes and never of sessions. This is runs
declustering (Leadbetter et al. 1989; Coles 2001, section 5.3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from leadline.core.errors import RequestError
from leadline.inference.arrays import Floats, Mask, Rows

Step = Literal["session", "month"]
LEAST_GAP: dict[Step, int] = {"session": 21, "month": 1}


@dataclass(frozen=True, eq=False)
class Episodes:
    """The separate episodes of an event. Everything is a row of the axis that the event was given on.

    starts, ends: first and last true row of each episode, ascending; `true_rows`: every true row; `gap`: two true rows
    this far apart or more are of separate episodes; `first`, `last`: the rows between which the event's truth is known
    (both inside), or (0, -1) when it is never known. `true_now`: true at the last row, None when not known there.
    """

    starts: Rows
    ends: Rows
    true_rows: Rows
    gap: int
    first: int
    last: int
    true_now: bool | None

    def __len__(self) -> int:
        return len(self.starts)


def default_gap(horizons: Sequence[int], step: Step = "session") -> int:
    """The longest horizon asked, and at least 21 sessions (or one month), so that outcomes do not overlap.

    >>> default_gap((5, 10)), default_gap((21, 126)), default_gap((1,), "month")
    (21, 126, 1)
    """
    return max([*horizons, LEAST_GAP[step]])


def runs(true_rows: Rows, gap: int) -> tuple[Rows, Rows]:
    """First and last row of each run of true rows, where a distance of `gap` rows or more starts a new run.

    >>> first, last = runs(np.array([3, 4, 9, 30]), 6)
    >>> first.tolist(), last.tolist()
    ([3, 30], [9, 30])
    """
    if not len(true_rows):
        return true_rows, true_rows
    breaks = np.flatnonzero(np.diff(true_rows) >= gap)
    return true_rows[np.r_[0, breaks + 1]], true_rows[np.r_[breaks, len(true_rows) - 1]]


def find_episodes(event: Floats, gap: int) -> Episodes:
    """The episodes of an event given as 1 / 0 / NaN, shape (sessions,).

    A row where the truth is not known neither starts nor ends an episode; distances are counted in rows of the axis, so
    a hole in the data does not bring two episodes nearer. Raises RequestError when the gap is below 1.
    """
    if gap < 1:
        raise RequestError("gap", found=str(gap), expected="at least 1")
    known = np.flatnonzero(~np.isnan(event))
    true_rows = np.flatnonzero(event == 1).astype(np.int64)
    starts, ends = runs(true_rows, gap)
    first, last = (int(known[0]), int(known[-1])) if len(known) else (0, -1)
    now = None if not len(event) or np.isnan(event[-1]) else bool(event[-1] == 1)
    return Episodes(starts, ends, true_rows, gap, first, last, now)


def span_mask(episodes: Episodes, length: int) -> Mask:
    """True on the rows from the first to the last at which the event's truth is known: the span of the base rate."""
    rows = np.arange(length)
    return (rows >= episodes.first) & (rows <= episodes.last)
