"""The answers as JSON documents: plain values only, keys that do not drift."""

from __future__ import annotations

from typing import Any

from leadline.inference.ask import Answer
from leadline.inference.leaders import PersistenceAnswer, View
from leadline.inference.leads import LeadAnswer, Way
from leadline.inference.rare import RarityAnswer
from leadline.publish.look.plain import plain

Document = dict[str, Any]


def ask_document(answer: Answer) -> Document:
    """The `ask` document of one outcome series. Outcomes are decimals by horizon, null where not known."""
    episodes = [
        {"session": one.session, "outcomes": one.outcomes, "worst": one.worst, "best": one.best}
        for one in answer.episodes
    ]
    findings = [one.as_json() for one in answer.findings]
    return _document(
        {
            "event": answer.event,
            "then": answer.then,
            "as_of": answer.as_of,
            "true_now": answer.true_now,
            "axis": answer.axis,
            "since": answer.since,
            "outcomes_are": "returns" if answer.how == "ratio" else "differences",
            "episodes": episodes,
            "findings": findings,
            "warnings": answer.warnings,
        }
    )


def rarity_document(answer: RarityAnswer) -> Document:
    """The `rarity` document."""
    stated = None if answer.check is None else {**plain(answer.check), "sentence": answer.check.sentence}
    return _document({**answer.as_json(), "stated": stated})


def persistence_document(answer: PersistenceAnswer) -> Document:
    """The `persistence` document: four views over every date, and over dates a whole horizon apart."""
    separate = answer.separate_views
    return _document(
        {
            "members": answer.members,
            "by": answer.by,
            "following": answer.following,
            "horizon": answer.horizon,
            "as_of": answer.as_of,
            "axis": answer.axis,
            "since": answer.since,
            "until": answer.until,
            "views": [_view(one) for one in answer.views],
            "separate_views": None if separate is None else [_view(one) for one in separate],
            "standing": [{"member": name, "strength": strength} for name, strength in answer.standing],
            "warnings": answer.warnings,
        }
    )


def lead_document(answer: LeadAnswer) -> Document:
    """The `lead` document: both predictions and the correlation at every lag (positive: the first comes first)."""
    return _document(
        {
            "first": answer.a,
            "second": answer.b,
            "measured": {"first": answer.measured[0], "second": answer.measured[1]},
            "as_of": answer.as_of,
            "axis": answer.axis,
            "horizon": answer.horizon,
            "since": answer.since,
            "until": answer.until,
            "rows": answer.rows,
            "first_predicts_second": _way(answer.forward),
            "second_predicts_first": _way(answer.backward),
            "correlations": answer.found.correlations,
            "correlations_clear_of_zero": answer.clear,
            "warnings": answer.warnings,
        }
    )


def _document(values: Document) -> Document:
    return {key: plain(value) for key, value in values.items()}


def _view(view: View) -> Document:
    return {**plain(view), "verdict": view.verdict}


def _way(way: Way) -> Document:
    return {**plain(way.prediction), "adjusted_p": way.adjusted_p, "separate": way.separate, "verdict": way.verdict}
