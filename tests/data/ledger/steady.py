"""A feed of many small parts over several tables, and a program that pulls it and says what is safe.

Run as `python steady.py HOME write` it pulls and prints `safe N` after every published batch; as `python steady.py HOME
read` it reads the newest version over and over, checks that all tables fit together, and prints what it saw at the end
of its standard input.
"""

from __future__ import annotations

import select
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from leadline.core.calendar import load_sessions
from leadline.data.facts import conform
from leadline.data.feeds.contract import Answer, Part, SeriesInfo, Unchanged, digest
from leadline.data.feeds.knowable import at_close
from leadline.data.ledger.store import latest
from leadline.data.ledger.write import pull

NOW = datetime(2024, 7, 17, tzinfo=UTC)
PARTS = 24
ROWS = 300
FIRST = date(2020, 1, 2)


class Steady:
    """PARTS parts; part k has ROWS bars of series Sk, one observation and one event."""

    name = "steady"

    def plan(self) -> tuple[str, ...]:
        return tuple(f"part-{k:02d}" for k in range(PARTS))

    def fetch(self, part: str, seen: str | None) -> Answer:
        sha = digest(part.encode())
        if seen == sha:
            return Unchanged(part, sha)
        k = int(part[-2:])
        series = f"S{k:02d}"
        sessions = load_sessions(date(2024, 12, 31)).days
        days = pl.Series("describes", sessions[sessions >= np.datetime64(FIRST)][:ROWS])
        bars = pl.DataFrame({"describes": days}).with_columns(
            series=pl.lit(series),
            close=100.0 + pl.int_range(pl.len()) * 0.01,
            known_at=at_close(days),
            adjusted_to="describes",
        )
        one = {"describes": [FIRST], "known_at": [datetime(2020, 1, 3, tzinfo=UTC)]}
        macro = pl.DataFrame({**one, "series": [f"M{k}"], "value": [float(k)], "known_by": ["vintage"]})
        event = pl.DataFrame({**one, "calendar": [f"C{k}"], "kind": ["meeting"]})
        facts = {
            "bars": conform("bars", bars),
            "observations": conform("observations", macro),
            "events": conform("events", event),
        }
        infos = (
            SeriesInfo(series, series, "session", "price", "files"),
            SeriesInfo(f"M{k}", f"M{k}", "month", "level", "files"),
        )
        return Part(part, sha, facts, infos)


def write(home: Path) -> None:
    """Pull, and say after every batch how many parts are safe."""
    pull(home, Steady(), NOW, lambda done: print(f"safe {done.done}", flush=True), batch_parts=2)  # noqa: T201


def read(home: Path) -> None:
    """Read until standard input ends; every version must hold each part in all its tables or in none."""
    reads = 0
    versions = set()
    while not select.select([sys.stdin], [], [], 0)[0]:
        at = latest(home)
        facts = {
            table: at.scan(table).select(pl.len()).collect().item() for table in ("observations", "events", "parts")
        }
        series = at.scan("bars").select(pl.col("series").n_unique()).collect().item()
        if len({*facts.values(), series}) != 1:
            raise SystemExit(f"version {at.version} is torn: {facts}, {series} series of bars")
        reads += 1
        versions.add(at.version)
    print(f"{reads} reads of {len(versions)} versions", flush=True)  # noqa: T201


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[2]](Path(sys.argv[1]))
