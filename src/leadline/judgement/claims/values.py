"""Ruling on figures and on conditions.

A stated figure s and a measured one m:

- confirmed: |m - s| <= within (left out: half a unit of the last digit stated, so 15.2% holds from 15.15 to 15.25 %);
- off: not confirmed, of the same sign, and |m - s| <= off_within (left out: half of |s|, or twice `within` if greater);
- refuted: all else.

A day that was stated is compared in days; off is then within 31 days unless `off_within` says another number of days.
A condition is confirmed when its truth at the session is what was said (true, or false with `holds: false`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import Final

from leadline.core.units import Unit
from leadline.formula.arguments import COMPARISONS
from leadline.formula.evaluate import Values
from leadline.formula.parse import parse
from leadline.formula.tree import Binary, Number
from leadline.judgement.claims import words
from leadline.judgement.claims.ground import Gap, Ground, measured
from leadline.judgement.claims.model import ConditionClaim, Measure, ValueClaim
from leadline.judgement.claims.quantity import Quantity
from leadline.judgement.claims.rulings import Reading, Trace, Word

TRACE: Final = 252
DAYS_OFF: Final = 31.0


def rule_value(claim: ValueClaim, ground: Ground) -> tuple[Reading, ...]:
    """Each reading of a stated figure, ruled at the close (or at the session the claim speaks of)."""
    return tuple(_each(claim, ground, lambda *given: _value(claim, *given)))


def rule_condition(claim: ConditionClaim, ground: Ground) -> tuple[Reading, ...]:
    """Each reading of a condition, ruled at the close (or at the session the claim speaks of)."""
    return tuple(_each(claim, ground, lambda *given: _condition(claim, *given)))


def verdict(claim: ValueClaim, value: float | date) -> Word:
    """Confirmed, off or refuted, by the distance of a measured value from the stated one.

    >>> from leadline.judgement.claims.quantity import quantity
    >>> said = ValueClaim(key="x", says="x", kind="value", formula="IWM", states=quantity("15.2%"))
    >>> verdict(said, 0.1524), verdict(said, 0.1104), verdict(said, 0.07), verdict(said, -0.152)
    ('confirmed', 'off', 'refuted', 'refuted')
    """
    number = float(value.toordinal()) if isinstance(value, date) else float(value)
    near, wide = bands(claim)
    target = claim.states.number
    apart = abs(number - target)
    if apart <= near * (1 + 1e-9) + 1e-12:
        return "confirmed"
    same_sign = number * target > 0 or target == 0
    return "off" if same_sign and apart <= wide * (1 + 1e-9) else "refuted"


def bands(claim: ValueClaim) -> tuple[float, float]:
    """How near counts as confirmed, and how near as off."""
    near = claim.within.number if claim.within is not None else claim.states.half
    if claim.off_within is not None:
        return near, claim.off_within.number
    dated = isinstance(claim.states.value, date)
    return near, max(DAYS_OFF if dated else abs(claim.states.number) / 2, 2 * near)


def _each(
    claim: ValueClaim | ConditionClaim, ground: Ground, rule: Callable[[str, Measure, Values, Ground], Reading]
) -> list[Reading]:
    there = ground.at(claim.at)
    found = []
    for label, measure in claim.measures().items():
        values = measured(there, measure.formula)
        if isinstance(values, Gap):
            found.append(untestable(label, measure.formula, values))
        else:
            found.append(rule(label, measure, values, there))
    return found


def untestable(label: str, formula: str, gap: Gap) -> Reading:
    """A reading that cannot be measured, with the reason."""
    return Reading(label, formula, None, None, None, "untestable", gap.reason, needs=gap.needs)


def _value(claim: ValueClaim, label: str, measure: Measure, values: Values, _: Ground) -> Reading:
    last = values.last
    dated = isinstance(claim.states.value, date)
    if last is None or isinstance(last, bool) or dated != isinstance(last, date):
        wanted = "a day" if dated else "a number"
        return untestable(label, measure.formula, Gap(f"{measure.formula} gives a {values.unit}, not {wanted}"))
    ruling = verdict(claim, last)
    session = values.frame["session"][-1]
    why = f"{words.said(last, values.unit, claim.states)} at {session}, stated {_apart(claim, last, ruling)}"
    level = None if dated else claim.states.number
    picture = None if dated else trace(values, level)
    return Reading(
        label,
        measure.formula,
        last,
        values.unit,
        session,
        ruling,
        why,
        picture=picture,
        warnings=values.warnings,
        shown=words.said(last, values.unit, claim.states),
    )


def _apart(claim: ValueClaim, last: float | date, ruling: Word) -> str:
    """The stated figure, how far the measured one is from it, and against which band."""
    near, wide = bands(claim)
    number = float(last.toordinal()) if isinstance(last, date) else float(last)
    apart = abs(number - claim.states.number)
    away, close, band = (_size(claim.states, one) for one in (apart, near, wide))
    if ruling == "confirmed":
        return f"{words.stated(claim.states)}: {away} apart, within {close}"
    if ruling == "off":
        return f"{words.stated(claim.states)}: {away} apart, more than {close} but not more than {band}"
    other = number * claim.states.number < 0
    return f"{words.stated(claim.states)}: {'the other way' if other else f'{away} apart, more than {band}'}"


def _size(states: Quantity, size: float) -> str:
    if isinstance(states.value, date):
        return f"{size:.0f} day{'' if round(size) == 1 else 's'}"
    digits = states.digits + (1 if size < 10 * states.half else 0)
    return f"{size * 100:.{max(digits, 1)}f} points" if states.is_percent else f"{size:.{max(digits, 1)}f}"


def _condition(claim: ConditionClaim, label: str, measure: Measure, values: Values, ground: Ground) -> Reading:
    if values.unit != Unit.TRUTH:
        return untestable(label, measure.formula, Gap(f"{measure.formula} is a number, not a condition"))
    true = bool(values.last)
    session = values.frame["session"][-1]
    verb = words.held(true=true)
    shown = _shown(measure, ground)
    beside = f" ({_named(measure, shown)}{words.said(shown.last, shown.unit)})" if isinstance(shown, Values) else ""
    ruling: Word = "confirmed" if true == claim.holds else "refuted"
    figures = {} if not isinstance(shown, Values) else {"shows": shown.formula, "value": shown.last}
    return Reading(
        label,
        measure.formula,
        true,
        Unit.TRUTH,
        session,
        ruling,
        f"{'' if label else f'{measure.formula} '}{verb} at {session}{beside}",
        MappingProxyType(figures),
        picture=trace(shown, _level(measure.formula)) if isinstance(shown, Values) else None,
        warnings=values.warnings,
        shown=words.said(shown.last, shown.unit) if isinstance(shown, Values) else verb,
    )


def _shown(measure: Measure, ground: Ground) -> Values | Gap | None:
    """What stands beside a condition: `shows`, else the left side of its comparison."""
    tree = parse(measure.formula)
    left = str(tree.left) if isinstance(tree, Binary) and tree.operator in COMPARISONS else None
    formula = measure.shows or left
    return None if formula is None else measured(ground, formula)


def _named(measure: Measure, shown: Values) -> str:
    """What is shown, by name where the condition's own left side does not say it."""
    return f"{shown.formula} is " if measure.shows is not None else ""


def _level(formula: str) -> float | None:
    tree = parse(formula)
    if isinstance(tree, Binary) and tree.operator in COMPARISONS and isinstance(tree.right, Number):
        return tree.right.decimal
    return None


def trace(values: Values, level: float | None = None) -> Trace | None:
    """The last 252 values of a number, for a small chart; None for conditions and days."""
    if values.unit in (Unit.TRUTH, Unit.DATE):
        return None
    rows = values.frame.tail(TRACE).drop_nulls()
    points = tuple((day, float(value)) for day, value in rows.iter_rows())
    return Trace(values.formula, values.unit, points, level) if len(points) > 1 else None
