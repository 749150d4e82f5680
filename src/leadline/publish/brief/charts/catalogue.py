"""Every chart of a brief: its name, what is wrong where it cannot be drawn, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadline.publish.brief.charts import (
    distribution,
    drawdowns,
    fan,
    levels,
    macro,
    participation,
    ratio,
    rotation,
    strength,
)
from leadline.publish.brief.record import Brief
from leadline.publish.look.drawing import Chart


@dataclass(frozen=True)
class Kind:
    """One chart: its name (file stem), what it is called, what is missing ("" where nothing is), and the chart."""

    name: str
    called: str
    missing: Callable[[Brief], str]
    chart: Callable[[Brief], Chart]


KINDS = (
    Kind("ratio", "the ratio", ratio.missing, ratio.chart),
    Kind("levels", "levels and breakouts", levels.missing, levels.chart),
    Kind("strength", "strength", strength.missing, strength.chart),
    Kind("rotation", "rotation", rotation.missing, rotation.chart),
    Kind("distribution", "rarity", distribution.missing, distribution.chart),
    Kind("fan", "what followed", fan.missing, fan.chart),
    Kind("participation", "participation", participation.missing, participation.chart),
    Kind("macro", "the economy", macro.missing, macro.chart),
    Kind("drawdowns", "drawdowns", drawdowns.missing, drawdowns.chart),
)
NAMES = tuple(kind.name for kind in KINDS)


def charts(brief: Brief) -> tuple[Chart, ...]:
    """The charts that the record has numbers for, in the page's order. Nothing is drawn yet."""
    return tuple(kind.chart(brief) for kind in KINDS if not kind.missing(brief))


def undrawn(brief: Brief) -> tuple[str, ...]:
    """Why a chart is not there, one sentence for each that is missing."""
    missing = ((kind.called, kind.missing(brief)) for kind in KINDS)
    return tuple(f"The chart of {called} is left out: {why}." for called, why in missing if why)
