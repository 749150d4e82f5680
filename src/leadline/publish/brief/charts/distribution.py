"""How rare the thrust is: all its past values as bars, today's as a line."""

from __future__ import annotations

from dataclasses import replace

from leadline.judgement.playbook.evidence import Evidence
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.record import Brief
from leadline.publish.evidence.distribution import distribution_chart
from leadline.publish.evidence.words import ORDINARY, percentile
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
    line = next((one for one in _lines(brief) if one.formulas[0] == brief.rarity.formula), None)
    standing = brief.rarity.answer.rarity.standing
    place = percentile(standing.percentile)
    said = "" if line is None else line.sentence.removesuffix(".")
    told = place in said or 1 in (standing.rank, standing.rank_low)  # a number is not said twice
    title = drawn.title if line is None else said if told else f"{said} (percentile {place})"
    subtitle = drawn.subtitle
    if ORDINARY[0] < standing.percentile < ORDINARY[1]:  # how often such a value comes says nothing
        subtitle = f"{subtitle.partition(', ')[0]}, nothing rare"
    return replace(drawn, title=title, subtitle=subtitle, footer=f"{footer(brief)} · {brief.rarity.formula}")


def _lines(brief: Brief) -> tuple[Evidence, ...]:
    card = brief.card
    return (*card.in_favour, *card.against, *card.silent)
