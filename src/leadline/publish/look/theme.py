"""The one look of all charts: Okabe-Ito colours, sizes, type and axes; and how a page darkens a chart.

Charts are drawn in the light colours. A page that is read in the dark maps each of them by a style rule, so that the
same drawing serves both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

INK, MUTED, GRID, REST, STRONG, EVENT = "#1f2328", "#5d6570", "#e3e6ea", "#8a939d", "#0072b2", "#d55e00"
#: the event colour for text, which needs more contrast than a mark
EVENT_INK = "#b34700"

#: light colour -> dark colour; strong is Okabe and Ito's blue (dark: sky blue), event their vermilion (dark: orange)
DARK = MappingProxyType(
    {
        INK: "#e6e8eb",
        MUTED: "#a3abb5",
        GRID: "#30363d",
        REST: "#6e7681",
        STRONG: "#56b4e9",
        EVENT: "#e69f00",
        EVENT_INK: "#e69f00",
    }
)

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SCALE = 2


@dataclass(frozen=True)
class Size:
    """Width and height of a drawing in pixels before scaling, margins and all."""

    width: int
    height: int

    @property
    def narrow(self) -> bool:
        """True where there is room for few labels: a phone."""
        return self.width < 480


WIDE = Size(720, 360)
TALL = Size(720, 540)
DESK = Size(600, 350)
PHONE = Size(358, 400)

#: pixels around the plot, for the labels of its axes
MARGINS: Mapping[str, int] = MappingProxyType({"left": 52, "right": 8, "top": 8, "bottom": 26})
#: the margin for the title of a horizontal axis
TITLED: Mapping[str, int] = MappingProxyType({"bottom": 44})


def plot(size: Size, margins: Mapping[str, int] = MappingProxyType({})) -> tuple[int, int]:
    """Width and height of what is inside the axes.

    >>> plot(DESK), plot(DESK, TITLED)
    ((540, 316), (540, 298))
    """
    kept = {**MARGINS, **margins}
    return size.width - kept["left"] - kept["right"], size.height - kept["top"] - kept["bottom"]


def config() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart: no background, quiet axes, no marks described one by one."""
    return {
        "background": None,
        "aria": False,
        "font": FONT,
        "view": {"stroke": None},
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
