"""Rulings as Markdown to paste into a letter: a table of all claims, then the reasons."""

from __future__ import annotations

import re

from leadline.judgement.claims.rulings import Checked, Ruling
from leadline.publish.claims import record


def text(checked: Checked) -> str:
    """The rulings as Markdown. Ends with a newline."""
    blocks = [
        f"*{quoted(record.banner(checked))}*",
        f"# {quoted(checked.title)}",
        quoted(record.byline(checked)),
        f"**{quoted(record.tally(checked))}**",
        *_card(checked),
        _table(checked),
        "## Why",
        "\n".join(_why(one) for one in checked.rulings),
        *_later(checked),
        *_list("## What to know of the data", checked.notices),
    ]
    return "\n\n".join(blocks) + "\n"


def quoted(words: str) -> str:
    r"""Text that Markdown takes as it is.

    >>> print(quoted("a | b*"))
    a \| b\*
    """
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", words)


def _card(checked: Checked) -> list[str]:
    lines = [f"- {name}: {quoted(said)}" for name, said in record.card(checked)]
    return ["The author's card:", "\n".join(lines)] if lines else []


def _table(checked: Checked) -> str:
    rows = [
        f"| {quoted(one.says)} | {quoted(one.stated)} | {quoted(one.shown)} | **{one.ruling}** |"
        for one in checked.rulings
    ]
    return "\n".join(["| claim | stated | measured | ruling |", "|---|---:|---:|---|", *rows])


def _why(ruling: Ruling) -> str:
    lines = [f"  - {quoted(sentence)}" for sentence in (*record.reasons(ruling), *record.since(ruling))]
    return "\n".join([f"- **{quoted(ruling.says)}**: {ruling.ruling}", *lines])


def _later(checked: Checked) -> list[str]:
    if checked.later is None:
        return []
    said = [one.sentence for one in checked.since]
    return _list(f"## {record.LATER}, to {checked.later}", said) or [f"## {record.LATER}, to {checked.later}"]


def _list(heading: str, sentences: tuple[str, ...] | list[str]) -> list[str]:
    return [heading, "\n".join(f"- {quoted(one)}" for one in sentences)] if sentences else []
