"""breadth, movers, scan and score as a user types them, on the simulated market."""

from __future__ import annotations

import json
import re
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


def test_a_scan_may_name_series_beside_the_fields(home: Path, tmp_path: Path) -> None:
    """Its hits are those of a scan with the index's change written out as a number."""
    text = "title: T\nfilters: {{ahead: 'change(close, 21d) > {beside}'}}\nscore: change(close, 21d)\n"
    index = _json(home, "value", "change(small, 21d)")["values"][-1]["value"]
    (tmp_path / "index.yaml").write_text(text.format(beside="change(small, 21d)"), encoding="utf-8")
    (tmp_path / "number.yaml").write_text(text.format(beside=f"{index:.12f}"), encoding="utf-8")
    found, wanted = (_json(home, "scan", str(tmp_path / name)) for name in ("index.yaml", "number.yaml"))
    assert 0 < len(wanted["hits"]) < wanted["looked_at"]
    assert found["hits"] == wanted["hits"]


def test_a_file_of_news_tags_movers_and_hits(home: Path, tmp_path: Path) -> None:
    first = _json(home, "movers", "simulated", "--top", "1")
    symbol, day = first["up"][0]["symbol"], first["as_of"]
    rows = f'Ticker,Date,Headline\n{symbol},{day},"a contract, signed"\n{symbol},2001-01-02,old\nNOBODY,{day},x\n'
    (tmp_path / "news.csv").write_text(rows, encoding="utf-8")
    found = _json(home, "movers", "simulated", "--top", "1", "--news", str(tmp_path / "news.csv"))
    assert found["up"][0]["tags"] == [*first["up"][0]["tags"], f"{day}: a contract, signed"]
    assert "news of symbols that no member has: NOBODY" in found["warnings"]
    (tmp_path / "rise.yaml").write_text(ANY_FALL.replace("< 0", "> 0"), encoding="utf-8")
    hits = _json(home, "scan", str(tmp_path / "rise.yaml"), "--news", str(tmp_path / "news.csv"))["hits"]
    assert next(hit for hit in hits if hit["symbol"] == symbol)["tags"][-1] == f"{day}: a contract, signed"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", r"2 news .*: found columns a, b; expected a column symbol \(or ticker\); give a CSV file"),
        ("symbol,date,words\nA,yesterday,x\n", "2 news .*, row 1: found no day in it; expected a symbol, a date"),
        ("symbol,date,words\nA,2020-01-02,x\n,2020-01-02,\n", "2 news .*, row 2: found no symbol and no words in it"),
        ("symbol,date,words\nA,2020-01-02," + "x" * 201 + "\n", "2 news .*, row 1: found 201 characters of words"),
        ("", "2 news .*: found an empty file"),
        (None, "2 news .*: found No such file or directory; give a CSV file with the columns symbol, date, words"),
    ],
)
def test_files_of_news_that_are_wrong(home: Path, tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "news.csv").write_text(content, encoding="utf-8")
    assert re.match(said, _run(home, "movers", "simulated", "--news", str(tmp_path / "news.csv")))


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
