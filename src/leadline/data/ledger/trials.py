"""The trial book: every study that was run on this ledger, one line each, so that tries are counted and not claimed.

It lies beside the facts and is no part of their versions: asking changes no data. A family is everything that was ever
asked of one outcome series; the same question asked again is not another try.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from leadline.core.errors import DataError, PromiseError
from leadline.data.ledger.store import root


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
    """Every trial in the order of asking. A last line cut short by a power loss is left out."""
    path = _path(home)
    if not path.exists():
        return ()
    lines = path.read_text(encoding="utf-8").split("\n")
    whole = lines[:-1]  # what follows the last newline was not finished
    try:
        return tuple(Trial(**json.loads(line)) for line in whole if line)
    except (ValueError, TypeError) as error:
        raise PromiseError(f"trial book {path.name}", found=str(error), todo="mend or remove the line") from error


def record_trials(home: Path, trials: Sequence[Trial], wait_seconds: float = 10.0) -> None:
    """Append trials, synced to disk. Raises DataError when another process holds the book for too long."""
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.with_suffix(".lock"), timeout=wait_seconds), path.open("a+b") as file:
            _end_cut_line(file.fileno())
            file.write("".join(json.dumps(asdict(trial), sort_keys=True) + "\n" for trial in trials).encode())
            file.flush()
            os.fsync(file.fileno())
    except Timeout as error:
        raise DataError("the trial book", found="another process is writing it", todo="ask again") from error


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


def _end_cut_line(handle: int) -> None:
    """Drop what a killed writer left after the last newline."""
    size = os.lseek(handle, 0, os.SEEK_END)
    tail = os.pread(handle, min(size, 65_536), max(size - 65_536, 0))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, size - (len(tail) - tail.rfind(b"\n") - 1))


def _path(home: Path) -> Path:
    return root(home) / "trials.jsonl"
