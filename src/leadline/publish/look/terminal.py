"""Text for a terminal: never wider than 100 columns, plain unless colour is asked for, tables without borders."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

WIDEST = 100


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
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def bare_table(*, gap: int = 2, header: bool = True) -> Table:
    """An empty table of the house: no borders, `gap` blanks between columns, quiet headings."""
    from rich.table import Table

    padding = (0, gap, 0, 0)
    return Table(box=None, pad_edge=False, padding=padding, show_edge=False, show_header=header, header_style="dim")
