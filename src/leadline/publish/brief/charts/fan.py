"""What followed: the paths after each episode of the study that matters most now, beside what always followed."""

from __future__ import annotations

from dataclasses import replace

from leadline.inference.ask import horizon_rows
from leadline.publish.brief.charts.marks import footer
from leadline.publish.brief.followed import shown
from leadline.publish.brief.record import Brief
from leadline.publish.evidence.fan import fan_chart
from leadline.publish.look.drawing import Chart


def missing(brief: Brief) -> str:
    """What is missing for this chart, "" where nothing is."""
    if not brief.followed:
        return "the playbook has no studies"
    if shown(brief.followed) is not None:
        return ""
    whys = dict.fromkeys(one.why for one in brief.followed if one.why)
    return next(iter(whys), "no episode of a study has been followed yet")


def chart(brief: Brief) -> Chart:
    """The fan of the evidence pages over the study's middle horizon, in the brief's words."""
    study = shown(brief.followed)
    if study is None or study.answer is None:
        raise ValueError(missing(brief))
    horizon = horizon_rows(study.over[len(study.over) // 2], study.answer.axis)
    drawn = fan_chart(replace(study.answer, then=study.said), horizon)
    return replace(drawn, footer=f"{footer(brief)} · ask {study.event} --then {study.then}")
