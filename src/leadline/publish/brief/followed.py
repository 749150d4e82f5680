"""What followed, and how rare: the studies of the playbook's evidence lines, and the rarity of its thrust.

A study or a rarity one of whose inputs is missing or stale at the cut has no numbers and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from leadline.core.aside import Aside, here
from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.inference.ask import Answer
from leadline.inference.bootstrap import DRAWS
from leadline.inference.rare import RarityAnswer, begin_rare
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.studies import Studied, begin_studies
from leadline.judgement.playbook.topics import TOPICS
from leadline.publish.brief.traces import Guard
from leadline.publish.look.plain import plain

#: the topic of the evidence line whose rarity is told
RARITY: Final = 13


@dataclass(frozen=True)
class Followed:
    """One study: its evidence line, what was asked (said: the outcome in words), the answer; None, and why, if none."""

    key: str
    topic: str
    event: str
    then: str
    said: str
    over: tuple[str, ...]
    answer: Answer | None
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values: the question, its episodes and its findings with everything that belongs to them."""
        answer = self.answer
        return {
            "key": self.key,
            "topic": self.topic,
            "event": self.event,
            "then": self.then,
            "over": list(self.over),
            "true_now": None if answer is None else answer.true_now,
            "since": None if answer is None else answer.since.isoformat(),
            "episodes": [] if answer is None else [str(one.session)[:10] for one in answer.episodes],
            "findings": [] if answer is None else [plain(one.as_json()) for one in answer.findings],
            "why": self.why,
        }


@dataclass(frozen=True)
class Rare:
    """How rare the thrust is; None, and why, where it cannot be said."""

    label: str
    formula: str
    answer: RarityAnswer | None
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The keys of the `rarity` document, and why."""
        if self.answer is None:
            return {"formula": self.formula, "why": self.why}
        return {**plain(self.answer.as_json()), "why": self.why}


def begin_followed(
    panel: Panel, playbook: Playbook, names: Names, guard: Guard, aside: Aside = here, draws: int = DRAWS
) -> Callable[[], tuple[Followed, ...]]:
    """The studies of the evidence lines, in the order of the file: begun `aside`; calling gives them."""
    lines = [line for line in playbook.evidence if line.study is not None]
    wrong = {
        line.key: "; ".join(dict.fromkeys(filter(None, (guard.wrong(line.study.event), guard.wrong(line.study.then)))))
        for line in lines
        if line.study is not None
    }
    fit = playbook.model_copy(update={"evidence": tuple(line for line in lines if not wrong[line.key])})
    begun = begin_studies(panel, fit, names, draws=draws, aside=aside)
    return lambda: _followed(playbook, {one.key: one for one in begun()}, wrong)


def _followed(playbook: Playbook, asked: Mapping[str, Studied], wrong: Mapping[str, str]) -> tuple[Followed, ...]:
    found = []
    for line in playbook.evidence:
        if line.study is None:
            continue
        studied = asked.get(line.key)
        found.append(
            Followed(
                line.key,
                TOPICS[line.topic],
                line.study.event,
                line.study.then,
                _said(line.study.then, playbook),
                line.study.over,
                None if studied is None else studied.answer,
                wrong[line.key] if studied is None else studied.why,
            )
        )
    return tuple(found)


def begin_rarity(
    panel: Panel, playbook: Playbook, names: Names, guard: Guard, aside: Aside = here
) -> Callable[[], Rare | None]:
    """The rarity of the first line that asks for it, else of the first about rarity, None where there is neither: begun
    `aside`.
    """
    asking = [line for line in playbook.evidence if line.rarity]
    line = next(iter(asking or (line for line in playbook.evidence if line.topic == RARITY)), None)
    if line is None:
        return lambda: None
    label, formula = TOPICS[line.topic], line.value
    wrong = guard.wrong(formula)
    if wrong:
        return lambda: Rare(label, formula, None, wrong)
    try:
        begun = begin_rare(panel, formula, names, aside)
    except (DataError, RequestError) as error:
        return partial(Rare, label, formula, None, _first_of(error))

    def told() -> Rare:
        try:
            return Rare(label, formula, begun())
        except (DataError, RequestError) as error:
            return Rare(label, formula, None, _first_of(error))

    return told


def _first_of(error: DataError | RequestError) -> str:
    return error.found or error.expected or error.asked


def _said(then: str, playbook: Playbook) -> str:
    """The series of an outcome in plain words; its formula where there are none."""
    if then == "ratio":
        return f"{_first(playbook.numerator.label)} against {_first(playbook.denominator.label).lower()}"
    return playbook.roles[then].label if then in playbook.roles else then


def _first(label: str) -> str:
    return label.removesuffix(" caps")


def shown(followed: tuple[Followed, ...]) -> Followed | None:
    """The study whose paths are drawn: one whose event is true now before others, then the one with most episodes."""
    there = [one for one in followed if one.answer is not None and _counted(one)]
    if not there:
        return None
    return max(there, key=lambda one: (one.answer is not None and one.answer.true_now is True, _counted(one)))


def apart(followed: tuple[Followed, ...]) -> tuple[tuple[Followed, ...], tuple[Followed, ...]]:
    """The studies that matter now, and the rest: those whose event is true now, else the one whose paths are drawn."""
    now = tuple(one for one in followed if one.answer is not None and one.answer.true_now is True)
    drawn = shown(followed)
    first = now or ((drawn,) if drawn is not None else followed)
    keys = {one.key for one in first}
    return first, tuple(one for one in followed if one.key not in keys)


def _counted(one: Followed) -> int:
    return 0 if one.answer is None else max((finding.episodes for finding in one.answer.findings), default=0)
