from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.inference.rarity import Tail
from leadline.publish.evidence.distribution import counted, distribution_chart, edges
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, specification, svg

from .answers import rarely


def rows(chart: Chart, mark: str) -> list[dict[str, Any]]:
    spec = specification(chart, theme.WIDE)
    alt.LayerChart.from_dict({**spec, "config": {}})  # its schema does not know that no background can be asked for
    found = [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]
    return [row for layer in found for row in spec["datasets"][layer["data"]["name"]]]


def test_bars_hold_every_value_once_and_the_blue_ones_those_at_least_as_extreme() -> None:
    answer = rarely()
    bars = rows(distribution_chart(answer), "bar")
    standing = answer.rarity.standing
    assert sum(bar["count"] for bar in bars) == standing.n
    far = standing.rank if answer.rarity.tail == "upper" else standing.rank_low
    values = answer.values.frame["value"].drop_nulls()
    at_least = int(
        (values >= standing.value).sum() if answer.rarity.tail == "upper" else (values <= standing.value).sum()
    )
    assert sum(bar["count"] for bar in bars if bar["far"]) == at_least == far


def test_title_and_line_say_where_today_stands() -> None:
    answer = rarely()
    chart = distribution_chart(answer, 4)
    standing, upper = answer.rarity.standing, answer.rarity.tail == "upper"
    assert chart.title.startswith("change(IWM/SPY, 6d) at ")
    assert f"of {standing.n:,}, percentile {standing.percentile * 100:.1f}" in chart.title
    assert ("highest" if upper else "lowest") in chart.title
    (label,) = (row["words"] for row in rows(chart, "text"))
    assert label.startswith(f"{answer.as_of}: ")
    assert label.endswith(" %")
    assert chart.footer == f"cut {answer.as_of} · ledger version 4 · change(IWM/SPY, 6d)"
    assert "a century" in chart.subtitle


@pytest.mark.parametrize(("tail", "ends"), [("upper", "highest"), ("lower", "lowest")])
def test_the_record_itself_is_the_one_blue_value(tail: Tail, ends: str) -> None:
    values = np.arange(100.0) if tail == "upper" else -np.arange(100.0)
    borders = edges(values, float(values[-1]), tail)
    counts = counted(values, borders, tail)
    assert sum(counts) == 100
    assert (counts[-1] if tail == "upper" else counts[0]) == 1


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=20, max_size=200).filter(lambda found: max(found) - min(found) > 1e-3),
    st.integers(0, 19),
    st.sampled_from(["upper", "lower"]),
)
def test_every_value_has_a_bar_and_today_is_a_border(found: list[float], at: int, tail: Tail) -> None:
    values = np.array(found)
    today = found[at]
    borders = edges(values, today, tail)
    counts = counted(values, borders, tail)
    assert sum(counts) == len(found)
    assert min(abs(borders - today)) == 0
    assert borders[0] <= min(found) + 1e-9
    assert borders[-1] >= max(found) - 1e-9
    assert len(counts) <= 63
    middle = (borders[:-1] + borders[1:]) / 2
    beyond = [count for count, one in zip(counts, middle, strict=True) if (one >= today) == (tail == "upper")]
    hair = (borders[-1] - borders[0]) * 1e-9
    strictly = sum(one > today + hair if tail == "upper" else one < today - hair for one in found)
    loosely = sum(one >= today - hair if tail == "upper" else one <= today + hair for one in found)
    assert strictly <= sum(beyond) <= loosely


def test_a_value_that_never_changes_has_one_bar() -> None:
    assert counted(np.full(30, 2.0), edges(np.full(30, 2.0), 2.0, "upper"), "upper") == [30]


def test_it_is_drawn_on_a_phone_too() -> None:
    text = svg(distribution_chart(rarely("IWM/SPY")), theme.PHONE, "rare-")
    assert f'"{theme.EVENT}"' in text
    assert f'"{theme.REST}"' in text
    assert '"white"' not in text
