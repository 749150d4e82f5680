"""Where labels stand: beside their points, on as little else as can be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

LETTER, LINE = 6.3, 13.0
#: between two labels one below the other
LABEL_PIXELS = 16
Area = tuple[float, float, float, float]
Spot = tuple[float, float]
#: where a label may stand: to the side by its half width, and pixels down
PLACES: Final = (
    *((1.0, 0.0), (-1.0, 0.0), (0.0, -12.0), (0.0, 13.0), (1.0, -10.0), (1.0, 11.0), (-1.0, -10.0), (-1.0, 11.0)),
    *((0.0, -25.0), (0.0, 26.0), (1.0, -20.0), (-1.0, -20.0), (1.0, 21.0), (-1.0, 21.0)),
    *((0.0, -38.0), (0.0, 39.0), (1.0, -34.0), (-1.0, -34.0), (1.0, 35.0), (-1.0, 35.0), (0.0, -52.0), (0.0, 53.0)),
)


def placed(
    spots: Sequence[Spot], names: Sequence[str], box: tuple[int, int], others: Sequence[Spot] = ()
) -> list[Spot]:
    """The middle of each label beside its spot (pixels): the first place that covers least of what is there already.

    That is labels, spots, edges of the box and `others`, points that a line goes through.

    >>> placed([(50.0, 50.0)], ["ABC"], (100, 100))
    [(67.45, 50.0)]
    """
    taken = np.empty((len(spots) + len(others) + len(names), 4))
    for at, (x, y) in enumerate(spots):
        taken[at] = (x - 5, y - 5, x + 5, y + 5)
    for at, (x, y) in enumerate(others, len(spots)):
        taken[at] = (x - 2, y - 2, x + 2, y + 2)
    known = len(spots) + len(others)
    found = []
    for (x, y), name in zip(spots, names, strict=True):
        half = len(name) * LETTER / 2
        options = []
        for order, (side, down) in enumerate(PLACES):
            centre = (x + side * (half + 8), y + down)
            area = (centre[0] - half, centre[1] - LINE / 2, centre[0] + half, centre[1] + LINE / 2)
            outside = max(0.0, -area[0]) + max(0.0, area[2] - box[0]) + max(0.0, -area[1]) + max(0.0, area[3] - box[1])
            options.append(
                (_covered(area, taken[:known]) + 40 * outside + 2 * max(0.0, abs(down) - 13), order, area, centre)
            )
        _, _, area, centre = min(options)
        taken[known] = area
        known += 1
        found.append(centre)
    return found


def _covered(area: Area, others: NDArray[np.float64]) -> float:
    """How many square pixels of an area the others cover, each counted by itself."""
    wide = np.minimum(area[2], others[:, 2]) - np.maximum(area[0], others[:, 0])
    high = np.minimum(area[3], others[:, 3]) - np.maximum(area[1], others[:, 1])
    return float((np.maximum(wide, 0.0) * np.maximum(high, 0.0)).sum())


def along(a: Spot, b: Spot, every: float = 6.0) -> list[Spot]:
    """Points on the line from one spot to the other, about `every` pixels apart.

    >>> along((0.0, 0.0), (12.0, 0.0))
    [(0.0, 0.0), (6.0, 0.0), (12.0, 0.0)]
    """
    count = max(1, round(math.dist(a, b) / every))
    return [(a[0] + (b[0] - a[0]) * at / count, a[1] + (b[1] - a[1]) * at / count) for at in range(count + 1)]


def spread(values: Sequence[float], least: float) -> list[float]:
    """Places for labels: each near its value, no two nearer than `least`, in the order of the values.

    >>> spread([0.0, 0.5], 1.0), spread([3.0, 0.0], 1.0)
    ([-0.25, 0.75], [3.0, 0.0])
    """
    order = sorted(range(len(values)), key=lambda at: values[at])
    groups: list[tuple[list[int], float]] = []
    for at in order:
        groups.append(([at], values[at]))
        while len(groups) > 1 and _touch(groups[-2], groups[-1], least):
            last, middle = groups.pop()
            before, centre = groups.pop()
            joint = (centre * len(before) + middle * len(last)) / (len(before) + len(last))
            groups.append((before + last, joint))
    places = [0.0] * len(values)
    for members, centre in groups:
        for index, at in enumerate(members):
            places[at] = centre + (index - (len(members) - 1) / 2) * least
    return places


def _touch(lower: tuple[list[int], float], upper: tuple[list[int], float], least: float) -> bool:
    top = lower[1] + (len(lower[0]) - 1) / 2 * least
    bottom = upper[1] - (len(upper[0]) - 1) / 2 * least
    return bottom - top < least - 1e-12
