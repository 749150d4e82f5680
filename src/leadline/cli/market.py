"""`leadline breadth`, `movers` and `scan`: thousands of stocks at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import AsJson, AsOf, Home, OnCluster, day_of, home_of
from leadline.cli.output import columns, on_terminal, print_json, say

if TYPE_CHECKING:
    from leadline.inference.tags import News

Group = Annotated[str, typer.Argument(help="An index, a set of stocks, or ranks such as small_1001_3000.")]
Last = Annotated[
    int | None,
    typer.Option("--sessions", min=1, help="Look at so many of the last sessions only: quicker.", show_default="all"),
]
Window = Annotated[int, typer.Option("--sessions", min=1, help="The window that is looked at.")]
Top = Annotated[int, typer.Option("--top", min=1, help="How many movers to list on either side.")]
Beside = Annotated[
    str | None, typer.Option("--benchmark", help="The market, such as SPY.", show_default="the group's own mean")
]
NewsFile = Annotated[
    Path | None,
    typer.Option("--news", metavar="FILE", help="A CSV of symbol, date, words: news or earnings, shown as tags."),
]
ScanName = Annotated[str, typer.Argument(metavar="NAME", help="A shipped scan such as sleepers, or a scan file.")]
Follow = Annotated[bool, typer.Option("--follow", help="Say what followed past hits too.")]


def breadth(
    group: Group,
    *,
    sessions: Last = None,
    cluster: OnCluster = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """How many take part: `leadline breadth sp500`, `leadline breadth small_1001_3000 --as-of 2024-07-16`."""
    from leadline.api import market
    from leadline.publish.market import breadth_document, breadth_text

    found = market.breadth(group, home=home_of(home), as_of=day_of(as_of), sessions=sessions, cluster=cluster)
    if as_json:
        print_json(breadth_document(found))
    else:
        say(breadth_text(found, width=columns(), colour=on_terminal()))


def movers(
    group: Group,
    *,
    sessions: Window = 1,
    top: Top = 10,
    benchmark: Beside = None,
    news: NewsFile = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Who moved, and was it the group or single stories: `leadline movers small_1001_3000 --sessions 5`."""
    from leadline.api import market
    from leadline.inference.movers import Inquiry
    from leadline.publish.market import movers_document, movers_text

    asked = Inquiry(sessions, top, benchmark, _told(news))
    found = market.movers(group, asked, home=home_of(home), as_of=day_of(as_of))
    if as_json:
        print_json(movers_document(found))
    else:
        say(movers_text(found, width=columns(), colour=on_terminal()))


def scan(
    name: ScanName,
    *,
    follow: Follow = False,
    news: NewsFile = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Quiet names about to move: `leadline scan sleepers`, or `leadline scan mine.yaml --follow`."""
    from leadline.api import market
    from leadline.judgement.scans import find
    from leadline.publish.market import scan_document, scan_text

    wanted, told = find(name), _told(news)
    found, past = market.scan(wanted, home=home_of(home), as_of=day_of(as_of), follow=follow, news=told)
    if as_json:
        print_json(scan_document(found, past))
    else:
        say(scan_text(found, past, width=columns(), colour=on_terminal()))


def _told(news: Path | None) -> tuple[News, ...]:
    """What the file of news says; nothing without one."""
    if news is None:
        return ()
    from leadline.api.news import read_news

    return read_news(news)
