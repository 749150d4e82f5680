"""Answers for a terminal, at most 100 columns wide: rarity, persistence, lead and lag, the trial book.

`ask_text`, what followed, is in `following` and may be had from here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from leadline.core.units import MISSING, Unit
from leadline.data.ledger.trials import Trial
from leadline.inference.leaders import PersistenceAnswer, View
from leadline.inference.leadlag import LagCorrelation
from leadline.inference.leads import LeadAnswer, Way
from leadline.inference.rare import RarityAnswer
from leadline.publish.evidence.following import ask_text
from leadline.publish.evidence.words import (
    SHOWN,
    interval,
    moved,
    percentile,
    probability,
    quantity,
    rest,
    share,
    shares,
    times,
)
from leadline.publish.look.terminal import NO_BREAK, WIDEST, bare_table, hanging, rendered
from leadline.publish.look.words import ordinal

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["ask_text", "lead_text", "persistence_text", "rarity_text", "trials_text"]

VIEW_WORDS = {
    "leads again": "leader leads again",
    "rank correlation": "rank correlation",
    "slope": "slope on strength",
    "top minus rest": "leader less the rest",
}


def rarity_text(answer: RarityAnswer, *, width: int = WIDEST, colour: bool = False) -> str:
    """How rare the last value is: rank, deviations, occurrences, return period, window, then the occurrences."""
    from rich.text import Text

    standing, upper = answer.rarity.standing, answer.rarity.tail == "upper"
    place, end = (standing.rank, "highest") if upper else (standing.rank_low, "lowest")
    rank = f"{ordinal(place)} {end}" if place > 1 else end
    parts: list[RenderableType] = [
        Text(f"{answer.formula} is {quantity(standing.value, answer.unit)}", style="bold"),
        f"the {rank} of {standing.n:,} values, percentile {percentile(standing.percentile)} · {_known(answer.as_of)}",
        "",
        *(hanging(head, words, 14) for head, words in _rarity(answer)),
    ]
    if answer.sessions:
        side = "high" if upper else "low"
        parts += ["", Text(f"Separate times at least as {side}, the latest first", style="bold"), _occurrences(answer)]
        parts += rest(len(answer.sessions))
    return rendered(parts, width=width, colour=colour)


def _known(day: date) -> str:
    return f"known at the close of {day}"


def _rarity(answer: RarityAnswer) -> Iterator[tuple[str, str]]:
    standing, often, period = answer.rarity.standing, answer.rarity.occurrences, answer.rarity.return_period
    yield (
        "deviations",
        f"{_signed(standing.z_all)} sd from the whole past, {_signed(standing.z_year)} from the last 252",
    )
    century = f"{often.per_century:.1f} a century, 95 % interval {often.low:.1f} to {often.high:.1f}"
    yield "occurrences", f"{often.count} separate in {often.years:.1f} years: {century}"
    ends = f"95 % interval {_years(period.low)} to {_years(period.high)} years"
    how = period.method if period.threshold is None else f"{period.method} on {times(period.peaks, 'peak')}"
    yield "return period", f"{_years(period.estimate)} years, {ends} ({how})"
    penalty = answer.penalty
    if penalty is not None:
        plain, chosen = f"{penalty.plain_per_century:.1f} a century", f"{penalty.any_per_century:.1f}"
        picked = f"over any window, picked afterwards: {chosen}, {penalty.factor:.1f} times as often"
        yield "window", f"as rare over {penalty.window} rows: {plain}; {picked}"
    if answer.check is not None:
        yield "as quoted", answer.check.sentence


def _years(value: float | None) -> str:
    if value is None:
        return "no end of"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.1f}"


def _signed(value: float | None) -> str:
    return MISSING if value is None else f"{value:+.1f}"


def _occurrences(answer: RarityAnswer) -> Table:
    table = bare_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for session in list(reversed(answer.sessions))[:SHOWN]:
        value = answer.values.at(session)
        said = quantity(float(value), answer.unit) if isinstance(value, float | int) else MISSING
        table.add_row(session.isoformat(), said)
    return table


def persistence_text(answer: PersistenceAnswer, *, width: int = WIDEST, colour: bool = False) -> str:
    """Four views of persistence, each against chance, over every date and over dates that do not overlap."""
    from rich.text import Text

    rows = "month" if answer.axis == "month" else "session"
    verdict = next(view.verdict for view in answer.views if view.name == "leads again")
    said = {"supported": "more often than chance", "contrary": "less often than chance"}.get(verdict, verdict)
    odds = answer.views[0]
    head = f"The strongest of {len(answer.members)} was the best again {share(odds.estimate)} of the time"
    parts: list[RenderableType] = [
        Text(f"{head} (chance: {share(odds.chance)}): {said}", style="bold"),
        f"strength: {answer.by} · next return: of {answer.following} over {answer.horizon}",
        f"by {rows}s from {answer.since} to {answer.until} · {_known(answer.as_of)}",
        "",
        Text(f"Every {rows}: {answer.every.dates:,}; {odds.separate} periods do not overlap", style="bold"),
        _views(answer.views),
    ]
    if answer.separate_views is not None and answer.separate is not None and answer.every.horizon > 1:
        count = f"{answer.separate.dates:,}, one every {answer.every.horizon} {rows}s"
        parts += ["", Text(f"Only periods that do not overlap: {count}", style="bold"), _views(answer.separate_views)]
    if answer.standing:
        now = ", ".join(f"{name}{NO_BREAK}{_strength(value, answer.unit)}" for name, value in answer.standing)
        parts += ["", hanging("now", now)]
    return rendered(parts, width=width, colour=colour)


def _views(views: Iterable[View]) -> Table:
    table = bare_table()
    table.add_column("", no_wrap=True)
    for name in ("estimate", "95 % interval", "chance", "p", "adjusted"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in views:
        ends = [probability(one.p), probability(one.adjusted_p), one.verdict]
        table.add_row(VIEW_WORDS[one.name], *_view(one), *ends)
    return table


def _view(one: View) -> tuple[str, str, str]:
    if one.name == "leads again":
        return share(one.estimate), shares(one.low, one.high), share(one.chance)
    if one.name == "top minus rest":
        return moved(one.estimate, "ratio"), interval(one.low, one.high, "ratio"), "0"
    return moved(one.estimate, "difference"), interval(one.low, one.high, "difference"), "0"


def _strength(value: float, unit: Unit) -> str:
    return moved(value, "ratio") if unit is Unit.RETURN else quantity(value, unit)


def lead_text(answer: LeadAnswer, *, width: int = WIDEST, colour: bool = False) -> str:
    """Both predictions with their intervals, then the correlation at every lag, either side first."""
    from rich.text import Text

    rows = "month end" if answer.axis == "month" else "session"
    lags = f"Correlation by lag in {'months' if answer.axis == 'month' else 'sessions'}, 95 % interval"
    many = len(answer.found.correlations)
    ahead = f"The mean of the next {answer.horizon} a unit of the leader, the follower's present held fixed"
    parts: list[RenderableType] = [
        Text(f"Does A lead B: {_led(answer.forward)}; does B lead A: {_led(answer.backward)}", style="bold"),
        hanging("A", f"{answer.a}, measured as {answer.measured[0]}", 1),
        hanging("B", f"{answer.b}, measured as {answer.measured[1]}", 1),
        f"{times(answer.rows, rows)} from {answer.since} to {answer.until} · {_known(answer.as_of)}",
        "",
        Text(ahead, style="bold"),
        _ways((("A, then B", answer.forward), ("B, then A", answer.backward))),
        "",
        Text(lags, style="bold"),
        _lags(answer),
        f"{answer.clear} of {many} intervals leave out zero (*); chance alone gives {many / 20:.1f}",
    ]
    return rendered(parts, width=width, colour=colour)


def _led(way: Way) -> str:
    words = {"supported": "yes, it rises after it", "contrary": "yes, it falls after it"}
    return words.get(way.verdict, way.verdict)


def _ways(ways: Iterable[tuple[str, Way]]) -> Table:
    table = bare_table()
    table.add_column("", no_wrap=True)
    for column in ("slope", "95 % interval", "t", "p", "adjusted", "separate"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for name, one in ways:
        found = one.prediction
        numbers = [f"{found.slope:+.3g}", f"{found.low:+.3g} to {found.high:+.3g}", _signed(found.t)]
        chances = [probability(found.p), probability(one.adjusted_p), str(one.separate)]
        table.add_row(name, *numbers, *chances, one.verdict)
    return table


def _lags(answer: LeadAnswer) -> Table:
    """A line a lag: on the left the first series comes first, on the right the second does."""
    by_lag = {one.lag: one for one in answer.found.correlations}
    table = bare_table()
    table.add_column("lag", justify="right", no_wrap=True)
    table.add_column("A first", no_wrap=True)
    table.add_column("B first", no_wrap=True)
    for lag in range(max(by_lag) + 1):
        table.add_row(str(lag), _lag(by_lag[lag]), _lag(by_lag[-lag]) if lag else "")
    return table


def _lag(one: LagCorrelation) -> str:
    clear = "" if one.low <= 0 <= one.high else " *"
    return f"{one.r:+.2f} ({one.low:+.2f} to {one.high:+.2f}){clear}"


def trials_text(trials: Sequence[Trial], *, width: int = WIDEST, colour: bool = False) -> str:
    """The trial book: how many questions were asked of how many outcome series, then the trials, the latest first."""
    from rich.text import Text

    if not trials:
        return rendered(["No study was run on this ledger yet."], width=width, colour=colour)
    questions, series = {one.question for one in trials}, {one.then for one in trials}
    asked = times(len(questions), "question")
    head = f"{times(len(trials), 'study')} of {asked} about {times(len(series), 'outcome')}"
    table = bare_table()
    for name in ("asked", "as of", "over", "episodes", "p", "verdict"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("episodes", "p") else "left")
    table.add_column("event, then outcome", overflow="fold")
    for one in list(reversed(trials))[:SHOWN]:
        numbers = [one.horizon, str(one.episodes), probability(one.p), one.verdict]
        table.add_row(one.at[:10], one.as_of, *numbers, f"{one.event}, then {one.then}")
    return rendered([Text(head, style="bold"), "", table, *rest(len(trials))], width=width, colour=colour)
