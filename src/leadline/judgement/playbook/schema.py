"""What a playbook file may hold, as a JSON schema, and the hash by which a card names its playbook."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from leadline.judgement.playbook.model import Playbook


def schema() -> dict[str, object]:
    """The JSON schema of a playbook file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Playbook.model_json_schema(by_alias=True)}


def playbook_hash(playbook: Playbook) -> str:
    """SHA-256 of all that a playbook says; the order of the file's keys and its comments do not count."""
    return _hash(playbook.model_dump_json(by_alias=True))


@lru_cache(maxsize=64)
def _hash(text: str) -> str:
    canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
