"""The journal: every card that was shown, with the data it rested on and its hash, so that it can be scored later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from leadline.data.ledger.lines import append_lines, read_lines
from leadline.data.ledger.store import root

_WHAT = "journal"


@dataclass(frozen=True)
class Entry:
    """One card: of our own brief ("brief") or of a commentary that was checked ("commentary").

    who: the playbook or the commentary's title; as_of: the cut (ISO); version: of the ledger; sha256: of the card's
    canonical bytes; card: the card as plain values; at: when it was recorded (ISO, UTC).
    """

    kind: Literal["brief", "commentary"]
    who: str
    as_of: str
    version: int
    sha256: str
    card: Mapping[str, Any]
    at: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two entries the same card."""
        return (self.kind, self.who, self.as_of, self.sha256)


def read_journal(home: Path) -> tuple[Entry, ...]:
    """Every entry in the order of recording. Raises PromiseError where the journal is damaged."""
    return tuple(Entry(**line) for line in read_lines(_path(home), _WHAT))


def record_cards(home: Path, entries: Sequence[Entry], wait_seconds: float = 10.0) -> int:
    """Append the cards that are not in the journal yet, synced to disk; how many that were."""
    held = {entry.key for entry in read_journal(home)}
    fresh = [entry for entry in entries if entry.key not in held]
    if fresh:
        append_lines(_path(home), [asdict(entry) for entry in fresh], _WHAT, wait_seconds)
    return len(fresh)


def _path(home: Path) -> Path:
    return root(home) / "journal.jsonl"
