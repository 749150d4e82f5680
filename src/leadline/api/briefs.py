"""The brief, and how past briefs did: cards go into the journal when they are shown, and are scored from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from leadline.api.desk import default_home, playbook_desk
from leadline.core.aside import Aside, here
from leadline.core.clock import now
from leadline.core.errors import DataError
from leadline.data.ledger.journal import Entry, read_journal, record_cards
from leadline.data.ledger.trials import now_text
from leadline.judgement.playbook import Playbook
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.document import as_json, card_hash
from leadline.judgement.walkforward.record import Scored, said_in
from leadline.judgement.walkforward.score import score as score_cards
from leadline.publish.brief.build import build
from leadline.publish.brief.compare import with_comparison
from leadline.publish.brief.inputs import stocks_ahead, without_stocks
from leadline.publish.brief.record import Brief


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
        earlier, _ = playbook_desk(where, compare, chosen)
        made = with_comparison(made, build(earlier, chosen, aside=aside))
    if record and made.card is not None:
        record_cards(where, [_entry(made.card, panel.version)])
    return made


def score(*, home: Path | None = None, playbook: Playbook | None = None) -> tuple[Scored, ...]:
    """What the cards in the journal said, and what followed, one entry a horizon, failures first.

    Raises DataError when no card of this playbook is in the journal yet.
    """
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
