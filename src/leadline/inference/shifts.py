"""The circular-shift test: how often would the same events, all moved by the same number of sessions, do as well?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.inference.arrays import Floats, Mask

ROUNDING = 1e-9  # of the outcomes' spread: what a Fourier transform may be off by
ALIKE = 1e-12  # of the outcomes' size: a spread as small as that is rounding itself, and the outcomes are all the same


@dataclass(frozen=True)
class ShiftTest:
    """The difference in means at no shift, the two-sided p-value, and over how many shifts it was taken."""

    difference: float
    p: float
    shifts: int


def circular_shift(outcomes: Floats, starts: Mask) -> ShiftTest | None:
    """Is the mean outcome after `starts` further from the base rate than after the same starts moved along the ring?

    All shifts are taken, so there is no chance in the p-value: the share of shifts (none at all included) whose
    distance from the base mean is at least the one found. The events keep their distances, hence their clustering, and
    outcomes keep their overlap; under "events and outcomes know nothing of each other" and a steady market p is
    uniform. outcomes, starts: (rows,); rows before the first and after the last outcome are left out, absent outcomes
    inside are passed over. None when no start has an outcome. It assumes that the market's restlessness after events is
    what it is at other times: the bootstrap interval does not.
    Source: the circular shift of Politis and Romano (1992); in neuroscience and ecology the "rotation test".
    """
    there = np.flatnonzero(~np.isnan(outcomes))
    if not len(there) or not (starts[there]).any():
        return None
    inside = slice(int(there[0]), int(there[-1]) + 1)
    y, event = outcomes[inside], starts[inside].astype(np.float64)
    valid = ~np.isnan(y)
    base = float(y[valid].mean())
    centred = np.where(valid, y - base, 0.0)
    sums = _around(event, centred)
    counts = np.rint(_around(event, valid.astype(np.float64)))
    usable = counts > 0
    moved = np.abs(sums[usable] / counts[usable])
    tolerance = max(ROUNDING * float(np.abs(centred).max()), ALIKE * float(np.abs(y[valid]).max()))
    found = float(sums[0] / counts[0])
    return ShiftTest(found, float((moved >= abs(found) - tolerance).mean()), int(usable.sum()))


def _around(event: Floats, values: Floats) -> Floats:
    """For every shift k the sum of values[(t + k) mod n] over the events t, by the Fourier transform."""
    n = len(event)
    return np.fft.irfft(np.fft.rfft(values) * np.conj(np.fft.rfft(event)), n)
