"""What a formula needs: series and fields, groups, calendars, history, axis - and whether the panel has enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Frequency = Literal["session", "month"]


@dataclass(frozen=True)
class Needs:
    """What a formula rests on.

    series: (name, field) in order of use; a macro series has the field "value". history: rows of the axis before the
    first value, 0 when the first row has one; of a formula of one macro series alone, its observations.
    """

    series: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    calendars: tuple[str, ...]
    history: int
    axis: Frequency

    def names(self) -> tuple[str, ...]:
        """The series by name, each once."""
        return tuple(dict.fromkeys(name for name, _ in self.series))
