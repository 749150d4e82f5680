"""The commands as a user types them, in processes and in one: output, exit codes, and nothing but JSON with --json."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leadline import __version__
from leadline.cli.main import app

PRICES = "date,close\n2024-07-15,10\n2024-07-16,11\n"


def _process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "leadline", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "prices").mkdir(parents=True)
    (tmp_path / "mine" / "prices" / "ABC.csv").write_text(PRICES)
    return tmp_path / "mine"


def test_version_and_help() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"leadline {__version__}\n"
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "leadline brief --sample" in shown
    for command in ("brief", "pull", "status"):
        described = CliRunner().invoke(app, [command, "--help"]).stdout
        assert "--json" in described
        assert f"leadline {command}" in described, "help without an example"


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    heavy = {"pandas", "altair", "arch", "statsmodels", "exchange_calendars", "yfinance", "vl_convert", "scipy"}
    heavy |= {"numpy", "polars", "pydantic", "deltalake", "lark"}
    code = f"import sys, leadline.cli.main; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_folder_is_pulled_and_told(folder: Path, tmp_path: Path) -> None:
    ran = _process("pull", "folder", str(folder), "--home", str(tmp_path / "home"))
    assert ran.returncode == 0
    assert ran.stdout == "folder: 1 read; 2 new facts; ledger version 1\n"
    assert ran.stderr == "folder: 1 of 1 parts in version 1\n"
    again = _process("pull", "folder", str(folder), "--home", str(tmp_path / "home"))
    assert again.stdout == "folder: 1 unchanged; nothing new; ledger version 1\n"


def test_json_is_one_document(folder: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    pulled = json.loads(_process("pull", "folder", str(folder), "--home", home, "--json").stdout)
    assert pulled["pulls"][0]["parts"] == {"read": 1}
    status = json.loads(_process("status", "--home", home, "--json").stdout)
    assert status["series"] == [
        {
            "name": "ABC",
            "source": "folder",
            "standing": "files",
            "frequency": "session",
            "first": "2024-07-15",
            "last": "2024-07-16",
            "rows": 2,
            "stale": False,
        }
    ]
    assert status["quarantine"] == []
    assert status["drift"] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pull", "folder"), 2, "leadline: pull folder: found no path; expected leadline pull folder PATH\n"),
        (("pull", "nowhere"), 2, "leadline: source nowhere: found no such source; expected one of sample, simulated"),
        (("pull", "folder", "/no/such/folder"), 2, "leadline: pull folder /no/such/folder: found nothing there"),
        (("brief", "--as-of", "yesterday"), 2, "leadline: --as-of: found 'yesterday'; expected a date"),
        (("brief",), 1, "found nothing in it yet; run `leadline pull folder PATH`"),
        (("nonsense",), 2, "No such command 'nonsense'"),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    home = [] if words == ("nonsense",) else ["--home", str(tmp_path)]
    ran = _process(*words, *home)
    assert ran.returncode == code
    assert ran.stdout == ""
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_ledger_without_a_playbook_series_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    assert _process("pull", "folder", str(folder), "--home", home).returncode == 0
    ran = _process("brief", "--home", home, "--out", str(tmp_path / "out"))
    assert ran.returncode == 1
    assert "lacks IWM and SPY" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_pull_of_which_nothing_can_be_read_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "mine" / "prices").mkdir(parents=True)
    (tmp_path / "mine" / "prices" / "ABC.csv").write_bytes(b"")
    ran = _process("pull", "folder", str(tmp_path / "mine"), "--home", str(tmp_path / "home"))
    assert ran.returncode == 1
    assert "unreadable: prices/ABC.csv (missing: ABC): found an empty file" in ran.stderr


def test_the_sample_brief_is_written_and_shown(tmp_path: Path) -> None:
    ran = _process("brief", "--sample", "--home", str(tmp_path / "home"), "--out", str(tmp_path / "brief"))
    assert ran.returncode == 0, ran.stderr
    first, *_ = ran.stdout.splitlines()
    assert first.startswith("SAMPLE: ")
    assert "2017-03-31" in first
    assert max(len(line) for line in ran.stdout.splitlines()) <= 100
    assert "\x1b[" not in ran.stdout, "colours in a pipe"
    written = sorted(path.relative_to(tmp_path / "brief").as_posix() for path in (tmp_path / "brief").rglob("*.*"))
    assert {"brief.html", "brief.json", "brief.md", "charts/ratio.png", "charts/strength.png"} <= set(written)
    for path in (tmp_path / "brief").glob("brief.*"):
        assert "SAMPLE" in path.read_text() or path.suffix == ".json"
    assert json.loads((tmp_path / "brief" / "brief.json").read_text())["standing"] == "sample"


def test_the_sample_brief_is_right(tmp_path: Path) -> None:
    """March 2017 from the installed file by hand: SMALL = mean of .0195 .0206 .0027, LARGE of .0158 -.0051 -.0300."""
    ran = _process("brief", "--sample", "--home", str(tmp_path / "home"), "--out", str(tmp_path / "brief"), "--json")
    board = {row["symbol"]: row for row in json.loads(ran.stdout)["board"]}
    assert board["SMALL"]["strength"]["1mo"] == pytest.approx(0.0428 / 3, abs=1e-9)
    assert board["LARGE"]["strength"]["1mo"] == pytest.approx(-0.0193 / 3, abs=1e-9)
    assert board["NODUR"]["strength"]["1mo"] == pytest.approx(0.0087, abs=1e-9)


def test_a_document_alone_writes_no_files(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "leadline", "brief", "--sample", "--home", str(tmp_path / "home"), "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert json.loads(ran.stdout)["standing"] == "sample"
    assert ran.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_everything_made_of_the_simulated_market_says_so(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    assert _process("pull", "simulated", "--home", home).returncode == 0
    ran = _process("brief", "--home", home, "--out", str(tmp_path / "brief"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("SIMULATED")
    for name in ("brief.html", "brief.md"):
        assert "SIMULATED" in (tmp_path / "brief" / name).read_text()
    assert json.loads((tmp_path / "brief" / "brief.json").read_text())["standing"] == "simulated"
