"""The card as a JSON document, its canonical bytes and its hash.

Numbers carry twelve significant digits, so that the last bits of a sum do not change a hash; a stored document can be
hashed again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from leadline.judgement.playbook.card import Card

DIGITS: Final = 12
_KEYS: Final[Mapping[str, str]] = {"in_favour": "for"}


def as_json(card: Card) -> dict[str, Any]:
    """The card as plain values: decimals, ISO dates, null for what is missing; `for` stands for `in_favour`."""
    found = _plain(card)
    if not isinstance(found, dict):  # pragma: no cover - a dataclass is a mapping
        return {}
    return found


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: keys sorted, no spaces, UTF-8. Raises ValueError for numbers that are not finite."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def card_hash(card: Card) -> str:
    """SHA-256 of the card's canonical bytes."""
    return hashlib.sha256(canonical(as_json(card))).hexdigest()


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {_KEYS.get(one.name, one.name): _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, date) else value
