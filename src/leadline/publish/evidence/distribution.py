"""The distribution: bars of all past values, today's value as a labelled line, and what is at least as extreme."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from leadline.core.units import Unit
from leadline.inference.arrays import Floats, floats
from leadline.inference.rare import RarityAnswer
from leadline.inference.rarity import Tail
from leadline.publish.evidence.words import percentile, quantity
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_PERCENT, Chart, round_ticks
from leadline.publish.look.layers import Layer, Row, column, layer, layered, number, plainly, words
from leadline.publish.look.theme import Size
from leadline.publish.look.words import ordinal

BINS = (15, 60)  # the least and the most bars over the whole range
RUG = 150  # values up to this many are marked one by one under the bars


def distribution_chart(answer: RarityAnswer, version: int | None = None) -> Chart:
    """All values of the formula as bars, the last as a line; those at least as extreme in the strong colour.

    A bar begins at the last value, so that no bar is half as extreme. version: of the ledger, for the footer.
    """
    values = floats(answer.values.frame["value"], answer.formula)
    values = values[~np.isnan(values)]
    footer = f"cut {answer.as_of}{'' if version is None else f' · ledger version {version}'} · {answer.formula}"
    return Chart(
        "distribution", _title(answer), _subtitle(answer), footer, lambda size: _distribution(values, answer, size)
    )


def _title(answer: RarityAnswer) -> str:
    standing, upper = answer.rarity.standing, answer.rarity.tail == "upper"
    place, end = (standing.rank, "highest") if upper else (standing.rank_low, "lowest")
    said = f"{ordinal(place)} {end}" if place > 1 else end
    value = quantity(standing.value, answer.unit)
    return f"{answer.formula} at {value}: the {said} of {standing.n:,}, percentile {percentile(standing.percentile)}"


def _subtitle(answer: RarityAnswer) -> str:
    often, rows = answer.rarity.occurrences, "months" if answer.values.axis == "month" else "sessions"
    first = answer.values.frame.filter(answer.values.frame["value"].is_not_null())["session"][0]
    side = "high" if answer.rarity.tail == "upper" else "low"
    counted = f"{often.count} separate {'time' if often.count == 1 else 'times'} in {often.years:.0f} years"
    century = f"{often.per_century:.1f} a century (95 %: {often.low:.1f} to {often.high:.1f})"
    return f"Number of {rows} by value since {first}; blue: at least as {side}, {counted}, {century}"


def edges(values: Floats, today: float, tail: Tail) -> Floats:
    """Edges of equal bars over the values; one edge is `today`, with a bar of values at least as extreme beyond it.

    values: (n,), no gaps. The width follows Freedman and Diaconis (1981), within 15 to 60 bars.

    >>> edges(np.array([0.0, 1.0, 2.0, 3.0, 30.0]), 3.0, "upper").round(2).tolist()[:3]
    [-1.0, 1.0, 3.0]
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.array([low - 0.5, low + 0.5])
    spread = float(np.subtract(*np.quantile(values, (0.75, 0.25))))
    wanted = (high - low) / (2 * spread * len(values) ** (-1 / 3)) if spread > 0 else BINS[1]
    width = (high - low) / min(max(wanted, BINS[0]), BINS[1])
    before = math.ceil((today - low) / width - 1e-9) + (tail == "lower" and today <= low)
    after = math.ceil((high - today) / width - 1e-9) + (tail == "upper" and today >= high)
    return np.asarray(today + width * np.arange(-before, after + 1), dtype=np.float64)


def counted(values: Floats, borders: Floats, tail: Tail) -> list[int]:
    """How many values lie between neighbouring borders; a value on a border is beyond it, as seen from the middle."""
    hair = float(borders[-1] - borders[0]) * 1e-12
    upto = np.searchsorted(np.sort(values), borders - hair if tail == "upper" else borders + hair)
    upto[0], upto[-1] = 0, len(values)
    return [int(one) for one in np.diff(upto)]


def _distribution(values: Floats, answer: RarityAnswer, size: Size) -> dict[str, Any]:
    today, tail = answer.rarity.standing.value, answer.rarity.tail
    borders = edges(values, today, tail)
    width = float(borders[1] - borders[0])
    counts = counted(values, borders, tail)
    rows: list[Row] = []
    for start, end, count in zip(borders[:-1].tolist(), borders[1:].tolist(), counts, strict=True):
        far = _far((start + end) / 2, today, tail)
        colour = theme.STRONG if far else theme.REST
        rows.append({"from": start, "to": end, "count": count, "far": far, "colour": colour})
    domain = (float(borders[0]) - width / 2, float(borders[-1]) + width / 2)
    top = max(counts)
    x = column("from", domain, _axis(answer.unit, size))
    y = column("count", (-0.04 * top, 1.16 * top), _counts(top))
    shown = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}, "color": plainly("colour", "nominal")}
    layers = [layer(rows, {"type": "bar", "x2Offset": -0.7}, shown)]
    rug: list[Row] = [{"from": one, "count": -0.02 * top} for one in values.tolist() if _far(one, today, tail)]
    if len(rug) <= RUG:
        mark = {"type": "tick", "color": theme.STRONG, "height": 7, "thickness": 1.2, "opacity": 0.8}
        layers.append(layer(rug, mark, {"x": number("from"), "y": number("count")}))
    return layered([*layers, *_today(answer, top, domain)])


def _far(value: float, today: float, tail: Tail) -> bool:
    return value >= today if tail == "upper" else value <= today


def _axis(unit: Unit, size: Size) -> dict[str, Any]:
    form = {"grid": False, "tickCount": 4 if size.narrow else 8}
    if unit is Unit.RETURN:
        return {**form, "labelExpr": SIGNED_PERCENT}
    return {**form, "format": ".0%" if unit is Unit.SHARE else "~g"}


def _counts(top: int) -> dict[str, Any]:
    return {"format": ",d", "values": [one for one in round_ticks(0, top, 5) if one == round(one)]}


def _today(answer: RarityAnswer, top: int, domain: tuple[float, float]) -> list[Layer]:
    today = answer.rarity.standing.value
    right = today > sum(domain) / 2
    row: Row = {
        "from": today,
        "count": 1.12 * top,
        "zero": 0,
        "words": f"{answer.as_of}: {quantity(today, answer.unit)}",
    }
    rule = {"type": "rule", "color": theme.EVENT, "strokeWidth": 2}
    text = {"type": "text", "align": "right" if right else "left", "dx": -6 if right else 6, "fontSize": 13}
    return [
        layer([row], rule, {"x": number("from"), "y": number("zero"), "y2": {"field": "count"}}),
        layer(
            [row],
            {**text, "color": theme.EVENT_INK, "fontWeight": "bold"},
            {"x": number("from"), "y": number("count"), "text": words()},
        ),
    ]
