"""P(small beats large over the next sessions), never fitted on what it predicts, with its score beside it.

1. `walk` refits the ridge logistic model every 63 sessions on an expanding window: rows whose outcome is over by then
   (an embargo of the horizon), features standardised by that window alone; it predicts until the next refit
2. `score_at` compares the predictions whose outcome is over at a session with the expanding base rate of the same dates
   (Brier 1950; skill against climatology), with an interval that knows that outcomes overlap (Newey and West 1987)
3. `chance_at` says the model's probability where the skill is above zero for sure, else the base rate with its interval
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from leadline.core.units import percent
from leadline.inference.base_rates import effective_n
from leadline.inference.finding import horizon_words
from leadline.inference.outcomes import outcomes
from leadline.inference.robust import hac_mean
from leadline.judgement.walkforward.logistic import fit, probability

if TYPE_CHECKING:
    from leadline.data.panel.panel import Axis

Floats = NDArray[np.float64]
Verdict = Literal["skill", "no better than the base rate", "too few to say", "not available"]
#: separate outcomes without which nothing is said of skill, nor of a base rate
LEAST_SEPARATE: Final = 8
BINS: Final = (0.0, 0.35, 0.45, 0.55, 0.65, 1.0)
#: standardised features are held within this many standard deviations, so that one wild day does not decide
WIDEST: Final = 4.0


@dataclass(frozen=True)
class Schedule:
    """How the model walks on an axis, in rows: the least training window, the distance of refits, the horizons."""

    train: int
    refit: int
    horizons: tuple[int, ...]


SCHEDULES: Final[Mapping[Axis, Schedule]] = MappingProxyType(
    {"session": Schedule(1260, 63, (21, 63)), "month": Schedule(60, 3, (1, 3))}
)


@dataclass(frozen=True)
class Walk:
    """One horizon, walked over all rows of the axis. won: 1, 0, NaN where the outcome is absent (or not yet over).

    predicted: the model's probability for the row's own horizon, NaN before the first fit and where a feature is
    missing; base: the share of wins among the outcomes that were over at the row.
    """

    horizon: int
    won: Floats
    predicted: Floats
    base: Floats


@dataclass(frozen=True)
class Bin:
    """Of the predictions between low and high: how many, their mean, the share that came true."""

    low: float
    high: float
    n: int
    predicted: float | None
    happened: float | None


@dataclass(frozen=True)
class Score:
    """How the predictions did whose outcome was over. skill: 1 - brier / climatology, with a 95 % interval.

    n: predictions; effective_n: separate ones among them. None without any.
    """

    n: int
    effective_n: float
    brier: float | None
    climatology: float | None
    skill: float | None
    low: float | None
    high: float | None
    calibration: tuple[Bin, ...]


@dataclass(frozen=True)
class BaseRate:
    """The share of all spans so far in which the numerator won, with a 95 % interval; None with too few."""

    rate: float | None
    low: float | None
    high: float | None
    n: int
    effective_n: float


@dataclass(frozen=True)
class Chance:
    """What the card says for one horizon. said: the probability given, None when there is none to give.

    model: what the fitted model says, whatever its skill; verdict: whether it is believed. why: of "not available".
    """

    horizon: str
    said: float | None
    model: float | None
    verdict: Verdict
    base_rate: BaseRate
    score: Score
    sentence: str
    why: str = ""


def walk(ratio: Floats, features: Floats, horizon: int, schedule: Schedule) -> Walk:
    """The walk of one horizon. ratio: (rows,), NaN missing; features: (rows, features), NaN missing.

    Rows with a missing feature or outcome are left out of the fit; none is filled. No row rests on a later one.
    """
    followed = outcomes(ratio, horizon)
    won = np.where(np.isnan(followed), np.nan, (followed > 0).astype(np.float64))
    base = _expanding(won, horizon)
    predicted = np.full(len(ratio), np.nan)
    complete = np.asarray(~np.isnan(features).any(axis=1))
    usable = np.flatnonzero(complete & ~np.isnan(won))
    start = None
    for at in _refits(usable, horizon, schedule, len(ratio)):
        rows = usable[usable + horizon <= at]
        until = min(at + schedule.refit, len(ratio))
        ahead = at + np.flatnonzero(complete[at:until])
        fitted = _fitted(features[rows], won[rows], horizon, start)
        if fitted is None:
            continue
        mean, spread, start = fitted
        design = np.column_stack([np.ones(len(ahead)), _standard(features[ahead], mean, spread)])
        predicted[ahead] = probability(design, start)
    return Walk(horizon, won, predicted, base)


def _refits(usable: NDArray[np.int64], horizon: int, schedule: Schedule, rows: int) -> range:
    """Rows at which the model is fitted: the first with enough outcomes over, then every `refit` rows."""
    if len(usable) < schedule.train:
        return range(0)
    return range(int(usable[schedule.train - 1]) + horizon, rows, schedule.refit)


def _fitted(x: Floats, y: Floats, horizon: int, start: Floats | None) -> tuple[Floats, Floats, Floats] | None:
    """Mean, spread and coefficients of one window. A row counts 1 / horizon, as that many outcomes overlap."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    found = fit(_standard(x, mean, spread), y, 1 / horizon, start=start)
    return None if found is None else (mean, spread, found)


def _standard(x: Floats, mean: Floats, spread: Floats) -> Floats:
    flat = spread <= 1e-12 * np.maximum(1.0, np.abs(mean))
    out: Floats = np.clip(np.where(flat, 0.0, (x - mean) / np.where(flat, 1.0, spread)), -WIDEST, WIDEST)
    return out


def _expanding(won: Floats, horizon: int) -> Floats:
    """At each row the share of wins among the outcomes that are over there; NaN before the first."""
    there = ~np.isnan(won)
    wins, count = np.cumsum(np.where(there, won, 0.0)), np.cumsum(there)
    out = np.full(len(won), np.nan)
    if len(won) > horizon:
        with np.errstate(invalid="ignore", divide="ignore"):
            out[horizon:] = (wins / count)[:-horizon]
    return out


def score_at(walked: Walk, row: int) -> Score:
    """The score of the predictions whose outcome was over at a row."""
    over = slice(0, max(row + 1 - walked.horizon, 0))
    won, predicted, base = walked.won[over], walked.predicted[over], walked.base[over]
    rows = np.flatnonzero(~np.isnan(won) & ~np.isnan(predicted) & ~np.isnan(base))
    separate = effective_n(rows, walked.horizon)
    if not len(rows):
        return Score(0, 0.0, None, None, None, None, None, ())
    ours, theirs = (predicted[rows] - won[rows]) ** 2, (base[rows] - won[rows]) ** 2
    gain = np.full(int(rows[-1] - rows[0]) + 1, np.nan)
    gain[rows - rows[0]] = theirs - ours
    brier, climatology = float(ours.mean()), float(theirs.mean())
    mean = hac_mean(gain, _lag(len(gain), walked.horizon))
    known = mean is not None and climatology > 0
    low, high = (mean.low / climatology, mean.high / climatology) if mean and known else (None, None)
    skill = 1 - brier / climatology if climatology > 0 else None
    return Score(len(rows), separate, brier, climatology, skill, low, high, _bins(predicted[rows], won[rows]))


def _lag(n: int, horizon: int) -> int:
    """Twice the horizon: Bartlett's weights at one horizon would miss a third of what overlapping outcomes share."""
    return max(0, min(max(2 * horizon, int(4 * (n / 100) ** (2 / 9))), n - 1))


def _bins(predicted: Floats, won: Floats) -> tuple[Bin, ...]:
    at = np.clip(np.searchsorted(BINS, predicted, side="right") - 1, 0, len(BINS) - 2)
    found = []
    for place, (low, high) in enumerate(pairwise(BINS)):
        here = at == place
        n = int(here.sum())
        means = (float(predicted[here].mean()), float(won[here].mean())) if n else (None, None)
        found.append(Bin(low, high, n, *means))
    return tuple(found)


def base_rate_at(walked: Walk, row: int) -> BaseRate:
    """The base rate of the outcomes that were over at a row; its interval allows for their overlap."""
    won = walked.won[: max(row + 1 - walked.horizon, 0)]
    rows = np.flatnonzero(~np.isnan(won))
    separate = effective_n(rows, walked.horizon)
    if separate < LEAST_SEPARATE:
        return BaseRate(None, None, None, len(rows), separate)
    found = hac_mean(won[rows[0] :], _lag(len(rows), walked.horizon))
    rate = float(won[rows].mean())
    low, high = (rate, rate) if found is None else (max(found.low, 0.0), min(found.high, 1.0))
    return BaseRate(rate, low, high, len(rows), separate)


def chance_at(walked: Walk, row: int, axis: Axis, who: tuple[str, str], why: str = "") -> Chance:
    """What is said at a row. who: the labels of numerator and denominator; why: what is wrong with a feature, or ""."""
    score, base = score_at(walked, row), base_rate_at(walked, row)
    model = None if why or math.isnan(walked.predicted[row]) else float(walked.predicted[row])
    if model is None:
        verdict: Verdict = "not available"
        why = why or "the model has no fit yet, or a feature has no value"
    elif score.effective_n < LEAST_SEPARATE or score.low is None:
        verdict = "too few to say"
    else:
        verdict = "skill" if score.low > 0 else "no better than the base rate"
    said = model if verdict == "skill" else base.rate
    horizon = f"{walked.horizon}{'mo' if axis == 'month' else 'd'}"
    sentence = _sentence((horizon, who), said, verdict, base, score)
    return Chance(horizon, said, model, verdict, base, score, sentence, why if verdict == "not available" else "")


def _sentence(
    what: tuple[str, Sequence[str]], said: float | None, verdict: Verdict, base: BaseRate, score: Score
) -> str:
    horizon, (above, below) = what
    span = horizon_words(horizon)
    if said is None:
        return f"No probability over {span}: too little has happened yet."
    start = f"{above} beat {below.lower()} over {span}"
    always = (
        f"in {_share(base.rate)} of all spans so far (95 % interval {_share(base.low)} to {_share(base.high)}, "
        f"about {base.effective_n:.0f} separate ones)"
    )
    skill = f"Brier skill {percent(score.skill)}, 95 % interval {percent(score.low)} to {percent(score.high)}"
    if verdict == "skill":
        return f"{start} with a probability of {_share(said)} by the model ({skill}); {always}."
    reason = {
        "no better than the base rate": f"the model is no better than the base rate ({skill})",
        "too few to say": "the model is too young to be judged",
    }.get(verdict, "the model has nothing to say")
    return f"{start} {always}; {reason}."


def _share(value: float | None) -> str:
    return percent(value, 0, signed=False)
