"""The event study: what followed an event, against what always followed.

1. `episodes.find_episodes` merges true sessions into episodes.
2. `outcomes.outcomes` measures what followed every session, `base_rates.summarise` what followed the episodes and
always. 3. `bootstrap.differences`, `shifts.circular_shift`, `robust.event_t`, `hit_rates.clopper_pearson` and
   `decades.leave_one_decade_out` say how sure one may be.
4. `finding.with_tries` adjusts for everything that was tried, and `finding.Finding` says it in words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.arrays import Floats, Mask, Rows, Truths, days, floats, truths
from leadline.inference.base_rates import base_rate, effective_n, summarise
from leadline.inference.block_length import block_length
from leadline.inference.bootstrap import DRAWS, differences
from leadline.inference.decades import leave_one_decade_out
from leadline.inference.episodes import Episodes, Step, default_gap, find_episodes, span_mask
from leadline.inference.finding import Direction, Finding, Overlap, with_tries
from leadline.inference.hit_rates import clopper_pearson
from leadline.inference.outcomes import How, on_the_way, outcomes
from leadline.inference.robust import event_t, hac_lag
from leadline.inference.shifts import circular_shift

if TYPE_CHECKING:
    import polars as pl

    from leadline.core.calendar import Days


@dataclass(frozen=True)
class Options:
    """How a study is made. All have defaults.

    then: the outcome series' name, for words; step: what a row is; gap: rows between separate episodes (None: the
    longest horizon, at least 21 sessions or 1 month); how: "ratio" for prices, "difference" for rates and spreads;
    expects: the direction that the claim states; draws: of the bootstrap; earlier: p-values of the family's earlier
    tries (None for one without); stream: names the random numbers, so that the same question always gets the same
    answer.
    """

    then: str = "the series"
    step: Step = "session"
    gap: int | None = None
    how: How = "ratio"
    expects: Direction = "higher"
    draws: int = DRAWS
    earlier: tuple[float | None, ...] = ()
    stream: str = "study"


@dataclass(frozen=True)
class EpisodeOutcome:
    """One episode: its first session, its row, and what followed by horizon ("63d": decimal, None when absent)."""

    session: np.datetime64
    row: int
    outcomes: dict[str, float | None]
    worst: dict[str, float | None]
    best: dict[str, float | None]


def study(
    sessions: ArrayLike | pl.Series,
    event: Truths,
    prices: ArrayLike | pl.Series,
    horizons: Sequence[int],
    options: Options | None = None,
) -> tuple[Finding, ...]:
    """What followed an event over each horizon, one finding a horizon, adjusted together and with the earlier tries.

    sessions: (rows,) ascending dates; event: (rows,) true, false or missing; prices: (rows,) of the series whose
    outcome is asked, NaN or null where missing; horizons in rows. An event that is never true, only true at the end, or
    always true, and a horizon longer than the data, give findings that say "too few to say" beside the base rate.
    Raises RequestError for shapes, order, horizons; DataError when the event's truth is never known or there is no
    price.
    """
    chosen = options or Options()
    labels, truth, values = _checked(sessions, event, prices, horizons)
    episodes = find_episodes(truth, _gap(chosen, horizons))
    found = tuple(_one_horizon(labels, truth, values, horizon, (episodes, chosen)) for horizon in horizons)
    return with_tries(found, chosen.earlier)


def episode_outcomes(
    sessions: ArrayLike | pl.Series,
    event: Truths,
    prices: ArrayLike | pl.Series,
    horizons: Sequence[int],
    options: Options | None = None,
) -> tuple[EpisodeOutcome, ...]:
    """Every episode with what followed it, in order of time. Arguments and errors as for `study`."""
    chosen = options or Options()
    labels, truth, values = _checked(sessions, event, prices, horizons)
    episodes = find_episodes(truth, _gap(chosen, horizons))
    rows = episodes.starts
    keys = [horizon_name(horizon, chosen.step) for horizon in horizons]
    ends = [outcomes(values, horizon, chosen.how)[rows] for horizon in horizons]
    ways = [on_the_way(values, rows, horizon, chosen.how) for horizon in horizons]
    return tuple(
        EpisodeOutcome(
            labels[row],
            int(row),
            {key: _or_none(end[i]) for key, end in zip(keys, ends, strict=True)},
            {key: _or_none(way[0][i]) for key, way in zip(keys, ways, strict=True)},
            {key: _or_none(way[1][i]) for key, way in zip(keys, ways, strict=True)},
        )
        for i, row in enumerate(rows)
    )


def horizon_name(horizon: int, step: Step) -> str:
    """How a horizon is written: 63 sessions are "63d", 3 months "3mo"."""
    return f"{horizon}{'d' if step == 'session' else 'mo'}"


def _checked(
    sessions: ArrayLike | pl.Series, event: Truths, prices: ArrayLike | pl.Series, horizons: Sequence[int]
) -> tuple[Days, Floats, Floats]:
    labels = days(sessions)
    truth, values = truths(event, len(labels)), floats(prices, "prices", len(labels))
    if not horizons or min(horizons) < 1:
        raise RequestError("horizons", found=str(tuple(horizons)), expected="one or more, each at least 1")
    if np.isnan(truth).all():
        raise DataError("the event", found=f"its truth is not known in any of {len(truth)} sessions")
    if np.isnan(values).all():
        raise DataError("the outcome series", found=f"no value in any of {len(values)} sessions")
    return labels, truth, values


def _one_horizon(
    labels: Days, truth: Floats, values: Floats, horizon: int, context: tuple[Episodes, Options]
) -> Finding:
    episodes, chosen = context
    span = span_mask(episodes, len(values))
    followed = np.where(span, outcomes(values, horizon, chosen.how), np.nan)
    starts = np.zeros(len(values), dtype=bool)
    starts[episodes.starts] = True
    after, base = summarise(followed[starts]), base_rate(followed, span)
    done = np.flatnonzero(starts & ~np.isnan(followed))
    block, trimmed = _block(followed, horizon)
    shift = circular_shift(followed, starts)
    worst, best = on_the_way(values, done, horizon, chosen.how)
    rng = generator(f"inference {chosen.stream} {horizon}")
    return Finding(
        horizon=horizon_name(horizon, chosen.step),
        then=chosen.then,
        expects=chosen.expects,
        after=after,
        base=base,
        hit=clopper_pearson(int((followed[done] > 0).sum()), after.n),
        difference=differences(followed[trimmed], starts[trimmed], block, rng, draws=chosen.draws),
        p=None if shift is None else shift.p,
        adjusted_p=None,
        tries=1,
        episodes=after.n,
        pending=len(episodes) - after.n,
        effective_n=effective_n(done, horizon),
        worst=float(worst.min()) if len(worst) else None,
        best=float(best.max()) if len(best) else None,
        overlap=_overlap(followed, truth, episodes.true_rows, horizon),
        leave_one_decade_out=leave_one_decade_out(labels, followed, starts),
        how=chosen.how,
    )


def _gap(chosen: Options, horizons: Sequence[int]) -> int:
    return default_gap(horizons, chosen.step) if chosen.gap is None else chosen.gap


def _block(followed: Floats, horizon: int) -> tuple[float, slice]:
    """The block length, never shorter than the overlap of the outcomes, and the rows from first to last outcome."""
    there = np.flatnonzero(~np.isnan(followed))
    if not len(there):
        return 1.0, slice(0, 0)
    trimmed = slice(int(there[0]), int(there[-1]) + 1)
    return max(block_length(followed[there]), float(min(horizon, len(there)))), trimmed


def _overlap(followed: Floats, truth: Floats, true_rows: Rows, horizon: int) -> Overlap:
    there: Mask = ~np.isnan(followed)
    rows = true_rows[there[true_rows]]
    if not len(rows):
        return Overlap(0, 0.0, None, None, None)
    mean = float(followed[rows].mean() - followed[there].mean())
    t = event_t(followed, truth, hac_lag(int(there.sum()), horizon)) or (math.nan, math.nan)
    return Overlap(len(rows), effective_n(rows, horizon), mean, _or_none(t[0]), _or_none(t[1]))


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
