"""Rulings as one self-contained page: inline style and charts, no script, no remote resource."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from leadline.core.units import change
from leadline.inference.outcomes import How
from leadline.judgement.claims.rulings import Checked
from leadline.publish.claims import record
from leadline.publish.claims.charts import SMALL, charts
from leadline.publish.look import drawing, theme

if TYPE_CHECKING:
    from jinja2 import Template


def page(checked: Checked) -> str:
    """The page of a checked commentary; the same rulings give the same bytes."""
    drawn = charts(checked)
    return _template().render(
        checked=checked,
        standing=record.standing(checked),
        banner=record.banner(checked),
        byline=record.byline(checked),
        tally=record.tally(checked),
        card=record.card(checked),
        later=record.LATER,
        charts=drawn,
        pictures={key: drawing.svg(chart, SMALL, f"{key}-") for key, chart in drawn.items()},
        light={name: getattr(theme, name) for name in ("INK", "MUTED", "GRID", "STRONG", "EVENT")},
        night=theme.DARK,
        dark=theme.dark_rules(".chart"),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["move"] = _move
    shared = {"reasons": record.reasons, "since": record.since, "marks": record.MARKS, "tones": record.TONES}
    environment.globals.update(shared)
    text = (files("leadline.publish.claims") / "page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)


def _move(value: float | None, how: How) -> str:
    """A change as its outcome is told: percent for returns, a plain number for differences."""
    return change(value, relative=how == "ratio")
