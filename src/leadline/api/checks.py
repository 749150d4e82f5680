"""Ruling on commentaries: claims measured as of their author's close, studies and cards put on record."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from leadline.api.desk import default_home, desk_until, open_desk
from leadline.core.clock import now
from leadline.data.ledger.journal import Entry, record_cards
from leadline.data.ledger.trials import Trial, earlier_tries, now_text, record_trials
from leadline.formula.parse import as_tree
from leadline.inference.ask import horizon_rows
from leadline.judgement.claims import Checked, Commentary, formulas_of
from leadline.judgement.claims import check as check_claims
from leadline.judgement.claims.model import StudyClaim
from leadline.judgement.playbook.document import canonical


def check(
    commentary: Commentary, *, home: Path | None = None, later: date | None = None, record: bool = True
) -> Checked:
    """A ruling for every claim of a commentary, as of its author's close; `later` adds what happened since.

    Its studies are recorded in the trial book, its card in the journal. A ledger that ends before the author's close
    answers what it can: the rest is untestable, with the reason.
    """
    where = home or default_home()
    formulas = formulas_of(commentary)
    desk = desk_until(formulas, where, commentary.as_of)
    after = open_desk(formulas, where, later).panel if later is not None else None
    asked = _asked(commentary)
    earlier = earlier_tries(where, [then for _, then, _ in asked], asked)
    checked = check_claims(commentary, desk.panel, desk.names, later=after, earlier_tries=earlier)
    if record:
        record_trials(where, _claim_trials(checked))
        record_cards(where, _claim_cards(checked))
    return checked


def _asked(commentary: Commentary) -> list[tuple[str, str, str]]:
    """Every question of a commentary's studies as the trial book names it: horizons as written and in sessions."""
    found = []
    for claim in (one for one in commentary.claims if isinstance(one, StudyClaim)):
        for asked in claim.studies().values():
            event, then = str(as_tree(asked.event)), str(as_tree(asked.then))
            horizons = {name for text in claim.over for name in (text, f"{horizon_rows(text, 'session')}d")}
            found += [(event, then, horizon) for horizon in sorted(horizons)]
    return found


def _claim_trials(checked: Checked) -> list[Trial]:
    at = now_text(now())
    return [
        Trial(
            str(as_tree(event)),
            str(as_tree(then)),
            finding.horizon,
            checked.cut.isoformat(),
            checked.version,
            finding.p,
            finding.episodes,
            finding.verdict,
            at,
        )
        for event, then, finding in checked.studies
    ]


def _claim_cards(checked: Checked) -> list[Entry]:
    card = checked.card.model_dump(mode="json", exclude_none=True) if checked.card is not None else {}
    if not any(card.values()):
        return []
    sha = hashlib.sha256(canonical(card)).hexdigest()
    as_of = checked.as_of.isoformat()
    return [Entry("commentary", checked.title, as_of, checked.version, sha, card, now_text(now()))]
