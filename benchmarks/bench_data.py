"""Pulling, reading and appending, beside what users do today: pandas over the CSV files.

Run by `make bench`; the ratio of each pair is printed. Sizes are small enough for every change; `FULL=1` pulls all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from leadline.data.feeds.folder import Folder
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SYMBOLS = ("IWM", "SPY", "IWC", "MDY", "XLK", "XLF")


@pytest.fixture(scope="module")
def market() -> Path:
    folder = os.environ.get("LEADLINE_MARKET_DATA")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA does not name a folder of real market data")
    return Path(folder)


@pytest.fixture(scope="module")
def some(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the prices only (everything but the universe with FULL=1)."""
    folder = tmp_path_factory.mktemp("some")
    names = (
        ["prices"]
        if not os.environ.get("FULL")
        else ["prices", "macro", "vintages", "calendars", "kenfrench", "membership"]
    )
    for name in names:
        shutil.copytree(market / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def home(some: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    pull(home, Folder(some), NOW)
    return home


@pytest.fixture(scope="module")
def medians() -> Iterator[dict[str, float]]:
    """The median of every benchmark of this module; ratios are printed at the end."""
    found: dict[str, float] = {}
    yield found
    for ours, theirs in (("panel", "pandas"),):
        if ours in found and theirs in found:
            print(
                f"\n{ours} / {theirs}: {found[ours]:.3f} s / {found[theirs]:.3f} s = {found[ours] / found[theirs]:.2f}"
            )


def test_pull_of_a_folder(benchmark: BenchmarkFixture, some: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    report = benchmark.pedantic(
        lambda home: pull(home, Folder(some), NOW), setup=lambda: ((tmp_path_factory.mktemp("pull"),), {}), rounds=1
    )
    assert report.rows > 200_000


def test_pull_that_finds_nothing_new(benchmark: BenchmarkFixture, some: Path, home: Path) -> None:
    report = benchmark(lambda: pull(home, Folder(some), NOW))
    assert report.rows == 0


def test_panel_of_six_series(benchmark: BenchmarkFixture, home: Path, medians: dict[str, float]) -> None:
    panel = benchmark(lambda: read(home, date(2024, 7, 16), series=SYMBOLS))
    medians["panel"] = benchmark.stats.stats.median
    assert panel.cut == date(2024, 7, 16)


def test_pandas_over_the_files(benchmark: BenchmarkFixture, some: Path, medians: dict[str, float]) -> None:
    import pandas as pd

    def load() -> pd.DataFrame:
        frames = [pd.read_csv(some / "prices" / f"{name}.csv", index_col="date", parse_dates=True) for name in SYMBOLS]
        return pd.concat(frames, axis=1, keys=SYMBOLS, sort=True).loc[:"2024-07-16"]

    frame = benchmark(load)
    medians["pandas"] = benchmark.stats.stats.median
    assert len(frame) > 7_000
