"""Participation over a year: sectors and stocks above their average, and the average company against the index."""

from __future__ import annotations

from typing import Any

import polars as pl

from leadline.core.units import Unit, percent
from leadline.judgement.playbook.attendance import NO_STOCKS
from leadline.publish.brief.charts.bands import Band, bands
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.macro import YEAR
from leadline.publish.brief.record import Brief
from leadline.publish.brief.traces import Trace
from leadline.publish.look.drawing import Chart
from leadline.publish.look.theme import Size

PARTS = ("breadth", "stocks", "equal")


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    parts = [brief.traces[name] for name in PARTS if name in brief.traces]
    if not parts:
        return "the playbook names no group whose share is counted, and no equal-weight series"
    return "" if any(part.last is not None for part in parts) else parts[0].why or "no value at this cut"


def chart(brief: Brief) -> Chart:
    """One band for each share, one for the equal-weight index against the index, over the last year.

    A ledger without stocks is not told of here again: the coverage says it.
    """
    parts = tuple(brief.traces[name] for name in PARTS if name in brief.traces)
    there = tuple(part for part in parts if part.last is not None)
    absent = [part.label.lower() for part in parts if part.last is None and part.why != NO_STOCKS]
    without = f"; left out: {', '.join(absent)}" if absent else ""
    said = "; ".join(part.formula for part in there)
    subtitle = f"Over the last {'five years' if brief.axis == 'month' else 'year'}: {said}{without}"
    title = brief.findings["participation"]
    return Chart("participation", title, subtitle, footer(brief), lambda size: _participation(there, size))


def _participation(parts: tuple[Trace, ...], size: Size) -> dict[str, Any]:
    return bands(tuple(_band(part) for part in parts), size)


def _band(part: Trace) -> Band:
    span = YEAR[part.axis] * (5 if part.axis == "month" else 1)
    path = part.path
    path = path.filter(pl.col("step") >= int(path["step"][-1]) - span)
    if part.unit is Unit.SHARE:
        said = tuple(f"{day}: {percent(value, 0, signed=False)}" for day, value in _rows(path))
        last = percent(part.last, 0, signed=False)
        return Band(part.label, path, said, last, 0.0, 1.0, ("0 %", "100 %"), ((0.5, "50 %"),))
    start = float(path["value"][0])
    moved = path.with_columns(value=pl.col("value") / start - 1)
    low, high = float(moved["value"].min()), float(moved["value"].max())  # type: ignore[arg-type]
    said = tuple(f"{day}: {percent(value)} since {path['session'][0]}" for day, value in _rows(moved))
    name = f"{part.label} since {path['session'][0]}"
    marks = ((0.0, "0"),) if low < 0 < high and min(-low, high) > 0.25 * (high - low) else ()
    last = percent(float(moved["value"][-1]))
    return Band(name, moved, said, last, low, high, (percent(low), percent(high)), marks)


def _rows(path: pl.DataFrame) -> list[tuple[object, float]]:
    return [(day, float(value)) for day, value in path.select("session", "value").iter_rows()]
