"""Questions about formulas: what they are worth, what followed, how rare, who keeps leading, what leads what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.api.desk import Desk, group_names, open_desk
from leadline.cluster import crowd_at
from leadline.core.clock import now
from leadline.core.errors import RequestError
from leadline.data.ledger.trials import Trial, earlier_tries, now_text, record_trials
from leadline.formula.catalogue import CATALOGUE
from leadline.formula.entry import FunctionEntry
from leadline.formula.evaluate import Values, evaluate
from leadline.formula.names import Names
from leadline.formula.parse import as_tree
from leadline.formula.tree import Node
from leadline.inference.ask import Answer, Question, expanded
from leadline.inference.ask import ask as ask_panel
from leadline.inference.bootstrap import DRAWS
from leadline.inference.finding import Direction
from leadline.inference.rare import RarityAnswer, Stated, rare
from leadline.inference.rarity import Tail

if TYPE_CHECKING:
    from leadline.inference.leaders import PersistenceAnswer
    from leadline.inference.leads import LeadAnswer


def value(
    formula: str | Node,
    *,
    home: Path | None = None,
    as_of: date | None = None,
    names: Names | None = None,
    cluster: str | None = None,
) -> Values:
    """The values of a formula at every session up to the cut, each as it was known at that session's close.

    cluster: the address of a Dask scheduler whose workers evaluate the members of groups of stocks (None: here).
    Raises FormulaError (the formula is wrong, with the place), DataError (the ledger cannot answer, or the cluster
    does not) and RequestError (a cluster is asked for, but Dask is not installed).
    """
    desk = open_desk([formula], home, as_of, names)
    return evaluate(formula, desk.panel, desk.names, crowd=crowd_at(cluster, desk.home, desk.panel))


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
    members = [member for one in outcomes for member in expanded(one, group_names(home))]
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

    groups = group_names(home).groups
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


def functions(name: str | None = None) -> tuple[FunctionEntry, ...]:
    """The formula catalogue, or one function of it. Raises FormulaError with the nearest name."""
    from leadline.formula.catalogue import describe

    return (describe(name),) if name else tuple(CATALOGUE.values())


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
