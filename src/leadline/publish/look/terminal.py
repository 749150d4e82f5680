"""Text for a terminal: never wider than 100 columns, plain unless colour is asked for, tables without borders."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

WIDEST = 100
NO_BREAK = "\ue000"  # a blank at which no line ends; rich breaks lines at every Unicode space


def rendered(parts: Iterable[RenderableType], *, width: int = WIDEST, colour: bool = False) -> str:
    """The parts below each other as text of at most `width` columns (never over 100), without trailing blanks.

    Without colour there are no escape codes. Ends with a newline.
    """
    from rich.console import Console

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
    for part in parts:
        console.print(part, markup=False)
    said = out.getvalue().replace(NO_BREAK, " ")
    return "\n".join(line.rstrip() for line in said.splitlines()) + "\n"


def bare_table(*, gap: int = 2, header: bool = True) -> Table:
    """An empty table of the house: no borders, `gap` blanks between columns, quiet headings."""
    from rich.table import Table

    padding = (0, gap, 0, 0)
    return Table(box=None, pad_edge=False, padding=padding, show_edge=False, show_header=header, header_style="dim")


def hanging(head: str, words: str, width: int = 4) -> Table:
    """A sentence behind its heading of at least `width` columns; further lines keep clear of it.

    A number and its percent sign stay on one line.
    """
    table = bare_table(header=False)
    table.add_column(no_wrap=True, min_width=width)
    table.add_column(overflow="fold")
    table.add_row(head, words.replace(" %", f"{NO_BREAK}%"))
    return table
