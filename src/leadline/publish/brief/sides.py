"""The evidence lines as a reader meets them: what all of them rest on said once, the folded ones by their topics."""

from __future__ import annotations

from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.evidence import Evidence
from leadline.publish.evidence.words import times
from leadline.publish.look.words import low


def short(line: Evidence) -> str:
    """The sentence of a line without who was in its groups of stocks: `members` says that once for all lines."""
    return line.sentence.removesuffix(line.stocks).rstrip() if line.stocks else line.sentence


def headline(card: Card) -> str:
    """The headline of a card, without who was in the groups of stocks."""
    lines = (*card.in_favour, *card.against, *card.silent)
    return next((short(line) for line in lines if line.sentence == card.headline), card.headline)


def members(card: Card) -> str:
    """Who was in the groups of stocks that lines rest on, each standing once; "" where no line rests on stocks."""
    held: dict[str, int] = {}
    for line in (*card.in_favour, *card.against, *card.silent):
        if line.stocks:
            held[line.stocks] = held.get(line.stocks, 0) + 1
    most = sorted(held.items(), key=lambda one: -one[1])
    said = [
        f"{low(what).removesuffix('.') if at else what.removesuffix('.')} ({times(count, 'line')})"
        for at, (what, count) in enumerate(most)
    ]
    return f"{'; '.join(said)}." if said else ""


def by_topic(lines: tuple[Evidence, ...]) -> tuple[tuple[str, tuple[Evidence, ...]], ...]:
    """The lines under their topics: topics by their strongest line, which stands first, lines in their order."""
    found: dict[str, list[Evidence]] = {}
    for line in lines:
        found.setdefault(line.topic, []).append(line)
    return tuple((topic, tuple(those)) for topic, those in found.items())
