"""The values over time that the charts draw, decided with the record: each a formula, checked like everything else.

A trace whose inputs are missing or stale at the cut has no values and says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadline.core.units import Unit
from leadline.data.panel.panel import Axis, Panel
from leadline.formula.names import Names
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.freshness import Reach, Standing, place_of, reaches
from leadline.judgement.playbook.inputs import Input, inputs_of
from leadline.judgement.playbook.measured import NO_VALUE, Measured, answered
from leadline.judgement.playbook.model import Playbook

Floats = NDArray[np.float64]

#: the evidence topic whose first share of a group of series, and of stocks, are drawn as participation
PARTICIPATION = 22
EQUAL_WEIGHT = "equal_weight"
SPANS: Mapping[str, str] = MappingProxyType({"d": "day", "w": "week", "mo": "month"})


@dataclass(frozen=True)
class Trace:
    """One formula over its axis: sessions (or month labels) and values (NaN missing). why: why there are none."""

    label: str
    formula: str
    unit: Unit | None
    axis: Axis
    sessions: pl.Series
    values: Floats
    why: str = ""

    @property
    def last(self) -> float | None:
        """The value at the cut; None where there is none."""
        return None if self.why or not len(self.values) or np.isnan(self.values[-1]) else float(self.values[-1])

    @cached_property
    def path(self) -> pl.DataFrame:
        """Session, step and value where there is a value."""
        frame = pl.DataFrame({"session": self.sessions, "value": self.values}).with_row_index("step")
        return frame.filter(pl.col("value").is_not_nan()).select("session", "step", "value")

    def days(self) -> list[int]:
        """The rows at which a condition is true."""
        return [int(row) for row in np.flatnonzero(self.values == 1.0)]


@dataclass(frozen=True)
class Guard:
    """What is wrong with a formula's inputs at the cut. `known`: how far inputs reach, as far as was measured."""

    panel: Panel
    names: Names
    known: Mapping[Input, Reach]

    def wrong(self, formula: str) -> str:
        """What is missing or stale, "" when nothing is; a group needs one member, and none that is stale."""
        place = place_of(self.panel, self.panel.cut)
        if place is None:
            return f"the cut {self.panel.cut} is no session of the panel"
        found = inputs_of(formula, self.names)
        reach = self._reach(found.all)
        direct = [reach[one].at(place) for one in found.direct]
        members = [reach[one].at(place) for one in found.members]
        return "; ".join(dict.fromkeys(one.why for one in _bad(direct, members)))

    def _reach(self, inputs: Iterable[Input]) -> Mapping[Input, Reach]:
        wanted = list(inputs)
        fresh = [one for one in wanted if one not in self.known]
        return {**self.known, **(reaches(self.panel, fresh, self.names) if fresh else {})}


def _bad(direct: list[Standing], members: list[Standing]) -> list[Standing]:
    bad = [one for one in direct if one.state != "present"] + [one for one in members if one.state == "stale"]
    return bad + members if members and all(one.state == "missing" for one in members) else bad


def formulas(playbook: Playbook) -> dict[str, tuple[str, str]]:
    """What the charts draw, by name: label and formula, in words of the playbook."""
    ratio, above, below = playbook.ratio_formula, playbook.ratio.numerator, playbook.ratio.denominator
    found = {
        "small_drawdown": (playbook.numerator.label, f"drawdown({above})"),
        "large_drawdown": (playbook.denominator.label, f"drawdown({below})"),
        "level": ("Level", f"level({ratio})"),
        "breakout": ("Breakout", f"breakout({ratio})"),
        "retest": ("Retest", f"retest({ratio})"),
        "confirmed": ("Confirmed", f"confirmed({ratio})"),
        "failed": ("Failed", f"failed({ratio})"),
    }
    found |= _shares(playbook)
    if EQUAL_WEIGHT in playbook.roles:
        label = f"{playbook.roles[EQUAL_WEIGHT].label} against {playbook.denominator.label.lower()}"
        found["equal"] = (label, f"{EQUAL_WEIGHT}.total / {below}.total")
    return found


def _shares(playbook: Playbook) -> dict[str, tuple[str, str]]:
    """The first share of a group of series, and the first share of stocks above an average, as in `formulas`."""
    names = names_of(playbook, None)
    shares = [line.value for line in playbook.evidence if line.topic == PARTICIPATION and line.value[:6] == "share("]
    groups = {formula: [one.name for one in inputs_of(formula, names).of_stocks] for formula in shares}
    series = [formula for formula in shares if not groups[formula]]
    stocks = [formula for formula in shares if groups[formula] and "> sma(" in formula]
    found = {"breadth": (f"Share of the sectors above their {_average(series[0])}", series[0])} if series else {}
    if stocks:
        said = groups[stocks[0]][0].replace("_", " ")
        found["stocks"] = (f"Share of the {said} above their {_average(stocks[0])}", stocks[0])
    return found


def _average(formula: str) -> str:
    """The moving average of a formula in words."""
    span = re.search(r"sma\(\w+, (\d+)(d|w|mo)\)", formula)
    return f"{span[1]}-{SPANS[span[2]]} average" if span else "average"


def read(panel: Panel, wanted: Mapping[str, tuple[str, str]], measured: Measured, guard: Guard) -> dict[str, Trace]:
    """The traces of formulas by name. What the panel cannot answer says why; nothing is raised for it."""
    wrong = {name: guard.wrong(formula) for name, (_, formula) in wanted.items()}
    fresh = [formula for name, (_, formula) in wanted.items() if not wrong[name] and measured.column(formula) is None]
    columns, problems = answered(list(dict.fromkeys(fresh)), panel, measured.names)
    found = {}
    for name, (label, formula) in wanted.items():
        column = None if wrong[name] else measured.column(formula) or columns.get(formula)
        if column is None:
            why = wrong[name] or problems.get(formula) or NO_VALUE
            found[name] = Trace(label, formula, None, "session", panel.sessions.clear(), np.zeros(0), why)
        else:
            found[name] = Trace(
                label, formula, column.unit, column.axis, panel.axis(column.axis), column.values.astype(np.float64)
            )
    return found
