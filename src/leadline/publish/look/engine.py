"""A process that turns Vega-Lite specifications into SVG: one JSON document a line in, one JSON text a line out."""

from __future__ import annotations

import json
import sys

WARM = {"data": {"values": [{"x": 0}]}, "mark": "point", "encoding": {"x": {"field": "x", "type": "quantitative"}}}


def main() -> None:
    """Start the engine, then draw what comes in until the input ends."""
    import vl_convert

    vl_convert.vegalite_to_svg(WARM)
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(vl_convert.vegalite_to_svg(json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
