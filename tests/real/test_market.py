"""The real market through the ledger: every file, numbers against the files themselves, nothing from the future."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from leadline.cli.main import app
from leadline.data.ledger.store import latest
from leadline.data.panel.build import read


def _leadline(*words: str) -> Any:
    ran = CliRunner().invoke(app, [*words, "--json"])
    assert ran.exit_code == 0, ran.stderr
    return json.loads(ran.stdout)


def test_every_file_is_read_or_named_with_the_reason(market: Path, home: Path) -> None:
    found = _leadline("status", "--home", str(home))
    told = {part["part"].split("#")[0]: part for part in found["parts"]}
    files = {path.relative_to(market).as_posix() for path in market.rglob("*") if path.is_file()}
    assert set(told) == files
    not_read = {name: part["status"] for name, part in told.items() if part["status"] != "read"}
    assert not_read == dict.fromkeys(
        ("PROVENANCE.md", "README.md", "membership/sp500_members_phainia.csv"), "not recognised"
    )
    assert all(told[name]["said"] for name in not_read)


def test_the_whole_universe_fits_in_bounded_memory(pulled: dict[str, Any]) -> None:
    assert pulled["peak_gigabytes"] < 6
    assert pulled["report"]["pulls"][0]["rows"] > 29_000_000


def test_rows_are_those_of_the_files(market: Path, home: Path) -> None:
    at = latest(home)
    for symbol in ("IWM", "^RUT", "MAGS", "XLRE"):
        name = symbol.replace("^", "_")
        with (market / "prices" / f"{name}.csv").open() as file:
            expected = sum(1 for _ in csv.DictReader(file))
        assert at.scan("bars").filter(pl.col("series") == symbol).select(pl.len()).collect().item() == expected
    stocks = pl.scan_parquet(market / "universe" / "us_stocks_pit_2021_2026.parquet").select(pl.len()).collect().item()
    held = at.scan("stocks").filter(pl.col("dataset") == "us_stocks_pit_2021_2026").select(pl.len()).collect().item()
    assert held == stocks == 7_510_515


def test_a_second_pull_adds_nothing(market: Path, home: Path) -> None:
    before = latest(home)
    report = _leadline("pull", "folder", str(market), "--home", str(home))["pulls"][0]
    assert report["rows"] == 0
    assert report["parts"]["unchanged"] == 147
    assert latest(home) == before


def test_quarantine_holds_what_contradicts_itself_and_nothing_else(home: Path) -> None:
    """The one file with two rows for a month is Shiller's: its last month comes twice, with different values."""
    found = _leadline("status", "--home", str(home))
    assert {row["series"].split(":")[0] for row in found["quarantine"]} == {"SHILLER_monthly"}
    assert {row["describes"] for row in found["quarantine"]} == {"2025-08-01"}
    assert found["drift"] == []


def test_unemployment_as_known_then(home: Path) -> None:
    """UNRATE of August 2023: 3.8 when it came out, 3.7 after the revision of January 2024 (ALFRED)."""
    august = pl.col("describes") == date(2023, 8, 1)
    then = read(home, date(2023, 10, 2), series=["FRED:UNRATE"]).as_known("FRED:UNRATE").filter(august)
    now = read(home, series=["FRED:UNRATE"]).as_known("FRED:UNRATE").filter(august)
    assert then.row(0)[:3] == (date(2023, 8, 1), 3.8, "vintage")
    assert now.row(0)[:3] == (date(2023, 8, 1), 3.7, "vintage")


@pytest.mark.parametrize(
    ("released", "month", "expected"),
    [
        (date(2024, 8, 2), date(2024, 7, 1), 0.53),
        (date(2024, 9, 6), date(2024, 8, 1), 0.57),
        (date(2024, 10, 4), date(2024, 9, 1), 0.50),
        (date(2024, 11, 1), date(2024, 10, 1), 0.43),
    ],
)
def test_sahm_rule_in_real_time(home: Path, released: date, month: date, expected: float) -> None:
    """Sahm (2019), real time: three-month mean less the least of the previous twelve, all in that day's vintage."""
    known = read(home, released, series=["FRED:UNRATE"]).as_known("FRED:UNRATE")
    assert known["describes"][-1] == month
    values = known["value"].to_list()
    means = [sum(values[at - 2 : at + 1]) / 3 for at in range(2, len(values))]
    assert means[-1] - min(means[-13:-1]) == pytest.approx(expected, abs=0.005)


def test_the_day_before_a_release_does_not_know_it(home: Path) -> None:
    eve = read(home, date(2024, 8, 1), series=["FRED:UNRATE"]).as_known("FRED:UNRATE")
    assert eve["describes"][-1] == date(2024, 6, 1)


#: from the files by hand: adj_close over 21, 63 and 252 sessions; IWM/SPY by close; its record of 2011-04-05
STRENGTH = {
    "2024-07-16": {
        "IWM": (0.1122, 0.1504, 0.1888),
        "SPY": (0.0447, 0.1234, 0.2748),
        "IWC": (0.1246, 0.1588, 0.1818),
        "MAGS": (0.0758, 0.2380, 0.5453),
        "XLI": (0.0511, 0.0542, 0.1994),
        "XLE": (0.0489, -0.0230, 0.1712),
    },
    "2026-01-14": {
        "IWM": (0.0403, 0.0652, 0.2251),
        "SPY": (0.0156, 0.0456, 0.2014),
        "IWC": (0.0408, 0.0836, 0.3842),
        "MAGS": (-0.0033, 0.0388, 0.2185),
        "XLI": (0.0516, 0.0757, 0.2533),
        "XLE": (0.0650, 0.1224, 0.1006),
    },
}
RATIO = {
    "2024-07-16": (0.3976, (0.0681, 0.0245, -0.0673), -0.3781, 3340),
    "2026-01-14": (0.3812, (0.0239, 0.0184, 0.0202), -0.4037, 3716),
}


@pytest.mark.parametrize("day", ["2024-07-16", "2026-01-14"])
def test_the_brief_as_of_a_day(home: Path, tmp_path: Path, day: str) -> None:
    brief = _leadline("brief", "--home", str(home), "--as-of", day, "--out", str(tmp_path / "brief"))
    board = {row["symbol"]: row for row in brief["board"]}
    for symbol, expected in STRENGTH[day].items():
        strength = board[symbol]["strength"]
        assert [strength[span] for span in ("1mo", "3mo", "12mo")] == pytest.approx(list(expected), abs=5e-5)
    value, changes, drawdown, since = RATIO[day]
    ratio = brief["ratio"]
    assert ratio["value"] == pytest.approx(value, abs=5e-5)
    assert [ratio["change"][span] for span in ("21d", "63d", "252d")] == pytest.approx(list(changes), abs=5e-5)
    assert ratio["drawdown"] == pytest.approx(drawdown, abs=5e-5)
    assert ratio["record"]["session"] == "2011-04-05"
    assert ratio["record"]["sessions_since"] == since
    assert json.loads((tmp_path / "brief" / "brief.json").read_text()) == brief


def test_ranks_of_the_board_are_a_naive_sort(home: Path, tmp_path: Path) -> None:
    brief = _leadline("brief", "--home", str(home), "--as-of", "2024-07-16", "--out", str(tmp_path))
    for span in ("1mo", "3mo", "6mo", "12mo"):
        values = sorted(
            (row["strength"][span] for row in brief["board"] if row["strength"][span] is not None), reverse=True
        )
        for row in brief["board"]:
            if row["strength"][span] is not None:
                assert row["rank"][span] == values.index(row["strength"][span]) + 1


def test_what_ends_before_the_cut_is_named_and_has_no_number(home: Path, tmp_path: Path) -> None:
    """MDY ends 2026-07-10 in the files; on 2026-08-21 the brief names it and leaves its numbers out."""
    brief = _leadline("brief", "--home", str(home), "--out", str(tmp_path))
    assert brief["as_of"] == "2026-08-21"
    mid = next(row for row in brief["board"] if row["symbol"] == "MDY")
    assert set(mid["strength"].values()) == {None}
    coverage = next(entry for entry in brief["coverage"] if entry["name"] == "MDY")
    assert coverage["stale"] is True
    assert coverage["last"] == "2026-07-10"


def test_dates_that_cannot_be_cut(home: Path, tmp_path: Path) -> None:
    run = CliRunner()
    at = ["brief", "--home", str(home), "--out", str(tmp_path), "--as-of"]
    late = run.invoke(app, [*at, "2026-09-01"])
    early = run.invoke(app, [*at, "1900-01-01"])
    wrong = run.invoke(app, [*at, "2024-13-01"])
    assert [str(one.exception) for one in (late, early, wrong)] == [
        "as of 2026-09-01: found a ledger whose last session is 2026-08-21; pull newer data, or leave the date out",
        "as of 1900-01-01: found a ledger whose first price is of 1926-07-01; choose a later date",
        "--as-of: found '2024-13-01'; expected a date such as 2024-07-16",
    ]


def test_a_holiday_is_cut_at_the_session_before(home: Path, tmp_path: Path) -> None:
    holiday = _leadline("brief", "--home", str(home), "--as-of", "2024-07-04", "--out", str(tmp_path / "a"))
    assert holiday["as_of"] == "2024-07-03"
