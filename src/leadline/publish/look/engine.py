"""A process that turns Vega-Lite specifications into SVG: one JSON document a line in, one JSON text a line out."""

from __future__ import annotations

import json
import sys

_X = {"field": "x", "type": "temporal", "scale": {"type": "utc"}, "axis": {"format": "%Y"}}
_Y = {"field": "y", "type": "quantitative", "axis": {"labelExpr": "format(datum.value, '+.3~g')"}}
#: a drawing with some of everything, so that the engine has seen it when the first one comes
WARM = {
    "data": {"values": [{"x": f"20{at}-01-01", "y": at, "says": "a word"} for at in range(10, 20)]},
    "autosize": {"type": "none"},
    "layer": [
        {"mark": mark, "encoding": {"x": _X, "y": _Y, "text": {"field": "says"}}}
        for mark in ("line", "area", "circle", "text", "rule", "bar")
    ],
}


def main() -> None:
    """Start the engine, then draw what comes in until the input ends."""
    import vl_convert

    vl_convert.vegalite_to_svg(WARM)
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(vl_convert.vegalite_to_svg(json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
