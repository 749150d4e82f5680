"""The brief on the real ledger, as whole processes: with all charts, and as JSON and terminal without any.

The promises are 4 and 1.5 seconds on two free cores, and a minute for 250 past sessions in one process. Run by
`make bench`; with LEADLINE_BENCH_HOME a ledger that is there already is read, with LEADLINE_BENCH_SESSIONS=250 all past
sessions are made. Parts are timed in a warm process, to see where the time goes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from leadline import api
from leadline.cli.brief import ASIDE
from leadline.core import aside
from leadline.data.feeds.folder import Folder
from leadline.data.ledger.store import latest
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.data.panel.catalogue import series_book
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import shipped
from leadline.publish.brief import Brief, build, document, render, terminal, wanted

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PARTS = ("prices", "macro", "vintages", "calendars")
CUT = date(2024, 7, 16)
WHOLE = """
import sys
from leadline.cli.main import main
sys.argv[1:] = ["brief", "--home", sys.argv[1], "--as-of", "2024-07-16", "--out", sys.argv[2]]
main()
"""
BARE = """
import sys
from leadline.cli.main import main
sys.argv[1:] = ["brief", "--home", sys.argv[1], "--as-of", "2024-07-16", "--json"]
main()
"""
#: of 250: what `make bench` has time for
SESSIONS = int(os.environ.get("LEADLINE_BENCH_SESSIONS", "25"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ready = os.environ.get("LEADLINE_BENCH_HOME")
    if ready:
        return Path(ready)
    named = os.environ.get("LEADLINE_MARKET_DATA")
    if not named:
        pytest.skip("LEADLINE_MARKET_DATA does not name a folder of real market data")
    folder, where = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("home")
    for part in PARTS:
        shutil.copytree(Path(named) / part, folder / part)
    pull(where, Folder(folder), NOW)
    return where


@cache
def panel_of(home: Path) -> Panel:
    return read(home, CUT, series=wanted(shipped()[0]) & set(series_book(latest(home))["series"]))


@cache
def brief_of(home: Path) -> Brief:
    return build(panel_of(home), shipped()[0])


def ran(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_whole_process_with_every_chart(benchmark: BenchmarkFixture, home: Path, tmp_path: Path) -> None:
    said = benchmark.pedantic(lambda: ran(WHOLE, str(home), str(tmp_path / "out")), rounds=3, iterations=1)
    assert "Small caps beat large caps by 9.2 %" in said
    assert len(list((tmp_path / "out" / "charts").iterdir())) == 9
    print(f"\nwith charts: {benchmark.stats.stats.min:.2f} s (promised: 4)")
    assert benchmark.stats.stats.min < 4


def test_whole_process_without_charts(benchmark: BenchmarkFixture, home: Path) -> None:
    said = benchmark.pedantic(lambda: ran(BARE, str(home)), rounds=5, iterations=1)
    assert '"as_of": "2024-07-16"' in said
    print(f"\nJSON: {benchmark.stats.stats.min:.2f} s (promised: 1.5)")


def test_many_past_sessions_in_one_process(benchmark: BenchmarkFixture, home: Path) -> None:
    days = panel_of(home).sessions.tail(SESSIONS).to_list()

    def made() -> list[date]:
        with aside.opened(*ASIDE) as second:
            return [one.as_of for one in api.briefs(days, home=home, stocks=False, draws=2_000, aside=second)]

    assert benchmark.pedantic(made, rounds=1, iterations=1) == days
    took = benchmark.stats.stats.min
    print(f"\n{len(days)} briefs: {took:.1f} s, {250 * took / len(days):.0f} s for 250 (promised: 60)")


def test_reading_the_panel(benchmark: BenchmarkFixture, home: Path) -> None:
    rules = shipped()[0]
    there = wanted(rules) & set(series_book(latest(home))["series"])
    assert benchmark(lambda: read(home, CUT, series=there)).cut == CUT


def test_building_the_record(benchmark: BenchmarkFixture, home: Path) -> None:
    panel, rules = panel_of(home), shipped()[0]
    made = benchmark.pedantic(lambda: build(panel, rules), rounds=3, warmup_rounds=1)
    assert made.as_of == CUT


def test_json_and_terminal(benchmark: BenchmarkFixture, home: Path) -> None:
    brief = brief_of(home)
    assert benchmark(lambda: document(brief) + terminal.text(brief))


def test_drawing_everything(benchmark: BenchmarkFixture, home: Path) -> None:
    brief = brief_of(home)
    assert len(benchmark.pedantic(lambda: render(brief), rounds=2, warmup_rounds=1)) == 12
