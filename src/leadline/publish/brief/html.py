"""The brief as one self-contained page: inline style, charts inlined as SVG, no script, no remote resource.

Each chart is drawn twice, for a desk and for a phone, and the page shows the one that fits. The drawings' light colours
are mapped to dark ones by style rules, by the reader's preference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from leadline.core.units import number, percent
from leadline.core.version import __version__
from leadline.publish.brief import leading, macro, sides, telling, words
from leadline.publish.brief.followed import apart
from leadline.publish.brief.measures import PERIODS
from leadline.publish.brief.record import Brief, by_strength
from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart
from leadline.publish.look.workshop import Picture

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup


def page(brief: Brief, drawn: tuple[Chart, ...], drawings: Mapping[str, Picture], undrawn: tuple[str, ...] = ()) -> str:
    """The page of a brief with its charts, as HTML text; the same record gives the same bytes.

    drawings: each chart of `drawn` by its name; undrawn: why others are not.
    """
    return _template().render(
        brief=brief,
        card=brief.card,
        ways=[("for", "For", brief.card.in_favour), ("against", "Against", brief.card.against)],
        folded=[("silent", brief.card.silent), ("missing", brief.card.missing)],
        pair=(brief.ratio.numerator_label, brief.ratio.denominator_label),
        periods=[(period, words.PERIOD_WORDS[period]) for period in PERIODS],
        groups=[("Sizes", by_strength(brief.board, "size")), ("Sectors", by_strength(brief.board, "sector"))],
        spans=words.ratio_rows(brief),
        ratio_title=words.ratio_title(brief.ratio),
        record_since=words.record_since(brief.ratio),
        studies=apart(brief.followed),
        left_out=_left_out(brief),
        method=words.method(brief),
        notes=tuple(dict.fromkeys(entry.note for entry in brief.coverage if entry.note)),
        figures=[_figure(chart, drawings[chart.name]) for chart in drawn],
        undrawn=undrawn,
        dark=theme.dark_rules(".chart"),
        written=macro.written,
        leadline=__version__,
    )


def _left_out(brief: Brief) -> str:
    """How many series of the board and the ratio have no numbers; "" where all have."""
    gone = [entry.name for entry in brief.coverage if entry.missing or entry.stale]
    return f"{', '.join(gone)} {'have' if gone[1:] else 'has'} no numbers" if gone else ""


def _figure(chart: Chart, drawn: Picture) -> dict[str, str]:
    return {
        "name": chart.name,
        "title": chart.title,
        "subtitle": chart.subtitle,
        "footer": chart.footer,
        "note": chart.note,
        "desk": _inline(drawn.desk),
        "phone": _inline(drawn.phone),
    }


def _inline(text: str) -> str:
    """An SVG for the inside of a page: no namespaces, no fixed size."""
    head, rest = text.split(">", 1)
    head = re.sub(r' (xmlns(:\w+)?|version|class|width|height)="[^"]*"', "", head)
    return f"{head}>{rest}"


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update({"percent": _percent, "number": _number, "whole": _whole})
    environment.globals.update({"tell": telling, "sides": sides, "lead": leading, "basis": words.BASIS_WORDS})
    text = (files("leadline.publish.brief") / "page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)


def _percent(value: Any, digits: int = 1) -> str:
    return percent(value, digits).replace(" ", "\N{NO-BREAK SPACE}")


def _whole(sentence: str) -> Markup:
    """The sentence, escaped, with its dates and percentages kept from breaking over two lines."""
    from markupsafe import Markup, escape

    kept = re.sub(r"\d{4}-\d\d-\d\d|[+-]?[\d.,]+ %", r'<span class="whole">\g<0></span>', str(escape(sentence)))
    return Markup(kept)  # noqa: S704 (escaped above)


def _number(value: Any) -> str:
    return number(value, 4)
