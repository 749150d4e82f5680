"""Checking a commentary: a ruling for every claim, on what was known at the author's close.

1. `ground.ground_of` cuts the panel at the close, or marks it as ending before
2. `studies.study_all` makes every study of the file, adjusted as one family with the earlier tries
3. `_readings` rules each reading of a claim by its kind: `values`, `rarities`, `studies`
4. `_ruling` takes the readings together (`rulings.together`) and looks for contradictions within the commentary
5. `aftermath` tells what happened since, from a second panel, beside the rulings
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.inference.finding import Finding
from leadline.judgement.claims import aftermath, contradictions, words
from leadline.judgement.claims.ground import Ground, ground_of
from leadline.judgement.claims.model import (
    Claim,
    Commentary,
    ConditionClaim,
    RarityClaim,
    StudyClaim,
    UntestableClaim,
    ValueClaim,
)
from leadline.judgement.claims.rarities import own_contradictions, rule_rarity
from leadline.judgement.claims.rulings import Checked, Reading, Ruling, Word, together
from leadline.judgement.claims.studies import Key, Studied, expected, rule_study, study_all
from leadline.judgement.claims.values import rule_condition, rule_value

DRAWS = 2_000


def check(
    commentary: Commentary,
    panel: Panel,
    names: Names,
    *,
    later: Panel | None = None,
    earlier_tries: Sequence[float | None] = (),
    draws: int = DRAWS,
) -> Checked:
    """Rule on every claim of a commentary.

    panel: read at `commentary.as_of` (a panel that goes on is cut there; on one that ends before, only studies are
    ruled, and say so). later: a later panel, which adds what happened since and changes no ruling. earlier_tries:
    p-values of earlier studies of the same outcomes. draws: of the bootstrap of each study. Nothing is raised for a
    claim that cannot be measured: it is untestable, with the reason.
    """
    ground = ground_of(panel, names, commentary.as_of)
    asked = [claim for claim in commentary.claims if isinstance(claim, StudyClaim)]
    studies = study_all(asked, ground, draws, earlier_tries)
    context = _Context(ground, studies, {claim.key: claim for claim in commentary.claims})
    rulings = tuple(_ruling(claim, context) for claim in commentary.claims)
    checked = Checked(
        title=commentary.title,
        author=commentary.author,
        published=commentary.published,
        as_of=commentary.as_of,
        cut=ground.panel.cut,
        version=ground.panel.version,
        card=commentary.card,
        rulings=rulings,
        standings=tuple(sorted({fact.standing for fact in ground.panel.series.values()})),
        studies=_made(studies),
        notices=_notices(ground, rulings),
    )
    return checked if later is None else _with_since(checked, commentary, Ground(later, names))


@dataclass(frozen=True)
class _Context:
    ground: Ground
    studies: Mapping[Key, Studied]
    claims: Mapping[str, Claim]


def _ruling(claim: Claim, context: _Context) -> Ruling:
    if isinstance(claim, UntestableClaim):
        return Ruling(
            claim.key, claim.kind, claim.says, None, "-", "untestable", "untestable", claim.reason, needs=claim.needs
        )
    readings = _readings(claim, context)
    alone = together(readings)
    against = _against(claim, context)
    word: Word = "contradicts itself" if against else alone
    states, said = _stated(claim)
    why = " | ".join([*against, *(words.labelled(one.label, one.why) for one in readings)])
    wanted = dict.fromkeys(one.needs for one in readings if one.needs and alone == "untestable")
    return Ruling(claim.key, claim.kind, claim.says, states, said, word, alone, why, readings, "; ".join(wanted))


def _readings(claim: Claim, context: _Context) -> tuple[Reading, ...]:
    if isinstance(claim, ValueClaim):
        return rule_value(claim, context.ground)
    if isinstance(claim, ConditionClaim):
        return rule_condition(claim, context.ground)
    if isinstance(claim, RarityClaim):
        return rule_rarity(claim, context.ground)
    return rule_study(claim, context.studies, context.ground) if isinstance(claim, StudyClaim) else ()


def _against(claim: Claim, context: _Context) -> tuple[str, ...]:
    """What in the commentary itself speaks against a claim."""
    if isinstance(claim, RarityClaim):
        return own_contradictions(claim)
    if isinstance(claim, ValueClaim):
        found = contradictions.of_ratio(claim, context.claims, context.ground)
        return (found,) if found else ()
    return ()


def _stated(claim: Claim) -> tuple[object, str]:
    """What was stated, as JSON has it and in words."""
    if isinstance(claim, ValueClaim):
        return claim.states.as_json(), words.stated(claim.states)
    if isinstance(claim, ConditionClaim):
        return claim.holds, words.held(true=claim.holds)
    if isinstance(claim, StudyClaim):
        return claim.expects, expected(claim)
    return _rarity_stated(claim) if isinstance(claim, RarityClaim) else (None, "-")


def _rarity_stated(claim: RarityClaim) -> tuple[object, str]:
    states: dict[str, object] = {}
    said = []
    if claim.sigma is not None:
        states["sigma"] = claim.sigma.number
        said.append(f"{claim.sigma.text} sigma")
    if claim.percentile is not None:
        states["percentile"] = claim.percentile.number
        said.append(f"percentile {claim.percentile.number * 100:.{claim.percentile.digits}f}")
    if claim.per_century is not None:
        low, high = (one.number for one in claim.per_century)
        states["per_century"] = [low, high]
        said.append(words.often(low, high))
    return states, ", ".join(said)


def _made(studies: Mapping[Key, Studied]) -> tuple[tuple[str, str, Finding], ...]:
    return tuple((one.asked.event, finding.then, finding) for one in studies.values() for finding in one.findings)


def _notices(ground: Ground, rulings: Sequence[Ruling]) -> tuple[str, ...]:
    """What a reader must know of the data, each sentence once: the panel's own, and those of the formulas used."""
    said = [*([ground.short] if ground.short else []), *ground.panel.notices]
    said += [warning for one in rulings for reading in one.readings for warning in reading.warnings]
    return tuple(dict.fromkeys(said))


def _with_since(checked: Checked, commentary: Commentary, ground: Ground) -> Checked:
    close = commentary.as_of
    told = [
        replace(ruling, since=aftermath.since(claim, close, ground))
        for ruling, claim in zip(checked.rulings, commentary.claims, strict=True)
    ]
    follow = aftermath.followed(commentary.follow, close, ground)
    return replace(checked, rulings=tuple(told), later=ground.panel.cut, since=follow)
