"""What symbols are, at a cut: seen by then, without what is known later only."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from leadline.data.facts import conform
from leadline.data.feeds.contract import Part
from leadline.data.panel.build import read

from ..ledger.told import at, bars, day, part, tell  # noqa: TID252 - tests are no package

WEEK = {"07-01": 100.0, "07-02": 101.0, "07-03": 102.0, "07-05": 103.0, "07-08": 104.0}


def listings(rows: list[tuple[str, int, str, str]]) -> pl.DataFrame:
    """Listings from (symbol, segment, first seen, sector), known at that day's close."""
    frame = pl.DataFrame(
        {
            "symbol": [row[0] for row in rows],
            "segment": [row[1] for row in rows],
            "describes": [day(row[2]) for row in rows],
            "known_at": [at(f"{row[2]} 20:00") for row in rows],
            "last_seen": [day("07-08")] * len(rows),
            "sector": [row[3] for row in rows],
        }
    )
    return conform("listings", frame.with_columns(dataset=pl.lit("lists"), name=pl.lit("A company")))


def told(home: Path) -> Path:
    rows = [("OLD", 0, "07-01", "Energy"), ("OLD", 1, "07-05", "Health"), ("NEW", 0, "07-08", "Finance")]
    tell(home, {"a": part(bars("SPY", WEEK)), "l": Part("told", "hash", {"listings": listings(rows)})})
    return home


def test_listings_are_those_seen_by_then(tmp_path: Path) -> None:
    home = told(tmp_path / "home")
    whole = read(home).listings
    assert whole is not None
    assert whole.select("symbol", "segment", "session", "sector").rows() == [
        ("NEW", 0, day("07-08"), "Finance"),
        ("OLD", 0, day("07-01"), "Energy"),
        ("OLD", 1, day("07-05"), "Health"),
    ]
    assert "last_seen" not in whole.columns
    before = read(home, day("07-03")).listings
    assert before is not None
    assert before["sector"].to_list() == ["Energy"]


def test_truncating_a_panel_is_reading_it_earlier(tmp_path: Path) -> None:
    home = told(tmp_path / "home")
    for cut in ("07-03", "07-05"):
        truncated, earlier = read(home).truncate(day(cut)).listings, read(home, day(cut)).listings
        assert truncated is not None
        assert earlier is not None
        assert truncated.equals(earlier)


def test_a_ledger_without_listings_has_none(tmp_path: Path) -> None:
    tell(tmp_path / "home", {"a": part(bars("SPY", WEEK))})
    panel = read(tmp_path / "home")
    assert panel.listings is None
    assert panel.truncate(day("07-03")).listings is None
