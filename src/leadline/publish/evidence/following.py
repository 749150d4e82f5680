"""What followed, for a terminal: what is true now, the findings with all that belongs to them, then the episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.inference.ask import Answer
from leadline.inference.finding import Finding
from leadline.publish.evidence.words import (
    SHOWN,
    day,
    interval,
    moved,
    now_words,
    points,
    probability,
    rest,
    share,
    shares,
    times,
)
from leadline.publish.look.terminal import WIDEST, bare_table, hanging, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

FULL = 98  # columns that the whole table of findings needs


def ask_text(answer: Answer, *, width: int = WIDEST, colour: bool = False) -> str:
    """What followed, as text of at most `width` columns: now, findings, sentences, how firm, episodes (latest first).

    Narrower than 98 columns the means leave the table: the sentences carry them. Without colour it is plain.
    """
    from rich.text import Text

    width = min(width, WIDEST)
    rows = "months" if answer.axis == "month" else "sessions"
    count = times(len(answer.episodes), "separate episode")
    style = "bold" if answer.true_now is not True else "bold green"
    parts: list[RenderableType] = [
        Text(now_words(answer), style=style),
        f"{count} since {answer.since} · known at the close of {answer.as_of} · by {rows}",
        "",
        Text(f"What followed in {answer.then}", style="bold"),
        _findings(answer, full=width >= FULL),
        "",
        *(hanging(one.horizon, one.sentence) for one in answer.findings),
        "",
        Text("How firm that is", style="bold"),
        *(hanging(one.horizon, _firm(one, answer)) for one in answer.findings),
    ]
    if answer.episodes:
        parts += ["", Text("Episodes, the latest first", style="bold"), _episodes(answer), *rest(len(answer.episodes))]
    return rendered(parts, width=width, colour=colour)


def _findings(answer: Answer, *, full: bool) -> Table:
    """Two lines a horizon: the estimates, and under them their intervals, the adjusted p and the effective number."""
    table = bare_table(gap=1)
    columns = [("over\n", "left"), ("episodes\neffective", "right")]
    columns += [("mean\n", "right"), ("always\n", "right")] if full else []
    columns += [("difference\n95 % interval", "right"), ("higher\n95 % interval", "right"), ("always\n", "right")]
    columns += [("p\nadjusted", "right"), ("tries\n", "right"), ("verdict\n", "left")]
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    for one in answer.findings:
        table.add_row(*_finding(one, answer, full=full))
    return table


def _finding(one: Finding, answer: Answer, *, full: bool) -> list[str]:
    how, apart = answer.how, one.difference.mean
    means = [moved(one.after.mean, how), moved(one.base.mean, how)] if full else []
    verdict = {"not distinguishable": "not\ndistinguishable", "too few to say": "too few\nto say"}
    return [
        one.horizon,
        f"{one.episodes}\n{one.effective_n:.1f}",
        *means,
        f"{points(apart.estimate, how)}\n{interval(apart.low, apart.high, how)}",
        f"{share(one.hit.rate)}\n{shares(one.hit.low, one.hit.high)}",
        share(one.base.hit_rate),
        f"{probability(one.p)}\n{probability(one.adjusted_p)}",
        str(one.tries),
        verdict.get(one.verdict, one.verdict),
    ]


def _firm(one: Finding, answer: Answer) -> str:
    """Without one decade; worst and best on the way; and what every true row, taken for a fact, would have said."""
    how, said = answer.how, []
    decades = one.leave_one_decade_out
    if decades is not None:
        low = f"{points(decades.low, how)} (without the {decades.low_without}s)"
        said.append(
            f"leaving out one decade: {low} to {points(decades.high, how)} (without the {decades.high_without}s)"
        )
    if one.worst is not None:
        said.append(f"on the way at worst {moved(one.worst, how)}, at best {moved(one.best, how)}")
    overlap = one.overlap
    if overlap.t_naive is not None and overlap.t_hac is not None:
        rows = times(overlap.sessions, "true month" if answer.axis == "month" else "true session")
        naive = f"naive t {overlap.t_naive:+.1f}, with overlap {overlap.t_hac:+.1f}"
        said.append(f"{rows} by themselves: difference {points(overlap.mean, how)}, {naive}")
    if one.pending:
        said.append(f"{times(one.pending, 'episode')} without an outcome yet")
    return "; ".join(said) or "nothing to take apart"


def _episodes(answer: Answer) -> Table:
    table = bare_table()
    table.add_column("began", no_wrap=True)
    horizons = [one.horizon for one in answer.findings]
    for horizon in horizons:
        table.add_column(horizon, justify="right", no_wrap=True)
    longest = horizons[-1]
    table.add_column(f"worst in {longest}", justify="right", no_wrap=True)
    table.add_column(f"best in {longest}", justify="right", no_wrap=True)
    for one in list(reversed(answer.episodes))[:SHOWN]:
        way = [one.worst[longest], one.best[longest]]
        outcomes = [*(one.outcomes[horizon] for horizon in horizons), *way]
        table.add_row(day(one.session), *(moved(outcome, answer.how) for outcome in outcomes))
    return table
