"""The briefs of many past sessions in one process: what a whole year of them would have said.

1. `card.prepare` measures the playbook over the whole panel, once
2. each session gets the panel that was known then (`Panel.of_whole`); its formulas are read off, as none looks ahead
3. `build` makes the brief: its studies, rarity and leads anew for each session, as they rest on the past as it was then
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from leadline.core.aside import Aside, here
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.formula.usual import resolved
from leadline.inference.bootstrap import DRAWS
from leadline.judgement.playbook.card import prepare
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.model import Playbook
from leadline.publish.brief.build import build
from leadline.publish.brief.record import Brief


def briefs(
    panel: Panel,
    playbook: Playbook,
    sessions: Sequence[date],
    names: Names | None = None,
    *,
    draws: int = DRAWS,
    aside: Aside = here,
) -> Iterator[Brief]:
    """The briefs of these sessions of a panel, one by one in their order: each is that of `panel.truncate(session)`.

    Prices keep the scale of the whole panel, and so do its notices. draws: of each bootstrap; intervals are most of the
    work. Raises RequestError for a day that is no session of the panel, when its turn comes.
    """
    meaning = resolved(names_of(playbook, None, panel) if names is None else names, panel)
    prepared = prepare(panel, playbook, meaning, aside)
    for session in sessions:
        yield build(panel.of_whole(session), playbook, meaning, aside=aside, prepared=prepared, draws=draws)
