"""A finding: an estimate that cannot be parted from its base rate, interval, number of episodes and number of tries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from leadline.core.units import change, percent
from leadline.inference.base_rates import Summary
from leadline.inference.bootstrap import Differences
from leadline.inference.decades import WithoutDecades
from leadline.inference.hit_rates import HitRate
from leadline.inference.multiple import benjamini_yekutieli
from leadline.inference.outcomes import How

Verdict = Literal["supported", "not distinguishable", "contrary", "too few to say"]
Direction = Literal["higher", "lower"]
Number = float | None

LEAST_EPISODES = 8
ALPHA = 0.05


@dataclass(frozen=True)
class Overlap:
    """What every true session, taken for a fact of its own, would have said: `sessions` true with an outcome.

    They amount to `effective_n` separate outcomes. mean: their mean less the base rate's; t_naive, t_hac: of that
    difference, without and with regard to overlap.
    """

    sessions: int
    effective_n: float
    mean: Number
    t_naive: Number
    t_hac: Number


@dataclass(frozen=True)
class Finding:
    """What followed an event over one horizon, beside what always followed. Returns are decimals; None is missing.

    horizon: "63d" or "3mo"; then: the series whose outcome it is; after, base: mean, median, hit rate; hit: exact
    interval; difference: after minus base, with bootstrap intervals; p: circular shift; adjusted_p: Benjamini-Yekutieli
    over `tries`; episodes: with an outcome; pending: without one yet; effective_n: of the episodes' outcomes; worst,
    best: the extremes reached on the way in any episode; overlap: the naive view. sentence says it in words.
    """

    horizon: str
    then: str
    expects: Direction
    after: Summary
    base: Summary
    hit: HitRate
    difference: Differences
    p: Number
    adjusted_p: Number
    tries: int
    episodes: int
    pending: int
    effective_n: float
    worst: Number
    best: Number
    overlap: Overlap
    leave_one_decade_out: WithoutDecades | None
    how: How = "ratio"

    @property
    def verdict(self) -> Verdict:
        """Supported or contrary only when the interval leaves out zero and the adjusted p is at most .05."""
        low, high = self.difference.mean.low, self.difference.mean.high
        if self.episodes < LEAST_EPISODES or low is None or high is None:
            return "too few to say"
        if low <= 0 <= high or self.adjusted_p is None or self.adjusted_p > ALPHA:
            return "not distinguishable"
        return "supported" if (low > 0) == (self.expects == "higher") else "contrary"

    @property
    def sentence(self) -> str:
        """The finding in one line of words."""
        return _sentence(self)

    def as_json(self) -> dict[str, object]:
        """The keys of the `ask` document: plain numbers, text, None."""
        apart, overlap = self.difference, self.overlap
        return {
            "horizon": self.horizon,
            "then": self.then,
            "mean": self.after.mean,
            "median": self.after.median,
            "hit_rate": self.hit.rate,
            "hit_rate_low": self.hit.low,
            "hit_rate_high": self.hit.high,
            "base": {
                "mean": self.base.mean,
                "median": self.base.median,
                "hit_rate": self.base.hit_rate,
                "n": self.base.n,
            },
            "difference": {
                "mean": apart.mean.estimate,
                "low": apart.mean.low,
                "high": apart.mean.high,
                "p": self.p,
                "t_naive": overlap.t_naive,
                "t_hac": overlap.t_hac,
                "median": {"estimate": apart.median.estimate, "low": apart.median.low, "high": apart.median.high},
                "hit_rate": {
                    "estimate": apart.hit_rate.estimate,
                    "low": apart.hit_rate.low,
                    "high": apart.hit_rate.high,
                },
                "block": apart.block,
            },
            "episodes": self.episodes,
            "pending": self.pending,
            "effective_n": self.effective_n,
            "true_sessions": {
                "n": overlap.sessions,
                "effective_n": overlap.effective_n,
                "difference": overlap.mean,
            },
            "tries": self.tries,
            "adjusted_p": self.adjusted_p,
            "leave_one_decade_out": _decades_json(self.leave_one_decade_out),
            "worst": self.worst,
            "best": self.best,
            "expects": self.expects,
            "verdict": self.verdict,
            "sentence": self.sentence,
        }


def with_tries(findings: tuple[Finding, ...], earlier: tuple[float | None, ...] = ()) -> tuple[Finding, ...]:
    """The findings adjusted together, with the p-values of the family's earlier tries (None: a try that gave none).

    Every finding counts as one try. Source: `multiple.benjamini_yekutieli`.
    """
    tries = len(findings) + len(earlier)
    adjusted = benjamini_yekutieli([*(one.p for one in findings), *earlier])
    return tuple(
        replace(one, adjusted_p=p, tries=tries) for one, p in zip(findings, adjusted[: len(findings)], strict=True)
    )


def _decades_json(found: WithoutDecades | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "low": found.low,
        "high": found.high,
        "low_without": f"{found.low_without}s",
        "high_without": f"{found.high_without}s",
    }


def horizon_words(horizon: str) -> str:
    """A horizon in words.

    >>> horizon_words("63d"), horizon_words("1mo")
    ('63 sessions', '1 month')
    """
    count, unit = (horizon[:-2], "month") if horizon.endswith("mo") else (horizon[:-1], "session")
    return f"{count} {unit}" if count == "1" else f"{count} {unit}s"


def _sentence(found: Finding) -> str:
    later = horizon_words(found.horizon)
    if not found.base.n:
        return f"no outcome of {found.then} over {later} fits into the data: {_said(found)}"
    always = f"always: {percent(found.base.hit_rate, 0, signed=False)}"
    if not found.episodes:
        waiting = f"{found.pending} still open" if found.pending else "the event was never true"
        return f"no episode has an outcome over {later} ({waiting}); {always}: {_said(found)}"
    hits = f"in {found.hit.hits} of {found.episodes} episodes {found.then} was higher {later} later; {always}"
    return f"{hits}; {_difference(found)}: {_said(found)}"


def _difference(found: Finding) -> str:
    """Mean, base mean and their distance: percent and points for returns, plain numbers for differences."""
    apart, relative = found.difference.mean, found.how == "ratio"
    after, base = (change(value, relative=relative) for value in (found.after.mean, found.base.mean))
    between, low, high = (
        change(value, relative=relative).removesuffix(" %") for value in (apart.estimate, apart.low, apart.high)
    )
    means = f"mean {after} against {base}, difference {between}{' points' if relative else ''}"
    return means if apart.low is None else f"{means}, 95 % interval {low} to {high}"


def _said(found: Finding) -> str:
    verdict = found.verdict
    low, high = found.difference.mean.low, found.difference.mean.high
    if verdict != "not distinguishable":
        return verdict
    if low is None or high is None or low <= 0 <= high or found.adjusted_p is None:
        return f"{verdict} from the base rate"
    tries = f"{found.tries} tries" if found.tries > 1 else "1 try"
    return f"{verdict} from the base rate (after {tries} the adjusted p is {found.adjusted_p:.2f})"
