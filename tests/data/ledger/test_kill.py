"""A pull killed at any moment: the ledger opens, holds all that was reported, and the next pull completes it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadline.core.seeds import generator
from leadline.data.ledger.store import Snapshot, latest
from leadline.data.ledger.write import pull

from .steady import NOW, PARTS, ROWS, Steady

PROGRAM = Path(__file__).with_name("steady.py")
KILLS = 12


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    home = tmp_path_factory.mktemp("undisturbed")
    pull(home, Steady(), NOW, batch_parts=2)
    return latest(home)


def _start(home: Path, what: str) -> subprocess.Popen[str]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, str(PROGRAM), str(home), what], text=True, **pipes)


def _killed_at(home: Path, seconds_after_first: float) -> int:
    """Kill a pull so long after its first batch was reported; how many parts it had reported by then."""
    process = _start(home, "write")
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    try:
        process.wait(timeout=seconds_after_first)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    rest, errors = process.communicate()
    assert process.returncode in {0, -signal.SIGKILL}, errors
    said = [int(line.split()[1]) for line in [*lines, *rest.splitlines()] if re.fullmatch(r"safe \d+\n?", line)]
    return max(said, default=0)


def _facts(at: Snapshot, table: str) -> pl.DataFrame:
    rows = at.scan(table).drop("pull").collect()
    return rows.sort(rows.columns)


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    started = [_start(tmp_path / "home", "read") for _ in range(2)]
    yield started
    for reader in started:
        reader.kill()
        reader.communicate()


def test_killed_at_random_moments_while_others_read(
    tmp_path: Path, undisturbed: Snapshot, readers: list[subprocess.Popen[str]]
) -> None:
    moments = np.sort(generator("kill moments").uniform(0.0, 0.9, KILLS))
    home = tmp_path / "home"
    interrupted = 0
    for moment in moments:
        reported = _killed_at(home, float(moment))
        held = latest(home).scan("parts").collect()["part"]
        assert set(Steady().plan()[:reported]) <= set(held)
        assert held.n_unique() == len(held)
        assert latest(home).scan("bars").select(pl.len()).collect().item() == ROWS * len(held)
        interrupted += len(held) < PARTS
    pull(home, Steady(), NOW, batch_parts=2)
    for table in ("bars", "observations", "events"):
        assert _facts(latest(home), table).equals(_facts(undisturbed, table))
    assert interrupted >= 1, "no pull was caught in the middle: the moments are too late"
    for reader in readers:
        said, errors = reader.communicate(input="")
        assert reader.returncode == 0, errors
        assert re.fullmatch(r"\d+ reads of \d+ versions\n", said)


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.25, 0.4])
def test_killed_once_then_completed(tmp_path: Path, undisturbed: Snapshot, seconds: float) -> None:
    reported = _killed_at(tmp_path, seconds)
    assert latest(tmp_path).scan("parts").select(pl.len()).collect().item() >= reported
    report = pull(tmp_path, Steady(), NOW, batch_parts=2)
    assert report.parts["read"] + report.parts.get("unchanged", 0) == PARTS
    assert report.parts.get("unchanged", 0) >= reported
    for table in ("bars", "observations", "events"):
        assert _facts(latest(tmp_path), table).equals(_facts(undisturbed, table))
    named = {file.name for file in (tmp_path / "ledger" / "tables").rglob("*.parquet")}
    listed = {Path(uri).name for table in latest(tmp_path).tables for uri in _files(tmp_path, table)}
    assert named == listed, "files that no commit names were left behind"


def _files(home: Path, table: str) -> list[str]:
    from deltalake import DeltaTable

    path = home / "ledger" / "tables" / table
    newest = DeltaTable(str(path)).version()
    return [uri for version in range(newest + 1) for uri in DeltaTable(str(path), version=version).file_uris()]
