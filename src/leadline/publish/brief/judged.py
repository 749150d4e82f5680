"""What judgement, inference and the charts' formulas say of a panel, in the order that leaves nobody waiting.

1. rarity, studies and leads are begun aside: they take longest
2. the playbook is measured, or read off one that was measured over the whole panel; its card is drawn
3. traces, macro strip and rotation map are read; then the answers of 1. are waited for
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from leadline.core.aside import Aside, here
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.inference.bootstrap import DRAWS
from leadline.judgement.playbook.card import Card, Prepared, card_at, prepare
from leadline.judgement.playbook.measured import Measured
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.rotation import Tail, read_rotation
from leadline.publish.brief import followed, macro, traces
from leadline.publish.brief.followed import Followed, Rare
from leadline.publish.brief.led import Led, begin_led
from leadline.publish.brief.macro import Strip
from leadline.publish.brief.traces import Guard, Trace


@dataclass(frozen=True)
class Way:
    """How a brief is made. aside: where studies are made (`core.aside`). draws: of each bootstrap.

    prepared: the playbook measured over the whole of the panel (`Panel.of_whole`); None measures it for the brief.
    """

    aside: Aside = here
    prepared: Prepared | None = None
    draws: int = DRAWS


WAY: Final = Way()


@dataclass(frozen=True)
class Judged:
    """What is said of a panel, before it is put into words."""

    card: Card
    followed: tuple[Followed, ...]
    rarity: Rare | None
    led: tuple[Led, ...]
    rotation: tuple[Tail, ...]
    macro: tuple[Strip, ...]
    traces: dict[str, Trace]
    measured: Measured


def begin_judged(panel: Panel, playbook: Playbook, names: Names, way: Way) -> Callable[[], Judged]:
    """What takes longest is begun aside; calling does the rest and waits for it."""
    early = Guard(panel, names, way.prepared.measured.reaches if way.prepared else {})
    answers = (
        followed.begin_rarity(panel, playbook, names, early, way.aside),
        followed.begin_followed(panel, playbook, names, early, way.aside, way.draws),
        begin_led(panel, playbook, names, early, way.aside),
    )
    return partial(_judged, panel, playbook, names, way, answers)


def _judged(
    panel: Panel,
    playbook: Playbook,
    names: Names,
    way: Way,
    answers: tuple[Callable[[], Rare | None], Callable[[], tuple[Followed, ...]], Callable[[], tuple[Led, ...]]],
) -> Judged:
    prepared = way.prepared or prepare(panel, playbook, names, way.aside)
    measured = prepared.measured if way.prepared is None else prepared.measured.until(panel)
    guard = Guard(panel, names, measured.reaches)
    strips = macro.chosen(panel.series, names)
    wanted = traces.formulas(playbook) | {key: (label, formula) for key, (formula, label, _) in strips.items()}
    made = traces.read(panel, wanted, measured, guard)
    tails = () if playbook.rotation is None else read_rotation(panel, playbook, names)
    drawn = {name: trace for name, trace in made.items() if name not in strips}
    shown = tuple(Strip(key, form, made[key]) for key, (_, _, form) in strips.items())
    card = card_at(prepared, panel.cut)
    rarity, asked, led = answers
    return Judged(card, asked(), rarity(), led(), tails, shown, drawn, measured)
