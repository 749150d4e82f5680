"""Which playbook fits a panel, and up to where the panel can answer it."""

from __future__ import annotations

from datetime import date

import polars as pl

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.judgement.playbook.model import Playbook, Series
from leadline.judgement.playbook.read import shipped


def choose(panel: Panel) -> Playbook:
    """The first shipped playbook of whose ratio the panel has both series.

    Raises DataError that names, for each shipped playbook, what is missing.
    """
    for playbook in shipped():
        if not _missing(panel, playbook):
            return playbook
    wants = "; ".join(f"{book.title} lacks {' and '.join(_missing(panel, book))}" for book in shipped())
    raise DataError(
        "a playbook for this ledger",
        found=wants,
        todo="pull these series, or pull the sample, or give a playbook file of your own",
    )


def reach(panel: Panel, playbook: Playbook) -> date | None:
    """The last session at which both series of the ratio have a value: where a brief without a date can be cut.

    A month counts by its last session. None when they never have one together, or are on different axes.
    """
    facts = [panel.series.get(series.name) for series in (playbook.numerator, playbook.denominator)]
    if any(fact is None or fact.kind != "bars" for fact in facts):
        return None
    above, below = (fact for fact in facts if fact is not None)
    if above.frequency != below.frequency:
        return None
    field = next((name for name in ("close", "total") if name in above.fields and name in below.fields), None)
    if field is None:
        return None
    both = pl.select(panel.column(above.name, field).is_not_null() & panel.column(below.name, field).is_not_null())
    axis = panel.months["session"] if above.frequency == "month" else panel.sessions
    last: date | None = axis.filter(both.to_series())[-1] if both.to_series().any() else None
    return last


def _missing(panel: Panel, playbook: Playbook) -> tuple[str, ...]:
    pair: tuple[Series, ...] = (playbook.numerator, playbook.denominator)
    return tuple(s.name for s in pair if s.name not in panel.series or panel.series[s.name].kind != "bars")
