"""Where labels stand: beside their points, on as little else as can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LETTER, LINE = 6.3, 13.0
Area = tuple[float, float, float, float]
Spot = tuple[float, float]
#: where a label may stand: to the side by its half width, and pixels down
PLACES: Final = (
    *((1.0, 0.0), (-1.0, 0.0), (0.0, -12.0), (0.0, 13.0), (1.0, -10.0), (1.0, 11.0), (-1.0, -10.0), (-1.0, 11.0)),
    *((0.0, -25.0), (0.0, 26.0), (1.0, -20.0), (-1.0, -20.0), (1.0, 21.0), (-1.0, 21.0)),
)


def placed(
    spots: Sequence[Spot], names: Sequence[str], box: tuple[int, int], others: Sequence[Spot] = ()
) -> list[Spot]:
    """The middle of each label beside its spot (pixels): the first place that covers least of what is there already.

    That is labels, spots, edges of the box and `others`, points that a line goes through.

    >>> placed([(50.0, 50.0)], ["ABC"], (100, 100))
    [(67.45, 50.0)]
    """
    taken: list[Area] = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots]
    taken += [(x - 2, y - 2, x + 2, y + 2) for x, y in others]
    found = []
    for (x, y), name in zip(spots, names, strict=True):
        half = len(name) * LETTER / 2
        options = []
        for order, (side, down) in enumerate(PLACES):
            centre = (x + side * (half + 8), y + down)
            area = (centre[0] - half, centre[1] - LINE / 2, centre[0] + half, centre[1] + LINE / 2)
            outside = max(0.0, -area[0]) + max(0.0, area[2] - box[0]) + max(0.0, -area[1]) + max(0.0, area[3] - box[1])
            options.append((sum(_overlap(area, other) for other in taken) + 40 * outside, order, area, centre))
        _, _, area, centre = min(options)
        taken.append(area)
        found.append(centre)
    return found


def _overlap(a: Area, b: Area) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0
