"""ask, rarity, persistence, lead, trials as a user types them, on the embedded sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leadline.cli.main import app
from leadline.core.clock import now
from leadline.core.errors import LeadlineError
from leadline.data.feeds.sample import Sample
from leadline.data.ledger.store import latest
from leadline.data.ledger.write import pull

ASK = ["ask", "change(small/large, 3mo) > 10%", "--then", "small/large", "--over", "3mo,12mo"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    pull(home, Sample(), now())
    return home


def _run(home: Path, *words: str, code: int = 0) -> str:
    ran = CliRunner().invoke(app, [*words, "--home", str(home)])
    if isinstance(ran.exception, LeadlineError):
        assert ran.exception.exit_code == code, str(ran.exception)
        return str(ran.exception)
    assert ran.exit_code == code, ran.stderr
    return ran.stdout


def _json(home: Path, *words: str) -> Any:
    return json.loads(_run(home, *words, "--json"))


def test_ask_has_the_keys_that_scripts_rely_on(home: Path) -> None:
    found = _json(home, *ASK, "--as-of", "2017-03-31")
    assert {"event", "then", "as_of", "true_now", "episodes", "findings"} <= set(found)
    assert found["as_of"] == "2017-03-31"
    assert found["true_now"] is False
    finding = found["findings"][0]
    assert {"mean", "median", "hit_rate", "hit_rate_low", "hit_rate_high", "episodes", "effective_n"} <= set(finding)
    assert {"mean", "median", "hit_rate"} <= set(finding["base"])
    assert {"mean", "low", "high", "p", "t_naive", "t_hac"} <= set(finding["difference"])
    assert [one["horizon"] for one in found["findings"]] == ["3mo", "12mo"]
    assert set(found["episodes"][0]["outcomes"]) == {"3mo", "12mo"}


def test_tries_are_counted_over_what_was_asked_and_the_same_question_is_one_try(tmp_path: Path) -> None:
    pull(tmp_path, Sample(), now())
    first = _json(tmp_path, *ASK)["findings"][0]["tries"]
    again = _json(tmp_path, *ASK)["findings"][0]["tries"]
    other = [*ASK]
    other[1] = "change(small/large, 3mo) > 12%"
    third = _json(tmp_path, *other)["findings"][0]["tries"]
    assert (first, again, third) == (2, 2, 4)
    trials = _json(tmp_path, "trials")["trials"]
    assert len(trials) == 6
    assert trials[0]["horizon"] == "3mo"
    assert "change(small / large, 3mo) > 12%" in " ".join(_run(tmp_path, "trials").split())


def test_asking_changes_no_data(home: Path) -> None:
    before = latest(home)
    _run(home, *ASK)
    assert latest(home) == before


def test_the_terminal_fits_and_says_the_verdict(home: Path) -> None:
    shown = _run(home, *ASK)
    assert max(len(line) for line in shown.splitlines()) <= 100
    assert "always" in shown
    assert "95 %" in shown


def test_charts_are_written_whole(home: Path, tmp_path: Path) -> None:
    _run(home, *ASK, "--chart", str(tmp_path / "fan.png"))
    _run(home, "rarity", "change(small/large, 3mo)", "--as-of", "2017-03-31", "--chart", str(tmp_path / "bars.svg"))
    assert (tmp_path / "fan.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "bars.svg").read_text().startswith("<svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bars.svg", "fan.png"]


def test_rarity_has_the_keys_that_scripts_rely_on(home: Path) -> None:
    found = _json(
        home, "rarity", "change(small/large, 3mo)", "--as-of", "2017-03-31", "--sigma", "3", "--per-century", "1-2"
    )
    assert {"formula", "as_of", "value", "percentile", "rank", "n", "z", "per_century"} <= set(found)
    assert set(found["z"]) == {"all", "year"}
    assert set(found["return_period_years"]) == {"estimate", "low", "high"}
    assert found["value"] == pytest.approx(-0.0135, abs=5e-5)
    assert found["n"] == 816  # months from April 1949 to March 2017


def test_persistence_and_lead_are_answered_and_recorded(tmp_path: Path) -> None:
    pull(tmp_path, Sample(), now())
    kept = _json(
        tmp_path, "persistence", "sectors", "--by", "change(total, 12mo)", "--next", "1mo", "--as-of", "2017-03-31"
    )
    assert kept["views"]
    led = _json(
        tmp_path,
        "lead",
        "change(small/large, 3mo)",
        "change(FRED:CPILFESL, 3mo)",
        "--horizon",
        "3mo",
        "--as-of",
        "2017-03-31",
    )
    assert {"first_predicts_second", "second_predicts_first", "correlations"} <= set(led)
    assert len(_json(tmp_path, "trials")["trials"]) == 6


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ask", "change(small, 3mo)", "--then", "small"], 2, "expected a condition"),
        (["ask", "small > 0", "--then", "small", "--over", "soon"], 2, "expected a span such as 21d"),
        (["ask", "change(small, 6d) > 1%", "--then", "small"], 2, "expected daily data"),
        (["ask", "small > 0", "--then", "small", "--over", "3mo", "--expects", "up"], 2, "expected higher or lower"),
        (["rarity", "small > 0"], 2, "expected a number"),
        (["rarity", "change(small, 3mo)"], 1, "found no value at the cut 2018-12-31"),
        (["rarity", "change(small, 3mo)", "--sigma", "3"], 2, "--sigma and --per-century together"),
        (["persistence", "planets"], 2, "expected one of cyclicals, defensives, sectors, sizes"),
        (["value", "change(smoll, 3mo)"], 2, "expected SMALL"),
    ],
)
def test_wrong_questions_say_what_to_do(home: Path, words: list[str], code: int, said: str) -> None:
    assert said in _run(home, *words, code=code)


def test_an_event_that_was_never_true_is_answered(home: Path) -> None:
    found = _json(home, "ask", "change(small/large, 3mo) > 900%", "--then", "small/large", "--over", "3mo")
    assert found["episodes"] == []
    assert found["findings"][0]["verdict"] == "too few to say"
    assert found["findings"][0]["base"]["mean"] is not None
