"""The fan: every path after an episode, their median and middle half, beside the median path of all sessions.

1. `fan_chart` takes the finished episodes and those still open apart, and finds the words
2. `_fan` places paths, band, medians and labels; long paths are thinned for the drawing only
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.core.errors import RequestError
from leadline.inference.arrays import Floats, Rows, floats
from leadline.inference.ask import Answer
from leadline.inference.fan import Fan, fan
from leadline.inference.finding import Finding, horizon_words
from leadline.inference.outcomes import How, outcomes, paths
from leadline.inference.study import EpisodeOutcome, horizon_name
from leadline.publish.evidence.words import VERDICT_WORDS, day, interval, moved, probability, share, times
from leadline.publish.look import theme
from leadline.publish.look.drawing import SIGNED_NUMBER, SIGNED_PERCENT, Chart, round_ticks
from leadline.publish.look.layers import Layer, Row, column, layer, layered, number, plainly
from leadline.publish.look.layers import words as text_of
from leadline.publish.look.places import LABEL_PIXELS, spread
from leadline.publish.look.theme import TITLED, Size

POINTS = 64  # of each path in the drawing


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
    seen = f"{answer.then} after {answer.event}, {unit}: {times(finding.episodes, 'episode')}{still}"
    since = f"{seen} since {answer.since}"
    if finding.episodes < 2:
        return f"{since}; median of all {rows} dashed"
    apart = finding.difference.mean
    drawn = f"blue: median and middle half, dashed: median of all {rows}"
    numbers = f"Mean {moved(finding.after.mean, answer.how)}, always {moved(finding.base.mean, answer.how)}"
    gap = "" if apart.low is None else f"; difference {interval(apart.low, apart.high, answer.how)} (95 %)"
    chance = "" if finding.adjusted_p is None else f", adjusted p {probability(finding.adjusted_p)}"
    return f"{since}; {drawn}. {numbers}{gap}; {times(finding.tries, 'try')}{chance}"


def _fan(drawn: _Drawn, size: Size) -> dict[str, Any]:
    kept = _kept(drawn.steps)
    every = [*drawn.fan.paths, *(path for _, path in drawn.open), drawn.fan.base, drawn.usual]
    low, high = _limits(every)
    levels = round_ticks(low, high, 5 if size.narrow else 6)
    wide = drawn.steps * (1.48 if size.narrow else 1.2)
    title = {"title": f"{'months' if drawn.monthly else 'sessions'} after", "titleAnchor": "start"}
    x = column("step", (0, wide), {"grid": False, "values": _steps(drawn), "format": "d", **title})
    y = column("value", (low, high), _outcomes(drawn.how, levels))
    grid = [
        {"value": level, "step": 0, "end": drawn.steps, "colour": theme.GRID if level else theme.MUTED}
        for level in levels
    ]
    ruled = {"x": x, "x2": {"field": "end"}, "y": y, "color": plainly("colour", "nominal")}
    colour, width = (theme.STRONG, 1.8) if drawn.single else (theme.REST, 0.8)
    layers = [
        layer(grid, {"type": "rule"}, ruled),
        *_lines(_long(drawn.fan.paths, kept), colour, width),
        *_band(drawn.fan, kept),
        *_lines(_long([drawn.fan.base], kept), theme.INK, 1.6, dash=[5, 4]),
        *_lines(_long([drawn.fan.median], kept), theme.STRONG, 2.8),
        *_lines(_long([path for _, path in drawn.open], kept), theme.EVENT, 1.8),
        *_labels(drawn, size, (low, high)),
    ]
    return layered(layers, TITLED)


def _band(found: Fan, kept: Rows) -> list[Layer]:
    """The middle half of the paths, where there are two or more."""
    there = kept[~np.isnan(found.low[kept])]
    rows = [{"step": int(one), "value": float(found.low[one]), "high": float(found.high[one])} for one in there]
    mark = {"type": "area", "color": theme.STRONG, "fillOpacity": 0.2, "opacity": 1}
    return [layer(rows, mark, {"x": number("step"), "y": number("value"), "y2": {"field": "high"}})] if rows else []


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


def _lines(rows: list[dict[str, Any]], colour: str, width: float, dash: list[int] | None = None) -> list[Layer]:
    mark = {"type": "line", "color": colour, "strokeWidth": width, "strokeJoin": "round"}
    shown = {"x": number("step"), "y": number("value"), "detail": {"field": "path", "type": "nominal"}}
    return [layer(rows, {**mark, **({"strokeDash": dash} if dash else {})}, shown)] if rows else []


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


def _outcomes(how: How, levels: list[float]) -> dict[str, Any]:
    said = SIGNED_PERCENT if how == "ratio" else SIGNED_NUMBER
    return {"grid": False, "labelExpr": said, "values": levels, "labelOverlap": False}


def _labels(drawn: _Drawn, size: Size, limits: tuple[float, float]) -> list[Layer]:
    """Where median and base rate end, and the newest open path; labels that would touch are moved apart."""
    subject = ("episode", drawn.fan.paths[0]) if drawn.single else ("median", drawn.fan.median)
    ends = [(*subject, theme.STRONG), ("always", drawn.fan.base, theme.INK)]
    found = [
        (f"{word} {moved(float(path[there[-1]]), drawn.how)}", int(there[-1]), float(path[there[-1]]), colour)
        for word, path, colour in ends
        if len(there := np.flatnonzero(~np.isnan(path)))
    ]
    least = (limits[1] - limits[0]) * LABEL_PIXELS / theme.plot(size, TITLED)[1]
    places = spread([value for _, _, value, _ in found], least)
    marks = []
    for (said, step, value, colour), place in zip(found, places, strict=True):
        marks += [_point(step, value, colour), _text((step, place), said, colour)]
    if drawn.open:
        session, path = drawn.open[-1]
        step = int(np.flatnonzero(~np.isnan(path))[-1])
        said = f"since {session}: {moved(float(path[step]), drawn.how)}"
        value, room = float(path[step]), 0.03 * (limits[1] - limits[0])
        above = limits[1] - value < value - limits[0]  # over or under where paths begin, the nearer of the two
        corner = limits[1] - room if above else limits[0] + room
        marks += [_point(step, value, theme.EVENT), _text((0, corner), said, theme.EVENT_INK)]
    return marks


def _point(step: int, value: float, colour: str) -> Layer:
    row: Row = {"step": step, "value": value}
    mark = {"type": "circle", "size": 48, "color": colour, "opacity": 1}
    return layer([row], mark, {"x": number("step"), "y": number("value")})


def _text(at: tuple[int, float], said: str, colour: str) -> Layer:
    row: Row = {"step": at[0], "value": at[1], "words": said}
    mark = {"type": "text", "align": "left", "dx": 8, "color": colour, "fontWeight": "bold", "fontSize": 13}
    return layer([row], mark, {"x": number("step"), "y": number("value"), "text": text_of()})
