"""What checking gives: a ruling for every claim, with the measured value, a sentence why, and what lies behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from leadline.core.units import Unit
from leadline.inference.finding import Finding
from leadline.judgement.claims.model import Card

Word = Literal[
    "confirmed",
    "off",
    "refuted",
    "supported",
    "not distinguishable",
    "contrary",
    "too few to say",
    "contradicts itself",
    "depends on the proxy",
    "untestable",
]
WORDS: Final[tuple[Word, ...]] = (
    *("confirmed", "supported", "off", "depends on the proxy", "not distinguishable"),
    *("refuted", "contrary", "contradicts itself", "too few to say", "untestable"),
)
#: rulings that say nothing for or against: such a reading does not disagree with another
SILENT: Final[frozenset[Word]] = frozenset({"untestable", "too few to say"})
Measured = float | bool | date | None


@dataclass(frozen=True)
class Trace:
    """The last values of what was measured, for a small chart. level: what was stated, on the same scale."""

    formula: str
    unit: Unit
    points: tuple[tuple[date, float], ...]
    level: float | None = None


@dataclass(frozen=True)
class Histogram:
    """All past values in bars of equal width: low and high edge, how many in each, and where today's value lies."""

    formula: str
    unit: Unit
    low: float
    high: float
    counts: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class Reading:
    """One reading of a claim: what was measured, at which session, how it rules alone, and why.

    label: "" where a claim has one reading only. figures: other numbers behind the ruling, by name. findings: of a
    study. warnings: what a reader must know of the data (assumed release dates, survivorship). needs: what
    would make an untestable reading testable. shown: the measured value in words, for a table.
    """

    label: str
    formula: str
    measured: Measured
    unit: Unit | None
    session: date | None
    ruling: Word
    why: str
    figures: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()
    picture: Trace | Histogram | None = None
    warnings: tuple[str, ...] = ()
    needs: str = ""
    shown: str = "-"


@dataclass(frozen=True)
class Since:
    """What happened after the author's close, known at `as_of`: never part of a ruling."""

    as_of: date
    formula: str
    value: Measured
    sentence: str


@dataclass(frozen=True)
class Ruling:
    """The ruling on one claim. `readings[0]` is the one that `measured` tells.

    states: as JSON has it; stated: in words. alone: what the measure says by itself where the claim contradicts itself,
    else the ruling. needs: which data would make it testable, "" where it is.
    """

    key: str
    kind: str
    says: str
    states: object
    stated: str
    ruling: Word
    alone: Word
    why: str
    readings: tuple[Reading, ...] = ()
    needs: str = ""
    since: tuple[Since, ...] = ()

    @property
    def measured(self) -> Measured:
        """The measured value of the first reading that has one."""
        return next((one.measured for one in self.readings if one.measured is not None), None)

    @property
    def shown(self) -> str:
        """The same in words; several readings that differ stand side by side."""
        found = dict.fromkeys(one.shown for one in self.readings if one.measured is not None)
        return " / ".join(found) or "-"


@dataclass(frozen=True)
class Checked:
    """A commentary with a ruling for every claim, in the order of the file.

    as_of: the last close the author could have seen; cut: the session the panel was cut at; standings: how real the
    series used are (live, files, sample, simulated). since: what the series that the commentary follows did afterwards.
    studies: event, outcome, finding of every study, for a book of tries.
    """

    title: str
    author: str
    published: date
    as_of: date
    cut: date
    version: int
    card: Card | None
    rulings: tuple[Ruling, ...]
    standings: tuple[str, ...] = ()
    later: date | None = None
    since: tuple[Since, ...] = ()
    studies: tuple[tuple[str, str, Finding], ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[Word, int]:
        """How many claims have each ruling, in the order of `WORDS`, without those that no claim has."""
        found = Counter(one.ruling for one in self.rulings)
        return {word: found[word] for word in WORDS if found[word]}


def together(readings: Sequence[Reading]) -> Word:
    """One ruling from several readings: they agree, or it depends on the proxy. Silent ones do not disagree.

    >>> one = Reading("index", "x", 1.0, None, None, "confirmed", "")
    >>> two = Reading("fund", "y", 2.0, None, None, "refuted", "")
    >>> none = Reading("old", "z", None, None, None, "untestable", "")
    >>> together([one, none]), together([one, two]), together([none])
    ('confirmed', 'depends on the proxy', 'untestable')
    """
    found = {one.ruling for one in readings}
    heard = found - SILENT
    if len(heard) > 1:
        return "depends on the proxy"
    if heard:
        return heard.pop()
    return "too few to say" if "too few to say" in found else "untestable"
