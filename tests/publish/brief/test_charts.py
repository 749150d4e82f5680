from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import polars as pl
import pytest

from leadline.core.units import Unit
from leadline.judgement.playbook import choose
from leadline.judgement.playbook.rotation import Point, Tail
from leadline.publish.brief import Brief, build, charts
from leadline.publish.brief.charts import bands, levels, marks, rotation
from leadline.publish.brief.charts.marks import thinned
from leadline.publish.brief.measures import ratio_path
from leadline.publish.brief.traces import Trace
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, frame, framed, image, png, specification, svg
from leadline.publish.look.places import placed, spread

from .panels import daily, market, monthly, sample

RENDER = "import sys, json, vl_convert; sys.stdout.write(vl_convert.vegalite_to_svg(json.load(sys.stdin)))"


@cache
def drawn(count: int = 300) -> tuple[Brief, dict[str, Chart]]:
    panel = daily(market(count))
    brief = build(panel, choose(panel))
    return brief, {chart.name: chart for chart in charts.charts(brief)}


def layers(chart: Chart, size: theme.Size = theme.DESK) -> list[tuple[str, list[dict[str, Any]]]]:
    """Mark and rows of every layer, from a specification that Altair has checked against its schema."""
    spec = specification(chart, size)
    alt.LayerChart.from_dict({**spec, "config": {}})  # its schema does not know that no background can be asked for
    return [(layer["mark"]["type"], spec["datasets"][layer["data"]["name"]]) for layer in spec["layer"]]


def path(count: int, step: timedelta = timedelta(days=1)) -> pl.DataFrame:
    first = date(2000, 1, 3)
    values = [1.0 + (index % 97) / 100 for index in range(count)]
    frame = pl.DataFrame({"session": [first + step * index for index in range(count)], "value": values})
    return frame.with_row_index("step").with_columns(record=pl.col("value").cum_max())


def test_charts_have_the_record_s_words_and_every_size_can_be_drawn() -> None:
    brief, found = drawn()
    assert list(found) == ["ratio", "strength", "distribution", "participation", "drawdowns"]
    keys = {"ratio": "ratio", "strength": "board", "participation": "participation", "drawdowns": "drawdowns"}
    for name, key in keys.items():
        assert found[name].title == brief.findings[key]
    for chart in found.values():
        assert "cut 2024-07-16" in chart.footer
        assert f"data {brief.data_hash}" in chart.footer
        assert "version" not in chart.footer
        for size in (theme.DESK, theme.PHONE, theme.TALL):
            assert layers(chart, size)
    assert found["ratio"].subtitle.startswith("IWM/SPY by price since ")


def test_what_cannot_be_drawn_is_named_with_its_reason() -> None:
    brief, found = drawn()
    said = charts.undrawn(brief)
    assert len(said) + len(found) == len(charts.NAMES)
    assert [one.split(" is left out: ")[0] for one in said] == [
        "The chart of levels and breakouts",
        "The chart of rotation",
        "The chart of what followed",
        "The chart of the economy",
    ]
    assert said[3].endswith("the ledger has no macro series that the strip knows.")


def test_bars_are_the_record_s_numbers() -> None:
    brief, found = drawn()
    data = layers(found["strength"])[0][1]
    expected = {f"{row.label} · {row.symbol}": row.strength["3mo"].value for row in brief.board}
    assert {line["label"]: line["value"] for line in data} == expected
    assert [line["value"] for line in data] == sorted(expected.values(), reverse=True)


def test_the_line_is_the_ratio() -> None:
    panel = daily(market(300))
    brief, found = drawn()
    data = layers(found["ratio"], theme.WIDE)[0][1]
    whole = ratio_path(panel, "IWM", "SPY", "close", "session")
    assert [line["value"] for line in data] == whole["value"].to_list()
    assert data[-1]["value"] == brief.ratio.value.value


def test_drawdowns_are_those_of_both_sides() -> None:
    columns = market()
    columns["IWM"] = {"close": [100.0] * 200 + [50.0] * 99 + [90.0], "total": [1.0] * 300}
    columns["SPY"] = {"close": [100.0] * 300, "total": [1.0] * 300}
    panel = daily(columns)
    brief = build(panel, choose(panel))
    assert brief.findings["drawdowns"] == "Small caps stand 10.0 % below their record, large caps at theirs"
    chart = next(chart for chart in charts.charts(brief) if chart.name == "drawdowns")
    lines = [rows for mark, rows in layers(chart) if mark == "line"]
    assert [min(row["value"] for row in rows) for rows in lines] == [0.0, pytest.approx(-0.5)]
    assert lines[1][-1]["value"] == pytest.approx(-0.1)


def tail(symbol: str, group: str, *points: tuple[float, float]) -> Tail:
    days = [date(2024, 6, 7) + timedelta(days=7 * at) for at in range(len(points))]
    found = tuple(Point(day, x, y) for day, (x, y) in zip(days, points, strict=True))
    quadrant = {(True, True): "leading", (True, False): "weakening", (False, False): "lagging"}
    last = points[-1]
    return Tail(
        symbol, symbol.title(), group, found, quadrant.get((last[0] >= 0, last[1] >= 0), "improving"), ("x", "y")
    )  # type: ignore[arg-type]


def test_the_rotation_map_draws_every_point_where_it_was() -> None:
    brief, _ = drawn()
    tails = (
        tail("IWM", "sizes", (-1.0, 0.5), (0.2, 1.5), (1.0, 2.0)),
        tail("XLK", "sectors", (1.0, -0.5), (0.5, -1.0)),
    )
    chart = rotation.chart(Brief(**{**vars(brief), "rotation": tails}))
    heads = next(rows for mark, rows in layers(chart) if mark == "circle")
    assert [(row["x"], row["y"]) for row in heads] == [(1.0, -0.5), (0.5, -1.0), (-1.0, 0.5), (0.2, 1.5), (1.0, 2.0)]
    assert [row["area"] for row in heads] == [9.0, 64.0, 9.0, 9.0, 110.0]
    segments = [rows for mark, rows in layers(chart) if mark == "rule"][1]
    assert [(row["x"], row["x2"]) for row in segments] == [(1.0, 0.5), (-1.0, 0.2), (0.2, 1.0)]
    assert segments[1]["ink"] < segments[2]["ink"], "the older the fainter"
    assert segments[1]["width"] < segments[2]["width"], "and the thinner"
    names = [row["words"] for mark, rows in layers(chart) if mark == "text" for row in rows]
    assert {"Iwm", "Xlk", "leading", "weakening", "lagging", "improving"} == set(names)
    assert chart.note.startswith("The past cannot move")


def test_the_rotation_map_draws_the_whole_way_of_the_subject_alone() -> None:
    brief, _ = drawn()
    way = [(float(at), float(at % 3 - 1)) for at in range(10)]
    tails = (tail("IWM", "sizes", *way), tail("MDY", "sizes", *way), tail("XLK", "sectors", *way))
    chart = rotation.chart(Brief(**{**vars(brief), "rotation": tails}))
    heads = next(rows for mark, rows in layers(chart) if mark == "circle")
    count = {name: sum(row["words"].startswith(name) for row in heads) for name in ("Iwm", "Mdy", "Xlk")}
    assert count == {"Iwm": 10, "Mdy": 3, "Xlk": 3}
    assert [row["x"] for row in heads if row["words"].startswith("Xlk")] == [7.0, 8.0, 9.0], "the newest"
    assert {row["colour"] for row in heads if row["words"].startswith("Iwm")} == {theme.STRONG}
    assert theme.STRONG not in {row["colour"] for row in heads if not row["words"].startswith("Iwm")}
    assert chart.subtitle.endswith("the last 10 weeks of iwm, the last 3 weeks of the others")
    alone = rotation.chart(Brief(**{**vars(brief), "rotation": tails[1:]}))
    assert alone.subtitle.endswith("; the last 3 weeks")


def test_every_quadrant_is_seen_wherever_the_points_are() -> None:
    brief, _ = drawn()
    for away in ((3.0, 3.0), (-3.0, 2.0), (0.0, 0.0)):
        chart = rotation.chart(Brief(**{**vars(brief), "rotation": (tail("IWM", "sizes", away),)}))
        tints = next(rows for mark, rows in layers(chart) if mark == "rect")
        wide = {row["x2"] for row in tints}, {row["y2"] for row in tints}
        for (low, high), at in zip((sorted(one) for one in wide), away, strict=True):
            assert low < min(0.0, at) <= max(0.0, at) < high
            assert min(-low, high) >= 0.1 * (high - low)


def test_no_time_is_named_after_the_last_day() -> None:
    assert marks.month_ticks(date(2025, 2, 10), date(2026, 8, 21), 7) == [
        (2025, 4), (2025, 7), (2025, 10), (2026, 1), (2026, 4), (2026, 7)
    ]  # fmt: skip
    assert marks.month_ticks(date(2025, 1, 1), date(2025, 2, 20), 4) == [(2025, 1), (2025, 2)]
    assert marks.month_ticks(date(2025, 1, 2), date(2025, 1, 20), 4) == []


def test_levels_mark_breakouts_with_their_day() -> None:
    brief, _ = drawn()
    sessions = brief.ratio.path["session"]
    rows = len(sessions)

    def trace(values: list[float]) -> Trace:
        return Trace("", "", Unit.RATIO, "session", sessions, np.array(values))

    nothing = trace([0.0] * rows)
    broken = trace([0.0] * (rows - 10) + [1.0] + [0.0] * 9)
    level = trace([0.5] * (rows - 10) + [0.6] * 10)
    traces = {
        **brief.traces,
        "level": level,
        "breakout": broken,
        "retest": nothing,
        "confirmed": nothing,
        "failed": nothing,
    }
    chart = levels.chart(Brief(**{**vars(brief), "traces": traces, "findings": {**brief.findings, "levels": "x"}}))
    marked = [rows_ for mark, rows_ in layers(chart) if mark == "circle"][1]
    assert marked[0]["words"] == f"breakout {sessions[-10]}"
    steps = next(rows_ for mark, rows_ in layers(chart) if mark == "rule")
    assert [row["value"] for row in steps] == [0.5, 0.6]
    assert steps[1]["session"] == sessions[-10].isoformat()


def test_bands_keep_each_its_own_range() -> None:
    days = [date(2024, 1, 1) + timedelta(days=at) for at in range(3)]
    first = pl.DataFrame({"session": days, "value": [1.0, 3.0, 2.0]})
    second = pl.DataFrame({"session": days, "value": [100.0, 0.0, 50.0]})
    said = ("a", "b", "c")
    made = (
        bands.Band("First", first, said, "2", 1.0, 3.0, ("1", "3")),
        bands.Band("Second", second, said, "50", 0.0, 100.0, ("0", "100")),
    )
    chart = Chart("bands", "t", "s", "f", lambda size: bands.bands(made, size))
    line = next(rows for mark, rows in layers(chart) if mark == "line")
    places = [row["value"] for row in line]
    assert places == pytest.approx([1.06, 1.70, 1.38, 0.70, 0.06, 0.38])


def test_every_band_says_both_its_ends() -> None:
    days = [date(2024, 1, 1) + timedelta(days=at) for at in range(3)]
    path_ = pl.DataFrame({"session": days, "value": [-1.0, 3.0, 2.0]})
    made = tuple(
        bands.Band(
            f"B{at}", path_, ("a", "b", "c"), "2", -1.0, 3.0, (f"low {at}", f"high {at}"), ((0.0, f"zero {at}"),)
        )
        for at in range(5)
    )
    for size in (theme.DESK, theme.PHONE):
        text = svg(Chart("bands", "t", "s", "f", lambda size: bands.bands(made, size)), size)
        for at in range(5):
            assert all(f">{word} {at}<" in text for word in ("low", "high", "zero"))


def test_labels_are_moved_apart_and_stay_in_order() -> None:
    assert spread([1.0, 1.1, 5.0], 1.0) == pytest.approx([0.55, 1.55, 5.0])
    assert spread([3.0, 2.0, 1.0], 1.0) == [3.0, 2.0, 1.0]
    assert spread([2.0, 2.0, 2.0], 2.0) == pytest.approx([0.0, 2.0, 4.0])


def test_two_labels_at_one_place_do_not_cover_each_other() -> None:
    (ax, ay), (bx, by) = placed([(100.0, 100.0), (101.0, 100.0)], ["Alpha", "Beta"], (300, 300))
    assert abs(ax - bx) >= 25 or abs(ay - by) >= 12
    ((x, _),) = placed([(299.0, 100.0)], ["Long name"], (300, 300))
    assert x < 299


def test_a_short_path_is_not_thinned() -> None:
    whole = path(5 * 365)
    assert thinned(whole).equals(whole)


def test_a_long_path_keeps_week_ends_the_ends_and_the_record() -> None:
    whole = path(10 * 365)
    made = whole.filter(pl.col("value") == 1.96)["session"][-1]  # 1 + 96/100, the highest
    thin = thinned(whole, [made])
    assert len(whole) / 8 < len(thin) <= len(whole) / 7 + 4
    assert thin.row(0) == whole.row(0)
    assert thin.row(-1) == whole.row(-1)
    assert made in thin["session"].to_list()
    assert set(thin.rows()) <= set(whole.rows())


def test_decades_are_thinned_to_months() -> None:
    whole = path(60 * 365)
    assert 12 * 59 < len(thinned(whole)) <= 12 * 60 + 3


def test_what_has_no_number_is_not_drawn() -> None:
    columns = market()
    columns["SPY"] = {field: [*column[:-1], None] for field, column in columns["SPY"].items()}
    panel = daily(columns)
    broken = build(panel, choose(panel))
    assert [chart.name for chart in charts.charts(broken)] == ["strength", "participation", "drawdowns"]
    said = " ".join(charts.undrawn(broken))
    assert "The chart of the ratio is left out: IWM/SPY cannot be measured at this cut." in said
    assert "The chart of rarity is left out: SPY ends 2024-07-15." in said
    young = daily(market(30))  # no three months yet
    assert "strength" not in [chart.name for chart in charts.charts(build(young, choose(young)))]


def test_svg_is_labelled_says_its_numbers_and_needs_nothing_from_outside() -> None:
    _, found = drawn()
    for name, chart in found.items():
        text = svg(chart, theme.DESK, "one-")
        assert 'role="img" aria-label="' in text
        assert "<image" not in text
        assert 'href="' not in text
        assert 'id="clip' not in text
        assert f'"{theme.MUTED}"' in text, "dark pages map the theme's colours by these attributes"
        if name in ("ratio", "strength", "participation", "drawdowns"):
            assert len(re.findall(r"<title>[^<]+</title>", text)) >= 14
    assert "<title>2024-07-16: " in svg(found["ratio"], theme.DESK)


def test_png_has_the_size_of_the_family_at_twice_the_scale() -> None:
    _, found = drawn()
    wide = png(found["ratio"], theme.WIDE)
    assert wide[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(wide[16:20], "big"), int.from_bytes(wide[20:24], "big")) == (1440, 720)
    tall = image(frame(found["ratio"], svg(found["ratio"], theme.DESK), theme.TALL))
    assert (int.from_bytes(tall[16:20], "big"), int.from_bytes(tall[20:24], "big")) == (1440, 1080)


def test_a_drawing_is_as_large_as_asked_and_fills_its_frame() -> None:
    _, found = drawn()
    for chart in found.values():
        for size in (theme.DESK, theme.PHONE):
            box = re.search(r'viewBox="0 0 (\S+) (\S+)"', svg(chart, size))
            assert box is not None
            assert (float(box[1]), float(box[2])) == (size.width, size.height)
    text = framed(found["ratio"], theme.WIDE)
    assert "scale(1)" in text, "drawn for its frame, not scaled into it"
    assert 'role="img" aria-label="' in text


def test_a_frame_carries_title_subtitle_note_and_footer() -> None:
    chart = Chart("x", "A < B & C", "what is drawn", "source: s", lambda _: {}, "a note")
    text = frame(
        chart, '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10"></svg>', theme.TALL
    )
    for words in ("A &lt; B &amp; C", "what is drawn", "source: s", "a note"):
        assert f">{words}</text>" in text


def test_drawing_does_not_depend_on_the_machine_s_time_zone() -> None:
    panel = monthly(sample(60), standing="sample")
    chart = charts.charts(build(panel, choose(panel)))[0]
    spec = json.dumps(specification(chart, theme.WIDE))
    texts = {
        subprocess.run(
            [sys.executable, "-c", RENDER],
            input=spec,
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ("America/Los_Angeles", "Asia/Tokyo")
    }
    assert len(texts) == 1


def test_levels_of_a_log_axis_are_round_and_inside() -> None:
    for low, high, expected in ((0.33, 0.64, [0.4, 0.5, 0.6]), (0.48, 2.5, [0.5, 1, 2]), (0.5, 150, [1, 10, 100])):
        assert marks.log_ticks(low, high) == expected


def test_colours_of_the_theme_all_have_a_dark_twin() -> None:
    rules = theme.dark_rules(".chart")
    for colour in (theme.INK, theme.MUTED, theme.GRID, theme.REST, theme.STRONG, theme.EVENT):
        assert f'.chart [fill="{colour}"]' in rules
        assert f'.chart [stroke="{colour}"]' in rules
