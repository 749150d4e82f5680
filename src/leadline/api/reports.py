"""The brief, and how past briefs did: cards go into the journal when they are shown, and are scored from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.api.desk import default_home, playbook_desk
from leadline.core.aside import Aside, here
from leadline.core.clock import now
from leadline.core.errors import DataError
from leadline.data.ledger.journal import Entry, read_journal, record_cards
from leadline.data.ledger.trials import now_text
from leadline.data.panel.build import settled
from leadline.inference.bootstrap import DRAWS
from leadline.judgement.playbook import Playbook
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.document import as_json, card_hash
from leadline.publish.brief.build import begin, build
from leadline.publish.brief.inputs import stocks_ahead, wanted, without_stocks
from leadline.publish.brief.judged import Way
from leadline.publish.brief.record import Brief
from leadline.publish.brief.replay import briefs as replayed

if TYPE_CHECKING:
    from leadline.judgement.walkforward.record import Scored


def brief(
    *,
    home: Path | None = None,
    as_of: date | None = None,
    compare: date | None = None,
    playbook: Playbook | None = None,
    to_reach: bool = False,
    record: bool = True,
    stocks: bool = True,
    told: Callable[[str], None] | None = None,
    aside: Aside = here,
) -> Brief:
    """The brief as of a day by a playbook (None: the shipped one that fits); its card is put into the journal.

    compare: an earlier day; the brief then says what changed since. stocks: False leaves out the playbook's lines on
    groups of stocks (its hash then is another). told: gets a sentence before thousands of stocks are read.

    aside: where studies are made; `core.aside.opened` gives a second process for them.

    to_reach: without a day, as of the last session of the playbook's ratio. Raises DataError for an empty ledger, a day
    outside it, and a ledger that no shipped playbook fits.
    """
    where = home or default_home()
    panel, chosen = playbook_desk(where, as_of, playbook, to_reach=to_reach)
    chosen = chosen if stocks else without_stocks(chosen)
    if told is not None:
        for sentence in stocks_ahead(panel, chosen):
            told(sentence)
    made = build(panel, chosen, aside=aside)
    if compare is not None:
        from leadline.publish.brief.compare import with_comparison

        earlier, _ = playbook_desk(where, compare, chosen)
        made = with_comparison(made, build(earlier, chosen, aside=aside))
    if record and made.card is not None:
        record_cards(where, [_entry(made.card, panel.version)])
    return made


def briefs(
    sessions: Sequence[date],
    *,
    home: Path | None = None,
    playbook: Playbook | None = None,
    stocks: bool = True,
    draws: int = DRAWS,
    aside: Aside = here,
) -> Iterator[Brief]:
    """The briefs of many past sessions, in their order: each as `brief(as_of=session)` gives it. None is journaled.

    The ledger is read once, and formulas are computed once over all of it. Where a price was split, or rows were
    restated, since the first of the sessions, each is read by itself, which takes several times as long. draws: of each
    bootstrap; intervals are most of the work, and a fifth of the draws moves their ends by a few hundredths of their
    width. A day that is no session stands for the one before. Raises as `brief`.
    """
    if not sessions:
        return
    where = home or default_home()
    panel, chosen = playbook_desk(where, max(sessions), playbook)
    chosen = chosen if stocks else without_stocks(chosen)
    if settled(where, wanted(chosen), min(sessions), version=panel.version):
        yield from replayed(panel, chosen, sessions, draws=draws, aside=aside)
        return
    for session in sessions:
        then, _ = playbook_desk(where, session, chosen)
        yield begin(then, chosen, way=Way(aside, draws=draws))()


def score(*, home: Path | None = None, playbook: Playbook | None = None) -> tuple[Scored, ...]:
    """What the cards in the journal said, and what followed, one entry a horizon, failures first.

    Raises DataError when no card of this playbook is in the journal yet.
    """
    from leadline.judgement.walkforward.record import said_in
    from leadline.judgement.walkforward.score import score as score_cards

    where = home or default_home()
    panel, chosen = playbook_desk(where, None, playbook)
    entries = [entry for entry in read_journal(where) if entry.kind == "brief" and entry.who == chosen.title]
    if not entries:
        todo = "run `leadline brief`, or `leadline brief --as-of DATE`, first"
        raise DataError("score", found="no card in the journal yet", todo=todo)
    return score_cards([said for entry in entries for said in said_in(entry.card, entry.sha256)], panel, chosen)


def _entry(card: Card, version: int) -> Entry:
    return Entry(
        "brief", card.playbook, card.as_of.isoformat(), version, card_hash(card), as_json(card), now_text(now())
    )
