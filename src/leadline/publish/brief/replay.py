"""The briefs of many past sessions in one process: what a whole year of them would have said.

1. `card.prepare` measures the playbook over the whole panel, once
2. each session gets the panel that was known then (`Panel.of_whole`); its formulas are read off, as none looks ahead
3. `build.begin` makes the brief: studies, rarity and leads anew for each session, as they rest on all of its past
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from leadline.core.aside import Aside, here
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.formula.usual import resolved
from leadline.inference.bootstrap import DRAWS
from leadline.judgement.playbook.card import prepare
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.model import Playbook
from leadline.publish.brief.build import begin
from leadline.publish.brief.judged import Way
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
    work. A day that is no session stands for the one before.
    """
    meaning = resolved(names_of(playbook, None, panel) if names is None else names, panel)
    prepared = prepare(panel, playbook, meaning, aside)
    way = Way(aside, prepared, draws)
    before: Callable[[], Brief] | None = None
    for session in sessions:  # the studies of one are made aside while the one before is put into words
        begun = begin(panel.of_whole(session), playbook, meaning, way)
        if before is not None:
            yield before()
        before = begun
    if before is not None:
        yield before()
