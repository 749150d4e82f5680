"""What a feed is: a name, a plan of parts, and a way to fetch one part.

To add a feed: a module with a class that has these three members, one line in `catalogue.FEEDS`, one entry in the
conformance test. A feed never writes, never guesses a missing value and never raises for a part that fails: it returns
a `Failure` that names the series that are missing, and the ledger goes on with the other parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import polars as pl

from leadline.data.facts import REJECTED

Frequency = Literal["session", "day", "week", "month", "quarter"]
Standing = Literal["live", "files", "sample", "simulated"]


@dataclass(frozen=True)
class SeriesInfo:
    """What a series is, beside its values. `name` is what formulas use; `note` what a reader must know.

    frequency: "session" for daily prices, "month" for monthly ones (labelled by the last calendar day of the month);
    for macro series the frequency of publication, with the labels of the source. unit: a value of `core.units.Unit`.
    """

    name: str
    title: str
    frequency: Frequency
    unit: str
    standing: Standing
    note: str = ""


@dataclass(frozen=True)
class Part:
    """One fetched answer as facts: where it came from, the hash of the raw bytes, and frames by table of `FACTS`.

    Frames have the columns of `facts.FACTS[table]`. `where` never holds a key or a machine's path.
    """

    where: str
    sha256: str
    facts: Mapping[str, pl.DataFrame]
    series: tuple[SeriesInfo, ...] = ()
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(REJECTED)))
    said: str = ""


@dataclass(frozen=True)
class Failure:
    """A part that could not be had: which series are missing for it, why, and what to do.

    `status` is "failed" (try again), "unreadable" (its content is wrong) or "not recognised" (nothing to read it with).
    """

    where: str
    reason: str
    series: tuple[str, ...] = ()
    todo: str = ""
    status: Literal["failed", "unreadable", "not recognised"] = "failed"


@dataclass(frozen=True)
class Unchanged:
    """A part whose raw bytes are the same as at its last completed pull."""

    where: str
    sha256: str


Answer = Part | Failure | Unchanged


class Feed(Protocol):
    """A source. `plan` is cheap and lists the parts in order; `fetch` gets one, told the hash it had last time."""

    @property
    def name(self) -> str:
        """The source's name in the ledger, such as `yahoo`."""
        ...

    def plan(self) -> tuple[str, ...]:
        """The parts that a pull will fetch, in order. Raises RequestError when the feed is set up wrongly."""
        ...

    def fetch(self, part: str, seen: str | None) -> Answer:
        """One part as facts, or why not. `seen` is the hash at the last completed pull, None the first time."""
        ...


def digest(raw: bytes) -> str:
    """The SHA-256 of raw bytes in hexadecimal, as kept beside every part."""
    return hashlib.sha256(raw).hexdigest()
