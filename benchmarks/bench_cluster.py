"""What a second worker brings: FULL=1 pytest benchmarks/bench_cluster.py -p no:randomly -p no:xdist -s.

The lines of breadth over 18 million rows of a simulated market, on a cluster of one worker and then of two, one thread
each, on this machine: the ratio of the times, and what a million rows cost. Workers have opened the ledger before.
Beside the clock it tells the processor time of the busiest worker: on a machine that others use too, that is what
remains of the clock when they are gone. Skipped without FULL, as it needs two idle cores.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import distributed
import polars as pl
import pytest

from leadline.cluster import Cluster
from leadline.data.feeds.simulated import Simulated
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.data.panel.panel import Panel
from leadline.formula import evaluate_many
from leadline.inference.breadth import LINES

STOCKS, SCALES, TURNS = 5_200, 1.6, 3
BREADTH = tuple(line.of("simulated", "close") for line in LINES)
ONE = ("share(simulated, close > sma(close, 200d))",)
NOW = datetime(2026, 11, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not os.environ.get("FULL"), reason="takes minutes and two idle cores: FULL=1 runs it")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster")
    pull(folder, Simulated("bench", stocks=STOCKS), NOW)
    return folder


@contextmanager
def workers(many: int) -> Iterator[str]:
    """The address of a cluster with so many workers of one thread, each a process of its own."""
    made: Any = distributed.LocalCluster
    said = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "memory_limit": 0}
    with made(n_workers=many, threads_per_worker=1, processes=True, **said) as cluster:
        yield cluster.scheduler_address


@dataclass(frozen=True, order=True)
class Took:
    """Seconds by the clock, processor seconds of the busiest worker and of all of them."""

    clock: float
    busiest: float
    all: float


def timed(formulas: Sequence[str], panel: Panel, crowd: Cluster) -> tuple[Took, list[pl.DataFrame]]:
    made: Any = distributed.Client
    with made(crowd.address, set_as_default=False) as client:
        before, start = client.run(time.process_time), time.perf_counter()
        found = evaluate_many(formulas, panel, crowd=crowd)
        clock = time.perf_counter() - start
        used = [after - before[worker] for worker, after in client.run(time.process_time).items()]
    return Took(clock, max(used), sum(used)), [one.frame for one in found]


def test_two_workers_against_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    panel = read(home)
    assert panel.stocks is not None
    rows = panel.stocks.select(pl.len()).collect().item() / 1e6
    took: dict[tuple[int, str], Took] = {}
    found: dict[int, list[pl.DataFrame]] = {}
    with workers(1) as one, workers(2) as two:  # in turns, so that a machine that slows down does so for both
        crowds = {many: Cluster(at, home, panel.version, panel.cut) for many, at in ((1, one), (2, two))}
        for crowd in crowds.values():
            evaluate_many(("members(simulated)",), panel, crowd=crowd)
        for _, (many, crowd) in product(range(TURNS), crowds.items()):
            for what, formulas in (("one share", ONE), ("breadth", BREADTH)):
                turn, found[many] = timed(formulas, panel, crowd)
                took[many, what] = min(took.get((many, what), turn), turn)
    print(f"\n{rows:.1f} million rows: clock with 1 and 2 workers, ratio; busiest worker, ratio; a million rows in all")
    for what in ("one share", "breadth"):
        alone, both = took[1, what], took[2, what]
        clock = f"{alone.clock:6.2f} {both.clock:6.2f} {alone.clock / both.clock:5.2f}"
        busiest = f"{alone.busiest:6.2f} {both.busiest:6.2f} {alone.busiest / both.busiest:5.2f}"
        print(f"  {what:9} {clock}   {busiest}   {alone.all / rows:6.3f} {both.all / rows:6.3f}")
    assert all(frame.equals(other) for frame, other in zip(found[1], found[2], strict=True))
    assert took[1, "breadth"].clock / took[2, "breadth"].clock >= SCALES
