"""Does one number lead another, over a panel: two formulas in, correlations and both predictions out.

1. `_axis_of` finds what a row is: a session, or a month where one of the two is known by the month (or week) only
2. `_changing` makes levels into changes, by formula: `change` for prices, `diff` for rates; changes stay as they are
3. `_on` places both on the axis, each as known at that close
4. `leadlag.lead_lag` looks both ways round, and the two predictions are adjusted together
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from leadline.core.aside import Aside, here
from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula.evaluate import Values, evaluate_many
from leadline.formula.names import Names
from leadline.formula.tree import SESSIONS_IN, Call, Name, Node, Span
from leadline.inference.arrays import floats
from leadline.inference.ask import RETURNS, horizon_rows
from leadline.inference.episodes import Step
from leadline.inference.finding import ALPHA, LEAST_EPISODES, Verdict
from leadline.inference.leadlag import LEAST_PAIRS, LagCorrelation, LeadLag, Prediction, lead_lag
from leadline.inference.multiple import benjamini_yekutieli
from leadline.inference.study import horizon_name

#: levels of these units are compared by their differences; a change, a score or a rank is taken as it is
DIFFERENCES = frozenset({Unit.RATE, Unit.LEVEL, Unit.SHARE})
_MONTH_SESSIONS = round(SESSIONS_IN["mo"])


@dataclass(frozen=True)
class Way:
    """One way round: does `leader` say anything of `follower` over the horizon that the follower's present does not?"""

    leader: str
    follower: str
    prediction: Prediction
    adjusted_p: float | None
    separate: int

    @property
    def verdict(self) -> Verdict:
        """Supported (the follower rises with the leader) or contrary only when the interval leaves out zero.

        And only when the p adjusted for both ways is at most .05; too few below eight separate horizons.
        """
        if self.separate < LEAST_EPISODES:
            return "too few to say"
        low, high = self.prediction.low, self.prediction.high
        if low <= 0 <= high or self.adjusted_p is None or self.adjusted_p > ALPHA:
            return "not distinguishable"
        return "supported" if low > 0 else "contrary"


@dataclass(frozen=True)
class LeadAnswer:
    """Whether `a` leads `b` or the other way round. `measured`: the formulas of the changes that were compared.

    axis: what a row is (session, or the last session of a month); since, until: the rows on which both have a value;
    rows: how many. found: correlations at -most .. most rows (positive: a comes first) and both predictions.
    """

    a: str
    b: str
    measured: tuple[str, str]
    as_of: date
    axis: Step
    horizon: str
    since: date
    until: date
    rows: int
    found: LeadLag
    forward: Way
    backward: Way
    warnings: tuple[str, ...] = ()

    @property
    def strongest(self) -> LagCorrelation:
        """The correlation farthest from zero: the best of all lags that were tried."""
        return max(self.found.correlations, key=lambda one: abs(one.r))

    @property
    def clear(self) -> int:
        """How many of the lags have an interval that leaves out zero; chance alone gives one in twenty."""
        return sum(not one.low <= 0 <= one.high for one in self.found.correlations)


def lead(panel: Panel, a: str, b: str, horizon: str, most: int, names: Names | None = None) -> LeadAnswer:
    """Does `a` lead `b`, or `b` lead `a`? Correlations at `most` rows either way, predictions over `horizon`.

    A monthly or weekly series brings both to month ends, each with the value known at that close; `horizon` and `most`
    are then months (63d is read as 3mo, and the warnings say so). Raises FormulaError and RequestError where the
    question is wrong, DataError when the two share fewer than 20 rows.
    """
    return begin_lead(panel, (a, b), horizon, most, names)()


def begin_lead(
    panel: Panel,
    pair: tuple[str, str],
    horizon: str,
    most: int,
    names: Names | None = None,
    aside: Aside = here,
) -> Callable[[], LeadAnswer]:
    """`lead` in two steps: the formulas are evaluated now, compared `aside`; calling gives the answer.

    Raises what is wrong with the formulas now, as `lead` does.
    """
    a, b = pair
    if most < 0:
        raise RequestError("lags", found=str(most), expected="0 or more")
    plain = evaluate_many([a, b], panel, names)
    for one in plain:
        if one.unit in (Unit.TRUTH, Unit.DATE):
            raise RequestError(
                f"{one.formula}", found=f"a {one.unit}", expected="a number, such as change(IWM/SPY, 63d)"
            )
    step = _axis_of(panel, plain)
    rows, said = _horizon(horizon, step, plain)
    trees = [_changing(panel, one, step) for one in plain]
    values = evaluate_many(trees, panel, names)
    both = _on(panel, values, step)
    if len(both) < LEAST_PAIRS:
        found = f"{len(both)} {step}s on which both have a value"
        raise DataError(f"{a} and {b}", found=found, expected=f"{LEAST_PAIRS} or more")
    asked = _Asked(pair, (str(trees[0]), str(trees[1])), panel.cut, step, rows)
    words = tuple(dict.fromkeys((*said, *(word for one in (*plain, *values) for word in one.warnings))))
    told = aside(lead_lag, floats(both["a"], a), floats(both["b"], b), rows, most)
    return lambda: _answer(asked, both.drop_nulls(), told(), words)


@dataclass(frozen=True)
class _Asked:
    """What was asked: both formulas as given and as measured, the cut, what a row is, the horizon in rows."""

    pair: tuple[str, str]
    measured: tuple[str, str]
    cut: date
    step: Step
    rows: int


def _answer(asked: _Asked, there: pl.DataFrame, found: LeadLag, warnings: tuple[str, ...]) -> LeadAnswer:
    (a, b), rows = asked.pair, asked.rows
    ways = (found.forward, found.backward)
    adjusted = benjamini_yekutieli([None if math.isnan(way.p) else way.p for way in ways])
    return LeadAnswer(
        a=a,
        b=b,
        measured=asked.measured,
        as_of=asked.cut,
        axis=asked.step,
        horizon=horizon_name(rows, asked.step),
        since=there["session"][0],
        until=there["session"][-1],
        rows=len(there),
        found=found,
        forward=Way(a, b, ways[0], adjusted[0], -(-ways[0].n // rows)),
        backward=Way(b, a, ways[1], adjusted[1], -(-ways[1].n // rows)),
        warnings=warnings,
    )


def _axis_of(panel: Panel, values: tuple[Values, ...]) -> Step:
    """Months where a formula is monthly, or rests on a macro series that is not daily."""
    sparse = (
        one.axis == "month" or any(panel.fact(name).frequency not in ("day", "session") for name, _ in one.needs.series)
        for one in values
    )
    return "month" if any(sparse) else "session"


def _horizon(text: str, step: Step, values: tuple[Values, ...]) -> tuple[int, list[str]]:
    """The rows of the horizon; on months a span of whole months in sessions is taken, and said."""
    count, unit = text[:-1], text[-1:]
    if step == "month" and unit == "d" and count.isdecimal():
        months, rest = divmod(int(count), _MONTH_SESSIONS)
        if rest or not months:
            formulas = " and ".join(one.formula for one in values)
            expected = "a span of months, such as 3mo"
            raise RequestError(f"horizon {text}", found=f"months: {formulas} meet at month ends", expected=expected)
        return months, [f"the two meet at month ends: a horizon of {text} is taken as {months}mo"]
    return horizon_rows(text, step), []


def _changing(panel: Panel, value: Values, step: Step) -> Node:
    """The formula of the value's changes from one row to the next; one that is no level stays as it is."""
    tree, unit = value.tree, value.unit
    if unit not in RETURNS and unit not in DIFFERENCES:
        return tree
    how = "change" if unit in RETURNS or (unit is Unit.LEVEL and _always_positive(value)) else "diff"
    if step == "session":
        return Call(how, (tree, Span(1, "d")))
    own = _own_frequency(panel, value)
    monthly = tree if own or value.axis == "month" else Call("monthly", (tree,))
    return Call(how, (monthly, Span(3 if own == "quarter" else 1, "mo")))


def _own_frequency(panel: Panel, value: Values) -> str:
    """The frequency of a macro series that stands alone: its change is then one within a single release; else ""."""
    tree = value.tree
    if not isinstance(tree, Name) or value.needs.series != ((tree.text, "value"),):
        return ""
    frequency = panel.fact(tree.text).frequency
    return frequency if frequency in ("week", "month", "quarter") else ""


def _always_positive(value: Values) -> bool:
    least = value.frame["value"].min()
    return isinstance(least, int | float) and least > 0


def _on(panel: Panel, values: tuple[Values, ...], step: Step) -> pl.DataFrame:
    """session, a, b from the first row with both to the last, as known at each close; null where missing."""
    columns = [_column(panel, one, step) for one in values]
    frame = pl.DataFrame({"session": panel.axis(step), "a": columns[0], "b": columns[1]})
    there = frame["a"].is_not_null() & frame["b"].is_not_null()
    if not there.any():
        return frame.clear()
    first, last = there.arg_max() or 0, len(there) - 1 - (there.reverse().arg_max() or 0)
    return frame[first : last + 1]


def _column(panel: Panel, value: Values, step: Step) -> pl.Series:
    values = value.frame["value"].cast(pl.Float64)
    if value.axis == step:
        return values
    if value.axis == "month":
        raise RequestError(value.formula, found="monthly values among sessions", expected="one axis")
    rows = panel.sessions.search_sorted(panel.months["session"])
    return values.gather(rows)
