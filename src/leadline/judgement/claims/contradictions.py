"""Figures of one commentary that cannot be true together: a ratio's move against the moves of its legs.

A ratio up r, its upper leg up a and its lower leg up b must satisfy 1 + r = (1 + a) / (1 + b). A leg that names a
claim is taken as stated there, a leg that is a formula as measured; each stated figure may be wrong by half a unit of
its last digit. What then remains is a contradiction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadline.judgement.claims.ground import Gap, Ground, measured
from leadline.judgement.claims.model import Claim, ValueClaim
from leadline.judgement.claims.quantity import Quantity


@dataclass(frozen=True)
class Leg:
    """The move of a leg: lowest and highest it can be, whether it was stated, and how it is called."""

    low: float
    high: float
    words: str


def of_ratio(claim: ValueClaim, claims: Mapping[str, Claim], ground: Ground) -> str:
    """Why a stated move of a ratio cannot stand beside its legs; "" when it can, or a leg cannot be measured.

    Moves that are no decimals of a start (-1 and below) are left alone.
    """
    if claim.consistent_with is None:
        return ""
    there = ground.at(claim.at)
    above = _leg(claim.consistent_with.numerator, claims, there)
    below = _leg(claim.consistent_with.denominator, claims, there)
    if above is None or below is None or below.low <= -1:
        return ""
    least, most = (1 + above.low) / (1 + below.high) - 1, (1 + above.high) / (1 + below.low) - 1
    ratio = claim.states
    if least <= ratio.number + ratio.half and most >= ratio.number - ratio.half:
        return ""
    implied = (least + most) / 2
    claimed = f"{ratio.number * 100:+.{ratio.digits}f} %"
    return f"{above.words} over {below.words} makes the ratio {implied * 100:+.1f} %, not {claimed}"


def _leg(text: str, claims: Mapping[str, Claim], ground: Ground) -> Leg | None:
    claim = claims.get(text)
    if isinstance(claim, ValueClaim):
        return _stated(claim.states)
    values = measured(ground, text)
    if isinstance(values, Gap) or not isinstance(values.last, int | float):
        return None
    move = float(values.last)
    return Leg(move, move, f"{move * 100:+.1f} % measured of {text}")


def _stated(figure: Quantity) -> Leg:
    move = figure.number
    return Leg(move - figure.half, move + figure.half, f"{move * 100:+.{figure.digits}f} % stated")
