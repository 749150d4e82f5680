from __future__ import annotations

import csv
import json
import math
import os
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.data.panel.panel import Panel
from leadline.judgement.playbook import Playbook, choose
from leadline.judgement.playbook.read import parse
from leadline.publish.brief import as_json, build
from leadline.publish.brief.measures import ratio_path
from leadline.publish.brief.record import Brief, Row, by_strength

from .panels import daily, market, monthly, sample

SMALL_BOOK = """
title: Three
roles:
  small: {series: AAA, label: Small caps}
  large: {series: BBB, label: Large caps}
sizes: [small, large]
sectors: [{series: CCC.total, label: Industrials}]
ratio: {numerator: small, denominator: large}
"""


def three() -> Playbook:
    return parse(SMALL_BOOK, "three.yaml")


def flat(count: int, value: float, **points: float) -> list[float | None]:
    """`count` times a value, with other values at places counted from the end: back21=80."""
    column: list[float | None] = [value] * count
    for place, other in points.items():
        column[-1 - int(place.removeprefix("back"))] = other
    return column


def row(brief: Brief, symbol: str) -> Row:
    return next(row for row in brief.board if row.symbol == symbol)


def strengths(brief: Brief, symbol: str) -> list[float | None]:
    return [figure.value for figure in row(brief, symbol).strength.values()]


def test_strength_by_hand() -> None:
    panel = daily(
        {
            # 120/100, 120/80, 120/150, 120/60
            "AAA": {
                "close": flat(253, 10),
                "total": flat(253, 1, back0=120, back21=100, back63=80, back126=150, back252=60),
            },
            "BBB": {"close": flat(253, 20, back0=30)},  # no total: its price is taken
            "CCC": {"total": flat(253, 50, back0=45)},
        }
    )
    brief = build(panel, three())
    assert strengths(brief, "AAA") == pytest.approx([0.2, 0.5, -0.2, 1.0], abs=1e-12)
    assert strengths(brief, "BBB") == pytest.approx([0.5, 0.5, 0.5, 0.5], abs=1e-12)
    assert strengths(brief, "CCC") == pytest.approx([-0.1, -0.1, -0.1, -0.1], abs=1e-12)
    assert [row(brief, name).basis for name in ("AAA", "BBB", "CCC")] == ["total", "close", "total"]
    assert dict(row(brief, "AAA").rank) == {"1mo": 2, "3mo": 1, "6mo": 3, "12mo": 1}
    assert dict(row(brief, "BBB").rank) == {"1mo": 1, "3mo": 1, "6mo": 1, "12mo": 2}
    assert [figure.formula for figure in row(brief, "AAA").strength.values()] == [
        "change(AAA.total, 21d)",
        "change(AAA.total, 63d)",
        "change(AAA.total, 126d)",
        "change(AAA.total, 252d)",
    ]
    assert row(brief, "BBB").strength["3mo"].formula == "change(BBB, 63d)"


def test_one_session_too_few_has_no_twelve_months() -> None:
    series = {"close": flat(252, 10), "total": flat(252, 10)}
    brief = build(daily({"AAA": series, "BBB": series, "CCC": series}), three())
    assert strengths(brief, "AAA") == [0.0, 0.0, 0.0, None]
    assert row(brief, "AAA").rank["12mo"] is None
    assert dict(brief.ranked) == {"1mo": 3, "3mo": 3, "6mo": 3, "12mo": 0}


def test_ratio_by_hand() -> None:
    # ratio 0.5 throughout, but 0.8 five sessions ago, 0.4 sixty-three ago, 0.6 today
    panel = daily(
        {
            "AAA": {"close": flat(253, 10, back5=16, back63=8, back0=12), "total": flat(253, 1)},
            "BBB": {"close": flat(253, 20), "total": flat(253, 1)},
        }
    )
    ratio = build(panel, three()).ratio
    assert ratio.basis == "close"
    assert ratio.value.value == pytest.approx(0.6)
    assert ratio.change["21d"].value == pytest.approx(0.2)  # 0.6 / 0.5
    assert ratio.change["63d"].value == pytest.approx(0.5)  # 0.6 / 0.4
    assert ratio.change["252d"].value == pytest.approx(0.2)
    assert ratio.change["3mo"].value is None
    assert ratio.drawdown.value == pytest.approx(-0.25)  # 0.6 / 0.8
    assert ratio.record.value.value == pytest.approx(0.8)
    assert ratio.record.session == panel.sessions[-6]
    assert ratio.record.sessions_since == 5
    assert ratio.record.distance.value == pytest.approx(1 / 3)  # 0.8 / 0.6
    assert ratio.drawdown.formula == "drawdown(AAA/BBB)"


def test_record_today_and_record_reached_again() -> None:
    rising = {"AAA": {"close": [1.0, 2.0, 3.0]}, "BBB": {"close": [1.0, 1.0, 1.0]}}
    ratio = build(daily(rising), three()).ratio
    assert (ratio.drawdown.value, ratio.record.sessions_since, ratio.record.distance.value) == (0.0, 0, 0.0)
    again = {"AAA": {"close": [1.0, 3.0, 2.0, 3.0, 2.0]}, "BBB": {"close": [1.0] * 5}}
    ratio = build(daily(again), three()).ratio
    assert ratio.record.sessions_since == 1
    assert "stand at a record" in build(daily(rising), three()).headline


def test_stale_series_is_named_and_has_no_number() -> None:
    columns = market()
    columns["MDY"] = {field: [*column[:-1], None] for field, column in columns["MDY"].items()}
    panel = daily(columns)
    brief = build(panel, choose(panel))
    entry = next(entry for entry in brief.coverage if entry.name == "MDY")
    assert (entry.stale, entry.missing, entry.last) == (True, False, panel.sessions[-2])
    assert strengths(brief, "MDY") == [None] * 4
    assert set(row(brief, "MDY").rank.values()) == {None}
    assert brief.ranked["3mo"] == 15
    assert brief.notices == (
        f"MDY.total ends {panel.sessions[-2]}, before the cut, {panel.cut}; its numbers are left out.",
    )


def test_stale_side_of_the_ratio_takes_the_ratio_away_but_not_the_board() -> None:
    columns = market()
    columns["IWM"]["close"] = [*columns["IWM"]["close"][:-3], None, None, None]  # the total goes on
    panel = daily(columns)
    brief = build(panel, choose(panel))
    ratio = brief.ratio
    numbers = [ratio.value, ratio.drawdown, ratio.record.value, ratio.record.distance, *ratio.change.values()]
    assert [figure.value for figure in numbers] == [None] * 10
    assert (ratio.basis, ratio.record.session, ratio.record.sessions_since) == ("close", None, None)
    assert row(brief, "IWM").strength["3mo"].value is not None
    assert next(entry for entry in brief.coverage if entry.name == "IWM").stale
    assert any(notice.startswith("IWM ends ") for notice in brief.notices)
    assert brief.findings["ratio"] == "IWM/SPY cannot be measured at this cut"


def test_missing_series_and_missing_field_are_named() -> None:
    columns = market()
    del columns["MAGS"]
    del columns["IWC"]["total"]  # the playbook insists on IWC.total
    panel = daily(columns)
    brief = build(panel, choose(panel))
    assert strengths(brief, "MAGS") == strengths(brief, "IWC") == [None] * 4
    missing = [entry.name for entry in brief.coverage if entry.missing]
    assert missing == ["IWC", "MAGS"]
    assert brief.notices == (
        "IWC has no total (close only); its numbers are left out.",
        "MAGS is not in the ledger at this cut; its numbers are left out.",
    )


def test_a_gap_at_either_end_is_missing_not_bridged() -> None:
    columns = {name: {"close": flat(300, 10)} for name in ("AAA", "BBB")}
    columns["AAA"]["close"][-22] = None
    brief = build(daily(columns), three())
    assert strengths(brief, "AAA") == [None, 0.0, 0.0, 0.0]
    assert brief.ratio.change["21d"].value is None
    assert brief.ratio.change["63d"].value == 0.0


def test_nothing_reaches_the_cut() -> None:
    panel = daily({"AAA": {"close": [1.0, None]}, "BBB": {"close": [2.0, None]}, "DDD": {"close": [1.0, 1.0]}})
    brief = build(panel, three())
    assert brief.findings["lead"] == "The data cannot say who leads: no series of the playbook reaches the cut."
    assert dict(brief.ranked) == {"1mo": 0, "3mo": 0, "6mo": 0, "12mo": 0}


def test_monthly_panel_counts_months() -> None:
    columns = sample(15)
    columns["SMALL"] = {"total": [100.0] * 11 + [200.0, 150.0, 100.0, 120.0]}
    columns["LARGE"] = {"total": [100.0] * 15}
    panel = monthly(columns, standing="sample")
    brief = build(panel, choose(panel))
    # one month ago 100, three months ago 200, six and twelve months ago 100
    assert strengths(brief, "SMALL") == pytest.approx([0.2, -0.4, 0.2, 0.2])
    assert row(brief, "SMALL").strength["6mo"].formula == "change(SMALL.total, 6mo)"
    ratio = brief.ratio
    assert (ratio.basis, brief.axis, brief.standing) == ("total", "month", "sample")
    assert [ratio.change[key].value for key in ("21d", "63d", "252d")] == [None] * 3
    assert [ratio.change[key].value for key in ("1mo", "3mo", "12mo")] == pytest.approx([0.2, -0.4, 0.2])
    assert ratio.record.session == date(2016, 12, 31)
    # business days of January, February and March 2017: 22 + 20 + 23
    assert ratio.record.sessions_since == 65
    assert ratio.drawdown.value == pytest.approx(-0.4)
    assert brief.banner.startswith("SAMPLE: ")


def test_a_series_of_another_axis_is_left_out() -> None:
    panel = daily({"AAA": {"close": flat(300, 10)}, "BBB": {"close": flat(300, 10)}})
    other = monthly({"CCC": {"total": flat(20, 10)}}).series["CCC"]
    mixed = build(Panel(**{**vars(panel), "series": {**panel.series, "CCC": other}}), three())
    assert "CCC is given by month, the playbook's ratio by session; its numbers are left out." in mixed.notices


def test_standing_is_that_of_the_least_real_series() -> None:
    columns = {name: {"close": flat(70, 10)} for name in ("AAA", "BBB")}
    assert build(daily(columns, standing="live"), three()).standing == "live"
    mixed = build(daily(columns, AAA="simulated", BBB="live"), three())
    assert mixed.standing == "simulated"
    assert mixed.banner.startswith("SIMULATED: ")
    assert any("stand differently (simulated, live)" in notice for notice in mixed.notices)


def test_json_keys_are_stable_and_values_plain() -> None:
    panel = daily(market())
    document = as_json(build(panel, choose(panel)))
    assert {"title", "as_of", "standing", "version", "headline", "board", "ratio", "coverage", "notices"} <= set(
        document
    )
    assert document["as_of"] == "2024-07-16"
    first = document["board"][0]
    assert {"symbol", "label", "kind", "basis", "strength", "rank"} <= set(first)
    assert set(first["strength"]) == set(first["rank"]) == {"1mo", "3mo", "6mo", "12mo"}
    assert [line["symbol"] for line in document["board"]][:5] == ["IWC", "IWM", "MDY", "SPY", "MAGS"]
    ratio = document["ratio"]
    assert {"numerator", "denominator", "basis", "value", "change", "drawdown", "record"} <= set(ratio)
    assert {"21d", "63d", "252d"} <= set(ratio["change"])
    assert {"value", "session", "sessions_since"} <= set(ratio["record"])
    assert {"name", "first", "last", "stale", "missing", "assumed"} <= set(document["coverage"][0])
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_board_is_sorted_by_strength_within_its_kind() -> None:
    columns = market()
    columns["XLB"] = {"close": [1.0] * 299 + [None]}
    panel = daily(columns)
    brief = build(panel, choose(panel))
    assert [line.symbol for line in by_strength(brief.board, "size")] == ["MAGS", "SPY", "MDY", "IWM", "IWC"]
    assert [line.symbol for line in by_strength(brief.board, "sector")][-1] == "XLB"


def test_later_data_change_nothing() -> None:
    columns = {
        name: {"close": [1.0 + (index * 7 + place) % 11 for index in range(400)]} for place, name in enumerate("ABC")
    }
    book = parse(SMALL_BOOK.replace("AAA", "A").replace("BBB", "B").replace("CCC.total", "C"), "book.yaml")
    full = daily(columns)
    earlier = full.truncate(full.sessions[329])
    clipped = {name: {"close": fields["close"][:330]} for name, fields in columns.items()}
    alone = daily(clipped)
    shifted = alone.bars.with_columns(session=pl.Series(list(full.sessions[:330]) * 3, dtype=pl.Date))
    moved = Panel(**{**vars(alone), "sessions": full.sessions[:330], "bars": shifted, "cut": full.sessions[329]})
    then, now = as_json(build(moved, book)), as_json(build(earlier, book))
    assert then["board"] == now["board"]
    assert then["ratio"] == now["ratio"]
    assert then["headline"] == now["headline"]
    assert then == now


VALUE = st.one_of(st.none(), st.floats(min_value=0.5, max_value=500, allow_nan=False))


def naive_change(column: list[float | None], steps: int) -> float | None:
    if len(column) <= steps or column[-1] is None:
        return None
    then = column[len(column) - 1 - steps]
    return None if then is None else column[-1] / then - 1


def naive_ratio(above: list[float | None], below: list[float | None]) -> dict[str, Any]:
    both = [None if a is None or b is None else a / b for a, b in zip(above, below, strict=True)]
    top, at = -math.inf, -1
    for index, value in enumerate(both):
        if value is not None and value >= top * (1 - 1e-9):
            at = index
        if value is not None and value > top:
            top = value
    return {"value": both[-1], "top": top, "since": len(both) - 1 - at, "month": naive_change(both, 21)}


@settings(max_examples=40, deadline=None)
@given(data=st.data(), count=st.integers(min_value=2, max_value=90))
def test_against_a_naive_second_implementation(data: st.DataObject, count: int) -> None:
    column = st.lists(VALUE, min_size=count, max_size=count).map(lambda given: [*given[:-1], given[-1] or 7.0])
    above, below, third = data.draw(column), data.draw(column), data.draw(column)
    panel = daily({"AAA": {"close": above}, "BBB": {"close": below}, "CCC": {"total": third}})
    brief = build(panel, three())
    for name, values in (("AAA", above), ("BBB", below), ("CCC", third)):
        assert strengths(brief, name) == pytest.approx([naive_change(values, n) for n in (21, 63, 126, 252)])
    expected, ratio = naive_ratio(above, below), brief.ratio
    assert ratio.value.value == pytest.approx(expected["value"])
    assert ratio.record.value.value == pytest.approx(expected["top"])
    assert ratio.record.sessions_since == expected["since"]
    assert ratio.drawdown.value == pytest.approx(expected["value"] / expected["top"] - 1)
    assert ratio.change["21d"].value == pytest.approx(expected["month"])
    for period in ("1mo", "3mo"):
        there = [line for line in brief.board if line.rank[period] is not None]
        for line in there:
            mine = line.strength[period].value
            better = sum(other.strength[period].value > mine for other in there)  # type: ignore[operator]
            assert line.rank[period] == better + 1


def test_ratio_path_exists_where_both_do() -> None:
    panel = daily({"AAA": {"close": [2.0, None, 8.0, 4.0]}, "BBB": {"close": [1.0, 1.0, 2.0, 2.0]}})
    path = ratio_path(panel, "AAA", "BBB", "close", "session")
    assert path["step"].to_list() == [0, 2, 3]
    assert path["value"].to_list() == [2.0, 4.0, 2.0]
    assert path["record"].to_list() == [2.0, 4.0, 4.0]


def real(name: str, folder: Path, cut: str) -> dict[str, dict[str, float | None]]:
    with (folder / "prices" / f"{name}.csv").open(encoding="utf-8") as lines:
        rows = [line for line in csv.DictReader(lines) if line["date"] <= cut]
    return {
        line["date"]: {"close": float(line["close"]) if line["close"] else None, "total": float(line["adj_close"])}
        for line in rows
    }


@pytest.mark.parametrize(
    ("cut", "strength", "change", "drawdown"),
    [
        # IWM adj_close 219.777206 over 197.603775, 191.042755, 184.873535; IWM/SPY 224.600006/564.859985 over
        # 201.940002/542.450012, 195.779999/504.450012, 191.529999/449.279999; the record 0.639373 of 2011-04-05
        ("2024-07-16", [0.1122, 0.1504, 0.1888], [0.0681, 0.0245, -0.0673], -0.3781),
        # 262.099365 over 251.953171, 246.047607, 213.943771; 263.190002/690.359985 over 253.850006/681.76001,
        # 247.899994/662.22998, 217.25/581.390015
        ("2026-01-14", [0.0403, 0.0652, 0.2251], [0.0239, 0.0184, 0.0202], -0.4037),
    ],
)
def test_real_prices(cut: str, strength: list[float], change: list[float], drawdown: float) -> None:
    folder = os.environ.get("LEADLINE_MARKET_DATA")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA names no folder of real market data")
    series = {name: real(name, Path(folder), cut) for name in ("IWM", "SPY")}
    sessions = sorted(series["SPY"])
    columns = {
        name: {field: [rows.get(day, {}).get(field) for day in sessions] for field in ("close", "total")}
        for name, rows in series.items()
    }
    made = daily(columns)
    dated = dict(zip(made.sessions, (date.fromisoformat(day) for day in sessions), strict=True))
    panel = Panel(
        **{
            **vars(made),
            "cut": date.fromisoformat(cut),
            "sessions": pl.Series("session", list(dated.values())),
            "bars": made.bars.with_columns(pl.col("session").replace_strict(dated, return_dtype=pl.Date)),
        }
    )
    brief = build(panel, choose(panel))
    assert [row(brief, "IWM").strength[key].value for key in ("1mo", "3mo", "12mo")] == pytest.approx(
        strength, abs=5e-5
    )
    assert [brief.ratio.change[key].value for key in ("21d", "63d", "252d")] == pytest.approx(change, abs=5e-5)
    assert brief.ratio.drawdown.value == pytest.approx(drawdown, abs=5e-5)
    assert brief.ratio.record.session == date(2011, 4, 5)
    assert brief.ratio.record.value.value == pytest.approx(0.639373, abs=5e-7)
