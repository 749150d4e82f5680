"""The program `leadline`: its commands, and what happens when one of them cannot be done."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from leadline.cli.ask import ask, lead, persistence, rarity, trials
from leadline.cli.brief import brief
from leadline.cli.check import check
from leadline.cli.market import breadth, movers, scan
from leadline.cli.output import note
from leadline.cli.pull import pull
from leadline.cli.score import score
from leadline.cli.status import status
from leadline.cli.value import functions, value
from leadline.core.errors import LeadlineError
from leadline.core.garbage import look_seldom
from leadline.core.version import __version__

app = typer.Typer(
    help="Sounds the market's leadership: who leads, is it real, how rare is it, and what followed.",
    epilog="Start with `leadline brief --sample`. Exit codes: 0 done, 1 no answer in the data, 2 a wrong request.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    brief,
    pull,
    status,
    value,
    functions,
    ask,
    rarity,
    persistence,
    lead,
    trials,
    check,
    score,
    breadth,
    movers,
    scan,
):
    app.command()(command)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"leadline {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = None,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the program; an error of ours is one sentence on stderr and its exit code."""
    look_seldom()
    try:
        app()
    except LeadlineError as error:
        note(f"leadline: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
