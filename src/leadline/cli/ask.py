"""`leadline ask`, `rarity` and `trials`: what followed, how rare it is, and everything that was ever asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import AsJson, AsOf, Home, day_of, home_of
from leadline.cli.output import note, plain, print_json, said, say, table, tidy_percent
from leadline.core.errors import RequestError

if TYPE_CHECKING:
    from leadline.inference.ask import Answer
    from leadline.inference.rare import RarityAnswer

Event = Annotated[str, typer.Argument(help="A condition, such as 'change(IWM/SPY, 6d) > 10%'.")]
Formula = Annotated[str, typer.Argument(help="A number, such as 'change(IWM/SPY, 6d)'.")]
Then = Annotated[list[str], typer.Option("--then", help="What may follow: a series, a ratio, a group. May be repeated.")]
Over = Annotated[str, typer.Option("--over", help="Horizons, separated by commas.")]
Expects = Annotated[str, typer.Option("--expects", help="The direction that is claimed: higher or lower.")]
Gap = Annotated[
    int | None,
    typer.Option("--gap", min=1, help="Sessions between separate episodes.", show_default="longest horizon, at least 21"),
]
Chart = Annotated[Path | None, typer.Option("--chart", help="Write the chart here: .png or .svg.", show_default=False)]
Sigma = Annotated[float | None, typer.Option("--sigma", help="A sigma somebody quoted.", show_default=False)]
Century = Annotated[str | None, typer.Option("--per-century", help="The frequency quoted with it: 1-2.", show_default=False)]
_SHOWN = 12


def ask(
    event: Event,
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
    if chart is not None:
        _draw_fan(answers[0], chart, event, home_of(home))
    if as_json:
        documents = [_document(answer) for answer in answers]
        print_json({**documents[0], "all": documents} if len(documents) > 1 else documents[0])
    else:
        say("\n\n".join(_words(answer) for answer in answers))
    for warning in dict.fromkeys(warning for answer in answers for warning in answer.warnings):
        note(f"note: {warning}")
