"""Cards of many past sessions in one process: formulas are evaluated once, each card is read off at its session.

It equals the card of a panel that was cut at the session, because no formula, no reach and no fit looks ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.judgement.playbook.card import Card, card_at, prepare
from leadline.judgement.playbook.model import Playbook


def replay(panel: Panel, playbook: Playbook, names: Names | None, sessions: Sequence[date]) -> tuple[Card, ...]:
    """The cards of these sessions, in their order. Raises RequestError for a day that is no session of the panel.

    Prices keep the scale of the whole panel: levels of a series that was split later are on the later scale.
    """
    prepared = prepare(panel, playbook, names)
    return tuple(card_at(prepared, session) for session in sessions)
