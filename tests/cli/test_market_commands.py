"""breadth, movers, scan and score as a user types them, on the simulated market."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leadline.cli.main import app
from leadline.core.clock import now
from leadline.core.errors import LeadlineError
from leadline.data.feeds.simulated import Simulated
from leadline.data.ledger.write import pull

ANY_FALL = """
title: Any fall
filters: {down: "change(close, 1d) < 0"}
score: -change(close, 1d)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("market")
    pull(home, Simulated(stocks=120), now())
    return home


def _run(home: Path, *words: str) -> str:
    ran = CliRunner().invoke(app, [*words, "--home", str(home)])
    if isinstance(ran.exception, LeadlineError):
        return f"{ran.exception.exit_code} {ran.exception}"
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout


def _json(home: Path, *words: str) -> Any:
    return json.loads(_run(home, *words, "--json"))


def test_breadth_has_the_keys_that_scripts_rely_on(home: Path) -> None:
    found = _json(home, "breadth", "sim_small")
    assert {"group", "as_of", "members", "values"} <= set(found)
    assert found["group"] == "sim_small"
    assert 0 <= found["values"]["above_200"] <= 1
    assert found["values"]["advancers"] + found["values"]["decliners"] <= found["members"]
    assert max(len(line) for line in _run(home, "breadth", "sim_small").splitlines()) <= 100


def test_movers_are_ruled_on(home: Path) -> None:
    found = _json(home, "movers", "simulated", "--sessions", "5", "--top", "3")
    assert found["ruling"] in {"confirmed", "refuted", "not distinguishable"}
    assert "single stories" in _run(home, "movers", "simulated")


def test_any_formula_can_be_a_scan(home: Path, tmp_path: Path) -> None:
    (tmp_path / "fall.yaml").write_text(ANY_FALL, encoding="utf-8")
    found = _json(home, "scan", str(tmp_path / "fall.yaml"))
    assert found["scan"] == "Any fall"
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)
    assert {"symbol", "score"} <= set(found["hits"][0])


def test_the_shipped_scan_runs_as_of_a_day(home: Path) -> None:
    assert _json(home, "scan", "sleepers", "--as-of", "2020-06-30")["as_of"] == "2020-06-30"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("breadth", "sim_smal"), "expected sim_small"),
        (("scan", "sleeper"), "expected sleepers"),
        (("movers", "nobody"), "2 "),
        (("score",), "1 score: found no card in the journal yet"),
    ],
)
def test_wrong_requests_say_what_to_do(home: Path, words: tuple[str, ...], said: str) -> None:
    assert said in _run(home, *words)


def test_briefs_of_past_days_are_scored(home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(home, tmp_path / "home")
    for day in ("2019-03-29", "2020-03-31"):
        _run(home, "brief", "--as-of", day, "--no-charts", "--out", str(tmp_path / day))
    found = _json(home, "score")["scores"]
    assert found
    told = [*found[0]["misses"], *found[0]["hits"], *found[0]["unsided"], *found[0]["open"]]
    assert {one["said"]["as_of"] for one in told} == {"2019-03-29", "2020-03-31"}
