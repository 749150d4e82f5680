"""What followed: the studies that evidence lines carry, asked of the panel. Not part of the card: they take longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from leadline.core.aside import Aside, here
from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.inference.ask import Answer, Question, asked
from leadline.inference.bootstrap import DRAWS
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.model import Playbook


@dataclass(frozen=True)
class Studied:
    """The study of one evidence line; answer is None, and why says why, where the panel cannot answer it."""

    key: str
    answer: Answer | None
    why: str = ""


def read_studies(
    panel: Panel, playbook: Playbook, names: Names | None = None, *, draws: int = DRAWS
) -> tuple[Studied, ...]:
    """The studies of the playbook's evidence lines at the panel's cut, in the order of the file.

    draws: of the bootstrap. Each finding counts the tries of its own question; earlier ones are the trial book's. What
    the panel cannot answer says why; nothing is raised for it.
    """
    return begin_studies(panel, playbook, names, draws=draws)()


def begin_studies(
    panel: Panel, playbook: Playbook, names: Names | None = None, *, draws: int = DRAWS, aside: Aside = here
) -> Callable[[], tuple[Studied, ...]]:
    """`read_studies` in two steps: the formulas are evaluated now, the rest is done `aside`; calling gives them all."""
    meaning = names_of(playbook, None, panel) if names is None else names
    begun = [
        _begin(
            panel,
            line.key,
            Question(line.study.event, (line.study.then,), line.study.over, draws=draws),
            meaning,
            aside,
        )
        for line in playbook.evidence
        if line.study is not None
    ]
    return lambda: tuple(one() for one in begun)


def _begin(panel: Panel, key: str, question: Question, names: Names, aside: Aside) -> Callable[[], Studied]:
    try:
        answers = asked(panel, question, names, aside)
    except (DataError, RequestError) as error:
        return partial(_unanswered, key, error)

    def studied() -> Studied:
        try:
            return Studied(key, answers()[0])
        except (DataError, RequestError) as error:
            return _unanswered(key, error)

    return studied


def _unanswered(key: str, error: DataError | RequestError) -> Studied:
    return Studied(key, None, f"{error.asked}: {error.found or error.expected}")
