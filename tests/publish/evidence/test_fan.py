from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pytest

from leadline.core.errors import RequestError
from leadline.inference.ask import Answer
from leadline.publish.evidence.fan import POINTS, fan_chart
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, png, specification, svg

from .answers import asked


def layers(chart: Chart, size: theme.Size = theme.WIDE) -> list[tuple[str, list[dict[str, Any]]]]:
    """Mark and rows of every layer, from a specification that Altair has checked against its schema."""
    spec = specification(chart, size)
    alt.LayerChart.from_dict({**spec, "config": {}})  # its schema does not know that no background can be asked for
    return [(layer["mark"]["type"], spec["datasets"][layer["data"]["name"]]) for layer in spec["layer"]]


def drawn_lines(chart: Chart) -> list[list[dict[str, Any]]]:
    return [rows for mark, rows in layers(chart) if mark == "line"]


def words(chart: Chart) -> list[str]:
    return [row["words"] for mark, rows in layers(chart) if mark == "text" for row in rows]


def outcome(answer: Answer, row: int, steps: int) -> float:
    values = answer.series["value"]
    return float(values[row + steps] / values[row] - 1)


def test_paths_are_the_episodes_and_end_at_their_outcomes() -> None:
    answer = asked()
    done = [one for one in answer.episodes if one.outcomes["63d"] is not None]
    assert len(done) >= 3
    paths, base, median, *_ = drawn_lines(fan_chart(answer, 63))
    for at, episode in enumerate(done):
        mine = {row["step"]: row["value"] for row in paths if row["path"] == at}
        assert len(mine) == POINTS
        assert mine[0] == 0
        for step in (20, 63):
            assert mine[step] == pytest.approx(outcome(answer, episode.row, step))
        assert mine[63] == pytest.approx(episode.outcomes["63d"])
    assert median[-1]["value"] == pytest.approx(np.median([one.outcomes["63d"] for one in done]))  # type: ignore[arg-type]
    rows = len(answer.series)
    assert base[-1]["value"] == pytest.approx(np.median([outcome(answer, row, 63) for row in range(rows - 63)]))


def test_the_band_is_the_middle_half() -> None:
    answer = asked()
    ends = [one.outcomes["21d"] for one in answer.episodes if one.outcomes["21d"] is not None]
    (band,) = (rows for mark, rows in layers(fan_chart(answer, 21)) if mark == "area")
    assert band[-1]["step"] == 21
    assert (band[-1]["value"], band[-1]["high"]) == pytest.approx(tuple(np.quantile(ends, (0.25, 0.75))))


def test_title_says_the_finding_and_subtitle_what_it_rests_on() -> None:
    answer = asked()
    finding = answer.findings[1]
    chart = fan_chart(answer, 63, 7)
    assert chart.title.startswith(
        f"IWM/SPY was higher 63 sessions later in {finding.hit.hits} of {finding.episodes} episodes (always: "
    )
    assert chart.title.endswith((": too few to say", ": not distinguishable from the base rate"))
    assert f"{finding.episodes} episodes" in chart.subtitle
    assert "2 tries" in chart.subtitle
    assert chart.footer == f"cut {answer.as_of} · ledger version 7 · ask change(IWM/SPY, 6d) > 7% --then IWM/SPY"
    assert "ledger" not in fan_chart(answer, 63).footer


def test_an_open_episode_is_drawn_as_far_as_it_goes() -> None:
    last = asked().episodes[-2]
    answer = asked(upto=last.row + 6 + 10)  # the event is known from row 6 on; ten sessions after its first
    chart = fan_chart(answer, 63)
    open_path = drawn_lines(chart)[-1]
    assert [row["step"] for row in open_path][-1] == 10
    assert open_path[-1]["value"] == pytest.approx(outcome(answer, last.row, 10))
    said = f"since {str(last.session)[:10]}: {outcome(answer, last.row, 10) * 100:+.1f} %"
    assert said in words(chart)
    assert "and 1 still open since" in chart.subtitle


def test_no_episode_draws_the_base_alone_and_says_so() -> None:
    chart = fan_chart(asked("change(IWM/SPY, 6d) > 90%"), 63)
    assert chart.title.startswith("No episode of change(IWM/SPY, 6d) > 90% was seen since ")
    assert len(drawn_lines(chart)) == 1
    assert [one.split()[0] for one in words(chart)] == ["always"]
    assert "area" not in {mark for mark, _ in layers(chart)}


def test_one_episode_is_one_path_without_a_median() -> None:
    answer = asked("IWM > 0")
    chart = fan_chart(answer, 21)
    assert chart.title.startswith("One episode only: IWM/SPY moved ")
    assert chart.title.endswith("too few to say")
    assert len(drawn_lines(chart)) == 2
    assert {one.split()[0] for one in words(chart)} == {"episode", "always"}


def test_a_horizon_longer_than_the_data_is_said_and_drawn_empty() -> None:
    chart = fan_chart(asked(over="900d"), 900)
    assert chart.title.startswith("No episode can be followed: no outcome of IWM/SPY over 900 sessions fits")
    assert png(chart, theme.WIDE)[:4] == b"\x89PNG"


def test_rates_are_drawn_as_differences() -> None:
    answer = asked(then="FRED:DGS10")
    paths = drawn_lines(fan_chart(answer, 21))[0]
    first = answer.episodes[0].row
    values = answer.series["value"]
    mine = {row["step"]: row["value"] for row in paths if row["path"] == 0}
    assert mine[21] == pytest.approx(values[first + 21] - values[first])
    assert "%" not in " ".join(words(fan_chart(answer, 21)))


def test_months_are_named_as_months() -> None:
    chart = fan_chart(asked("change(SMALL.total, 1mo) > 3%", "BIG.total", "3mo"), 3)
    assert "3 months later" in chart.title
    assert "median of all months" in chart.subtitle


def test_labels_that_would_touch_are_apart() -> None:
    chart = fan_chart(asked("IWM > 0 and SPY > 0"), 21)
    texts = [row for mark, rows in layers(chart) if mark == "text" for row in rows]
    assert len({round(row["value"], 6) for row in texts}) == len(texts)


def test_a_horizon_that_was_not_asked_is_refused() -> None:
    with pytest.raises(RequestError, match="one of 21d, 63d"):
        fan_chart(asked(), 5)


@pytest.mark.parametrize("size", [theme.WIDE, theme.TALL, theme.DESK, theme.PHONE])
def test_it_is_drawn_in_every_size_in_the_theme_s_colours(size: theme.Size) -> None:
    text = svg(fan_chart(asked(), 63), size, "fan-")
    for colour in (theme.INK, theme.STRONG, theme.REST):
        assert f'"{colour}"' in text
    assert 'role="img"' in text
