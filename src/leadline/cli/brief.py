"""`leadline brief`: the leadership report, in four renderings."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import AsJson, AsOf, Home, day_of, home_of
from leadline.cli.output import columns, note, on_terminal, print_json, say, waiting

if TYPE_CHECKING:
    from leadline.publish.brief.record import Brief

SAMPLE_HOME = "sample"
#: what the second process needs
ASIDE = (
    "leadline.inference.study",
    "leadline.inference.rarity",
    "leadline.inference.leadlag",
    "leadline.judgement.walkforward.probability",
)

FromSample = Annotated[bool, typer.Option("--sample", help="Use the embedded sample: real monthly data, no network.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="The folder to write into.", show_default="brief; with --json, none"),
]
Compare = Annotated[
    str | None,
    typer.Option("--compare", metavar="DATE", help="Say what changed since that session.", show_default=False),
]
Book = Annotated[
    Path | None,
    typer.Option("--playbook", help="A playbook file of your own.", show_default="the shipped one that fits"),
]
Stocks = Annotated[bool, typer.Option("--stocks/--no-stocks", help="Judge groups of stocks where the ledger has any.")]
Charts = Annotated[bool, typer.Option("--charts/--no-charts", help="Draw the charts.")]
AsSvg = Annotated[bool, typer.Option("--svg", help="Write the charts as SVG too.")]


def brief(
    *,
    sample: FromSample = False,
    out: Out = None,
    as_of: AsOf = None,
    compare: Compare = None,
    playbook: Book = None,
    charts: Charts = True,
    svg: AsSvg = False,
    stocks: Stocks = True,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Who leads: `leadline brief --sample`, or `leadline brief --as-of 2024-07-16` on your own ledger.

    Writes brief.html (one self-contained page), brief.md, brief.json and charts/*.png into a folder, and puts the card
    into the journal that `leadline score` reads. With --json and no --out it prints the document and writes no files.
    """
    from leadline.core import aside

    day, since = day_of(as_of), day_of(compare, "--compare")
    where = home_of(home)
    folder = out or (None if as_json else Path("brief"))
    with ExitStack() as processes:  # they start, and import, while the record is made
        second = processes.enter_context(aside.opened(*ASIDE))
        from leadline import api
        from leadline.judgement.playbook import load
        from leadline.publish.look import workshop

        helper = processes.enter_context(workshop.opened()) if charts and folder else None
        book = None if playbook is None else load(playbook)
        if sample:
            where /= SAMPLE_HOME
            _pull_sample(where)
        record = api.brief(
            home=where,
            as_of=day,
            compare=since,
            playbook=book,
            to_reach=sample,
            stocks=stocks,
            told=note if waiting() else None,
            aside=second,
        )
        _tell(record, as_json=as_json)
        if folder is not None:
            from leadline.publish.brief.write import write

            paths = write(record, None, folder, charts=charts, svg=svg, helper=helper)
            files = ", ".join(path.relative_to(folder).as_posix() for path in paths)
            note(f"Written to {folder}: {files}\nOpen {folder / paths[0].name} in a browser.")


def _tell(record: Brief, *, as_json: bool) -> None:
    if as_json:
        from leadline.publish.brief.record import as_json as record_json

        print_json(record_json(record))
        return
    from leadline.publish.brief.terminal import text

    say(text(record, width=columns(), colour=on_terminal()))


def _pull_sample(where: Path) -> None:
    """Read the installed sample into a ledger of its own, so that it never mixes with the user's data."""
    from leadline.core.clock import now
    from leadline.data.feeds.sample import Sample
    from leadline.data.ledger.write import pull

    pull(where, Sample(), now())
