"""The fan: every path after an episode, their median and middle half, beside the median path of all sessions.

1. `fan_chart` takes the finished episodes and those still open apart, and finds the words
2. `_fan` places paths, band, medians and labels; long paths are thinned for the drawing only
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leadline.core.errors import RequestError
from leadline.inference.arrays import Floats, Rows, floats
from leadline.inference.ask import Answer
from leadline.inference.fan import Fan, fan
from leadline.inference.finding import Finding, horizon_words
from leadline.inference.outcomes import How, outcomes, paths
from leadline.inference.study import EpisodeOutcome, horizon_name
from leadline.publish.evidence.words import VERDICT_WORDS, day, interval, moved, share, times
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_NUMBER, SIGNED_PERCENT, Chart, round_ticks
from leadline.publish.look.theme import Size

if TYPE_CHECKING:
    import altair as alt

POINTS = 64  # of each path in the drawing
LABEL_PIXELS = 16  # between two labels


@dataclass(frozen=True)
class _Drawn:
    """What the drawing needs: the fan of finished episodes, the paths of open ones, all over `steps` rows.

    usual: the middle half of all outcomes over `steps`, which always fits into the drawing.
    """

    fan: Fan
    open: tuple[tuple[str, Floats], ...]
    steps: int
    how: How
    usual: Floats
    monthly: bool

    @property
    def single(self) -> bool:
        """One finished episode: its path is the subject, and there is no median."""
        return len(self.fan.paths) == 1


def fan_chart(answer: Answer, horizon_rows: int, version: int | None = None) -> Chart:
    """The fan of one horizon of an answer, as a chart whose title is the finding.

    Median and middle half are of the episodes whose outcome is known; those still open are drawn as far as they go.
    With one such episode only its path is drawn, with none only the base rate, and the title says so. version: of the
    ledger, for the footer. Raises RequestError when the horizon was not asked.
    """
    key = horizon_name(horizon_rows, answer.axis)
    finding = next((one for one in answer.findings if one.horizon == key), None)
    if finding is None:
        asked = ", ".join(one.horizon for one in answer.findings)
        raise RequestError(f"the fan over {key}", found="a horizon that was not asked", expected=f"one of {asked}")
    values = floats(answer.series["value"], answer.then)
    done = [one for one in answer.episodes if one.outcomes[key] is not None]
    waiting = [one for one in answer.episodes if one.outcomes[key] is None]
    drawn = _Drawn(
        fan(values, [one.row for one in done], horizon_rows, answer.how),
        tuple(_open(values, waiting, horizon_rows, answer.how)),
        horizon_rows,
        answer.how,
        _middle_half(outcomes(values, horizon_rows, answer.how)),
        answer.axis == "month",
    )
    footer = f"cut {answer.as_of}{'' if version is None else f' · ledger version {version}'} · {_formula(answer)}"
    return Chart("fan", _title(answer, finding), _subtitle(answer, finding), footer, lambda size: _fan(drawn, size))


def _middle_half(values: Floats) -> Floats:
    there = values[~np.isnan(values)]
    return np.quantile(there, (0.25, 0.75)) if len(there) else np.zeros(2)


def _formula(answer: Answer) -> str:
    return f"ask {answer.event} --then {answer.then}"


def _open(values: Floats, waiting: list[EpisodeOutcome], steps: int, how: How) -> Iterator[tuple[str, Floats]]:
    rows: Rows = np.array([one.row for one in waiting], dtype=np.int64)
    for episode, path in zip(waiting, paths(values, rows, steps, how), strict=True):
        if (~np.isnan(path)).sum() > 1:
            yield day(episode.session), path


def _title(answer: Answer, finding: Finding) -> str:
    later = horizon_words(finding.horizon)
    if not finding.base.n:
        return f"No episode can be followed: no outcome of {answer.then} over {later} fits into the data"
    if not finding.episodes:
        none = "has an outcome yet" if answer.episodes else f"was seen since {answer.since}"
        return f"No episode of {answer.event} {none}; drawn is what {answer.then} always did"
    if finding.episodes == 1:
        alone = f"One episode only: {answer.then} moved {moved(finding.after.mean, answer.how)} in {later}"
        return f"{alone} (always: median {moved(finding.base.median, answer.how)}): too few to say"
    always = f"always: {share(finding.base.hit_rate)}"
    hits = f"{answer.then} was higher {later} later in {finding.hit.hits} of {finding.episodes} episodes"
    return f"{hits} ({always}): {VERDICT_WORDS[finding.verdict]}"


def _subtitle(answer: Answer, finding: Finding) -> str:
    unit = "percent" if answer.how == "ratio" else "difference"
    rows = "months" if answer.axis == "month" else "sessions"
    still = f" and {finding.pending} still open" if finding.pending else ""
    seen = f"{answer.then} after {answer.event}, {unit}, by {rows}: {times(finding.episodes, 'episode')}{still}"
    since = f"{seen} since {answer.since}"
    if finding.episodes < 2:
        return f"{since}; median of all {rows} dashed"
    apart = finding.difference.mean
    drawn = f"Each path thin, median and middle half blue, median of all {rows} dashed"
    numbers = f"Mean {moved(finding.after.mean, answer.how)} against {moved(finding.base.mean, answer.how)}"
    gap = (
        "" if apart.low is None else f", 95 % interval of the difference {interval(apart.low, apart.high, answer.how)}"
    )
    return f"{since}. {drawn}. {numbers}{gap}; {times(finding.tries, 'try')}"


def _fan(drawn: _Drawn, size: Size) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    kept = _kept(drawn.steps)
    every = [*drawn.fan.paths, *(path for _, path in drawn.open), drawn.fan.base, drawn.usual]
    low, high = _limits(every)
    levels = round_ticks(low, high, 5 if size.narrow else 6)
    wide = drawn.steps * (1.48 if size.narrow else 1.2)
    axis = alt.Axis(title=None, grid=False, values=_steps(drawn), format="d")
    x = alt.X("step:Q", scale=alt.Scale(domain=[0, wide], nice=False), axis=axis)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=_outcomes(drawn.how, levels))
    grid = [{"value": level, "step": 0, "end": drawn.steps} for level in levels]
    rules = alt.Chart(alt.InlineData(values=grid)).mark_rule().encode(x=x, x2="end:Q", y=y)
    zero = alt.condition("datum.value == 0", alt.value(theme.MUTED), alt.value(theme.GRID))
    layers = [rules.encode(color=zero)]
    colour, width = (theme.STRONG, 1.8) if drawn.single else (theme.REST, 0.8)
    layers += _lines(_long(drawn.fan.paths, kept), colour, width, (x, y))
    layers += _band(drawn.fan, kept, (x, y))
    layers += _lines(_long([drawn.fan.base], kept), theme.INK, 1.6, (x, y), dash=[5, 4])
    layers += _lines(_long([drawn.fan.median], kept), theme.STRONG, 2.8, (x, y))
    layers += _lines(_long([path for _, path in drawn.open], kept), theme.EVENT, 1.8, (x, y))
    return alt.layer(*layers, *_labels(drawn, size, (low, high)))


def _band(found: Fan, kept: Rows, at: tuple[alt.X, alt.Y]) -> list[alt.Chart]:
    """The middle half of the paths, where there are two or more."""
    import altair as alt

    there = kept[~np.isnan(found.low[kept])]
    if not len(there):
        return []
    rows = [{"step": int(one), "value": float(found.low[one]), "high": float(found.high[one])} for one in there]
    band = alt.Chart(alt.InlineData(values=rows)).mark_area(color=theme.STRONG, opacity=0.2)
    return [band.encode(x=at[0], y=at[1], y2="high:Q")]


def _kept(steps: int) -> Rows:
    """The steps that are drawn: at most POINTS of them, first and last among them."""
    return np.unique(np.linspace(0, steps, min(steps + 1, POINTS)).round().astype(np.int64))


def _long(paths_: Iterable[Floats], kept: Rows) -> list[dict[str, Any]]:
    """The paths as rows; a path that ends between two kept steps keeps its last point."""
    rows = []
    for at, path in enumerate(paths_):
        there = np.flatnonzero(~np.isnan(path))
        steps = np.unique(np.append(kept[np.isin(kept, there)], there[-1:]))
        rows += [{"path": at, "step": int(step), "value": float(path[step])} for step in steps]
    return rows


def _lines(
    rows: list[dict[str, Any]], colour: str, width: float, at: tuple[alt.X, alt.Y], dash: list[int] | None = None
) -> list[alt.Chart]:
    import altair as alt

    if not rows:
        return []
    base = alt.Chart(alt.InlineData(values=rows))
    line = base.mark_line(color=colour, strokeWidth=width, strokeJoin="round", strokeDash=dash or alt.Undefined)
    return [line.encode(x=at[0], y=at[1], detail="path:N")]


def _limits(paths_: Iterable[Floats]) -> tuple[float, float]:
    there = np.concatenate([path[~np.isnan(path)] for path in paths_] or [np.zeros(1)])
    low, high = (float(min(there.min(), 0.0)), float(max(there.max(), 0.0))) if len(there) else (0.0, 0.0)
    room = 0.05 * (high - low) or 0.01
    return low - room, high + room


def _steps(drawn: _Drawn) -> list[int]:
    """The steps that are named: weeks, months and quarters in sessions, or months; the last one always."""
    lengths = (1, 3, 6, 12) if drawn.monthly else (1, 5, 21, 63, 126, 252)
    every = next((one for one in lengths if drawn.steps / one <= 7), 504)
    return [one for one in range(0, drawn.steps, every) if drawn.steps - one >= every / 2] + [drawn.steps]


def _outcomes(how: How, levels: list[float]) -> alt.Axis:
    import altair as alt

    said = SIGNED_PERCENT if how == "ratio" else SIGNED_NUMBER
    return alt.Axis(title=None, grid=False, labelExpr=said, values=levels, labelOverlap=False)


def _labels(drawn: _Drawn, size: Size, limits: tuple[float, float]) -> list[alt.Chart]:
    """Where median and base rate end, and the newest open path; labels that would touch are moved apart."""
    subject = ("episode", drawn.fan.paths[0]) if drawn.single else ("median", drawn.fan.median)
    ends = [(*subject, theme.STRONG), ("always", drawn.fan.base, theme.INK)]
    found = [
        (f"{word} {moved(float(path[there[-1]]), drawn.how)}", int(there[-1]), float(path[there[-1]]), colour)
        for word, path, colour in ends
        if len(there := np.flatnonzero(~np.isnan(path)))
    ]
    pixels = size.height - (150 if size.framed else 50)
    least = (limits[1] - limits[0]) * LABEL_PIXELS / pixels
    places = _apart([value for _, _, value, _ in found], least)
    marks = []
    for (words, step, value, colour), place in zip(found, places, strict=True):
        marks += _point(step, value, colour) + _text((step, place), words, colour)
    if drawn.open:
        session, path = drawn.open[-1]
        step = int(np.flatnonzero(~np.isnan(path))[-1])
        words = f"since {session}: {moved(float(path[step]), drawn.how)}"
        marks += _point(step, float(path[step]), theme.EVENT) + _text((step, float(path[step])), words, theme.EVENT)
    return marks


def _apart(values: list[float], least: float) -> list[float]:
    """The values, two that are nearer than `least` moved away from each other.

    >>> _apart([0.0, 0.5], 1.0), _apart([3.0, 0.0], 1.0)
    ([-0.25, 0.75], [3.0, 0.0])
    """
    if len(values) != 2 or abs(values[0] - values[1]) >= least:
        return values
    middle, sign = sum(values) / 2, 1.0 if values[0] > values[1] else -1.0
    return [middle + sign * least / 2, middle - sign * least / 2]


def _point(step: int, value: float, colour: str) -> list[alt.Chart]:
    import altair as alt

    base = alt.Chart(alt.InlineData(values=[{"step": step, "value": value}]))
    return [base.mark_circle(size=48, color=colour, opacity=1).encode(x="step:Q", y="value:Q")]


def _text(at: tuple[int, float], words: str, colour: str) -> list[alt.Chart]:
    import altair as alt

    base = alt.Chart(alt.InlineData(values=[{"step": at[0], "value": at[1], "words": words}]))
    text = base.mark_text(align="left", dx=8, color=colour, fontWeight="bold", fontSize=13)
    return [text.encode(x="step:Q", y="value:Q", text="words:N")]
