"""Drawings as Vega-Lite layers written plainly: rows, a mark, an encoding. Altair reads them too (`from_dict`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Layer = dict[str, Any]


def layer(rows: Sequence[Row], mark: Mapping[str, Any], encoding: Mapping[str, Any]) -> Layer:
    """One layer: its rows (dates as ISO text), its mark with properties, and what each channel shows."""
    return {"rows": rows, "mark": dict(mark), "encoding": dict(encoding)}


def layered(layers: Sequence[Layer], margins: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The layers over each other; rows that several layers share (the same object) are carried once.

    margins: pixels on a side that are not those of the theme, for long labels or the title of an axis.
    """
    shared: dict[int, str] = {}
    datasets: dict[str, list[Row]] = {}
    drawn = []
    for one in layers:
        rows = one["rows"]
        if id(rows) not in shared:
            shared[id(rows)] = f"rows{len(shared)}"
            datasets[shared[id(rows)]] = list(rows)
        drawn.append({"data": {"name": shared[id(rows)]}, "mark": one["mark"], "encoding": one["encoding"]})
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "datasets": datasets, "layer": drawn}
    return {**spec, "margins": dict(margins)} if margins else spec


def number(name: str) -> dict[str, Any]:
    """A channel that shows a number, on the scale and axis of its layer's neighbours."""
    return {"field": name, "type": "quantitative"}


def moment(name: str) -> dict[str, Any]:
    """A channel that shows a day."""
    return {"field": name, "type": "temporal"}


def words(name: str = "words") -> dict[str, Any]:
    """A channel that shows text: a label, or what a mark says when it is pointed at."""
    return {"field": name, "type": "nominal"}


def plainly(name: str, kind: str = "quantitative") -> dict[str, Any]:
    """A channel that takes its value from the rows as it is: a colour, a width, an opacity."""
    return {"field": name, "type": kind, "scale": None}


def column(name: str, domain: Sequence[float], axis: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A channel of position over a fixed range; the axis has no title unless it is given."""
    scale = {"domain": list(domain), "nice": False}
    return {"field": name, "type": "quantitative", "scale": scale, "axis": {"title": None, **(axis or {})}}
