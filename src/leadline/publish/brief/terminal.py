"""The brief for a terminal: headline, card, evidence each way, rarity and leads, what changed, the board, the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from leadline.core.units import MISSING, percent
from leadline.judgement.playbook.evidence import Evidence
from leadline.publish.brief import leading, sides, telling, words
from leadline.publish.brief.compare import Comparison
from leadline.publish.brief.measures import PERIODS
from leadline.publish.brief.record import Brief, Row, by_strength
from leadline.publish.look.terminal import WIDEST, bare_table, hanging, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

#: columns: the least that shows the basis of each row, the least that shows ranks
WITH_BASIS, NARROW = 98, 76
EACH_WAY: Final = 6
#: what would change the card and what changed, at most
LISTED: Final = 8


def text(brief: Brief, *, width: int = WIDEST, colour: bool = False, files: Sequence[str] = ()) -> str:
    """The brief as text of at most `width` columns (never over 100). Without colour it is plain: no escape codes.

    files: where the renderings were written, said at the end.
    """
    from rich.text import Text

    warning = brief.standing in ("sample", "simulated", "nothing")
    width = min(width, WIDEST)
    parts: list[RenderableType] = [
        Text(brief.banner, style="yellow" if warning else "dim"),
        "",
        Text(brief.headline, style="bold"),
        *([] if brief.findings["lead"] == brief.headline else [brief.findings["lead"]]),
        "",
        *_card(brief),
        "",
        *_side("For", "+", brief.card.in_favour),
        "",
        *_side("Against", "-", brief.card.against),
        *_rests(brief),
        *_changed(brief.compare),
        "",
        _board(brief, width),
        "",
        hanging("Rests on", telling.coverage(brief.card), 10),
    ]
    if brief.notices:
        parts += ["", Text("Notes on the data", style="bold"), *(hanging(" -", notice, 3) for notice in brief.notices)]
    if files:
        parts += ["", hanging("Files", ", ".join(files), 10)]
    return rendered(parts, width=width, colour=colour)


def _card(brief: Brief) -> Iterator[RenderableType]:
    from rich.text import Text

    card, pair = brief.card, (brief.ratio.numerator_label, brief.ratio.denominator_label)
    yield Text(telling.regime(card), style="bold")
    for name, said in telling.rating(card):
        yield hanging(name, said, 10)
    yield hanging("So", card.recommendation, 10)
    for one in card.chances:
        yield hanging(
            "Chance" if one is card.chances[0] else "", f"{telling.chance_name(one, pair)}: {telling.chance(one)}", 10
        )
    for at, trigger in enumerate(card.would_change):
        yield hanging("" if at else "Changes if", trigger.sentence, 10)
    yield hanging("Lasting?", telling.durability(card), 10)


def _side(name: str, sign: str, lines: tuple[Evidence, ...]) -> Iterator[RenderableType]:
    from rich.text import Text

    more = f", the {EACH_WAY} strongest" if len(lines) > EACH_WAY else ""
    yield Text(f"{name} ({len(lines)}{more})", style="bold")
    for line in lines[:EACH_WAY]:
        yield hanging(f" {sign}", sides.short(line), 3)
    if not lines:
        yield "   none"


def _rests(brief: Brief) -> Iterator[RenderableType]:
    """What belongs to both sides: who was in the groups of stocks, how rare the thrust is, what leads what."""
    told = [
        ("Stocks", sides.members(brief.card)),
        ("How rare", _rare(brief)),
        ("Leads", leading.summary(brief.led)),
    ]
    if any(said for _, said in told):
        yield ""
    yield from (hanging(name, said, 10) for name, said in told if said)


def _rare(brief: Brief) -> str:
    return f"{brief.rarity.formula}: {telling.returns(brief.rarity)}." if brief.rarity else ""


def _changed(compared: Comparison | None) -> Iterator[RenderableType]:
    from rich.text import Text

    if compared is None:
        return
    yield ""
    yield Text(f"What changed since {compared.since}", style="bold")
    yield compared.sentence
    for name, then, now in telling.chance_shift(compared):
        yield f"   {name}: {then} then, {now} now"
    flips = telling.turned(compared)
    for flip in flips[:LISTED]:
        yield hanging(f" {flip.before} -> {flip.after}", flip.said_after, 20)
    if len(flips) > LISTED:
        yield f"   and {len(flips) - LISTED} more"
    for name, (then, now) in (("no data now", telling.lost(compared)), ("places", telling.places(compared))):
        if now:
            yield hanging(f" {name}", f"{now} (then {then})" if name == "places" else f"{then}: {now}", 20)


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
