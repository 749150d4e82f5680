"""The brief for a terminal: headline, strength board, ratio, what was left out; within the given width."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from leadline.core.units import MISSING, number, percent
from leadline.publish.brief import words
from leadline.publish.brief.measures import PERIODS
from leadline.publish.brief.record import Brief, Row, by_strength

if TYPE_CHECKING:
    from rich.table import Table

#: columns: the widest a brief gets, the least that shows the basis of each row, the least that shows ranks
WIDEST, WITH_BASIS, NARROW = 100, 98, 76


def text(brief: Brief, *, width: int = WIDEST, colour: bool = False) -> str:
    """The brief as text of at most `width` columns (never over 100). Without colour it is plain: no escape codes."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out,
        width=min(width, WIDEST),
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    warning = brief.standing in ("sample", "simulated", "nothing")
    console.print(Text(brief.banner, style="yellow" if warning else "dim"))
    console.print()
    console.print(Text(brief.headline, style="bold"))
    console.print()
    console.print(_board(brief, console.width))
    console.print()
    console.print(Text(words.ratio_title(brief.ratio), style="bold"))
    console.print(_ratio(brief))
    if brief.notices:
        console.print()
        console.print(Text("Left out, and why", style="bold"))
        for notice in brief.notices:
            console.print(Padding(Text(f"- {notice}"), (0, 0, 0, 1)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _board(brief: Brief, width: int) -> Table:
    """The board; a narrow terminal loses the basis first, then the ranks: a number is never cut."""
    from rich.table import Table

    ranks, basis = width >= NARROW, width >= WITH_BASIS
    table = Table(box=None, pad_edge=False, padding=(0, 2 if basis else 1, 0, 0), show_edge=False, header_style="dim")
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
    from rich.table import Table

    ratio = brief.ratio
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for said, figure in words.ratio_rows(brief):
        table.add_row(said, percent(figure.value), figure.formula)
    table.add_row("Below its record", percent(ratio.drawdown.value), ratio.drawdown.formula)
    table.add_row("Value", number(ratio.value.value, 4), ratio.value.formula)
    table.add_row("Record", number(ratio.record.value.value, 4), words.record_age(ratio))
    return table
