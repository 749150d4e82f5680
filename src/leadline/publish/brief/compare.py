"""What changed between two briefs: the regime, readings that flipped, ranks, the ratio, the probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from leadline.core.errors import RequestError
from leadline.core.units import percent
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.evidence import Evidence
from leadline.publish.brief.sides import short
from leadline.publish.evidence.words import times

if TYPE_CHECKING:
    from leadline.publish.brief.record import Brief

#: the period whose ranks are compared
PERIOD = "3mo"


@dataclass(frozen=True)
class Flip:
    """An evidence line whose reading changed; its sentences then and now."""

    key: str
    topic: str
    before: str
    after: str
    said_before: str
    said_after: str


@dataclass(frozen=True)
class Moved:
    """One row of the strength board whose place over three months changed; None where it had or has none."""

    symbol: str
    label: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Shifted:
    """What the card said over one horizon, then and now."""

    horizon: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Comparison:
    """What changed from one brief to a later one. ratio_change: the later ratio over the earlier, less 1.

    ranked_before, ranked_after: among how many rows of the board the places are. Sentences of flips are without who was
    in the groups of stocks.
    """

    since: date
    as_of: date
    regime_before: str
    regime_after: str
    action_before: str
    action_after: str
    ratio_before: float | None
    ratio_after: float | None
    ratio_change: float | None
    ratio_formula: str
    chances: tuple[Shifted, ...]
    flipped: tuple[Flip, ...]
    ranks: tuple[Moved, ...]
    ranked_before: int
    ranked_after: int
    sentence: str


def compare(before: Brief, after: Brief) -> Comparison:
    """What changed from `before` to `after`. Raises RequestError for briefs of two playbooks, or not in order of time.

    Levels of a series that was split in between are on the scale of their own day.
    """
    if before.playbook_hash != after.playbook_hash:
        found = f"{before.playbook} and {after.playbook}, or two versions of one"
        raise RequestError("briefs to compare", found=found, expected="two briefs by the same playbook")
    if before.as_of >= after.as_of:
        raise RequestError(
            "briefs to compare", found=f"{before.as_of} and {after.as_of}", expected="the earlier one first"
        )
    flips, moves = tuple(_flips(before.card, after.card)), tuple(_moves(before, after))
    then, now = before.ratio.value.value, after.ratio.value.value
    gain = None if then is None or now is None else now / then - 1
    return Comparison(
        since=before.as_of,
        as_of=after.as_of,
        regime_before=before.card.regime,
        regime_after=after.card.regime,
        action_before=before.card.action,
        action_after=after.card.action,
        ratio_before=then,
        ratio_after=now,
        ratio_change=gain,
        ratio_formula=after.ratio.value.formula,
        chances=tuple(_chances(before.card, after.card)),
        flipped=flips,
        ranks=moves,
        ranked_before=before.ranked[PERIOD],
        ranked_after=after.ranked[PERIOD],
        sentence=_sentence(before, after, gain, _counted(flips, moves)),
    )


def with_comparison(after: Brief, before: Brief) -> Brief:
    """The later brief, carrying what changed since the earlier one. Raises as `compare`."""
    return replace(after, compare=compare(before, after))


def _lines(card: Card) -> dict[str, Evidence]:
    return {line.key: line for line in (*card.in_favour, *card.against, *card.silent, *card.missing)}


def _flips(before: Card, after: Card) -> Iterator[Flip]:
    then, now = _lines(before), _lines(after)
    order = (*after.in_favour, *after.against, *after.silent, *after.missing)
    for line in order:
        old = then.get(line.key)
        if old is not None and old.reading != now[line.key].reading:
            yield Flip(line.key, line.topic, old.reading, line.reading, short(old), short(line))


def _moves(before: Brief, after: Brief) -> Iterator[Moved]:
    then = {row.symbol: row.rank[PERIOD] for row in before.board}
    for row in after.board:
        if row.symbol in then and then[row.symbol] != row.rank[PERIOD]:
            yield Moved(row.symbol, row.label, then[row.symbol], row.rank[PERIOD])


def _chances(before: Card, after: Card) -> Iterator[Shifted]:
    then = {chance.horizon: chance.said for chance in before.chances}
    for chance in after.chances:
        yield Shifted(chance.horizon, then.get(chance.horizon), chance.said)


def _counted(flips: tuple[Flip, ...], moves: tuple[Moved, ...]) -> tuple[int, int, int]:
    """How many lines read otherwise, how many cannot be read any more, and how many rows have another place."""
    lost = sum(one.after == "missing" for one in flips)
    return len(flips) - lost, lost, sum(one.before is not None and one.after is not None for one in moves)


def _sentence(before: Brief, after: Brief, gain: float | None, counts: tuple[int, int, int]) -> str:
    old, new = before.card.regime, after.card.regime
    regime = f"the regime is still {new}" if old == new else f"the regime went from {old} to {new}"
    ratio = "" if gain is None else f"; {after.ratio.name} moved {percent(gain)}"
    turned, lost, moves = counts
    lines = f"{times(turned, 'evidence line')} changed"
    gone = f", {times(lost, 'line')} {'has' if lost == 1 else 'have'} no data now" if lost else ""
    return f"Since {before.as_of} {regime}{ratio}; {lines}{gone}, {times(moves, 'row')} of the board changed place."
