"""The real market in a ledger: pulled once for all tests, in a process of its own whose memory is measured."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

VARIABLE = "LEADLINE_MARKET_DATA"


@pytest.fixture(scope="session")
def market() -> Path:
    """The folder of real market data; tests that need it skip where it is absent."""
    folder = os.environ.get(VARIABLE)
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{VARIABLE} does not name a folder of real market data")
    return Path(folder)


@pytest.fixture(scope="session")
def pulled(market: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """`home`, `report` (the JSON of the first pull) and `peak_gigabytes` of the process that made it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    done = shared / "real-ledger.json"
    with FileLock(shared / "real-ledger.lock"):
        if not done.exists():
            home = shared / "real-home"
            command = [sys.executable, "-m", "leadline", "pull", "folder", str(market), "--home", str(home), "--json"]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            done.write_text(json.dumps({"home": str(home), "report": json.loads(ran.stdout), "peak_gigabytes": peak}))
    found: dict[str, object] = json.loads(done.read_text())
    return found


@pytest.fixture(scope="session")
def home(pulled: dict[str, object]) -> Path:
    """The home of the ledger that holds the real market."""
    return Path(str(pulled["home"]))
