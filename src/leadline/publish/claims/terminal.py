"""Rulings for a terminal: one line a claim, the reasons below it; within 100 columns, plain text when piped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from leadline.judgement.claims.rulings import Checked, Ruling
from leadline.publish.claims import record
from leadline.publish.look.terminal import WIDEST, bare_table, hanging, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

STYLES: Final = {"for": "green", "against": "red"}
#: columns of the ruling with its mark, of what was stated and of what was measured; the claim takes what is left
RULING, FIGURE = 22, 18


def text(checked: Checked, *, width: int = WIDEST, colour: bool = False) -> str:
    """The rulings as text of at most `width` columns (never over 100). Without colour there are no escape codes."""
    return rendered(_parts(checked), width=width, colour=colour)


def _parts(checked: Checked) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(record.banner(checked), style="dim")
    yield ""
    yield Text(checked.title, style="bold")
    yield record.byline(checked)
    yield record.tally(checked)
    for name, said in record.card(checked):
        yield hanging(f"{name}:", said, width=16)
    for ruling in checked.rulings:
        yield ""
        yield _line(ruling)
        yield from (hanging("", sentence) for sentence in (*record.reasons(ruling), *record.since(ruling)))
    if checked.later is not None:
        yield ""
        yield Text(f"{record.LATER}, to {checked.later}", style="bold")
        yield from (hanging("  -", one.sentence) for one in checked.since)
    if checked.notices:
        yield ""
        yield Text("What to know of the data", style="bold")
        yield from (hanging("  -", notice) for notice in checked.notices)


def _line(ruling: Ruling) -> Table:
    """Mark and ruling, claim, stated, measured."""
    from rich.text import Text

    table = bare_table(gap=1, header=False)
    table.expand = True
    table.add_column(width=RULING, no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(width=FIGURE, justify="right")
    table.add_column(width=FIGURE, justify="right")
    style = STYLES.get(record.TONES.get(ruling.ruling, ""), "yellow")
    word = Text(f"{record.MARKS[ruling.ruling]} {ruling.ruling}", style=style)
    table.add_row(word, Text(ruling.says, style="bold"), ruling.stated, ruling.shown)
    return table
