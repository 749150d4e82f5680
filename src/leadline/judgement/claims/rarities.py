"""Ruling on how rare a move was said to be: so many times a century, so many sigma, such a percentile.

Each part is ruled by itself, against the series' own past as known at the close:

- per century: the return period of the tail model (counted occurrences where it has none) gives an estimate and a 95 %
  interval. Refuted when the interval does not touch what was stated; off when it does, but the estimate is more than a
  factor of two outside of it; else confirmed;
- sigma: confirmed when z against all of the past or against the last 252 values is within half a sigma of it, off
  within one, else refuted;
- percentile: confirmed when the measured one rounds to it in its own digits, off when the share above it differs by
  less than a factor of two, else refuted.

The claim has the worst ruling of its parts. It contradicts itself when sigma and percentile cannot both be true under
the normal law (3 sigma is 99.73 or 99.87 %), or when neither the normal law nor the past lets sigma and frequency both
be true (`inference.sigma`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit
from leadline.formula.evaluate import Values
from leadline.inference.arrays import floats
from leadline.inference.rare import RarityAnswer, Stated, rare
from leadline.inference.sigma import normal_tail, percentile_agrees
from leadline.judgement.claims import words
from leadline.judgement.claims.ground import Gap, Ground, gap_of, measured
from leadline.judgement.claims.model import RarityClaim
from leadline.judgement.claims.quantity import Quantity
from leadline.judgement.claims.rulings import Histogram, Reading, Word
from leadline.judgement.claims.values import untestable

FACTOR: Final = 2.0
BARS: Final = 41
_WORST: Final[tuple[Word, ...]] = ("refuted", "off", "confirmed")
Part = tuple[Word, str]


def rule_rarity(claim: RarityClaim, ground: Ground) -> tuple[Reading, ...]:
    """Each reading of a stated rarity, at the close or at the session the claim speaks of."""
    there = ground.at(claim.at)
    return tuple(_reading(claim, label, one.formula, there) for label, one in claim.measures().items())


def own_contradictions(claim: RarityClaim) -> tuple[str, ...]:
    """What was stated and cannot be true together by the normal law alone: a sigma against a percentile."""
    if claim.sigma is None or claim.percentile is None:
        return ()
    if percentile_agrees(claim.sigma.number, claim.percentile.number):
        return ()
    tail = normal_tail(claim.sigma.number)
    inside, below = f"{tail.inside * 100:.2f} (two-sided)", f"{tail.below * 100:.2f} (one-sided)"
    return (f"{claim.sigma.text} sigma is percentile {inside} or {below}, not {claim.percentile.number * 100:g}",)


def _reading(claim: RarityClaim, label: str, formula: str, ground: Ground) -> Reading:
    values = measured(ground, formula)
    if isinstance(values, Gap):
        return untestable(label, formula, values)
    try:
        answer = rare(ground.panel, formula, ground.names, stated=_stated(claim), gap=21 if _daily(values) else 2)
    except (RequestError, DataError) as error:
        return untestable(label, formula, gap_of(ground.panel, error))
    parts = [*_often(claim, answer), *_sigma(claim.sigma, answer), *_percentile(claim.percentile, answer)]
    ruling = min((word for word, _ in parts), key=_WORST.index)
    standing = answer.rarity.standing
    session = answer.values.frame["session"][answer.rarity.row]
    said = f"{words.said(standing.value, answer.unit)} at {session}, rank {standing.rank} of {standing.n:,}"
    if answer.check is not None and answer.check.contradicts:
        ruling = "contradicts itself"
        parts.append((ruling, answer.check.sentence))
    return Reading(
        label,
        formula,
        standing.value,
        answer.unit,
        session,
        ruling,
        "; ".join([said, *(sentence for _, sentence in parts)]),
        _figures(answer),
        picture=_histogram(answer),
        warnings=values.warnings,
        shown=words.said(standing.value, answer.unit),
    )


def _daily(values: Values) -> bool:
    return values.axis == "session"


def _stated(claim: RarityClaim) -> Stated | None:
    if claim.sigma is None or claim.per_century is None:
        return None
    return Stated(claim.sigma.number, claim.per_century[0].number, claim.per_century[1].number)


def _often(claim: RarityClaim, answer: RarityAnswer) -> list[Part]:
    if claim.per_century is None:
        return []
    low, high = (one.number for one in claim.per_century)
    estimate, least, most = frequency(answer)
    span = f"{least:.1f} to {most:.1f}" if most < np.inf else f"{least:.1f} or more"
    how = "tail model" if answer.rarity.return_period.method == "tail model" else "count"
    years = answer.rarity.occurrences.years
    said = f"{estimate:.1f} a century by the {how} over {years:.0f} years (95 % interval {span}), stated "
    said += words.often(low, high)
    if most < low or least > high:
        return [("refuted", said)]
    near = low / FACTOR <= estimate <= high * FACTOR
    return [("confirmed" if near else "off", said)]


def frequency(answer: RarityAnswer) -> tuple[float, float, float]:
    """How often a century: estimate, low and high end of the interval, from the return period in years."""
    period = answer.rarity.return_period
    return tuple(0.0 if one is None else 100.0 / one for one in (period.estimate, period.high, period.low))  # type: ignore[return-value]


def _sigma(stated: Quantity | None, answer: RarityAnswer) -> list[Part]:
    if stated is None:
        return []
    standing = answer.rarity.standing
    found = [one for one in (standing.z_all, standing.z_year) if one is not None]
    apart = min((abs(one - stated.number) for one in found), default=float("inf"))
    word: Word = "confirmed" if apart <= 0.5 else "off" if apart <= 1.0 else "refuted"
    both = " and ".join(
        f"{one:.1f} against {past}"
        for one, past in ((standing.z_all, "all of its past"), (standing.z_year, "the last 252 values"))
        if one is not None
    )
    return [(word, f"z is {both}, stated {stated.text} sigma")]


def _percentile(stated: Quantity | None, answer: RarityAnswer) -> list[Part]:
    if stated is None:
        return []
    found = answer.rarity.standing.percentile
    said = f"percentile {found * 100:.{max(stated.digits, 2)}f}, stated {stated.number * 100:.{stated.digits}f}"
    if abs(found - stated.number) <= stated.half + 1e-12:
        return [("confirmed", said)]
    above, claimed = 1 - found, 1 - stated.number
    near = claimed / FACTOR <= above <= claimed * FACTOR
    return [("off" if near else "refuted", said)]


def _figures(answer: RarityAnswer) -> Mapping[str, object]:
    told = answer.as_json()
    wanted = ("percentile", "rank", "n", "z", "per_century", "per_century_interval", "return_period_years", "years")
    penalty = answer.penalty
    chosen = {} if penalty is None else {"window_penalty": penalty.factor}
    return MappingProxyType({name: told[name] for name in wanted} | chosen)


def _histogram(answer: RarityAnswer) -> Histogram | None:
    past = floats(answer.values.frame["value"], answer.formula)
    past = past[~np.isnan(past)]
    if past.min() == past.max():
        return None
    counts, edges = np.histogram(past, bins=BARS)
    return Histogram(
        answer.formula,
        Unit(answer.unit),
        float(edges[0]),
        float(edges[-1]),
        tuple(int(count) for count in counts),
        answer.rarity.standing.value,
    )
