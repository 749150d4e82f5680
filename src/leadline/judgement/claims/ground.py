"""The ground a claim is ruled on: a panel that ends at the author's close, and why a formula cannot be measured there.

A gap is an answer, not an error: the claim is then untestable, with the gap's words as the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from leadline.core.calendar import EXCHANGE, load_sessions
from leadline.core.errors import DataError, RequestError
from leadline.data.panel.panel import Panel, SeriesFact
from leadline.formula.errors import FormulaError
from leadline.formula.evaluate import Values, evaluate
from leadline.formula.names import Names
from leadline.formula.vintages import STALE_DAYS

DAILY: Final = "needs daily data"
SLACK: Final = timedelta(days=31)  # a monthly value is knowable up to a month after a macro series counts as stale


@dataclass(frozen=True)
class Gap:
    """Why something cannot be measured, and what would help."""

    reason: str
    needs: str = ""


@dataclass(frozen=True)
class Ground:
    """A panel that ends at the author's close (or before it: `short` then says so), and what the words stand for."""

    panel: Panel
    names: Names
    short: str = ""

    def at(self, day: date | None) -> Ground:
        """The same ground at an earlier session; itself without a day."""
        if day is None or day >= self.panel.cut:
            return self
        return replace(self, panel=self.panel.truncate(day))


def ground_of(panel: Panel, names: Names, as_of: date) -> Ground:
    """The ground at a close: the panel cut there where it goes on, and marked as short where it ends before."""
    if panel.cut > as_of:
        return Ground(panel.truncate(as_of), names)
    if panel.cut == as_of:
        return Ground(panel, names)
    close = load_sessions(as_of, EXCHANGE).at_or_before(as_of)
    short = "" if panel.cut >= close else f"the data end {panel.cut}, before the author's close of {close}"
    return Ground(panel, names, short)


def measured(ground: Ground, formula: str) -> Values | Gap:
    """The values of a formula up to the close, or the gap: a series missing, stale, monthly only, or no value."""
    values = known(ground, formula)
    if isinstance(values, Gap):
        return values
    late = stale(ground.panel, values.needs.series)
    if late:
        return Gap(late, "the same series up to the close")
    if ground.short:
        return Gap(ground.short, "data up to the close")
    if values.last is None:
        return Gap(f"{formula} has no value at {ground.panel.cut}", "; ".join(values.warnings))
    return values


def known(ground: Ground, formula: str) -> Values | Gap:
    """The values of a formula as far as the data go, or the gap."""
    try:
        return evaluate(formula, ground.panel, ground.names)
    except (RequestError, DataError) as error:
        return gap_of(ground.panel, error)


def gap_of(panel: Panel, error: RequestError | DataError) -> Gap:
    """What an error of the formula language means for a claim."""
    said = str(error).split("\n", 1)[0]
    if isinstance(error, FormulaError) and error.asked.startswith("span"):
        return Gap(f"{DAILY}: {error.asked} on {error.found}", DAILY.removeprefix("needs "))
    if isinstance(error, FormulaError) and error.asked == "series":
        absent = f"{error.found} is not in this ledger"
        macro = ":" in error.found
        return Gap(absent if macro or _has_daily(panel) else f"{DAILY}: {absent}", f"values of {error.found}")
    if "daily" in said:
        return Gap(f"{DAILY}: {said}", DAILY.removeprefix("needs "))
    return Gap(said)


def stale(panel: Panel, used: Iterable[tuple[str, str]]) -> str:
    """Which of the series of a formula ends before the cut; "" where none does."""
    said = [_ended(panel, panel.fact(name), of) for name, of in used]
    return "; ".join(dict.fromkeys(one for one in said if one))


def _ended(panel: Panel, fact: SeriesFact, of: str) -> str:
    if fact.kind == "macro":
        described = panel.as_known(fact.name)["describes"]
        allowed = timedelta(days=STALE_DAYS.get(fact.frequency, 75))
        allowed += SLACK if fact.frequency in ("month", "quarter") else timedelta(0)
        old = not len(described) or panel.cut - described[-1] > allowed
        newest = described[-1] if len(described) else "nothing"
        return f"{fact.name} is stale at {panel.cut}: the newest value known describes {newest}" if old else ""
    axis = panel.axis(fact.frequency)
    there = axis.filter(panel.column(fact.name, of).is_not_null())
    if len(there) and there[-1] == axis[-1]:
        return ""
    return f"{fact.name}.{of} ends {there[-1] if len(there) else 'before it begins'}, before {axis[-1]}"


def _has_daily(panel: Panel) -> bool:
    return any(fact.kind == "bars" and fact.frequency == "session" for fact in panel.series.values())
