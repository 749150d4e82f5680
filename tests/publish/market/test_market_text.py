"""Breadth, movers and scans as text and documents: the keys that users rely on, and nothing wider than the screen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from leadline.core.units import Unit
from leadline.inference.bootstrap import Interval
from leadline.inference.breadth import Breadth, Measure
from leadline.inference.movement import Parts
from leadline.inference.movers import Mover, Movers, Standing
from leadline.judgement.scans.follow import Followed, Following
from leadline.judgement.scans.run import Hit, ScanResult
from leadline.publish.market import (
    breadth_document,
    breadth_text,
    movers_document,
    movers_text,
    scan_document,
    scan_text,
)

DAY = date(2025, 6, 27)
BREADTH = Breadth(
    "small",
    DAY,
    1990,
    "close",
    (
        Measure(
            "above_50", "share(small, close > sma(close, 50d))", 0.6999, Unit.SHARE, 0.866, 1000, date(2021, 4, 12)
        ),
        Measure("new_highs", "how_many(small, close >= highest(close, 252d))", 81, Unit.COUNT, 0.796, 900, DAY),
        Measure("zweig_thrust_last", "last(zweig_thrust(small, close))", date(2025, 4, 24), Unit.DATE, None, 9, DAY),
        Measure("up_volume", "weighted_share(...)", None, Unit.LEVEL, None, 0, None),
        Measure("equal_less_weighted_21d", "mean(...)", 0.0062, Unit.RETURN, 0.5, 10, DAY),
    ),
    ("small: members as of 2025-05-30",),
)
MOVERS = Movers(
    "small",
    DAY,
    DAY,
    DAY,
    1,
    1990,
    -0.0005,
    "market value",
    Parts(0.1, 0.05, 0.85),
    (
        Standing("own_share", 0.85, 0.88, 52),
        Standing("top_share", 0.35, 0.92, 52),
        Standing("dispersion", 0.028, 0.4, 52),
        Standing("correlation", None, None, 0),
    ),
    (Mover("AAA", 1.2, 0.04, "Company A", "Health Care", ("reverse split 1 for 15 on 2025-06-20", "volume 12 x")),),
    (Mover("BBB", -0.4, 0.001, None, None, ()),),
    "confirmed",
    "85 % of the movement was single stocks' own",
    ("sectors are those last seen, not those of the day",),
)
SCAN = ScanResult(
    "Sleepers",
    DAY,
    "us",
    "us",
    5321,
    {"breakout": 272, "loud": 12},
    100_000.0,
    (Hit("QD", 18.09, 3.09, 3.07, 2.83, 911_902.0, 1.1, ("volume 17 x its median",)),),
    ("prices and volume alone",),
)
PAST = Following(
    "Sleepers",
    DAY,
    "us",
    "us",
    date(2021, 8, 2),
    1044,
    (
        Followed(
            "21d",
            1212,
            9,
            35,
            0.014,
            -0.019,
            Interval(0.032, 0.011, 0.064),
            Interval(0.017, -0.016, 0.05),
            0.56,
            "not distinguishable",
        ),
        Followed("63d", 2, 9, 0, 0.1, 0.0, Interval(0.1, None, None), Interval(0.1, None, None), 1.0, "too few to say"),
    ),
    ("stocks that ended are in it",),
)


def lines(text: str) -> list[str]:
    found = text.splitlines()
    assert max(len(line) for line in found) <= 100
    return found


def test_breadth_as_text() -> None:
    found = lines(breadth_text(BREADTH))
    assert found[0] == "Breadth of small"
    assert found[1] == "1,990 members · known at the close of 2025-06-27 · by close"
    row = next(line for line in found if line.startswith("above their 50-day average"))
    assert row.split()[-4:] == ["70.0", "%", "86.6", "2021-04-12"]
    assert any(line.split() == ["last", "Zweig", "thrust", "2025-04-24", "-"] for line in found)
    assert any(line.split() == ["volume", "in", "those", "that", "rose", "-", "-"] for line in found)
    assert any("+0.6 %" in line for line in found)
    assert found[-1] == "·  small: members as of 2025-05-30"
    assert "no member has a price" in breadth_text(replace(BREADTH, members=None))
    assert "\x1b[" not in breadth_text(BREADTH)


def test_breadth_as_a_document() -> None:
    found = breadth_document(BREADTH)
    assert list(found)[:4] == ["group", "as_of", "members", "values"]
    assert found["as_of"] == "2025-06-27"
    assert found["values"] == {
        "above_50": 0.6999,
        "new_highs": 81,
        "zweig_thrust_last": "2025-04-24",
        "up_volume": None,
        "equal_less_weighted_21d": 0.0062,
    }
    assert found["measures"]["above_50"]["formula"] == "share(small, close > sma(close, 50d))"
    assert json.loads(json.dumps(found)) == found


def test_movers_as_text() -> None:
    found = lines(movers_text(MOVERS))
    assert found[0] == "What moved in small, on 2025-06-27: -0.1 %"
    assert "market 10 %, sectors 5 %, single stocks' own 85 % of the movement" in found
    assert any(line.startswith("driven by single stories  confirmed: 85 % of the movement") for line in found)
    row = next(line for line in found if line.startswith("AAA"))
    assert row.split()[1:6] == ["+120.0", "%", "4.0", "%", "Health"]
    assert "reverse split 1 for 15 on 2025-06-20" in row
    assert next(line for line in found if line.startswith("BBB")).split() == ["BBB", "-40.0", "%", "0.1", "%", "-", "-"]
    longer = replace(MOVERS, first=date(2025, 5, 28), parts=Parts(0.1, None, 0.9))
    assert "What moved in small, 2025-05-28 to 2025-06-27" in movers_text(longer)
    assert "market 10 %, single stocks' own 90 % of the movement" in movers_text(longer)


def test_movers_as_a_document() -> None:
    found = movers_document(MOVERS)
    assert found["parts"] == {"market": 0.1, "sector": 0.05, "own": 0.85}
    assert found["standings"]["own_share"] == {"value": 0.85, "percentile": 0.88, "n": 52}
    assert found["standings"]["correlation"] == {"value": None, "percentile": None, "n": 0}
    assert found["up"][0]["symbol"] == "AAA"
    assert found["up"][0]["tags"] == ["reverse split 1 for 15 on 2025-06-20", "volume 12 x"]
    assert found["ruling"] == "confirmed"
    assert json.loads(json.dumps(found)) == found


def test_a_scan_as_text() -> None:
    found = lines(scan_text(SCAN, PAST))
    assert found[0] == "Sleepers: 1 hit of 5,321 stocks"
    assert any("breakout 272 · loud 12" in line for line in found)
    row = next(line for line in found if line.startswith("QD"))
    assert row.split()[:7] == ["QD", "18.09", "3.09", "3.07", "2.83", "911,902", "1.1"]
    assert "What followed past hits" in found
    assert any(line.startswith("21d") and "+3.2 %" in line and "+1.7 %" in line for line in found)
    assert "1,044 stocks since 2021-08-02; each against its group, every episode with equal weight" in found
    none = scan_text(replace(SCAN, hits=()), replace(PAST, since=None, stocks=0))
    assert none.startswith("Sleepers: 0 hits of 5,321 stocks")
    assert "no hit up to 2025-06-27" in none
    many = replace(SCAN, hits=SCAN.hits * 25)
    assert "and 5 more" in scan_text(many)


def test_a_scan_as_a_document() -> None:
    found = scan_document(SCAN)
    assert list(found)[:2] == ["scan", "as_of"]
    assert found["hits"][0]["symbol"] == "QD"
    assert found["hits"][0]["score"] == 18.09
    assert found["followed"] is None
    past = scan_document(SCAN, PAST)["followed"]
    assert past["findings"][0]["excess"] == {"estimate": 0.032, "low": 0.011, "high": 0.064}
    assert past["findings"][1]["verdict"] == "too few to say"
    assert json.loads(json.dumps(found)) == found
