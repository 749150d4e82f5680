"""What past cards said, and what came of it: the types. Storing them is the ledger's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from leadline.core.errors import DataError
from leadline.judgement.playbook.card import Card

Verdict = Literal["hit", "miss", "no side taken", "open"]


@dataclass(frozen=True)
class Said:
    """What one card said for one horizon. probability: the number it gave, None when it gave none.

    horizon: "21d", "63d", "1mo"; base_rate: that of its day; leans: whose
    side the action took; card: its hash.
    """

    as_of: date
    horizon: str
    probability: float | None
    base_rate: float | None
    regime: str
    action: str
    leans: Literal["numerator", "denominator"] | None = None
    card: str = ""


@dataclass(frozen=True)
class Judged:
    """One thing said, and what followed: the ratio's change over the horizon, None while it is open.

    Its side is that of the action where that leans to one, else that of the probability where it is not simply the base
    rate. error: the squared error of its probability (Brier); base_error: that of the base rate of its day.
    """

    said: Said
    outcome: float | None
    verdict: Verdict
    error: float | None
    base_error: float | None
    sentence: str


@dataclass(frozen=True)
class Tally:
    """What followed all cards of one regime or action: how many, how many separate, mean, share above zero."""

    name: str
    horizon: str
    n: int
    effective_n: float
    mean: float | None
    above: float | None


@dataclass(frozen=True)
class Scored:
    """The score of one horizon: failures first. skill: 1 - brier / base_brier with a 95 % interval; None without."""

    horizon: str
    misses: tuple[Judged, ...]
    hits: tuple[Judged, ...]
    unsided: tuple[Judged, ...]
    open: tuple[Judged, ...]
    brier: float | None
    base_brier: float | None
    skill: float | None
    low: float | None
    high: float | None
    effective_n: float
    regimes: tuple[Tally, ...]
    actions: tuple[Tally, ...]
    sentence: str


def said_by(card: Card, card_hash: str = "") -> tuple[Said, ...]:
    """What a card said, one entry a horizon; none for a card that failed closed."""
    return tuple(
        Said(card.as_of, one.horizon, one.said, one.base_rate.rate, card.regime, card.action, card.leans, card_hash)
        for one in card.chances
    )


def said_in(document: Mapping[str, Any], card_hash: str = "") -> tuple[Said, ...]:
    """What a stored card said: `said_by` for its JSON document. Raises DataError for one that is no card."""
    try:
        return tuple(
            Said(
                as_of=date.fromisoformat(document["as_of"]),
                horizon=one["horizon"],
                probability=one["said"],
                base_rate=one["base_rate"]["rate"],
                regime=document["regime"],
                action=document["action"],
                leans=document["leans"],
                card=card_hash,
            )
            for one in document["chances"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("a stored card", found=f"a document without {error}", expected="a card's document") from error
