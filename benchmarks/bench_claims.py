"""Checking commentaries: all five shipped files on the real ledger as one process, and one file in a warm one.

The promise is ten seconds for the five, imports included. Run by `make bench`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from leadline.api import open_desk
from leadline.data.feeds.folder import Folder
from leadline.data.ledger.write import pull
from leadline.judgement.claims import check, formulas_of, shipped

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PARTS = ("prices", "macro", "vintages", "calendars", "kenfrench", "membership")
SECONDS = 10.0
FIVE = """
import sys
from pathlib import Path
from leadline.api import open_desk
from leadline.judgement.claims import check, formulas_of, shipped
from leadline.publish.claims.terminal import text
for one in shipped():
    desk = open_desk(formulas_of(one), Path(sys.argv[1]), one.as_of)
    print(text(check(one, desk.panel, desk.names)))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("LEADLINE_MARKET_DATA")
    if not named:
        pytest.skip("LEADLINE_MARKET_DATA does not name a folder of real market data")
    folder, where = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("home")
    for part in PARTS:
        shutil.copytree(Path(named) / part, folder / part)
    pull(where, Folder(folder), NOW)
    return where


def test_five_files_as_one_process(benchmark: BenchmarkFixture, home: Path) -> None:
    """Imports, panels, every study of the five files and the text, in a fresh process."""

    def five() -> str:
        command = [sys.executable, "-c", FIVE, str(home)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        return ran.stdout

    said = benchmark.pedantic(five, rounds=2, iterations=1)
    assert said.count("ruled on what was known at the close of") == 5
    assert benchmark.stats.stats.min < SECONDS


def test_one_file_in_a_warm_process(benchmark: BenchmarkFixture, home: Path) -> None:
    one = shipped()[-1]
    desk = open_desk(formulas_of(one), home, one.as_of)
    found = benchmark(lambda: check(one, desk.panel, desk.names))
    assert len(found.rulings) == len(one.claims)
