"""Briefs of the real market as of five dates: numbers worked out by hand, the law, and what is missing."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from leadline.data.feeds.folder import Folder
from leadline.data.ledger.store import latest
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.data.panel.catalogue import series_book
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import shipped
from leadline.publish.brief import Brief, as_json, build, charts, render, schema, terminal, wanted, with_comparison

RULES = shipped()[0]
#: by hand from close and adj_close: IWM/SPY, its change over 21, 63 and 252 sessions, its distance from the record of
#: 2011-04-05; IWM with dividends over 63 sessions; the rank of the ratio's six-session change, and among how many
PRICES = {
    "2024-07-16": (0.397621, 0.0681, 0.0245, -0.0673, -0.3781, 0.1504, 1, 6065),
    "2024-07-29": (0.407023, 0.1006, 0.0429, -0.0503, -0.3634, 0.1209, 181, 6074),
    "2025-06-27": (0.350425, 0.0022, -0.0288, -0.0481, -0.4519, 0.0560, 3430, 6303),
    "2025-09-26": (0.364661, -0.0006, 0.0406, -0.0579, -0.4297, 0.1232, 5262, 6366),
    "2026-01-14": (0.381236, 0.0239, 0.0184, 0.0202, -0.4037, 0.0652, 207, 6441),
}
#: the unemployment rate that was known that evening: of June 2024 twice, of May 2025, August 2025, December 2025
UNEMPLOYMENT = {"2024-07-16": 4.1, "2024-07-29": 4.1, "2025-06-27": 4.2, "2025-09-26": 4.3, "2026-01-14": 4.4}
NINE = ["ratio", "levels", "strength", "rotation", "distribution", "fan", "participation", "macro", "drawdowns"]


@cache
def panel_of(home: Path, cut: str) -> Panel:
    there = set(series_book(latest(home))["series"])
    return read(home, date.fromisoformat(cut), series=wanted(RULES) & there)


@cache
def brief_of(home: Path, cut: str) -> Brief:
    return build(panel_of(home, cut), RULES)


@pytest.mark.parametrize("cut", PRICES)
def test_five_dates_by_hand(home: Path, cut: str) -> None:
    document: dict[str, Any] = as_json(brief_of(home, cut))
    value, month, quarter, year, below, strength, rank, n = PRICES[cut]
    ratio = document["ratio"]
    assert ratio["value"] == pytest.approx(value, abs=5e-7)
    changes = [ratio["change"][span] for span in ("21d", "63d", "252d")]
    assert changes == pytest.approx([month, quarter, year], abs=5.1e-5)
    assert ratio["drawdown"] == pytest.approx(below, abs=5.1e-5)
    assert ratio["record"]["session"] == "2011-04-05"
    small = next(row for row in document["board"] if row["symbol"] == "IWM")
    assert small["strength"]["3mo"] == pytest.approx(strength, abs=5.1e-5)
    assert (document["rarity"]["rank"], document["rarity"]["n"]) == (rank, n)
    macro = {one["key"]: one["value"] for one in document["macro"]}
    assert macro["unemployment"] == UNEMPLOYMENT[cut]
    jsonschema.validate(document, schema())


@pytest.mark.parametrize("cut", PRICES)
def test_five_dates_have_every_chart_and_fit_the_terminal(home: Path, cut: str) -> None:
    brief = brief_of(home, cut)
    assert [chart.name for chart in charts.charts(brief)] == NINE
    assert charts.undrawn(brief) == ()
    text = terminal.text(brief)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert brief.card.regime in text.lower()


def test_the_page_is_whole_and_small(home: Path) -> None:
    made = render(brief_of(home, "2024-07-16"))
    assert [name for name in made if name.endswith(".png")] == [f"charts/{name}.png" for name in NINE]
    page = made["brief.html"].decode()
    assert len(made["brief.html"]) < 3_000_000
    assert "http" not in page
    assert "<script" not in page
    assert page.count("<svg ") == 18
    order = [page.index(f'id="{name}"') for name in ("card", "evidence", "charts", "followed", "board", "coverage")]
    assert order == sorted(order)


def test_what_changed_from_the_jump_of_2024_to_the_record_of_2026(home: Path) -> None:
    changed = with_comparison(brief_of(home, "2026-01-14"), brief_of(home, "2024-07-16")).compare
    assert changed is not None
    assert (changed.regime_before, changed.regime_after) == ("rotation attempt", "confirmed small-cap leadership")
    assert changed.ratio_change == pytest.approx(0.381236 / 0.397621 - 1, abs=5e-6)


def test_a_series_that_is_not_there_is_named_and_nothing_rests_on_it(home: Path) -> None:
    whole = panel_of(home, "2024-07-16")
    kept = {name: fact for name, fact in whole.series.items() if name not in ("RSP", "FRED:UNRATE", "XLK")}
    bars, seen = (frame.filter(pl.col("series").is_in(list(kept))) for frame in (whole.bars, whole.observations))
    brief = build(replace(whole, series=kept, bars=bars, observations=seen), RULES)
    missing = {line.key: line for line in brief.card.missing}
    assert missing["equal_weight"].why == "RSP.total has no value"
    assert {"unemployment", "sahm"} <= set(missing)
    assert all(line.value is None for line in missing.values())
    assert [row.strength["3mo"].value for row in brief.board if row.symbol == "XLK"] == [None]
    assert "unemployment" not in {strip.key for strip in brief.macro}
    assert any("XLK is not in the ledger" in notice for notice in brief.notices)
    assert brief.traces["equal"].why == "RSP.total has no value"


def test_a_ratio_that_ended_a_day_early_gives_no_judgement(home: Path) -> None:
    whole = panel_of(home, "2024-07-16")
    stale = whole.bars.filter((pl.col("series") != "IWM") | (pl.col("session") < whole.cut))
    brief = build(replace(whole, bars=stale), RULES)
    assert brief.card.regime == "not available"
    assert brief.card.action == "none: inputs missing"
    assert brief.ratio.value.value is None
    assert brief.rarity is not None
    assert (brief.rarity.answer, brief.rarity.why) == (None, "IWM ends 2024-07-15")
    assert all(study.answer is None for study in brief.followed)
    said = terminal.text(brief)
    assert "IWM ends 2024-07-15" in said
    for number in ("+9.2 %", "0.3976", "+15.0 %"):
        assert number not in said


def cut_off(source: Path, target: Path, names: dict[str, tuple[str, ...]], last: str) -> Path:
    """A folder with these files, without the rows after a day."""
    for part, stems in names.items():
        (target / part).mkdir(parents=True)
        for stem in stems:
            with (source / part / f"{stem}.csv").open(encoding="utf-8", newline="") as lines:
                rows = list(csv.reader(lines))
            kept = [rows[0], *(row for row in rows[1:] if row[rows[0].index("date")] <= last)]
            with (target / part / f"{stem}.csv").open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows(kept)
    return target


def test_the_law_on_real_files(market: Path, tmp_path: Path) -> None:
    """Files that end at the cut, and the same files with everything after it: the same bytes."""
    names = {"prices": ("IWM", "SPY", "IWC", "MDY", "RSP", "QQQ", "XLF"), "macro": ("DGS2", "T10Y2Y", "BAA10Y")}
    early = cut_off(market, tmp_path / "early", names, "2024-07-16")
    late = cut_off(market, tmp_path / "late", names, "2099-12-31")
    made = []
    for folder in (early, late):
        home = tmp_path / f"home-{folder.name}"
        pull(home, Folder(folder), datetime(2026, 11, 1, tzinfo=UTC))
        made.append(render(build(read(home, date(2024, 7, 16)), RULES), charts=False))
        shutil.rmtree(home)
    assert made[0] == made[1]
    assert json.loads(made[0]["brief.json"])["ratio"]["value"] == pytest.approx(0.397621, abs=5e-7)
