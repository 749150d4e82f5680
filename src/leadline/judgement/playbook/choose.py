"""Which playbook fits a panel, and up to where the panel can answer it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import partial
from typing import Literal

import polars as pl

from leadline.core.errors import DataError
from leadline.data.panel.panel import Panel
from leadline.formula.kept import once
from leadline.formula.names import Names, Rule
from leadline.judgement.playbook.model import TOTAL, Playbook, Series
from leadline.judgement.playbook.read import one_by_one


def choose(panel: Panel) -> Playbook:
    """The first shipped playbook of whose ratio the panel has both series.

    Raises DataError that names, for each shipped playbook, what is missing.
    """
    for playbook in one_by_one():
        if not _missing(panel, playbook):
            return playbook
    wants = "; ".join(f"{book.title} lacks {' and '.join(_missing(panel, book))}" for book in one_by_one())
    raise DataError(
        "a playbook for this ledger",
        found=wants,
        todo="pull these series, or pull the sample, or give a playbook file of your own",
    )


def fitting(names: Collection[str]) -> Playbook | None:
    """The first shipped playbook of whose ratio both series are among these names; None when there is none."""
    pairs = ((book, {book.numerator.name, book.denominator.name}) for book in one_by_one())
    return next((book for book, pair in pairs if pair <= set(names)), None)


def names_of(playbook: Playbook | None, more: Names | None, panel: Panel | None = None) -> Names:
    """What the playbook's roles and groups stand for in formulas; words of `more` go before.

    A role is its series, with `.total` where the playbook insists on it or the panel knows no price. The groups are
    `sizes`, `sectors` and those of the file; the file's `words` are formulas. Groups of stocks by rank are rules; one
    that names no set of stocks gets it from `formula.usual.resolved`.
    """
    if playbook is None:
        return more or Names()
    if more is None and panel is None:
        return once(playbook, "names", partial(_names_of, playbook, None, None))
    return _names_of(playbook, more, panel)


def _names_of(playbook: Playbook, more: Names | None, panel: Panel | None) -> Names:
    roles = {role: _formula(series, panel) for role, series in playbook.roles.items()} | dict(playbook.words)
    groups = {
        **playbook.groups,
        "sizes": tuple(series.name for series in playbook.board_sizes),
        "sectors": tuple(series.name for series in playbook.sectors),
    }
    rules = {word: Rule(one.dataset, one.low, one.high, one.every) for word, one in playbook.stocks.items()}
    if more is None:
        return Names(roles, groups, rules)
    return Names({**roles, **more.roles}, {**groups, **more.groups}, {**rules, **more.rules})


def _formula(series: Series, panel: Panel | None) -> str:
    fact = panel.series.get(series.name) if panel is not None else None
    no_price = fact is not None and "close" not in fact.fields
    return f"{series.name}{TOTAL}" if series.total_only or no_price else series.name


def reach(panel: Panel, playbook: Playbook) -> date | None:
    """The last session at which both series of the ratio have a value: where a brief without a date can be cut.

    A month counts by its last session. None when they never have one together, or are on different axes.
    """
    above, below = (panel.series.get(series.name) for series in (playbook.numerator, playbook.denominator))
    field = ratio_field(panel, playbook)
    if above is None or below is None or above.frequency != below.frequency:
        return None
    if any(fact.kind != "bars" or field not in fact.fields for fact in (above, below)):
        return None
    both = pl.select(panel.column(above.name, field).is_not_null() & panel.column(below.name, field).is_not_null())
    axis = panel.months["session"] if above.frequency == "month" else panel.sessions
    last: date | None = axis.filter(both.to_series())[-1] if both.to_series().any() else None
    return last


def ratio_field(panel: Panel, playbook: Playbook) -> Literal["close", "total"]:
    """What the ratio is taken on: price where both sides have one and neither insists on its total, else total return.

    A price that ended is still a price: the ratio is then stale, never quietly another one.
    """
    pair = (playbook.numerator, playbook.denominator)
    facts = [panel.series.get(series.name) for series in pair]
    priced = all(fact is None or "close" in fact.fields for fact in facts)
    return "close" if priced and not any(series.total_only for series in pair) else "total"


def _missing(panel: Panel, playbook: Playbook) -> tuple[str, ...]:
    pair: tuple[Series, ...] = (playbook.numerator, playbook.denominator)
    return tuple(s.name for s in pair if s.name not in panel.series or panel.series[s.name].kind != "bars")
