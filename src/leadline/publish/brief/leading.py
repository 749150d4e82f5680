"""Whether one number leads another, as every rendering says it: one sentence for all, one row for each way round."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from leadline.core.units import MISSING
from leadline.inference.finding import Verdict, horizon_words
from leadline.inference.leads import Way
from leadline.publish.brief.led import Led
from leadline.publish.evidence.words import probability, times

FOUND: Final[Mapping[Verdict, str]] = MappingProxyType({"supported": "rise with", "contrary": "fall after a rise of"})


@dataclass(frozen=True)
class LedRow:
    """One way round as text; slope, interval and p are `-` where there are too few spans that do not overlap."""

    first: str
    then: str
    over: str
    slope: str
    between: str
    spans: str
    adjusted: str
    verdict: Verdict


def summary(led: tuple[Led, ...]) -> str:
    """What all pairs come to, in one sentence; "" where none was asked."""
    if not led:
        return ""
    every = [row for one in led for row in rows(one)]
    found = [f"{row.then} over {row.over} {FOUND[row.verdict]} {row.first}" for row in every if row.verdict in FOUND]
    said = [*found, *_others(every, "of the others " if found else "")]
    gone = [one for one in led if one.answer is None]
    if gone:
        said.append(f"{times(len(gone), 'pair')} not measured ({'; '.join(dict.fromkeys(one.why for one in gone))})")
    return f"{times(len(led), 'pair')} asked both ways round, {times(led[0].tries, 'try')}: {'; '.join(said)}."


def _others(every: list[LedRow], which: str) -> Iterator[str]:
    few = sum(row.verdict == "too few to say" for row in every)
    if any(row.verdict == "not distinguishable" for row in every):
        yield f"none {which}is distinguishable from no lead"
    if few:
        yield f"{few} with too few separate spans to say"


def rows(one: Led) -> tuple[LedRow, ...]:
    """Both ways round of a pair; none where it was not measured."""
    if one.answer is None:
        return ()
    names = (one.first_label, one.second_label)
    over = horizon_words(one.over)
    return _row(one.answer.forward, names, over), _row(one.answer.backward, names[::-1], over)


def rests(one: Led) -> str:
    """What a pair rests on; why it was not measured."""
    asked = f"{one.first_label}, then {one.second_label}"
    if one.answer is None:
        return f"{asked}: not measured ({one.why})"
    every = "month ends" if one.answer.axis == "month" else "sessions"
    return f"{asked}: {one.answer.rows:,} {every} since {one.answer.since}, each value as known then"


def alike(*values: float) -> tuple[str, ...]:
    """Numbers of one row with their signs and the same decimals: two digits of the largest.

    >>> alike(-0.37, -0.7, -0.046), alike(310.0, -1200.0)
    (('-0.37', '-0.70', '-0.05'), ('+310', '-1,200'))
    """
    largest = max(abs(value) for value in values)
    places = min(max(1 - math.floor(math.log10(largest)), 0), 8) if largest > 0 else 1
    return tuple(f"{value + 0.0:+,.{places}f}" for value in values)


def _row(way: Way, names: tuple[str, str], over: str) -> LedRow:
    found = way.prediction
    if way.verdict == "too few to say":
        return LedRow(*names, over, MISSING, MISSING, f"{way.separate}", MISSING, way.verdict)
    slope, low, high = alike(found.slope, found.low, found.high)
    return LedRow(
        *names,
        over,
        slope=slope,
        between=f"{low} to {high}",
        spans=f"{way.separate}",
        adjusted=probability(way.adjusted_p),
        verdict=way.verdict,
    )
