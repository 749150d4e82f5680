"""How rare the thrust is: all its past values as bars, today's as a line."""

from __future__ import annotations

from dataclasses import replace

from leadline.publish.brief.charts.common import footer
from leadline.publish.brief.record import Brief
from leadline.publish.evidence.distribution import distribution_chart
from leadline.publish.look.drawing import Chart


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    if brief.rarity is None:
        return "the playbook has no evidence line about rarity"
    return "" if brief.rarity.answer is not None else brief.rarity.why


def chart(brief: Brief) -> Chart:
    """The distribution of the evidence pages, under the brief's footer."""
    if brief.rarity is None or brief.rarity.answer is None:
        raise ValueError(missing(brief))
    drawn = distribution_chart(brief.rarity.answer)
    return replace(drawn, footer=f"{footer(brief)} · {brief.rarity.formula}")
