"""Does one number lead another: the leads of a playbook, asked both ways round, adjusted for all that are asked.

A lead one of whose inputs is missing or stale at the cut has no numbers and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from leadline.core.aside import Aside, here
from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.inference.leads import LeadAnswer, begin_lead
from leadline.inference.multiple import benjamini_yekutieli
from leadline.judgement.playbook.lines import Lead
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.topics import TOPICS
from leadline.publish.brief.traces import Guard
from leadline.publish.evidence.documents import lead_document


@dataclass(frozen=True)
class Led:
    """One question of a playbook's `leads`, and its answer; None, and why, where there is none.

    tries: how many predictions the playbook asks for in all; adjusted p and verdicts allow for them.
    """

    key: str
    topic: str
    first: str
    second: str
    first_label: str
    second_label: str
    over: str
    tries: int
    answer: LeadAnswer | None
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The question, and the keys of the `lead` document."""
        return {
            "key": self.key,
            "topic": self.topic,
            "first": self.first,
            "second": self.second,
            "first_label": self.first_label,
            "second_label": self.second_label,
            "over": self.over,
            "tries": self.tries,
            "answer": None if self.answer is None else lead_document(self.answer),
            "why": self.why,
        }


def begin_led(
    panel: Panel, playbook: Playbook, names: Names, guard: Guard, aside: Aside = here
) -> Callable[[], tuple[Led, ...]]:
    """The leads of the playbook, in the order of the file, begun `aside`; nothing is raised for what cannot be had."""
    begun = [_begin(panel, one, names, guard, aside) for one in playbook.leads]
    return lambda: _together([one() for one in begun])


def _together(found: list[Led]) -> tuple[Led, ...]:
    """The leads with all their predictions adjusted together."""
    chances = iter(benjamini_yekutieli([p for one in found for p in _chances(one)]))
    tries = sum(len(list(_chances(one))) for one in found)
    return tuple(_adjusted(one, tries, chances) for one in found)


def _begin(panel: Panel, one: Lead, names: Names, guard: Guard, aside: Aside) -> Callable[[], Led]:
    told = (one.first, one.second, one.first_label, one.second_label, one.over, 0)
    make = partial(Led, one.key, TOPICS[one.topic], *told)
    wrong = "; ".join(dict.fromkeys(filter(None, (guard.wrong(one.first), guard.wrong(one.second)))))
    if wrong:
        return partial(make, None, wrong)
    try:
        begun = begin_lead(panel, (one.first, one.second), one.over, one.most, names, aside)
    except (DataError, RequestError) as error:
        return partial(make, None, error.found or error.expected or error.asked)
    return lambda: _answered(make, begun)


def _answered(make: Callable[..., Led], begun: Callable[[], LeadAnswer]) -> Led:
    try:
        return make(begun())
    except (DataError, RequestError) as error:
        return make(None, error.found or error.expected or error.asked)


def _chances(one: Led) -> Iterator[float | None]:
    """The p of both ways; None for one that cannot be had."""
    if one.answer is not None:
        for way in (one.answer.forward, one.answer.backward):
            yield None if np.isnan(way.prediction.p) else way.prediction.p


def _adjusted(one: Led, tries: int, chances: Iterator[float | None]) -> Led:
    if one.answer is None:
        return replace(one, tries=tries)
    forward = replace(one.answer.forward, adjusted_p=next(chances))
    backward = replace(one.answer.backward, adjusted_p=next(chances))
    return replace(one, tries=tries, answer=replace(one.answer, forward=forward, backward=backward))
