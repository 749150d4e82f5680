"""What evidence can be about: the statements of market commentaries, by number, and each in a few plain words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TOPICS: Mapping[int, str] = MappingProxyType(
    {
        1: "breakout and retest",
        2: "records and overhead supply",
        3: "overextension of the leaders",
        4: "rate sensitivity",
        5: "sector rotation",
        6: "the canary: small caps and the economy",
        7: "divergence and synchronisation",
        8: "volume and conviction",
        9: "common against own movement",
        10: "the rating",
        11: "what to watch",
        12: "thrust",
        13: "rarity",
        14: "overbought extremes",
        15: "policy and the curve",
        16: "the economy and credit",
        17: "lasting change or bounce",
        18: "the broad market",
        19: "volatility and liquidity",
        20: "advance from the low",
        21: "strength and its persistence",
        22: "participation",
        23: "trading both sides",
        24: "how it is told",
    }
)
