"""A checked commentary as JSON has it, and the words that every rendering shares. No number is born here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from leadline.judgement.claims.rulings import Checked, Reading, Ruling, Since, Word
from leadline.publish.brief import words as brief_words
from leadline.publish.brief.build import STANDINGS
from leadline.publish.look.plain import plain

#: a mark beside each ruling, so that colour never carries the meaning alone
MARKS: Final[Mapping[Word, str]] = {
    "confirmed": "+",
    "supported": "+",
    "off": "~",
    "depends on the proxy": "/",
    "not distinguishable": "=",
    "refuted": "x",
    "contrary": "x",
    "contradicts itself": "!",
    "too few to say": "?",
    "untestable": "?",
}
#: what a ruling does to a claim: bears it out, speaks against it, or neither
TONES: Final[Mapping[Word, str]] = {
    "confirmed": "for",
    "supported": "for",
    "refuted": "against",
    "contrary": "against",
    "contradicts itself": "against",
}
LATER: Final = "What happened since (not known to the author, no part of any ruling)"


def standing(checked: Checked) -> str:
    """How real the data are: the least real of the series used; "nothing" where there are none."""
    return next((one for one in STANDINGS if one in checked.standings), "nothing")


def banner(checked: Checked) -> str:
    """What the rulings stand on, in one line."""
    return brief_words.banner(standing(checked), checked.cut, checked.version)


def byline(checked: Checked) -> str:
    """Who wrote it, when, and the last close the author could have seen."""
    return f"{checked.author}, {checked.published}; ruled on what was known at the close of {checked.as_of}"


def tally(checked: Checked) -> str:
    """How many claims have which ruling.

    An empty count is left out: "4 confirmed, 1 off, 2 untestable".
    """
    return ", ".join(f"{count} {word}" for word, count in checked.counts.items())


def card(checked: Checked) -> tuple[tuple[str, str], ...]:
    """The author's card, line by line; what was not said is left out."""
    if checked.card is None:
        return ()
    said = [(name, getattr(checked.card, name)) for name in ("action", "recommendation", "timeframe", "risk")]
    watch = [("watch", "; ".join(checked.card.watch))] if checked.card.watch else []
    return tuple((name, text) for name, text in [*said, *watch] if text)


def reasons(ruling: Ruling) -> tuple[str, ...]:
    """Why, sentence by sentence: a contradiction first, then each reading; what would help last."""
    parts = [part for part in ruling.why.split(" | ") if part]
    return (*parts, f"needs {ruling.needs}") if ruling.needs else tuple(parts)


def since(ruling: Ruling) -> tuple[str, ...]:
    """What became of a claim after the close, in one line; none where nothing is told."""
    told = "; ".join(one.sentence for one in ruling.since)
    return (f"since: {told}",) if told else ()


def as_json(checked: Checked) -> dict[str, Any]:
    """The document of `leadline check`: decimals, ISO dates, None where missing; keys may be added."""
    document = {
        "title": checked.title,
        "author": checked.author,
        "published": checked.published,
        "as_of": checked.as_of,
        "cut": checked.cut,
        "standing": standing(checked),
        "version": checked.version,
        "counts": dict(checked.counts),
        "card": dict(card(checked)),
        "rulings": [_ruling(one) for one in checked.rulings],
        "later": checked.later,
        "since": [_since(one) for one in checked.since],
        "notices": list(checked.notices),
    }
    told: dict[str, Any] = plain(document)
    return told


def _ruling(one: Ruling) -> dict[str, Any]:
    return {
        "key": one.key,
        "claim": one.says,
        "kind": one.kind,
        "states": one.states,
        "measured": one.measured,
        "ruling": one.ruling,
        "alone": one.alone,
        "why": one.why,
        "needs": one.needs,
        "readings": [_reading(reading) for reading in one.readings],
        "since": [_since(since) for since in one.since],
    }


def _reading(one: Reading) -> dict[str, Any]:
    return {
        "label": one.label,
        "formula": one.formula,
        "measured": one.measured,
        "unit": one.unit,
        "session": one.session,
        "ruling": one.ruling,
        "why": one.why,
        "figures": dict(one.figures),
        "findings": [finding.as_json() for finding in one.findings],
        "warnings": list(one.warnings),
    }


def _since(one: Since) -> dict[str, Any]:
    return {"as_of": one.as_of, "formula": one.formula, "value": one.value, "said": one.sentence}
