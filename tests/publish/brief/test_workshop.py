"""Who draws does not change a byte, and a helper that is gone costs nothing but time."""

from __future__ import annotations

import subprocess
import sys

from leadline.publish.look.drawing import Chart
from leadline.publish.look.layers import layer, layered, number
from leadline.publish.look.workshop import Helper, opened, pictures


def chart(name: str, top: float) -> Chart:
    rows = [{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": top}]
    spec = layered([layer(rows, {"type": "line"}, {"x": number("x"), "y": number("y")})])
    return Chart(name, f"Title of {name}", "subtitle", "footer", lambda _: spec)


CHARTS = (chart("one", 1.0), chart("two", 2.0), chart("three", 3.0))


def test_the_helper_draws_what_this_process_would() -> None:
    alone = pictures(CHARTS)
    with opened() as helper:
        assert helper is not None
        assert pictures(CHARTS, helper) == alone
        assert pictures(CHARTS, helper) == alone, "a helper can be used again"
    assert helper.poll() is not None
    assert list(alone) == ["one", "two", "three"]
    assert len({picture.png for picture in alone.values()}) == 3


def test_a_helper_that_dies_is_done_without() -> None:
    alone = pictures(CHARTS)
    with opened() as helper:
        assert helper is not None
        helper.kill()
        helper.wait()
        assert pictures(CHARTS, helper) == alone


def test_a_helper_that_stops_in_the_middle_is_done_without() -> None:
    once = (
        "import sys, vl_convert, json; print(json.dumps(vl_convert.vegalite_to_svg(json.loads(input()))), flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", once], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as short:
        helper: Helper = short
        assert pictures(CHARTS, helper) == pictures(CHARTS)
