"""The trial book: every study that was run on this ledger, one line each, so that tries are counted and not claimed.

It lies beside the facts and is no part of their versions: asking changes no data. A family is everything that was ever
asked of one outcome series; the same question asked again is not another try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from leadline.data.ledger.lines import append_lines, read_lines
from leadline.data.ledger.store import root

_WHAT = "trial book"


@dataclass(frozen=True)
class Trial:
    """One study over one horizon: what was asked, of which data (cut and ledger version), and what came out.

    p: two-sided, None where the study gave none. at: when it was run (ISO, UTC).
    """

    event: str
    then: str
    horizon: str
    as_of: str
    version: int
    p: float | None
    episodes: int
    verdict: str
    at: str

    @property
    def question(self) -> tuple[str, str, str]:
        """What makes two trials the same try."""
        return (self.event, self.then, self.horizon)


def read_trials(home: Path) -> tuple[Trial, ...]:
    """Every trial in the order of asking. Raises PromiseError where the book is damaged."""
    return tuple(Trial(**line) for line in read_lines(_path(home), _WHAT))


def record_trials(home: Path, trials: Sequence[Trial], wait_seconds: float = 10.0) -> None:
    """Append trials, synced to disk. Raises DataError when another process holds the book for too long."""
    append_lines(_path(home), [asdict(trial) for trial in trials], _WHAT, wait_seconds)


def earlier_tries(home: Path, then: Sequence[str], asked: Sequence[tuple[str, str, str]]) -> tuple[float | None, ...]:
    """The newest p of every other question ever asked of these outcome series; `asked` are the questions now asked."""
    newest = {trial.question: trial.p for trial in read_trials(home) if trial.then in then}
    return tuple(p for question, p in newest.items() if question not in set(asked))


def now_text(at: datetime) -> str:
    """An instant as the book keeps it: ISO to the second.

    >>> from datetime import UTC
    >>> now_text(datetime(2024, 7, 17, 20, 0, tzinfo=UTC))
    '2024-07-17T20:00:00+00:00'
    """
    return at.isoformat(timespec="seconds")


def _path(home: Path) -> Path:
    return root(home) / "trials.jsonl"
