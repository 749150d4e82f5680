"""Does it rest on one decade? The difference from the base rate with each calendar decade left out in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.core.calendar import Days
from leadline.inference.arrays import Floats, Mask


@dataclass(frozen=True)
class WithoutDecades:
    """The lowest and highest difference left when one decade is taken out, and which decade (1990 = 1990-1999)."""

    low: float
    high: float
    low_without: int
    high_without: int


def leave_one_decade_out(sessions: Days, outcomes: Floats, starts: Mask) -> WithoutDecades | None:
    """The range of (mean after the event - base mean) over leaving out one calendar decade at a time, from both.

    sessions, outcomes, starts: (rows,). A decade counts when it has an outcome; None when there is only one decade, or
    when no remainder has an episode.
    """
    there = ~np.isnan(outcomes)
    decade = (sessions.astype("datetime64[Y]").astype(np.int64) + 1970) // 10 * 10
    found: list[tuple[float, int]] = []
    present = np.unique(decade[there])
    for left_out in present if len(present) > 1 else []:
        kept = there & (decade != left_out)
        if (kept & starts).any():
            found.append((float(outcomes[kept & starts].mean() - outcomes[kept].mean()), int(left_out)))
    if not found:
        return None
    low, high = min(found), max(found)
    return WithoutDecades(low[0], high[0], low[1], high[1])
