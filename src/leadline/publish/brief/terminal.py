"""The brief for a terminal: headline, strength board, ratio, what was left out; within the given width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.core.units import MISSING, number, percent
from leadline.publish.brief import words
from leadline.publish.brief.measures import PERIODS
from leadline.publish.brief.record import Brief, Row, by_strength
from leadline.publish.look.terminal import WIDEST, bare_table, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

#: columns: the least that shows the basis of each row, the least that shows ranks
WITH_BASIS, NARROW = 98, 76


def text(brief: Brief, *, width: int = WIDEST, colour: bool = False) -> str:
    """The brief as text of at most `width` columns (never over 100). Without colour it is plain: no escape codes."""
    from rich.padding import Padding
    from rich.text import Text

    warning = brief.standing in ("sample", "simulated", "nothing")
    width = min(width, WIDEST)
    parts: list[RenderableType] = [
        Text(brief.banner, style="yellow" if warning else "dim"),
        "",
        Text(brief.headline, style="bold"),
        "",
        _board(brief, width),
        "",
        Text(words.ratio_title(brief.ratio), style="bold"),
        _ratio(brief),
    ]
    if brief.notices:
        parts += ["", Text("Left out, and why", style="bold")]
        parts += [Padding(Text(f"- {notice}"), (0, 0, 0, 1)) for notice in brief.notices]
    return rendered(parts, width=width, colour=colour)


def _board(brief: Brief, width: int) -> Table:
    """The board; a narrow terminal loses the basis first, then the ranks: a number is never cut."""
    ranks, basis = width >= NARROW, width >= WITH_BASIS
    table = bare_table(gap=2 if basis else 1)
    for name in ("Strength", "", "basis") if basis else ("Strength", ""):
        table.add_column(name, no_wrap=name != "Strength")  # the label gives way first, on to a second line
    for period in PERIODS:
        table.add_column(period, justify="right", no_wrap=True)
        if ranks:
            table.add_column(f"#/{brief.ranked[period]}", justify="right", no_wrap=True)
    for kind in ("size", "sector"):
        for row in by_strength(brief.board, kind):
            table.add_row(*_cells(row, ranks=ranks, basis=basis), style="bold" if kind == "size" else "")
    return table


def _cells(row: Row, *, ranks: bool, basis: bool) -> list[str]:
    cells = [row.label, row.symbol, *([words.BASIS_WORDS[row.basis]] if basis else [])]
    for period in PERIODS:
        cells += [percent(row.strength[period].value), *([str(row.rank[period] or MISSING)] if ranks else [])]
    return cells


def _ratio(brief: Brief) -> Table:
    ratio = brief.ratio
    table = bare_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for said, figure in words.ratio_rows(brief):
        table.add_row(said, percent(figure.value), figure.formula)
    table.add_row("Below its record", percent(ratio.drawdown.value), ratio.drawdown.formula)
    table.add_row("Value", number(ratio.value.value, 4), ratio.value.formula)
    table.add_row("Record", number(ratio.record.value.value, 4), words.record_age(ratio))
    return table
