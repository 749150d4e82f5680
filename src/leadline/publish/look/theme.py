"""The one look of all charts: Okabe-Ito colours, sizes, type and axes; and how a page darkens a chart.

Charts are drawn in the light colours. A page that is read in the dark maps each of them by a style rule, so that the
same drawing serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

INK, MUTED, GRID, REST, STRONG, EVENT = "#1f2328", "#5d6570", "#e3e6ea", "#a5adb6", "#0072b2", "#d55e00"

#: light colour -> dark colour; strong is Okabe and Ito's blue (dark: sky blue), event their vermilion (dark: orange)
DARK = MappingProxyType(
    {INK: "#e6e8eb", MUTED: "#a3abb5", GRID: "#30363d", REST: "#6e7681", STRONG: "#56b4e9", EVENT: "#e69f00"}
)

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SCALE = 2


@dataclass(frozen=True)
class Size:
    """Width and height of a drawing in pixels before scaling; framed drawings carry title, subtitle and footer."""

    width: int
    height: int
    framed: bool = True

    @property
    def narrow(self) -> bool:
        """True where there is room for few labels: a phone."""
        return self.width < 480


WIDE = Size(720, 360)
TALL = Size(720, 540)
DESK = Size(600, 380, framed=False)
PHONE = Size(358, 400, framed=False)


def config() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart: no background, quiet axes, no marks described one by one."""
    return {
        "background": None,
        "aria": False,
        "font": FONT,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": INK,
            "fontSize": 17,
            "fontWeight": "bold",
            "lineHeight": 21,
            "subtitleColor": MUTED,
            "subtitleFontSize": 13,
            "subtitleLineHeight": 17,
            "subtitlePadding": 6,
            "offset": 14,
        },
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": True,
            "gridColor": GRID,
            "labelColor": MUTED,
            "labelFontSize": 12,
            "labelPadding": 6,
            "titleColor": MUTED,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "titleAnchor": "end",
            "titlePadding": 12,
        },
        "text": {"fontSize": 12, "color": INK},
    }


def dark_rules(scope: str) -> str:
    """CSS rules that map the light colours of drawings inside `scope` to the dark ones."""
    rules = []
    for light, dark in DARK.items():
        rules.append(f'{scope} [fill="{light}"]{{fill:{dark}}}')
        rules.append(f'{scope} [stroke="{light}"]{{stroke:{dark}}}')
    return "\n".join(rules)
