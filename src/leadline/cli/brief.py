"""`leadline brief`: the leadership report, in four renderings."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import AsJson, AsOf, Home, day_of, home_of
from leadline.cli.output import note, on_terminal, print_json, say

if TYPE_CHECKING:
    from leadline.data.panel.panel import Panel
    from leadline.judgement.playbook.model import Playbook

SAMPLE_HOME = "sample"

FromSample = Annotated[bool, typer.Option("--sample", help="Use the embedded sample: real monthly data, no network.")]
Out = Annotated[Path, typer.Option("--out", help="The folder to write into.")]


def brief(
    sample: FromSample = False,
    out: Out = Path("brief"),
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Who leads: `leadline brief --sample`, or `leadline brief --as-of 2024-07-16` on your own ledger.

    Writes brief.html (one self-contained page), brief.md, brief.json and charts/*.png into a folder.
    """
    from leadline.publish.brief.build import build
    from leadline.publish.brief.record import as_json as record_json
    from leadline.publish.brief.terminal import text
    from leadline.publish.brief.write import write

    cut = day_of(as_of)
    where = home_of(home)
    if sample:
        where /= SAMPLE_HOME
        _pull_sample(where)
    panel, playbook = _read(where, cut, to_reach=sample and cut is None)
    record = build(panel, playbook)
    paths = write(record, panel, out)
    if as_json:
        print_json(record_json(record))
    else:
        say(text(record, colour=on_terminal()))
    files = ", ".join(path.relative_to(out).as_posix() for path in paths)
    note(f"Written to {out}: {files}\nOpen {out / paths[0].name} in a browser.")


def _pull_sample(where: Path) -> None:
    """Read the installed sample into a ledger of its own, so that it never mixes with the user's data."""
    from leadline.core.clock import now
    from leadline.data.feeds.sample import Sample
    from leadline.data.ledger.write import pull

    pull(where, Sample(), now())


def _read(where: Path, cut: date | None, *, to_reach: bool) -> tuple[Panel, Playbook]:
    """The panel of the series that playbooks name, and the playbook that fits; `to_reach` cuts where its ratio ends."""
    from leadline.data.ledger.store import latest
    from leadline.data.panel.build import read
    from leadline.data.panel.catalogue import series_book
    from leadline.judgement.playbook.choose import choose, reach
    from leadline.judgement.playbook.read import shipped

    named = {series.name for book in shipped() for series in (*book.roles.values(), *book.sectors)}
    there = set(series_book(latest(where))["series"])
    panel = read(where, cut, series=named & there)
    playbook = choose(panel)
    end = reach(panel, playbook) if to_reach else None
    return (panel if end is None else read(where, end, series=named & there)), playbook
