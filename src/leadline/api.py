"""Leadline from Python: the same questions as on the command line, with frozen answers. Here stages are wired together.

>>> import leadline
>>> leadline.functions()[0].signature()
'change(x, [n], [from])'
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.core.clock import now
from leadline.core.errors import DataError, RequestError
from leadline.data.ledger.journal import Entry, record_cards
from leadline.data.ledger.store import latest
from leadline.data.ledger.trials import Trial, earlier_tries, now_text, record_trials
from leadline.data.panel.build import read as read  # noqa: PLC0414 - also for users
from leadline.data.panel.catalogue import series_book
from leadline.data.panel.panel import Panel
from leadline.formula.catalogue import CATALOGUE
from leadline.formula.entry import FunctionEntry
from leadline.formula.evaluate import Values, evaluate
from leadline.formula.names import Names
from leadline.formula.needs import mentioned
from leadline.formula.parse import as_tree
from leadline.formula.tree import Node
from leadline.inference.ask import Answer, Question, expanded, horizon_rows
from leadline.inference.ask import ask as ask_panel
from leadline.inference.finding import Direction
from leadline.inference.rare import RarityAnswer, Stated, rare
from leadline.inference.rarity import Tail
from leadline.judgement.playbook import Playbook, fitting, names_of

if TYPE_CHECKING:
    from leadline.inference.leaders import PersistenceAnswer
    from leadline.inference.leads import LeadAnswer
    from leadline.judgement.claims import Checked, Commentary

DRAWS = 10_000


def default_home() -> Path:
    """The platform's data directory for Leadline, or LEADLINE_HOME."""
    import os

    from platformdirs import user_data_path

    named = os.environ.get("LEADLINE_HOME")
    return Path(named) if named else user_data_path("leadline", appauthor=False)


@dataclass(frozen=True)
class Desk:
    """A panel opened for some formulas, and what words mean. playbook: the one that fits, None where none does or no
    word of the formulas asks for one.
    """

    home: Path
    panel: Panel
    playbook: Playbook | None
    names: Names


def open_desk(
    formulas: Sequence[str | Node], home: Path | None = None, as_of: date | None = None, names: Names | None = None
) -> Desk:
    """The panel as of a day, with just the series that the formulas name.

    Roles and groups (`small`, `sectors`) are those of the shipped playbook that fits the ledger, and of `names`.
    Raises FormulaError for a formula that cannot be read, DataError for an empty ledger or a cut outside it.
    """
    where = home or default_home()
    book = set(series_book(latest(where))["series"])
    plain = {name for formula in formulas for name in mentioned(formula, names or Names())}
    playbook = fitting(book) if plain - book else None  # reading playbooks takes longer than most formulas
    words = names_of(playbook, names)
    wanted = book & {name for formula in formulas for name in mentioned(formula, words)}
    panel = read(where, as_of, series=wanted)
    return Desk(where, panel, playbook, names_of(playbook, names, panel))


def value(
    formula: str | Node, *, home: Path | None = None, as_of: date | None = None, names: Names | None = None
) -> Values:
    """The values of a formula at every session up to the cut, each as it was known at that session's close.

    Raises FormulaError (the formula is wrong, with the place) and DataError (the ledger cannot answer).
    """
    desk = open_desk([formula], home, as_of, names)
    return evaluate(formula, desk.panel, desk.names)


def ask(
    event: str,
    then: str | Sequence[str],
    over: str | Sequence[str] = ("21d", "63d", "126d"),
    *,
    home: Path | None = None,
    as_of: date | None = None,
    expects: Direction = "higher",
    gap: int | None = None,
) -> tuple[Answer, ...]:
    """What followed an event, against what always followed, one answer an outcome series; the study is recorded.

    then: formulas or groups; over: horizons such as "63d" or "63d,126d". Raises as `inference.ask.ask`.
    """
    outcomes = (then,) if isinstance(then, str) else tuple(then)
    horizons = tuple(over.split(",")) if isinstance(over, str) else tuple(over)
    horizons = tuple(one.strip() for one in horizons if one.strip())
    plain = names_of(fitting(set(series_book(latest(home or default_home()))["series"])), None)
    members = [member for one in outcomes for member in expanded(one, plain)]
    desk = open_desk([event, *members], home, as_of)
    tree = str(as_tree(event))
    asked = [(tree, str(as_tree(member)), horizon) for member in members for horizon in horizons]
    earlier = earlier_tries(desk.home, [then for _, then, _ in asked], asked)
    question = Question(event, outcomes, horizons, expects, gap, DRAWS, earlier)
    answers = ask_panel(desk.panel, question, desk.names)
    record_trials(desk.home, _trials(desk, tree, answers, horizons))
    return answers


def rarity(
    formula: str,
    *,
    home: Path | None = None,
    as_of: date | None = None,
    tail: Tail | None = None,
    stated: Stated | None = None,
) -> RarityAnswer:
    """How rare the value of a formula at the cut is. Raises as `inference.rare.rare`."""
    desk = open_desk([formula], home, as_of)
    return rare(desk.panel, formula, desk.names, tail=tail, stated=stated)


def persistence(
    group: str, by: str, following: str, *, home: Path | None = None, as_of: date | None = None
) -> PersistenceAnswer:
    """Whether a group's leader keeps leading. `by` measures strength, bare fields mean each member.

    The study is recorded. Raises RequestError for a group that the playbook does not have, and as `leaders.leaders`.
    """
    from leadline.inference.leaders import leaders

    groups = names_of(fitting(set(series_book(latest(home or default_home()))["series"])), None).groups
    if group not in groups:
        raise RequestError(f"group {group}", found="no such group", expected=f"one of {', '.join(sorted(groups))}")
    desk = open_desk([*groups[group], by], home, as_of)
    found = leaders(desk.panel, groups[group], by, following, desk.names)
    views = [(view.name, view.p, view.separate, view.verdict) for view in found.views]
    record_trials(desk.home, _book(desk, f"persistence of {group} by {by}", group, following, views))
    return found


def lead(
    first: str, second: str, horizon: str, most: int, *, home: Path | None = None, as_of: date | None = None
) -> LeadAnswer:
    """Whether one number leads another, both ways round; the study is recorded. Raises as `inference.leads.lead`."""
    from leadline.inference.leads import lead as lead_panel

    desk = open_desk([first, second], home, as_of)
    found = lead_panel(desk.panel, first, second, horizon, most, desk.names)
    for way in (found.forward, found.backward):
        one = [("leads", way.prediction.p, way.separate, way.verdict)]
        record_trials(desk.home, _book(desk, way.leader, way.follower, horizon, one))
    return found


def check(
    commentary: Commentary, *, home: Path | None = None, later: date | None = None, record: bool = True
) -> Checked:
    """A ruling for every claim of a commentary, as of its author's close; `later` adds what happened since.

    Its studies are recorded in the trial book, its card in the journal. A ledger that ends before the author's close
    answers what it can: the rest is untestable, with the reason.
    """
    from leadline.judgement.claims import check as check_claims
    from leadline.judgement.claims import formulas_of

    where = home or default_home()
    formulas = formulas_of(commentary)
    desk = _desk_until(formulas, where, commentary.as_of)
    after = open_desk(formulas, where, later).panel if later is not None else None
    asked = _asked(commentary)
    earlier = earlier_tries(where, [then for _, then, _ in asked], asked)
    checked = check_claims(commentary, desk.panel, desk.names, later=after, earlier_tries=earlier)
    if record:
        record_trials(where, _claim_trials(checked))
        record_cards(where, _claim_cards(checked))
    return checked


def functions(name: str | None = None) -> tuple[FunctionEntry, ...]:
    """The formula catalogue, or one function of it. Raises FormulaError with the nearest name."""
    from leadline.formula.catalogue import describe

    return (describe(name),) if name else tuple(CATALOGUE.values())


def _desk_until(formulas: Sequence[str | Node], home: Path, as_of: date) -> Desk:
    """The desk as of a day; of a ledger that ends earlier, all of it."""
    try:
        return open_desk(formulas, home, as_of)
    except DataError as error:
        if "whose last session is" not in error.found:
            raise
        return open_desk(formulas, home)


def _asked(commentary: Commentary) -> list[tuple[str, str, str]]:
    """Every question of a commentary's studies as the trial book names it: horizons as written and in sessions."""
    from leadline.judgement.claims.model import StudyClaim

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
    from leadline.judgement.playbook.document import canonical

    card = checked.card.model_dump(mode="json", exclude_none=True) if checked.card is not None else {}
    if not any(card.values()):
        return []
    sha = hashlib.sha256(canonical(card)).hexdigest()
    as_of = checked.as_of.isoformat()
    return [Entry("commentary", checked.title, as_of, checked.version, sha, card, now_text(now()))]


def _trials(desk: Desk, event: str, answers: Sequence[Answer], horizons: Sequence[str]) -> list[Trial]:
    at = now_text(now())
    return [
        Trial(
            event,
            str(as_tree(answer.then)),
            horizon,
            desk.panel.cut.isoformat(),
            desk.panel.version,
            finding.p,
            finding.episodes,
            finding.verdict,
            at,
        )
        for answer in answers
        for horizon, finding in zip(horizons, answer.findings, strict=True)
    ]


def _book(
    desk: Desk, event: str, then: str, horizon: str, views: Sequence[tuple[str, float | None, int, str]]
) -> list[Trial]:
    """Lines of the trial book for a study of several views: name, p, separate periods, verdict."""
    at, cut, version = now_text(now()), desk.panel.cut.isoformat(), desk.panel.version
    return [
        Trial(f"{event}: {name}", then, horizon, cut, version, p, separate, verdict, at)
        for name, p, separate, verdict in views
    ]


def stated_of(sigma: float | None, per_century: str | None) -> Stated | None:
    """A quoted sigma and frequency ("1-2" or "1.5"). Raises RequestError when only one of them is given."""
    if sigma is None and per_century is None:
        return None
    try:
        low, _, high = (per_century or "").partition("-")
        if sigma is not None and low:
            return Stated(sigma, float(low), float(high or low))
    except ValueError as error:
        raise RequestError(
            "--per-century", found=repr(per_century), expected="a number or a range such as 1-2"
        ) from error
    raise RequestError("a quoted rarity", found="one of two", expected="--sigma and --per-century together")
