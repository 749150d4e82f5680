"""Groups that need not be written (ranks in the newest set of stocks with market values), and words that are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from leadline.core.errors import DataError, LeadlineError
from leadline.data.panel.panel import Panel
from leadline.formula.errors import FormulaError, nearest
from leadline.formula.members import dated_groups
from leadline.formula.names import Names, Rule
from leadline.formula.stocks import dataset_names, stock_sets

USUAL: Final = {"largest_500": (1, 500), "middle_501_1000": (501, 1000), "small_1001_3000": (1001, 3000)}


def newest_ranked(panel: Panel) -> str | None:
    """The set of stocks with market values that reaches furthest; None where no set has them."""
    ranked = [one for one in stock_sets(panel) if "market_value" in one.offers]
    return max(ranked, key=lambda one: (one.last, one.name)).name if ranked else None


def usual_rules(panel: Panel) -> dict[str, Rule]:
    """The rules that are offered: ranks 1-500, 501-1000 and 1001-3000; none where no set has market values."""
    ranked = newest_ranked(panel)
    return {} if ranked is None else {name: Rule(ranked, low, high) for name, (low, high) in USUAL.items()}


def no_group(panel: Panel, names: Names, group: str, at: int | None = None) -> LeadlineError:
    """Why a word is no group: its members, or the values that it is ranked by, come later; or nobody knows it."""
    if group in USUAL:
        found = f"no set of stocks with market values by {panel.cut}"
        return DataError(f"group {group}", found=found, todo="pull one, or choose a later date")
    if group in panel.later:
        found = f"members known from {panel.later[group]} on, none by {panel.cut}"
        return DataError(f"group {group}", found=found, todo="choose a later date")
    known = sorted({*names.groups, *names.rules, *dated_groups(panel), *dataset_names(panel)})
    expected = nearest(group, known, f"one of {', '.join(known) or 'none: no stocks were pulled'}")
    return FormulaError("group", found=group, expected=expected, at=at)


def resolved(names: Names, panel: Panel) -> Names:
    """The names with their rules on the newest set of stocks that has market values, where a rule names no set.

    Where the panel has no such set those rules stay without one, and name nothing.
    """
    newest = None if all(rule.dataset for rule in names.rules.values()) else newest_ranked(panel)
    if newest is None:
        return names
    rules = {word: rule if rule.dataset else replace(rule, dataset=newest) for word, rule in names.rules.items()}
    return Names(names.roles, names.groups, rules)


def with_usual(names: Names, panel: Panel) -> Names:
    """The names, and the usual rules where their words are free."""
    return Names(names.roles, names.groups, {**usual_rules(panel), **names.rules})
