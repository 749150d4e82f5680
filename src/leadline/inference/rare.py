"""`rarity` over a panel: how rare the last value of a formula is, and whether what is said of it can be true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from leadline.core.aside import Aside, here
from leadline.core.errors import DataError, RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula.axes import rows_of
from leadline.formula.evaluate import Values, evaluate, evaluate_many
from leadline.formula.names import Names
from leadline.formula.parse import parse
from leadline.formula.tree import Call, Node, Span
from leadline.inference.arrays import days, floats, years_of
from leadline.inference.rarity import WINDOWS, Rarity, Tail, WindowPenalty, rarity, window_penalty
from leadline.inference.sigma import SigmaCheck, check_sigma


@dataclass(frozen=True)
class Stated:
    """What somebody said of a move: so many sigma, so many times a century (from low to high)."""

    sigma: float
    low: float
    high: float


@dataclass(frozen=True)
class RarityAnswer:
    """How rare the value at the cut is. sessions: of its separate occurrences, oldest first.

    penalty: for `change(x, n)` only, what is left when the window was chosen after seeing the move. check: a stated
    sigma beside a stated frequency, where both were given.
    """

    formula: str
    as_of: date
    unit: Unit
    values: Values
    rarity: Rarity
    sessions: tuple[date, ...]
    penalty: WindowPenalty | None
    check: SigmaCheck | None

    def as_json(self) -> dict[str, object]:
        """The keys of the `rarity` document."""
        standing, period, often = self.rarity.standing, self.rarity.return_period, self.rarity.occurrences
        return {
            "formula": self.formula,
            "as_of": self.as_of,
            "unit": self.unit,
            "value": standing.value,
            "percentile": standing.percentile,
            "rank": standing.rank,
            "rank_low": standing.rank_low,
            "n": standing.n,
            "tail": self.rarity.tail,
            "z": {"all": standing.z_all, "year": standing.z_year},
            "per_century": often.per_century,
            "per_century_interval": {"low": often.low, "high": often.high},
            "occurrences": list(self.sessions),
            "years": often.years,
            "return_period_years": {"estimate": period.estimate, "low": period.low, "high": period.high},
            "return_period": {"method": period.method, "threshold": period.threshold, "peaks": period.peaks},
            "window_penalty": self.penalty,
            "stated": self.check,
            "warnings": list(self.values.warnings),
        }


def rare(
    panel: Panel,
    formula: str,
    names: Names | None = None,
    *,
    tail: Tail | None = None,
    stated: Stated | None = None,
    gap: int = 21,
) -> RarityAnswer:
    """How rare the value of a formula at the cut is, against its own past as known then.

    Raises FormulaError and RequestError where the formula is wrong (a condition has no rarity), DataError where it has
    no value at the cut or too short a past.
    """
    return _begin(panel, formula, names, _Options(tail, stated, gap), here)()


def begin_rare(panel: Panel, formula: str, names: Names | None, aside: Aside) -> Callable[[], RarityAnswer]:
    """`rare` in two steps: the formula is evaluated now, its rarity told `aside`; calling gives the answer.

    Raises what is wrong with the formula now, as `rare` does.
    """
    return _begin(panel, formula, names, _Options(), aside)


@dataclass(frozen=True)
class _Options:
    tail: Tail | None = None
    stated: Stated | None = None
    gap: int = 21


def _begin(
    panel: Panel, formula: str, names: Names | None, options: _Options, aside: Aside
) -> Callable[[], RarityAnswer]:
    values = evaluate(formula, panel, names)
    if values.unit in (Unit.TRUTH, Unit.DATE):
        raise RequestError(f"rarity of {formula}", found=f"a {values.unit}", expected="a number, such as change(x, 6d)")
    if values.last is None:
        raise DataError(f"rarity of {formula}", found=f"no value at the cut {panel.cut}", todo="see `leadline status`")
    labels, numbers = days(values.frame["session"]), floats(values.frame["value"], formula)
    told = aside(rarity, labels, numbers, options.gap, options.tail)
    window = _window(values)
    penalty = _begin_penalty(panel, names, window, options.gap, aside)
    return lambda: _answer(panel, values, (window[1] if window else 1, options), told(), penalty())


def _answer(
    panel: Panel, values: Values, asked: tuple[int, _Options], found: Rarity, penalty: WindowPenalty | None
) -> RarityAnswer:
    labels, numbers = days(values.frame["session"]), floats(values.frame["value"], values.formula)
    span, options = asked
    check = None
    if options.stated is not None:
        there = values.frame.filter(values.frame["value"].is_not_null())["session"]
        band = (options.stated.low, options.stated.high)
        check = check_sigma(numbers, years_of(days(there)), options.stated.sigma, band, span, options.gap)
    sessions = tuple(labels[row].item() for row in found.occurrences.rows)
    return RarityAnswer(values.formula, panel.cut, values.unit, values, found, sessions, penalty, check)


def _window(values: Values) -> tuple[Node, int] | None:
    """The series and the rows of a plain `change(x, n)`; None for any other formula."""
    node = parse(values.formula)
    if not isinstance(node, Call) or node.name != "change" or len(node.children) != 2:
        return None
    series, span = node.children
    if not isinstance(span, Span):
        return None
    return series, rows_of(span, values.axis, None, values.formula)


def _begin_penalty(
    panel: Panel, names: Names | None, window: tuple[Node, int] | None, gap: int, aside: Aside
) -> Callable[[], WindowPenalty | None]:
    if window is None:
        return lambda: None
    (prices,) = evaluate_many([window[0]], panel, names)
    labels = days(prices.frame["session"])
    return aside(window_penalty, labels, floats(prices.frame["value"], prices.formula), window[1], WINDOWS, gap)
