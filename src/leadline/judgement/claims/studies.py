"""Ruling on what is said to follow: an event study per reading, all studies of a commentary adjusted as one family.

Each horizon has a verdict (`inference.finding`): supported, not distinguishable, contrary, too few to say. A reading is
supported (contrary) when at least one horizon is and none is contrary (supported); when horizons say both, it depends
on the proxy: the horizon decides. It is too few to say when every horizon is, else not distinguishable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from leadline.core.errors import DataError, RequestError
from leadline.inference.ask import Answer, Question, ask
from leadline.inference.finding import Finding, with_tries
from leadline.judgement.claims import words
from leadline.judgement.claims.ground import Gap, Ground, gap_of
from leadline.judgement.claims.model import Asked, StudyClaim
from leadline.judgement.claims.rulings import Reading, Word
from leadline.judgement.claims.values import untestable

Key = tuple[str, str]


@dataclass(frozen=True)
class Studied:
    """What one study gave: the question's event and outcome, and the answers (one an outcome), or the gap."""

    asked: Asked
    found: tuple[Answer, ...] | Gap

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of every answer; none for a gap."""
        return () if isinstance(self.found, Gap) else tuple(one for answer in self.found for one in answer.findings)


def study_all(
    claims: Iterable[StudyClaim], ground: Ground, draws: int, earlier: Sequence[float | None]
) -> Mapping[Key, Studied]:
    """Every study of the claims by claim and label, each finding adjusted for all of them and for the earlier tries."""
    found = {
        (claim.key, label): Studied(asked, _answers(claim, asked, ground, draws))
        for claim in claims
        for label, asked in claim.studies().items()
    }
    family = with_tries(tuple(one for study in found.values() for one in study.findings), tuple(earlier))
    adjusted = iter(family)
    return {key: _with(study, tuple(next(adjusted) for _ in study.findings)) for key, study in found.items()}


def rule_study(claim: StudyClaim, studies: Mapping[Key, Studied], ground: Ground) -> tuple[Reading, ...]:
    """Each reading of a study claim, from the studies already made."""
    return tuple(_reading(label, studies[claim.key, label], ground) for label in claim.studies())


def verdict(findings: Sequence[Finding]) -> Word:
    """One ruling from the verdicts of all horizons."""
    found = {one.verdict for one in findings}
    if {"supported", "contrary"} <= found:
        return "depends on the proxy"
    if "supported" in found:
        return "supported"
    if "contrary" in found:
        return "contrary"
    return "too few to say" if found <= {"too few to say"} else "not distinguishable"


def _answers(claim: StudyClaim, asked: Asked, ground: Ground, draws: int) -> tuple[Answer, ...] | Gap:
    try:
        question = Question(asked.event, (asked.then,), claim.over, claim.expects, draws=draws)
        return ask(ground.panel, question, ground.names)
    except (RequestError, DataError) as error:
        return gap_of(ground.panel, error)


def _with(study: Studied, findings: tuple[Finding, ...]) -> Studied:
    if isinstance(study.found, Gap):
        return study
    left = iter(findings)
    return replace(
        study,
        found=tuple(replace(answer, findings=tuple(next(left) for _ in answer.findings)) for answer in study.found),
    )


def _reading(label: str, study: Studied, ground: Ground) -> Reading:
    formula = f"{study.asked.event} -> {study.asked.then}"
    if isinstance(study.found, Gap):
        return untestable(label, formula, study.found)
    findings = study.findings
    ruling = verdict(findings)
    said = [one.sentence for one in findings]
    if ruling == "depends on the proxy":
        said.append("the horizon decides")
    if ground.short:
        said.append(f"on data to {ground.panel.cut} only")
    answer = study.found[0]
    first = findings[0].difference.mean.estimate
    return Reading(
        label,
        formula,
        first,
        None,
        ground.panel.cut,
        ruling,
        f"{'; '.join(said)} (since {answer.since})",
        findings=findings,
        shown=words.points(findings[0]),
        warnings=tuple(dict.fromkeys(one for found in study.found for one in found.warnings)),
    )


def expected(claim: StudyClaim) -> str:
    """What was said to follow, in words.

    >>> expected(StudyClaim(key="a", says="a", kind="study", event="IWM > 1", then="IWM", over=("63d", "126d")))
    'higher over 63d, 126d'
    """
    return f"{claim.expects} over {', '.join(claim.over)}"
