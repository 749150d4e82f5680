"""The score of past cards for the terminal: one block a horizon, failures first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leadline.core.units import number, percent
from leadline.judgement.walkforward.record import Judged, Scored, Tally
from leadline.publish.look.terminal import WIDEST, bare_table, hanging, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_SHOWN = 8


def score_text(found: Sequence[Scored], *, width: int = WIDEST, colour: bool = False) -> str:
    """Every horizon: the sentence, misses, hits, what took no side, what is open, and the tallies by regime."""
    parts: list[RenderableType] = []
    for one in found:
        parts += [one.sentence, _brier(one), ""]
        for title, cards in (
            ("Misses", one.misses),
            ("Hits", one.hits),
            ("Took no side", one.unsided),
            ("Open", one.open),
        ):
            parts += _cards(title, cards)
        parts += [_tallies(one.regimes), ""]
    return rendered(parts[:-1], width=width, colour=colour)


def _brier(one: Scored) -> str:
    if one.brier is None:
        return "no probability could be scored yet"
    skill = "-" if one.skill is None else f"{one.skill:+.2f} (95 % interval {one.low:+.2f} to {one.high:+.2f})"
    base = number(one.base_brier, 3)
    return f"Brier score {number(one.brier, 3)} against {base} of the base rate: skill {skill}"


def _cards(title: str, cards: Sequence[Judged]) -> list[RenderableType]:
    if not cards:
        return []
    shown = [hanging("", card.sentence, width=1) for card in cards[:_SHOWN]]
    more = [f"and {len(cards) - _SHOWN} more (see --json)"] if len(cards) > _SHOWN else []
    return [f"{title} ({len(cards)})", *shown, *more, ""]


def _tallies(rows: Sequence[Tally]) -> Table:
    table = bare_table()
    table.add_column("regime of the card")
    for heading in ("cards", "separate", "mean", "above zero"):
        table.add_column(heading, justify="right")
    for row in rows:
        share = percent(row.above, 0, signed=False)
        table.add_row(row.name, str(row.n), number(row.effective_n, 1), percent(row.mean), share)
    return table
