"""The macro strip: curve, credit, claims and unemployment as known on each day, and what a year did to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from leadline.core.units import MISSING, number
from leadline.formula.names import Names
from leadline.judgement.playbook.inputs import inputs_of
from leadline.publish.brief.traces import Trace

#: what is drawn, by key: the first formula whose series are there; its label, and how its values are written
STRIPS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = MappingProxyType(
    {
        "curve": (
            ("FRED:T10Y2Y", "10-year less 2-year yield, points", "points"),
            ("SIM:CURVE", "10-year less 2-year yield, points", "points"),
        ),
        "credit": (
            ("FRED:BAMLH0A0HYM2", "High-yield spread, points", "rate"),
            ("FRED:BAA10Y", "Baa spread, points", "rate"),
            ("monthly(FRED:BAA - FRED:AAA)", "Baa less Aaa yield, points", "rate"),
        ),
        "claims": (
            ("sma(FRED:ICSA, 4w)", "Jobless claims, 4-week mean", "count"),
            ("sma(SIM:CLAIMS, 4w)", "Jobless claims, 4-week mean", "count"),
        ),
        "unemployment": (("FRED:UNRATE", "Unemployment rate, percent", "rate"),),
    }
)
#: what each is called in a title, where it rose and where it fell over a year
MOVED: Final = MappingProxyType(
    {
        "curve": ("the yield curve steepened", "the yield curve flattened"),
        "credit": ("credit spreads widened", "credit spreads narrowed"),
        "claims": ("jobless claims rose", "jobless claims fell"),
        "unemployment": ("unemployment rose", "unemployment fell"),
    }
)
STILL: Final = MappingProxyType(
    {"curve": "the yield curve", "credit": "credit spreads", "claims": "jobless claims", "unemployment": "unemployment"}
)
YEAR: Final = MappingProxyType({"session": 252, "month": 12})


@dataclass(frozen=True)
class Strip:
    """One macro series: its trace, and its value a year ago as it was known then."""

    key: str
    form: str
    trace: Trace

    @property
    def ago(self) -> float | None:
        """The value known a year before the cut; None where there was none."""
        values, back = self.trace.values, YEAR[self.trace.axis]
        return None if len(values) <= back or np.isnan(values[-1 - back]) else float(values[-1 - back])

    @property
    def change(self) -> float | None:
        """The value less the one of a year ago."""
        now, then = self.trace.last, self.ago
        return None if now is None or then is None else now - then

    def as_json(self) -> dict[str, Any]:
        """Plain values under stable keys."""
        trace = self.trace
        return {
            "key": self.key,
            "label": trace.label,
            "formula": trace.formula,
            "value": trace.last,
            "year_ago": self.ago,
            "change": self.change,
            "why": trace.why,
        }


def written(value: float | None, form: str, *, signed: bool = False) -> str:
    """A macro value: points with a sign, rates with two decimals, counts whole.

    >>> written(-0.29, "points"), written(4.1, "rate"), written(233250.0, "count"), written(None, "rate")
    ('-0.29', '4.10', '233,250', '-')
    """
    if value is None or not np.isfinite(value):
        return MISSING
    if form == "count":
        return f"{value:+,.0f}" if signed else number(value, 0)
    return f"{value + 0.0:+.2f}" if signed or form == "points" else f"{value:.2f}"


def chosen(series: Collection[str], names: Names) -> dict[str, tuple[str, str, str]]:
    """Of each strip the first formula of which every series is there: formula, label, form."""
    found = {}
    for key, options in STRIPS.items():
        there = (one for one in options if all(item.name in series for item in inputs_of(one[0], names).all))
        option = next(there, None)
        if option is not None:
            found[key] = option
    return found


def finding(strips: tuple[Strip, ...]) -> str:
    """The title of the macro strip: which way each went over a year; its numbers stand in the chart."""
    known = [strip for strip in strips if strip.trace.last is not None]
    if not known:
        return "No macro series is known at this cut"
    said = [_moved(strip) for strip in known if strip.change is not None]
    if not said:
        return "No macro series was known a year ago"
    return f"Over a year {', '.join(said[:-1])}{' and ' if said[:-1] else ''}{said[-1]}"


def _moved(strip: Strip) -> str:
    """Which way a series went, as far as its written number moved."""
    change = written(strip.change, strip.form, signed=True)
    if not change.strip("+-0.,"):
        return f"{STILL[strip.key]} stood still"
    return MOVED[strip.key][change.startswith("-")]
