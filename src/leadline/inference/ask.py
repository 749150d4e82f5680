"""`ask` over a panel: formulas in, findings out.

1. the event and each outcome are evaluated (`evaluate_many`), and brought to one axis (`_event_on`)
2. horizons such as 63d, 3mo, 1y become rows of that axis (`horizon_rows`)
3. every outcome is studied (`study.study`), and the whole family is adjusted together (`finding.with_tries`)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from leadline.core.aside import Aside, here
from leadline.core.errors import RequestError
from leadline.core.units import Unit
from leadline.data.panel.panel import Panel
from leadline.formula.axes import rows_of
from leadline.formula.evaluate import Values, evaluate_many
from leadline.formula.names import Names
from leadline.formula.parse import parse
from leadline.formula.tree import Span
from leadline.inference.arrays import days, floats
from leadline.inference.bootstrap import DRAWS
from leadline.inference.episodes import Step
from leadline.inference.finding import Direction, Finding, with_tries
from leadline.inference.outcomes import How
from leadline.inference.study import EpisodeOutcome, Options, episode_outcomes, study

#: outcomes of these units are returns; those of others are differences
RETURNS = frozenset({Unit.PRICE, Unit.INDEX, Unit.RATIO, Unit.MONEY})


@dataclass(frozen=True)
class Question:
    """An event, the series whose outcomes are asked, over which horizons ("63d", "3mo", "1y").

    expects: the direction that is claimed; gap: rows between separate episodes (None: the longest horizon, at least 21
    sessions); draws: of the bootstrap; earlier: p-values of earlier tries of the family (None for one without).
    """

    event: str
    then: tuple[str, ...]
    over: tuple[str, ...]
    expects: Direction = "higher"
    gap: int | None = None
    draws: int = DRAWS
    earlier: tuple[float | None, ...] = field(default=())


@dataclass(frozen=True)
class Answer:
    """What followed for one outcome series. `horizons` are the keys of the outcomes, in rows of the axis ("63d").

    true_now: whether the event holds at the cut, None when that is not known. series: session and value of the outcome
    from the first session on which both are known; the rows of episodes are rows of it. how: see `Options`.
    """

    event: str
    then: str
    as_of: date
    axis: Step
    true_now: bool | None
    since: date
    episodes: tuple[EpisodeOutcome, ...]
    findings: tuple[Finding, ...]
    series: pl.DataFrame
    how: How
    warnings: tuple[str, ...] = ()


def ask(panel: Panel, question: Question, names: Names | None = None) -> tuple[Answer, ...]:
    """What followed the event in each outcome series, adjusted together.

    Raises FormulaError and RequestError where the question is wrong, DataError where the panel cannot answer it.
    """
    return asked(panel, question, names, here)()


def asked(panel: Panel, question: Question, names: Names | None, aside: Aside) -> Callable[[], tuple[Answer, ...]]:
    """`ask` in two steps: the formulas are evaluated now, the studies made `aside`; calling gives the answers.

    Raises what is wrong with the formulas now, as `ask` does.
    """
    if not question.then or not question.over:
        raise RequestError("ask", found="no outcome or no horizon", expected="--then SERIES --over 21d,63d")
    outcomes = tuple(member for then in question.then for member in expanded(then, names))
    event, *followed = evaluate_many([question.event, *outcomes], panel, names)
    if event.unit != Unit.TRUTH:
        raise RequestError(f"event {question.event}", found="a number", expected="a condition, such as a > b")
    begun = [_answer(panel, question, event, one, aside) for one in followed]
    return lambda: _family([one() for one in begun], question.earlier)


def _family(answers: list[Answer], earlier: tuple[float | None, ...]) -> tuple[Answer, ...]:
    """The answers with all their findings adjusted together."""
    adjusted = iter(with_tries(tuple(f for answer in answers for f in answer.findings), earlier))
    return tuple(replace(a, findings=tuple(next(adjusted) for _ in a.findings)) for a in answers)


def expanded(then: str, names: Names | None) -> tuple[str, ...]:
    """A group of series stands for its members; anything else for itself."""
    return names.groups.get(then, (then,)) if names is not None else (then,)


def horizon_rows(text: str, axis: Step) -> int:
    """The rows that a horizon such as 63d, 3mo or 1y has on an axis.

    Raises RequestError for text that is no span, FormulaError for one that the axis does not have.

    >>> horizon_rows("3mo", "session"), horizon_rows("3mo", "month")
    (63, 3)
    """
    try:
        node = parse(f"change(x, {text})").children[-1]
    except RequestError:
        node = None
    if not isinstance(node, Span):
        raise RequestError(f"horizon {text}", found="no span", expected="a span such as 21d, 3mo or 1y")
    return rows_of(node, axis, None, "the outcome")


def _answer(panel: Panel, question: Question, event: Values, then: Values, aside: Aside) -> Callable[[], Answer]:
    if then.unit in (Unit.TRUTH, Unit.DATE):
        raise RequestError(f"outcome {then.formula}", found=f"a {then.unit}", expected="a series of numbers")
    step: Step = "month" if then.axis == "month" else "session"
    held = _event_on(panel, event, then)
    horizons = [horizon_rows(text, step) for text in question.over]
    options = Options(
        then=then.formula,
        step=step,
        gap=question.gap,
        how="ratio" if then.unit in RETURNS else "difference",
        expects=question.expects,
        draws=question.draws,
        stream=f"{event.formula} | {then.formula}",
    )
    known = then.frame.select("session", "value", truth=held).with_columns(
        both=pl.col("value").is_not_null() & pl.col("truth").is_not_null()
    )
    start = known["both"].arg_max() if known["both"].any() else 0
    sessions = known["session"][start:]
    labels = days(sessions)
    values, truth = (floats(known[name][start:], name) for name in ("value", "truth"))
    findings = aside(study, labels, truth, values, horizons, options)
    now = event.last
    return lambda: Answer(
        question.event,
        then.formula,
        panel.cut,
        step,
        now if isinstance(now, bool) else None,
        sessions[0] if len(sessions) else panel.cut,
        episode_outcomes(labels, truth, values, horizons, options),
        findings(),
        known.select("session", "value")[start:],
        options.how,
        tuple(dict.fromkeys((*event.warnings, *then.warnings))),
    )


def _event_on(panel: Panel, event: Values, then: Values) -> pl.Series:
    """The event's truth on the outcome's axis: a month's truth stands at the month's last session.

    Raises RequestError for a daily event with a monthly outcome: which day of the month is meant is not said.
    """
    if event.axis == then.axis:
        return event.frame["value"]
    if event.axis != "month":
        todo = "ask for a daily outcome, or write the event on monthly series"
        raise RequestError(
            f"event {event.formula}", found="daily, but a monthly outcome", expected="one axis", todo=todo
        )
    placed = event.frame.join(panel.months, left_on="session", right_on="label").select(
        session="session_right", value="value"
    )
    on = then.frame.select("session").join(placed, on="session", how="left", maintain_order="left")
    first, last = placed["session"].min(), placed["session"].max()
    inside = pl.col("session").is_between(pl.lit(first), pl.lit(last))
    return on.select(pl.when(inside).then(pl.col("value").fill_null(value=False)))["value"]
