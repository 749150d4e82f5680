"""The macro strip: curve, credit, claims and unemployment as they were known on each day."""

from __future__ import annotations

from typing import Any

import polars as pl

from leadline.publish.brief.charts.bands import Band, bands
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.macro import Strip, written
from leadline.publish.brief.record import Brief
from leadline.publish.look.drawing import Chart
from leadline.publish.look.theme import Size

#: how much of the past is drawn, and every how many rows one is kept
ROWS = {"session": (756, 3), "month": (360, 1)}


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    if not brief.macro:
        return "the ledger has no macro series that the strip knows"
    whys = dict.fromkeys(strip.trace.why for strip in brief.macro if strip.trace.why)
    return (
        "" if any(strip.trace.last is not None for strip in brief.macro) else next(iter(whys), "no value at this cut")
    )


def chart(brief: Brief) -> Chart:
    """One band a series; those without a value are named in the subtitle."""
    there = tuple(strip for strip in brief.macro if strip.trace.last is not None)
    absent = [strip.trace.label.split(",")[0].lower() for strip in brief.macro if strip.trace.last is None]
    without = f"; left out: {', '.join(absent)}" if absent else ""
    subtitle = f"Each as it was known on the day, releases and vintages included; own scale each{without}"
    return Chart("macro", brief.findings["macro"], subtitle, footer(brief), lambda size: _strips(there, size))


def _strips(strips: tuple[Strip, ...], size: Size) -> dict[str, Any]:
    return bands(tuple(_band(strip) for strip in strips), size)


def _band(strip: Strip) -> Band:
    span, every = ROWS[strip.trace.axis]
    path = strip.trace.path
    path = path.filter(pl.col("step") >= int(path["step"][-1]) - span)
    low, high = float(path["value"].min()), float(path["value"].max())  # type: ignore[arg-type]
    kept = path[::-1][::every][::-1]
    said = tuple(f"{day}: {written(value, strip.form)}" for day, value in kept.select("session", "value").iter_rows())
    ends = (written(low, strip.form), written(high, strip.form))
    marks = ((0.0, "0"),) if low < 0 < high and min(-low, high) > 0.25 * (high - low) else ()
    year = "" if strip.change is None else f", {written(strip.change, strip.form, signed=True)} in a year"
    return Band(f"{strip.trace.label}{year}", kept, said, written(strip.trace.last, strip.form), low, high, ends, marks)
