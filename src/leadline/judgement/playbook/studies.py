"""What followed: the studies that evidence lines carry, asked of the panel. Not part of the card: they take longer."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.inference.ask import Answer, Question, ask
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.model import Playbook


@dataclass(frozen=True)
class Studied:
    """The study of one evidence line; answer is None, and why says why, where the panel cannot answer it."""

    key: str
    answer: Answer | None
    why: str = ""


def read_studies(
    panel: Panel, playbook: Playbook, names: Names | None = None, *, draws: int = 10_000
) -> tuple[Studied, ...]:
    """The studies of the playbook's evidence lines at the panel's cut, in the order of the file.

    draws: of the bootstrap. Each finding counts the tries of its own question; earlier ones are the trial book's. What
    the panel cannot answer says why; nothing is raised for it.
    """
    meaning = names_of(playbook, None, panel) if names is None else names
    found = []
    for line in playbook.evidence:
        if line.study is None:
            continue
        question = Question(line.study.event, (line.study.then,), line.study.over, draws=draws)
        try:
            found.append(Studied(line.key, ask(panel, question, meaning)[0]))
        except (DataError, RequestError) as error:
            found.append(Studied(line.key, None, f"{error.asked}: {error.found or error.expected}"))
    return tuple(found)
