"""`leadline check` as a user types it, on the embedded sample."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leadline.cli.main import app
from leadline.core.clock import now
from leadline.core.errors import LeadlineError
from leadline.data.feeds.sample import Sample
from leadline.data.ledger.journal import read_journal
from leadline.data.ledger.trials import read_trials
from leadline.data.ledger.write import pull

LETTER = """
title: A letter
author: ourselves
published: 2017-04-01
as_of: 2017-03-31
card: {action: reduce, timeframe: three months}
claims:
  - {key: lag, kind: value, says: They lost, formula: "change(small/large, 3mo)", states: -1.3%, within: 0.1%}
  - {key: wrong, kind: value, says: They gained, formula: "change(small/large, 3mo)", states: 1.3%}
  - {key: goes-on, kind: study, says: It goes on, event: "change(small/large, 3mo) < -3%", then: small/large,
     over: [3mo], expects: lower}
  - {key: sellers, kind: untestable, says: Funds sell, reason: prices do not show who sold, needs: holdings by day}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    pull(tmp_path / "home", Sample(), now())
    (tmp_path / "letter.yaml").write_text(LETTER, encoding="utf-8")
    return tmp_path / "home"


def _run(home: Path, *words: str) -> str:
    ran = CliRunner().invoke(app, ["check", *words, "--home", str(home)])
    if isinstance(ran.exception, LeadlineError):
        return f"{ran.exception.exit_code} {ran.exception}"
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout


def test_rulings_have_the_keys_that_scripts_rely_on(home: Path, tmp_path: Path) -> None:
    found = json.loads(_run(home, str(tmp_path / "letter.yaml"), "--json"))
    assert found["title"] == "A letter"
    assert found["as_of"] == "2017-03-31"
    assert [(one["claim"], one["ruling"]) for one in found["rulings"]][:2] == [
        ("They lost", "confirmed"),
        ("They gained", "refuted"),
    ]
    assert all({"claim", "states", "measured", "ruling", "why"} <= set(one) for one in found["rulings"])
    assert found["rulings"][0]["measured"] == pytest.approx(-0.0135, abs=5e-5)
    assert found["rulings"][3]["ruling"] == "untestable"


def test_studies_and_the_card_are_recorded_once(home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        _run(home, str(tmp_path / "letter.yaml"))
    (entry,) = read_journal(home)
    assert (entry.kind, entry.who, entry.as_of) == ("commentary", "A letter", "2017-03-31")
    assert entry.card["action"] == "reduce"
    assert {trial.question for trial in read_trials(home)} == {
        ("change(small / large, 3mo) < -3%", "small / large", "3mo")
    }


def test_pages_are_written_whole(home: Path, tmp_path: Path) -> None:
    for ending in ("html", "md"):
        _run(home, str(tmp_path / "letter.yaml"), "--out", str(tmp_path / f"letter.{ending}"))
        assert "A letter" in (tmp_path / f"letter.{ending}").read_text(encoding="utf-8")


def test_a_shipped_one_on_the_sample_says_that_daily_data_are_needed(home: Path) -> None:
    shown = _run(home, "rise-2024")
    assert "untestable" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100


def test_several_at_once(home: Path, tmp_path: Path) -> None:
    found = json.loads(_run(home, str(tmp_path / "letter.yaml"), "rise-2024", "--json"))
    assert [one["title"] for one in found["files"]] == ["A letter", "Did small caps rise from the dead?"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "2 check: found no file; expected leadline check FILE; or --template to begin one"),
        (("nothing.yaml",), "2 commentary nothing.yaml: found no such file; expected a file, or one of breakout-2023"),
        (("text.txt",), "begin with `leadline check --template > commentary.yaml`"),
        (("letter.yaml", "--later", "soon"), "2 --later: found 'soon'"),
        (("letter.yaml", "--out", "x.pdf"), "2 --out x.pdf"),
    ],
)
def test_wrong_requests_say_how_to_begin(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "text.txt").write_text("Small caps rose.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert said in _run(home, *words)
