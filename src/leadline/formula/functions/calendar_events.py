"""Sessions of meetings and releases, and the turns of policy."""

from __future__ import annotations

import polars as pl

from leadline.core.units import Unit
from leadline.formula.entry import Argument, FunctionEntry, Given
from leadline.formula.functions.pieces import previous

GAPS = "missing before the calendar's first event; an event on a closed day counts on the next session"


def _event(given: Given) -> pl.Expr:
    return given.stage.events(given.word("calendar") or "")


def _first_cut(given: Given) -> pl.Expr:
    moved = given.expr("rate").diff()
    turn = pl.when(moved != 0).then(moved.sign())
    return pl.when(moved.is_not_null()).then((moved < 0) & (previous(turn) > 0).fill_null(value=False))


def _entry(name: str, what: str, calendar: str) -> FunctionEntry:
    return FunctionEntry(
        name=name,
        family="calendar_events",
        what=what,
        arguments=(Argument("calendar", ("calendar",), "the calendar"),),
        unit=Unit.TRUTH,
        warm_up="the calendar's first event",
        gaps=GAPS,
        source="the calendar's own dates",
        example=f"{name}({calendar})",
        run=_event,
        where="session",
    )


ENTRIES = (
    _entry("meeting", "true on the session of a decision of a policy calendar", "FOMC"),
    _entry("release", "true on the session of a release of a statistics calendar", "CPI"),
    FunctionEntry(
        name="first_cut",
        family="calendar_events",
        what="true on the session when the policy rate is first seen cut after it was last raised",
        arguments=(Argument("rate", ("value",), "the policy rate", default="FRED:DFEDTARU"),),
        unit=Unit.TRUTH,
        warm_up="one raise and the cut that follows it",
        gaps="missing where the rate or its value one session before is missing",
        source="the upper limit of the federal funds target as known each session",
        example="first_cut()",
        run=_first_cut,
        where="session",
    ),
)
