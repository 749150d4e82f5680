"""The rotation map: strength and its momentum of every member against a benchmark, with tails whose past never moves.

x: the member's relative strength (total return over the benchmark's) against its own trailing mean, in standard
deviations of a trailing window; y: how that has changed over a trailing month, in the same way. The exact formulas are
the playbook's, and nothing else is done to them: no scaling over the members, none over the whole sample. A point of a
tail is the value of that session, so it stays where it was first drawn. The quadrants are by sign: leading (+, +),
weakening (+, -), lagging (-, -), improving (-, +).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from leadline.core.errors import RequestError
from leadline.data.panel.panel import Axis, Panel
from leadline.formula.bind import rebuilt
from leadline.formula.names import Names
from leadline.formula.parse import parse
from leadline.formula.tree import Name, Node
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.freshness import place_of, reaches
from leadline.judgement.playbook.inputs import inputs_of
from leadline.judgement.playbook.measured import NO_VALUE, Column, answered
from leadline.judgement.playbook.model import TOTAL, Playbook, Series

Quadrant = Literal["leading", "weakening", "lagging", "improving"]
MEMBER, BENCHMARK = "member", "benchmark"


@dataclass(frozen=True)
class Point:
    """One point of a tail: the session (or month) and the two coordinates in standard deviations."""

    session: date
    x: float
    y: float


@dataclass(frozen=True)
class Tail:
    """One member: its last points, oldest first, the head at the cut; none, and why, where it cannot be measured."""

    symbol: str
    label: str
    group: str
    points: tuple[Point, ...]
    quadrant: Quadrant | None
    formulas: tuple[str, str]
    why: str = ""


def read_rotation(panel: Panel, playbook: Playbook, names: Names | None = None) -> tuple[Tail, ...]:
    """The tails of the playbook's rotation map at the panel's cut: one a member, the benchmark left out.

    Points are the last sessions of complete weeks (months on monthly data) and the cut. A member whose newest value is
    not at the cut has no tail and says why. Raises RequestError for a playbook without a rotation map.
    """
    asked = playbook.rotation
    if asked is None:
        raise RequestError(f"rotation map of {playbook.title}", found="none in the playbook", expected="a rotation key")
    meaning = names_of(playbook, None, panel) if names is None else names
    bench = playbook.roles[asked.benchmark].name
    members = [(group, one) for group in asked.of for one in _members(playbook, group) if one.name != bench]
    pairs = {one.name: _formulas(asked.x, asked.y, one.name, asked.benchmark) for _, one in members}
    wanted = [text for pair in pairs.values() for text in pair]
    columns, problems = answered(wanted, panel, meaning)
    return tuple(
        _tail(panel, (group, one), pairs[one.name], (columns, problems), asked.points, meaning)
        for group, one in members
    )


def _members(playbook: Playbook, group: str) -> tuple[Series, ...]:
    if group == "sizes":
        return playbook.board_sizes
    if group == "sectors":
        return playbook.sectors
    return tuple(Series(series=text, label=text.removesuffix(TOTAL)[:40]) for text in playbook.groups[group])


def _formulas(x: str, y: str, member: str, benchmark: str) -> tuple[str, str]:
    put = {MEMBER: Name(member), BENCHMARK: Name(benchmark)}
    return str(_put(parse(x), put)), str(_put(parse(y), put))


def _put(node: Node, put: dict[str, Name]) -> Node:
    """The tree with series in the place of the words `member` and `benchmark`; their fields stay."""
    if isinstance(node, Name):
        return Name(put[node.text].text, node.field) if node.text in put else node
    return rebuilt(node, tuple(_put(child, put) for child in node.children))


def _tail(
    panel: Panel,
    member: tuple[str, Series],
    formulas: tuple[str, str],
    measured: tuple[dict[str, Column], dict[str, str]],
    points: int,
    names: Names,
) -> Tail:
    group, series = member
    columns, problems = measured
    x, y = (columns.get(text) for text in formulas)
    why = _wrong(panel, formulas, names)
    if x is None or y is None or x.axis != y.axis or why:
        problem = why or problems.get(formulas[0]) or problems.get(formulas[1]) or NO_VALUE
        return Tail(series.name, series.label, group, (), None, formulas, problem)
    rows = _rows(panel, x.axis, points)
    labels = panel.axis(x.axis)
    there = [row for row in rows if not (np.isnan(x.values[row]) or np.isnan(y.values[row]))]
    if not there or there[-1] != rows[-1]:
        return Tail(series.name, series.label, group, (), None, formulas, NO_VALUE)
    found = tuple(Point(labels[row], float(x.values[row]), float(y.values[row])) for row in there)
    return Tail(series.name, series.label, group, found, _quadrant(found[-1]), formulas)


def _wrong(panel: Panel, formulas: tuple[str, str], names: Names) -> str:
    inputs = [one for text in formulas for one in inputs_of(text, names).direct]
    place = place_of(panel, panel.cut)
    if place is None:
        return f"the cut {panel.cut} is no session of the panel"
    standings = (reach.at(place) for reach in reaches(panel, inputs).values())
    return "; ".join(dict.fromkeys(one.why for one in standings if one.why))


def _rows(panel: Panel, axis: Axis, points: int) -> list[int]:
    """Rows of the last week ends and of the newest row, ascending; of the last months on monthly data."""
    count = len(panel.axis(axis))
    if axis == "month":
        return list(range(max(count - points, 0), count))
    days = panel.sessions.to_frame("day").with_row_index("row").tail(points * 8)
    week = pl.col("day").dt.iso_year().cast(pl.Int32) * 100 + pl.col("day").dt.week()
    ends = days.group_by(week=week, maintain_order=True).agg(pl.col("row").last())["row"]
    return [int(row) for row in ends.tail(points)]


def _quadrant(head: Point) -> Quadrant:
    if head.x >= 0:
        return "leading" if head.y >= 0 else "weakening"
    return "improving" if head.y >= 0 else "lagging"
