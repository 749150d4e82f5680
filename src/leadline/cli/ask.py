"""`leadline ask`, `rarity` and `trials`: what followed, how rare it is, and everything that was ever asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from leadline.cli.options import AsJson, AsOf, Home, day_of, home_of
from leadline.cli.output import columns, note, print_json, say
from leadline.core.errors import RequestError

if TYPE_CHECKING:
    from leadline.publish.look.drawing import Chart as Drawing

Event = Annotated[str, typer.Argument(help="A condition, such as 'change(IWM/SPY, 6d) > 10%'.")]
Formula = Annotated[str, typer.Argument(help="A number, such as 'change(IWM/SPY, 6d)'.")]
Then = Annotated[
    list[str], typer.Option("--then", help="What may follow: a series, a ratio, a group. May be repeated.")
]
Over = Annotated[str, typer.Option("--over", help="Horizons, separated by commas.")]
Expects = Annotated[str, typer.Option("--expects", help="The direction that is claimed: higher or lower.")]
Gap = Annotated[
    int | None,
    typer.Option(
        "--gap", min=1, help="Sessions between separate episodes.", show_default="longest horizon, at least 21"
    ),
]
Chart = Annotated[Path | None, typer.Option("--chart", help="Write the chart here: .png or .svg.", show_default=False)]
Sigma = Annotated[float | None, typer.Option("--sigma", help="A sigma somebody quoted.", show_default=False)]
Century = Annotated[
    str | None, typer.Option("--per-century", help="The frequency quoted with it: 1-2.", show_default=False)
]
Tail = Annotated[
    str | None, typer.Option("--tail", help="upper or lower.", show_default="the side of its median the value lies on")
]
Group = Annotated[str, typer.Argument(help="A group of series, such as sectors or sizes.")]
By = Annotated[str, typer.Option("--by", help="Strength; bare fields mean each member.")]
Next = Annotated[str, typer.Option("--next", help="The period that follows, as a span.")]
First = Annotated[str, typer.Argument(metavar="A", help="A number that may come first.")]
Second = Annotated[str, typer.Argument(metavar="B", help="A number that may follow.")]
Horizon = Annotated[str, typer.Option("--horizon", help="How far ahead, as a span.")]
Most = Annotated[int, typer.Option("--most", min=0, help="The longest lag of the correlations, in rows.")]


def ask(
    event: Event,
    *,
    then: Then,
    over: Over = "21d,63d,126d",
    expects: Expects = "higher",
    gap: Gap = None,
    chart: Chart = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What followed, against what always followed.

    `leadline ask 'change(IWM/SPY, 6d) > 4.98%' --then IWM/SPY --over 21d,63d,126d`

    Every question is kept in the trial book, and a finding carries the number of tries about its outcome.
    """
    from leadline import api
    from leadline.data.ledger.store import latest
    from leadline.inference.ask import horizon_rows
    from leadline.publish.evidence.documents import ask_document
    from leadline.publish.evidence.fan import fan_chart
    from leadline.publish.evidence.terminal import ask_text

    if expects not in ("higher", "lower"):
        raise RequestError("--expects", found=expects, expected="higher or lower")
    answers = api.ask(
        event,
        then,
        over,
        home=home_of(home),
        as_of=day_of(as_of),
        expects="higher" if expects == "higher" else "lower",
        gap=gap,
    )
    if as_json:
        documents = [ask_document(answer) for answer in answers]
        print_json({**documents[0], "others": documents[1:]} if len(documents) > 1 else documents[0])
    else:
        say("\n\n".join(ask_text(answer, width=columns()) for answer in answers))
    if chart is not None:
        rows = max(horizon_rows(text, answers[0].axis) for text in over.split(","))
        _draw(fan_chart(answers[0], rows, latest(home_of(home)).version), chart)
    _notes(warning for answer in answers for warning in answer.warnings)


def rarity(
    formula: Formula,
    *,
    tail: Tail = None,
    sigma: Sigma = None,
    per_century: Century = None,
    chart: Chart = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """How rare: `leadline rarity 'change(IWM/SPY, 6d)' --as-of 2024-07-16 --sigma 3 --per-century 1-2`."""
    from leadline import api
    from leadline.data.ledger.store import latest
    from leadline.publish.evidence.distribution import distribution_chart
    from leadline.publish.evidence.documents import rarity_document
    from leadline.publish.evidence.terminal import rarity_text

    if tail not in (None, "upper", "lower"):
        raise RequestError("--tail", found=tail, expected="upper or lower")
    side: Literal["upper", "lower"] | None = None if tail is None else "upper" if tail == "upper" else "lower"
    stated = api.stated_of(sigma, per_century)
    found = api.rarity(formula, home=home_of(home), as_of=day_of(as_of), tail=side, stated=stated)
    if as_json:
        print_json(rarity_document(found))
    else:
        say(rarity_text(found, width=columns()))
    if chart is not None:
        _draw(distribution_chart(found, latest(home_of(home)).version), chart)
    _notes(found.values.warnings)


def persistence(
    group: Group,
    *,
    by: By = "change(total, 63d)",
    following: Next = "63d",
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Does the leader keep leading: `leadline persistence sectors --by 'change(total, 63d)' --next 63d`."""
    from leadline import api
    from leadline.publish.evidence.documents import persistence_document
    from leadline.publish.evidence.terminal import persistence_text

    found = api.persistence(group, by, following, home=home_of(home), as_of=day_of(as_of))
    if as_json:
        print_json(persistence_document(found))
    else:
        say(persistence_text(found, width=columns()))
    _notes(found.warnings)


def lead(
    first: First,
    second: Second,
    *,
    horizon: Horizon = "63d",
    most: Most = 12,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Does A lead B, both ways round: `leadline lead 'change(IWM/SPY, 63d)' 'diff(FRED:UNRATE, 3mo)' --horizon 3mo`."""
    from leadline import api
    from leadline.publish.evidence.documents import lead_document
    from leadline.publish.evidence.terminal import lead_text

    found = api.lead(first, second, horizon, most, home=home_of(home), as_of=day_of(as_of))
    if as_json:
        print_json(lead_document(found))
    else:
        say(lead_text(found, width=columns()))
    _notes(found.warnings)


def trials(home: Home = None, as_json: AsJson = False) -> None:
    """Every study that was ever run on this ledger: `leadline trials`."""
    from leadline.data.ledger.trials import read_trials
    from leadline.publish.evidence.terminal import trials_text

    found = read_trials(home_of(home))
    if as_json:
        print_json({"trials": found})
    else:
        say(trials_text(found, width=columns()))


def _draw(chart: Drawing, path: Path) -> None:
    """Write the chart as PNG or SVG, by the file's ending, whole or not at all."""
    from leadline.core.files import write_whole
    from leadline.publish.look.drawing import framed, png
    from leadline.publish.look.theme import WIDE

    if path.suffix.lower() not in (".png", ".svg"):
        raise RequestError(f"--chart {path}", found=path.suffix or "no ending", expected=".png or .svg")
    write_whole(path, png(chart, WIDE) if path.suffix.lower() == ".png" else framed(chart, WIDE).encode())
    note(f"Written to {path}")


def _notes(warnings: Iterable[str]) -> None:
    for warning in dict.fromkeys(warnings):
        note(f"note: {warning}")
