"""What past cards said against what followed: failures first, and beside them what the base rate would have scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leadline.core.errors import RequestError
from leadline.core.units import percent
from leadline.data.panel.panel import Axis, Panel
from leadline.formula.evaluate import Values, evaluate
from leadline.formula.names import Names
from leadline.inference.ask import horizon_rows
from leadline.inference.base_rates import effective_n
from leadline.inference.finding import horizon_words
from leadline.inference.robust import hac_mean
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.walkforward.record import Judged, Said, Scored, Tally, Verdict

Floats = NDArray[np.float64]


def score(said: Sequence[Said], panel: Panel, playbook: Playbook, names: Names | None = None) -> tuple[Scored, ...]:
    """The score of what cards said, one entry a horizon, against the playbook's ratio in the panel.

    Of two entries of the same day and horizon the later one in `said` counts. Raises FormulaError and DataError where
    the ratio cannot be measured, RequestError for a horizon that its axis does not have and for a day it does not have.
    """
    ratio = evaluate(playbook.ratio_formula, panel, names_of(playbook, None, panel) if names is None else names)
    rows = _rows(panel, ratio.axis)
    values = ratio.frame["value"].cast(float).fill_null(float("nan")).to_numpy()
    who = (playbook.numerator.label, playbook.denominator.label.lower())
    latest = {(one.horizon, one.as_of): one for one in said}
    horizons = sorted({one.horizon for one in said}, key=lambda text: horizon_rows(text, _step(ratio)))
    found = []
    for horizon in horizons:
        of_it = sorted((one for one in latest.values() if one.horizon == horizon), key=lambda one: one.as_of)
        steps = horizon_rows(horizon, _step(ratio))
        at = [_row_of(rows, one.as_of) for one in of_it]
        judged = tuple(_judged(one, _followed(values, row, steps), who) for one, row in zip(of_it, at, strict=True))
        found.append(_scored(horizon, judged, np.array(at, dtype=np.int64), steps))
    return tuple(found)


def _step(ratio: Values) -> Axis:
    return "month" if ratio.axis == "month" else "session"


def _rows(panel: Panel, axis: Axis) -> Callable[[date], int]:
    days = panel.months["session"] if axis == "month" else panel.sessions
    return lambda day: int(days.search_sorted(day, side="right")) - 1


def _row_of(rows: Callable[[date], int], day: date) -> int:
    row = rows(day)
    if row < 0:
        raise RequestError(f"the score of a card as of {day}", found="no session on or before it")
    return row


def _followed(values: Floats, row: int, steps: int) -> float | None:
    if row + steps >= len(values):
        return None
    change = values[row + steps] / values[row] - 1
    return None if np.isnan(change) else float(change)


def _judged(said: Said, outcome: float | None, who: tuple[str, str]) -> Judged:
    won = None if outcome is None else float(outcome > 0)
    error, base_error = _squared(said.probability, won), _squared(said.base_rate, won)
    verdict: Verdict = "open"
    if won is not None:
        side = _side(said)
        verdict = "no side taken" if side is None else "hit" if side == (won == 1.0) else "miss"
    return Judged(said, outcome, verdict, error, base_error, _told(said, outcome, verdict, who))


def _side(said: Said) -> bool | None:
    """Whether the card was on the numerator's side; None where it took none."""
    if said.leans is not None:
        return said.leans == "numerator"
    if said.probability is None or said.probability in (said.base_rate, 0.5):
        return None
    return said.probability > 0.5


def _squared(probability: float | None, won: float | None) -> float | None:
    return None if probability is None or won is None else (probability - won) ** 2


def _told(said: Said, outcome: float | None, verdict: Verdict, who: tuple[str, str]) -> str:
    chance = "no probability" if said.probability is None else f"{percent(said.probability, 0, signed=False)}"
    start = (
        f"{said.as_of}, {said.regime}: {chance} that {who[0].lower()} beat {who[1]} over {horizon_words(said.horizon)}"
    )
    return f"{start}; {'still open' if outcome is None else f'{percent(outcome)} followed'}: {verdict}"


def _scored(horizon: str, judged: tuple[Judged, ...], rows: NDArray[np.int64], steps: int) -> Scored:
    of = {
        verdict: [one for one in judged if one.verdict == verdict]
        for verdict in ("miss", "hit", "no side taken", "open")
    }
    worst = tuple(sorted(of["miss"], key=lambda one: -abs(one.outcome or 0.0)))
    both = np.array([one.error is not None and one.base_error is not None for one in judged], dtype=bool)
    ours = np.array([one.error for one in judged if one.error is not None and one.base_error is not None])
    base = np.array([one.base_error for one in judged if one.error is not None and one.base_error is not None])
    brier, base_brier = (float(ours.mean()), float(base.mean())) if len(ours) else (None, None)
    skill = 1 - brier / base_brier if brier is not None and base_brier else None
    low, high = _interval(ours, base, rows[both], steps)
    separate = effective_n(rows[both], steps)
    return Scored(
        horizon=horizon,
        misses=worst,
        hits=tuple(of["hit"]),
        unsided=tuple(of["no side taken"]),
        open=tuple(of["open"]),
        brier=brier,
        base_brier=base_brier,
        skill=skill,
        low=low,
        high=high,
        effective_n=separate,
        regimes=_tallies(judged, rows, steps, lambda one: one.said.regime),
        actions=_tallies(judged, rows, steps, lambda one: one.said.action),
        sentence=_sentence(horizon, (len(of["miss"]), len(of["hit"]), len(of["open"])), skill, (low, high), separate),
    )


def _interval(ours: Floats, base: Floats, rows: NDArray[np.int64], steps: int) -> tuple[float | None, float | None]:
    """Of the skill: the mean gain with a HAC error over time (days without a card are absent and keep their place)."""
    if len(ours) < 2 or base.mean() <= 0:
        return None, None
    gain = np.full(int(rows[-1] - rows[0]) + 1, np.nan)
    gain[rows - rows[0]] = base - ours
    found = hac_mean(gain, min(2 * steps, len(gain) - 1))
    return (None, None) if found is None else (found.low / float(base.mean()), found.high / float(base.mean()))


def _tallies(
    judged: tuple[Judged, ...], rows: NDArray[np.int64], steps: int, by: Callable[[Judged], str]
) -> tuple[Tally, ...]:
    found = []
    for name in dict.fromkeys(by(one) for one in judged):
        here = [(one.outcome, row) for one, row in zip(judged, rows, strict=True) if by(one) == name]
        done = [(outcome, row) for outcome, row in here if outcome is not None]
        outcomes = np.array([outcome for outcome, _ in done])
        separate = effective_n(np.array([row for _, row in done], dtype=np.int64), steps)
        mean, above = (float(outcomes.mean()), float((outcomes > 0).mean())) if done else (None, None)
        horizon = judged[0].said.horizon
        found.append(Tally(name, horizon, len(done), separate, mean, above))
    return tuple(found)


def _sentence(
    horizon: str,
    counts: tuple[int, int, int],
    skill: float | None,
    interval: tuple[float | None, float | None],
    separate: float,
) -> str:
    misses, hits, waiting = counts
    start = f"over {horizon_words(horizon)}: {misses} misses, {hits} hits, {waiting} open"
    if skill is None:
        return f"{start}; no probability can be scored yet"
    low, high = interval
    return (
        f"{start}; skill against the base rate {percent(skill)} (95 % interval {percent(low)} to {percent(high)}, "
        f"about {separate:.0f} separate outcomes)"
    )
