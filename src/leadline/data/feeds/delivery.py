"""From raw bytes to an answer: what the feeds of fetched files have in common.

1. `deliver` fetches, compares the hash, reads, and turns what went wrong into a `Failure`.
2. `text_of` and `number` are the two places where bytes become text and text becomes a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from leadline.core.errors import RequestError, SourceError
from leadline.data.facts import REJECTED
from leadline.data.feeds.contract import Answer, Failure, Part, SeriesInfo, Unchanged, digest

#: series, describes, reason, raw: one row that could not be taken
Rejection = tuple[str, date | None, str, str]


@dataclass(frozen=True)
class Reading:
    """What a reader makes of raw bytes: frames by table of `FACTS`, what their series are, rows it could not take."""

    facts: Mapping[str, pl.DataFrame]
    series: tuple[SeriesInfo, ...] = ()
    rejected: Sequence[Rejection] = ()
    said: str = ""


@dataclass(frozen=True)
class Wanted:
    """A part that is asked for: its address without keys, the series that hang on it, the hash seen last time."""

    where: str
    series: tuple[str, ...]
    seen: str | None
    todo: str = field(default="try again later")

    def failed(self, reason: str) -> Failure:
        """It could not be had."""
        return Failure(self.where, reason, self.series, self.todo)

    def unreadable(self, reason: str) -> Failure:
        """It was had, but its content is wrong."""
        return Failure(self.where, reason, self.series, "look at the address: its layout may be new", "unreadable")

    def unknown(self, part: str, feed: str) -> Failure:
        """It is not in the plan."""
        return Failure(self.where, f"{part!r} is no part of {feed}", (), "ask for a part of the plan", "not recognised")


def deliver(wanted: Wanted, get: Callable[[], bytes], read: Callable[[bytes], Reading]) -> Answer:
    """The answer for one part: `get` fetches its bytes, `read` makes facts of them; both raise SourceError only."""
    try:
        raw = get()
    except SourceError as error:
        return wanted.failed(str(error))
    sha256 = digest(raw)
    if sha256 == wanted.seen:
        return Unchanged(wanted.where, sha256)
    try:
        reading = read(raw)
    except SourceError as error:
        return wanted.unreadable(str(error))
    if not any(frame.height for frame in reading.facts.values()):
        first = f"; the first: {reading.rejected[0][2]} ({reading.rejected[0][3]})" if reading.rejected else ""
        return wanted.unreadable(f"no usable row in {len(raw)} bytes{first}")
    return Part(wanted.where, sha256, reading.facts, reading.series, rejected(reading.rejected), reading.said)


def rejected(rows: Sequence[Rejection]) -> pl.DataFrame:
    """Rows that could not be taken, as the frame of `facts.REJECTED`."""
    return pl.DataFrame(list(rows), schema=dict(REJECTED), orient="row")


def text_of(raw: bytes, what: str) -> str:
    """UTF-8 text, with or without byte order mark. Raises SourceError for other encodings and for a web page.

    >>> text_of("date,value".encode("utf-8-sig"), "a table")
    'date,value'
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8 text, from byte {error.start}"
        raise SourceError(what, found=found, expected="text in UTF-8") from error
    if text.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise SourceError(what, found=f"a web page ({' '.join(text.split())[:60]})", expected="a table")
    if not text.strip():
        raise SourceError(what, found="no text", expected="a table")
    return text


def number(text: str) -> float:
    """A finite number from text; commas between thousands are read over. Raises ValueError for anything else.

    >>> number(" 1,234.5 ")
    1234.5
    """
    value = float(text.replace(",", ""))
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()} is not finite")
    return value


def checked(parts: tuple[str, ...], what: str) -> tuple[str, ...]:
    """The parts of a plan. Raises RequestError when there are none, one is empty or one comes twice."""
    twice = sorted({part for part in parts if parts.count(part) > 1})
    if not parts or twice or not all(part.strip() for part in parts):
        found = f"{', '.join(twice)} twice" if twice else "none" if not parts else "an empty name"
        raise RequestError(what, found=found, expected="one or more names, each once")
    return parts
