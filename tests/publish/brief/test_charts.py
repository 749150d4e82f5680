from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import polars as pl

from leadline.judgement.playbook import choose
from leadline.publish.brief import Brief, build, charts
from leadline.publish.brief.charts import thinned
from leadline.publish.brief.measures import ratio_path
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, png, specification, svg

from .panels import daily, market, monthly, sample

RENDER = "import sys, json, vl_convert; sys.stdout.write(vl_convert.vegalite_to_svg(json.load(sys.stdin)))"


def drawn(count: int = 300) -> tuple[Brief, tuple[Chart, ...]]:
    panel = daily(market(count))
    brief = build(panel, choose(panel))
    return brief, charts.charts(brief, panel)


def rows(chart: Chart, size: theme.Size) -> list[dict[str, Any]]:
    """The data of the first layer, from a specification that Altair has checked against its schema."""
    spec = chart.draw(size).to_dict(validate=True)
    found: list[dict[str, Any]] = spec["datasets"][spec["layer"][0]["data"]["name"]]
    return found


def path(count: int, step: timedelta = timedelta(days=1)) -> pl.DataFrame:
    first = date(2000, 1, 3)
    values = [1.0 + (index % 97) / 100 for index in range(count)]
    frame = pl.DataFrame({"session": [first + step * index for index in range(count)], "value": values})
    return frame.with_row_index("step").with_columns(record=pl.col("value").cum_max())


def test_both_charts_with_the_record_s_words() -> None:
    brief, found = drawn()
    assert [chart.name for chart in found] == ["ratio", "strength"]
    assert [chart.title for chart in found] == [brief.findings["ratio"], brief.findings["board"]]
    for chart in found:
        assert "2024-07-16" in chart.footer
        assert "ledger version 5" in chart.footer
    assert found[0].subtitle.startswith("IWM/SPY by price since ")


def test_bars_are_the_record_s_numbers() -> None:
    brief, found = drawn()
    data = rows(found[1], theme.TALL)
    expected = {f"{row.label} · {row.symbol}": row.strength["3mo"].value for row in brief.board}
    assert {line["label"]: line["value"] for line in data} == expected
    assert [line["value"] for line in data] == sorted(expected.values(), reverse=True)


def test_the_line_is_the_ratio() -> None:
    panel = daily(market(300))
    brief = build(panel, choose(panel))
    data = rows(charts.charts(brief, panel)[0], theme.WIDE)
    whole = ratio_path(panel, "IWM", "SPY", "close", "session")
    assert [line["value"] for line in data] == whole["value"].to_list()
    assert data[-1]["value"] == brief.ratio.value.value


def test_a_short_path_is_not_thinned() -> None:
    whole = path(5 * 365)
    assert thinned(whole).equals(whole)


def test_a_long_path_keeps_week_ends_the_ends_and_the_record() -> None:
    whole = path(10 * 365)
    thin = thinned(whole)
    assert len(whole) / 8 < len(thin) <= len(whole) / 7 + 4
    assert thin.row(0) == whole.row(0)
    assert thin.row(-1) == whole.row(-1)
    made = whole.filter(pl.col("value") == 1.96)["session"][-1]  # 1 + 96/100, the highest
    assert made in thin["session"].to_list()
    assert set(thin.rows()) <= set(whole.rows())


def test_decades_are_thinned_to_months() -> None:
    whole = path(60 * 365)
    assert 12 * 59 < len(thinned(whole)) <= 12 * 60 + 3


def test_what_has_no_number_is_not_drawn() -> None:
    columns = market()
    columns["SPY"] = {field: [*column[:-1], None] for field, column in columns["SPY"].items()}
    panel = daily(columns)
    assert [chart.name for chart in charts.charts(build(panel, choose(panel)), panel)] == ["strength"]
    young = daily(market(30))  # no three months yet
    assert [chart.name for chart in charts.charts(build(young, choose(young)), young)] == ["ratio"]


def test_svg_is_labelled_and_needs_nothing_from_outside() -> None:
    _, found = drawn()
    for chart in found:
        text = svg(chart, theme.DESK, "one-")
        assert 'role="img" aria-label="' in text
        assert "<image" not in text
        assert 'href="' not in text
        assert 'id="clip' not in text
        for colour in (theme.STRONG, theme.MUTED):
            assert f'"{colour}"' in text, "dark pages map the theme's colours by these attributes"


def test_png_has_the_size_of_the_family_at_twice_the_scale() -> None:
    _, found = drawn()
    image = png(found[0], theme.WIDE)
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")) == (1440, 720)


def test_drawing_does_not_depend_on_the_machine_s_time_zone() -> None:
    panel = monthly(sample(60), standing="sample")
    chart = charts.charts(build(panel, choose(panel)), panel)[0]
    spec = json.dumps(specification(chart, theme.WIDE, background=None))
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
        frame = pl.DataFrame({"value": [low, high], "record": [low, high]})
        assert charts.log_ticks(frame) == expected


def test_colours_of_the_theme_all_have_a_dark_twin() -> None:
    rules = theme.dark_rules(".chart")
    for colour in (theme.INK, theme.MUTED, theme.GRID, theme.REST, theme.STRONG, theme.EVENT):
        assert f'.chart [fill="{colour}"]' in rules
        assert f'.chart [stroke="{colour}"]' in rules
