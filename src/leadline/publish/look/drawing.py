"""A chart of the house: its words and its drawing, as PNG or SVG in a frame (title, subtitle, footer), or for a page.

Layout is decided here and not by the engine: margins are stated, so charts line up with each other, and the engine need
not measure every label twice.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leadline.publish.look import theme
from leadline.publish.look.theme import Size

#: pixels of width that a letter of the title and of the subtitle takes, on the wide side
TITLE_LETTER, SUBTITLE_LETTER, FOOTER_LETTER = 8.9, 6.5, 5.6

#: pixels around a framed drawing, and of a line of its footer
FRAME, FOOT = 16, 14

#: a mark that says something: its label becomes the title that a browser shows when it is pointed at
_SAYING = re.compile(
    r'<(\w+) aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]*"([^>]*?)/>', re.ASCII
)

#: what the engine calls its groups: pictures without a name to a screen reader, inside the one that has a name
_NAMELESS = re.compile(r' role="graphics-\w+"(?: aria-roledescription="[^"]*")?')

#: how the axis of a decimal says percent: 0, +5 %, -12.5 %
SIGNED_PERCENT = "datum.value == 0 ? '0' : replace(format(datum.value * 100, '+.3~g'), '\u2212', '-') + ' %'"

#: the same for a plain number: 0, +0.25, -1
SIGNED_NUMBER = "datum.value == 0 ? '0' : replace(format(datum.value, '+.3~g'), '\u2212', '-')"


@dataclass(frozen=True)
class Chart:
    """What a rendering needs to show a chart: its name (file stem), its words, and the drawing at a size.

    draw: a Vega-Lite specification as `look.layers` writes it. note: a line under the drawing, "" for none.
    """

    name: str
    title: str
    subtitle: str
    footer: str
    draw: Callable[[Size], dict[str, Any]]
    note: str = ""


def svg(chart: Chart, size: Size, prefix: str = "") -> str:
    """The drawing as SVG on no background, labelled for a screen reader. `prefix` keeps its ids apart in a page."""
    return worded(chart, drawn(specification(chart, size)), prefix)


def drawn(spec: dict[str, Any]) -> str:
    """The SVG of a specification as the engine gives it."""
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(spec)
    return text


def worded(chart: Chart, text: str, prefix: str = "") -> str:
    """The engine's SVG with short numbers, labelled with the chart's words; marks say theirs when pointed at."""
    text = re.sub(r' (?:d|transform)="[^"]+"', lambda path: re.sub(r"(\.\d)\d+", r"\1", path[0]), text)
    text = re.sub(_SAYING, r"<\1\3><title>\2</title></\1>", text)
    text = re.sub(_NAMELESS, "", text)
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{prefix}", text) if prefix else text
    return text.replace("<svg ", f"<svg {_labelled(chart)} ", 1)


def _labelled(chart: Chart) -> str:
    return f'role="img" aria-label="{_escaped(f"{chart.title}. {chart.subtitle}")}"'


def png(chart: Chart, size: Size) -> bytes:
    """The framed drawing as PNG at twice its size, on white."""
    return image(framed(chart, size))


def framed(chart: Chart, size: Size) -> str:
    """The framed drawing as SVG on white: title and subtitle over it, note and footer under it."""
    top, bottom = _edges(chart, size)
    inner = Size(size.width - 2 * FRAME, max(80, int(bottom - top) - 6))
    return frame(chart, svg(chart, inner), size)


#: what only a page needs: points that are not seen, and what marks say
_UNSEEN = re.compile(r'<path [^>]*opacity="0"[^>]*><title>[^<]*</title></path>')
_SAID = re.compile(r"<title>[^<]*</title>")


def image(framed_: str) -> bytes:
    """A framed drawing as PNG at twice its size."""
    import vl_convert

    made: bytes = vl_convert.svg_to_png(re.sub(_SAID, "", re.sub(_UNSEEN, "", framed_)), scale=theme.SCALE)
    return made


def frame(chart: Chart, drawing: str, size: Size) -> str:
    """A drawing as `svg` gives it, of any size, in a frame of this size: it is not made again but scaled to fit."""
    inner, (top, bottom) = size.width - 2 * FRAME, _edges(chart, size)
    texts, y = [], float(FRAME)
    for line, points, height, weight, colour in _heads(chart, size):
        y += height
        texts.append(_text(line, y - 4, points, weight, colour))
    for at, line in enumerate(_foot(chart, size)):
        texts.append(_text(line, bottom + FOOT * (at + 1) - 2, 11, "normal", theme.MUTED))
    wide, high = (float(side) for side in re.findall(r' viewBox="0 0 (\S+) (\S+)"', drawing)[0])
    scale = min(inner / wide, (bottom - top - 6) / high)
    # a group, not an SVG in the SVG: that would be clipped, which takes longer than all the rest
    place = f"translate({FRAME},{top:g}) scale({scale:g})"
    rest = drawing.split(">", 1)[1].removesuffix("</svg>")
    box = f'width="{size.width}" height="{size.height}" viewBox="0 0 {size.width} {size.height}"'
    white = f'<rect width="{size.width}" height="{size.height}" fill="white"/>'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {_labelled(chart)} {box}>'
    return f'{start}{white}{"".join(texts)}<g transform="{place}">{rest}</g></svg>'


def _heads(chart: Chart, size: Size) -> list[tuple[str, int, int, str, str]]:
    """The lines over a drawing: words, points, height, weight, colour."""
    inner = size.width - 2 * FRAME
    titles = [(line, 17, 21, "bold", theme.INK) for line in _lines(chart.title, inner / TITLE_LETTER)]
    return titles + [(line, 13, 17, "normal", theme.MUTED) for line in _lines(chart.subtitle, inner / SUBTITLE_LETTER)]


def _foot(chart: Chart, size: Size) -> list[str]:
    letters = (size.width - 2 * FRAME) / FOOTER_LETTER
    return [line for text in (chart.note, chart.footer) if text for line in _lines(text, letters)]


def _edges(chart: Chart, size: Size) -> tuple[float, float]:
    """Where the drawing starts and ends inside its frame."""
    top = FRAME + 8 + sum(head[2] for head in _heads(chart, size))
    return top, size.height - FRAME - FOOT * len(_foot(chart, size))


def _text(words: str, y: float, points: int, weight: str, colour: str) -> str:
    font = f'font-family="{theme.FONT}" font-size="{points}" font-weight="{weight}" fill="{colour}"'
    return f'<text x="{FRAME}" y="{y:g}" {font}>{_escaped(words)}</text>'


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def specification(chart: Chart, size: Size) -> dict[str, Any]:
    """The Vega-Lite specification of a chart: as large as `size` with the margins that its drawing states."""
    drawing = dict(chart.draw(size))
    margins = {**theme.MARGINS, **drawing.pop("margins", {})}
    return {
        **drawing,
        "width": size.width - margins["left"] - margins["right"],
        "height": size.height - margins["top"] - margins["bottom"],
        "autosize": {"type": "none"},
        "padding": margins,
        "config": theme.config(),
    }


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Round levels from `low` to `high`, zero among them where it is inside: at most `most`, as many as there can be.

    >>> round_ticks(-0.17, 0.13, 6), round_ticks(0, 580, 4)
    ([-0.15, -0.1, -0.05, 0.0, 0.05, 0.1], [0.0, 200.0, 400.0])
    """
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (digit * power for digit in (1, 2, 5, 10, 20, 50)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [float(f"{at * step:.10g}") + 0.0 for at in range(first, last + 1)]


def _lines(text: str, letters: float) -> list[str]:
    """The text in as few lines as `letters` allows, as even as they come."""
    lines = textwrap.wrap(text, int(letters))
    narrower = (textwrap.wrap(text, width) for width in range(int(letters) // 2, int(letters)))
    return next((even for even in narrower if len(even) == len(lines)), lines)
