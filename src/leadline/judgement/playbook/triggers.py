"""What to watch for at a session: the level or event, how far away it is, and the sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leadline.core.units import Unit
from leadline.judgement.playbook.freshness import Place
from leadline.judgement.playbook.lines import Form, Trigger
from leadline.judgement.playbook.measured import Measured, reasons
from leadline.judgement.playbook.said import apart, form_of, written

#: units whose distance is relative; that of others is a difference in their own unit
RELATIVE: Final = frozenset({Unit.PRICE, Unit.INDEX, Unit.RATIO, Unit.MONEY, Unit.SHARES})


@dataclass(frozen=True)
class Watched:
    """A trigger at a session. met: None when it cannot be said.

    value, level: as they are; distance: what the value still has to go, level / value - 1 for prices and ratios
    (`relative`), else level - value; below zero when it has to fall. All None for an event without a level.
    """

    key: str
    event: str
    met: bool | None
    value: float | None
    level: float | None
    distance: float | None
    relative: bool
    formulas: tuple[str, ...]
    sentence: str
    why: str = ""


def watched(measured: Measured, trigger: Trigger, place: Place) -> Watched:
    """One trigger at one session; a trigger whose inputs are missing or stale says so and has no numbers."""
    reads = [measured.read(formula, place) for formula in trigger.formulas]
    why = reasons(reads)
    value, level, distance, relative, met = None, None, None, False, None
    form: Form = trigger.form or "number"
    if not why and trigger.condition is not None:
        met = reads[0].truth
    elif not why and reads[0].value is not None and reads[1].value is not None:
        value, level = reads[0].value, reads[1].value
        relative = trigger.form in (None, "price", "ratio", "number") and reads[0].unit in RELATIVE and value > 0
        distance = level / value - 1 if relative else level - value
        near = 1e-9 * abs(level)  # on the level counts as there
        met = value >= level - near if trigger.when == "above" else value <= level + near
        form = form_of(trigger.form, reads[0].unit)
    said = _sentence(trigger, (value, level, distance), form, met=met, relative=relative)
    sentence = f"{trigger.event}: not available ({why})" if why else said
    return Watched(trigger.key, trigger.event, met, value, level, distance, relative, trigger.formulas, sentence, why)


def _sentence(
    trigger: Trigger, numbers: tuple[float | None, ...], form: Form, *, met: bool | None, relative: bool
) -> str:
    value, level, distance = numbers
    if distance is None:
        return f"{trigger.event}: {'already so' if met else 'not yet'}"
    away = written(distance, "percent") if relative else apart(distance, form)
    now = f"{written(level, form)}, now {written(value, form)}"
    return f"{trigger.event} ({now}): {'already so' if met else f'{away} away'}"
