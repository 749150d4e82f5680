"""`leadline pull`: read sources into the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.completion import complete_source
from leadline.cli.options import AsJson, Home, home_of, key_of
from leadline.cli.output import note, print_json, progress, say

if TYPE_CHECKING:
    from leadline.data.ledger.write import PullReport

FRED_KEY = "LEADLINE_FRED_KEY"

Source = Annotated[
    str | None,
    typer.Argument(
        help="sample, simulated, folder, yahoo, fred, kenfrench or holdings.",
        show_default="all live sources",
        autocompletion=complete_source,
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(help="The folder; or some symbols, series, datasets or funds only.", show_default="all"),
]


def pull(source: Source = None, names: Names = None, home: Home = None, as_json: AsJson = False) -> None:
    """Read a source into the ledger: `leadline pull folder ~/prices`, `leadline pull yahoo IWM SPY`.

    Without a source: all live ones. Pulling again adds only what is new; a part that fails is named and the others are
    kept. A FRED key in LEADLINE_FRED_KEY brings every vintage.
    """
    from leadline.core.clock import now
    from leadline.core.errors import DataError, RequestError
    from leadline.data.feeds.catalogue import BY_NAME, FEEDS, Order
    from leadline.data.ledger.write import pull as pull_feed

    if source is not None and source not in BY_NAME:
        raise RequestError(f"source {source}", found="no such source", expected=f"one of {', '.join(BY_NAME)}")
    wanted = [BY_NAME[source]] if source else [entry for entry in FEEDS if entry.live]
    given = tuple(names or ())
    folder = Path(given[0]) if source == "folder" and given else None
    at = now()
    order = Order(at, folder, () if source == "folder" else given, key_of(FRED_KEY))
    reports: list[PullReport] = []
    for entry in wanted:
        with progress(entry.name) as report:
            reports.append(pull_feed(home_of(home), entry.make(order), at, report))
    if as_json:
        print_json({"pulls": reports})
    else:
        for one in reports:
            say(_words(one))
    for one in reports:
        _missing(one)
    if not any(one.parts.get("read", 0) + one.parts.get("unchanged", 0) for one in reports):
        raise DataError(f"pull {source or 'live sources'}", found="no part could be read", todo="see the reasons above")


def _words(report: PullReport) -> str:
    parts = ", ".join(f"{count} {status}" for status, count in sorted(report.parts.items()))
    rows = f"{report.rows:,} new facts" if report.rows else "nothing new"
    extra = [f"{report.quarantined} rows quarantined"] if report.quarantined else []
    extra += [f"{report.drifted} drift notices"] if report.drifted else []
    return f"{report.source}: {parts}; {'; '.join([rows, *extra])}; ledger version {report.version}"


def _missing(report: PullReport) -> None:
    for failure in report.failures:
        series = f" (missing: {', '.join(failure.series)})" if failure.series else ""
        todo = f"; {failure.todo}" if failure.todo else ""
        note(f"{failure.status}: {failure.where}{series}: {failure.reason}{todo}")
