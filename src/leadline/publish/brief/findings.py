"""The titles of the charts: each says its finding, from facts of the record alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from leadline.core.units import number, percent
from leadline.data.panel.panel import Axis
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.evidence import Evidence
from leadline.judgement.playbook.rotation import Tail
from leadline.publish.brief.traces import Trace
from leadline.publish.look.words import low

NAMED = 3
#: rows of the close-up of levels and breakouts
CLOSE_UP: Mapping[Axis, int] = MappingProxyType({"session": 378, "month": 120})
#: a quadrant of the rotation map in a sentence: what is measured, as who "leads" there may be last on the board
STANDS: Mapping[str, str] = MappingProxyType(
    {
        "leading": "are above their trend and gain strength",
        "weakening": "are above their trend and lose strength",
        "lagging": "are below their trend and lose strength",
        "improving": "are below their trend and gain strength",
    }
)
AFTERMATH = (
    ("failed", "and fell back through it on"),
    ("confirmed", "came back to it, held and had gone on by"),
    ("retest", "and came back to test it on"),
)


def rotation(tails: tuple[Tail, ...], subject: str = "") -> str:
    """Where the subject (a symbol) stands, and who leads; without it who leads and who weakens, sizes first.

    Where nobody does either, who improves and who lags. The map measures everyone against its own trend.
    """
    tail = next((one for one in tails if one.symbol == subject and one.quadrant is not None), None)
    if tail is not None and tail.quadrant is not None:
        return _around(tail, tuple(one for one in tails if one is not tail))
    for pair in (("leading", "weakening"), ("improving", "lagging")):
        found = [f"{quadrant.capitalize()}: {names}" for quadrant in pair if (names := _names(tails, quadrant))]
        if found:
            return "; ".join([found[0], *(one.lower()[:1] + one[1:] for one in found[1:])])
    return "No member of the rotation map can be measured at this cut"


def _around(subject: Tail, others: tuple[Tail, ...]) -> str:
    said = f"{subject.label} {STANDS[subject.quadrant or 'leading']}"
    leading = _names(others, "leading")
    if subject.quadrant != "leading":
        return f"{said}; leading: {leading}" if leading else f"{said}; nobody leads"
    weakening = _names(others, "weakening")
    return f"{said}{f', with {leading}' if leading else ''}{f'; weakening: {weakening}' if weakening else ''}"


def _names(tails: tuple[Tail, ...], quadrant: str) -> str:
    here = [tail for tail in tails if tail.quadrant == quadrant]
    ordered = sorted(here, key=lambda tail: (tail.group != "sizes", -_distance(tail)))
    names = [low(tail.label) for tail in ordered[:NAMED]]
    more = len(here) - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"


def _distance(tail: Tail) -> float:
    return tail.points[-1].x ** 2 + tail.points[-1].y ** 2


def drawdowns(small: Trace, large: Trace) -> str:
    """How far each side stands below its own record."""
    there = [trace for trace in (small, large) if trace.last is not None]
    if not there:
        return "No drawdown can be measured at this cut"
    said = [f"{there[0].label} stand {_below(there[0])} their record"]
    return ", ".join([*said, *(f"{low(trace.label)} {_below(trace)} theirs" for trace in there[1:])])


def _below(trace: Trace) -> str:
    away = trace.last or 0.0
    return "at" if away > -5e-4 else f"{percent(-away, signed=False)} below"


def participation(card: Card, traces: Mapping[str, Trace], change: float | None) -> str:
    """How many take part: the sentence of the evidence line, and the equal-weight index over the year drawn.

    Where the sectors' share is not known the share of stocks stands in its place.
    """
    breadth, stocks, equal = (traces.get(name) for name in ("breadth", "stocks", "equal"))
    line = _line(card, breadth)
    said = [] if line is None or breadth is None or breadth.last is None else [line.sentence.removesuffix(".")]
    if not said and stocks is not None and stocks.last is not None:
        of = stocks.label.removeprefix("Share ").replace(" above ", " are above ", 1)
        said = [f"{percent(stocks.last, 0, signed=False)} {of}"]
    if equal is not None and equal.last is not None and change is not None:
        said.append(f"{low(equal.label) if said else equal.label} {percent(change)} in a year")
    return "; ".join(said) if said else "Participation cannot be measured at this cut"


def _line(card: Card, trace: Trace | None) -> Evidence | None:
    lines = (*card.in_favour, *card.against, *card.silent)
    return next((line for line in lines if trace is not None and line.formulas[0] == trace.formula), None)


def levels(name: str, traces: Mapping[str, Trace], ratio: float | None) -> str:
    """What became of the last breakout of the ratio, and whether it is below that level now; or the level to beat."""
    level = traces["level"]
    if level.why or ratio is None or not len(level.path):
        return f"No level of {name} is known at this cut"
    recent = [row for row in traces["breakout"].days() if row >= len(level.values) - CLOSE_UP[level.axis]]
    if not recent:
        span = f"{CLOSE_UP[level.axis]} {level.axis}s"
        return f"{name} has broken no level in {span}; the one to beat is {number(level.last, 4)}"
    at = recent[-1]
    broken = float(level.values[at])
    start = f"{name} broke {number(broken, 4)} on {level.sessions[at]}"
    if at == len(level.values) - 1:
        return f"{start}, the last {level.axis}"
    for kind, words in AFTERMATH:
        later = [row for row in traces[kind].days() if row > at]
        if later:
            now = f"; now it is below, at {number(ratio, 4)}" if kind != "failed" and ratio < broken else ""
            return f"{start}{',' if kind == 'confirmed' else ''} {words} {level.sessions[later[-1]]}{now}"
    return f"{start}; it has not been tested since"
