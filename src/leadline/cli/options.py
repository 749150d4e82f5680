"""Options that several commands share, and where a home is."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Where the ledger lives.", envvar="LEADLINE_HOME", show_default="your data directory"),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="Only what was known at that session's close.", show_default="last session"
    ),
]

OnCluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Do group work on a Dask cluster.", show_default="this machine"),
]


def home_of(home: Path | None) -> Path:
    """The folder asked for, else the platform's data directory."""
    if home is not None:
        return home.expanduser()
    from platformdirs import user_data_path

    return user_data_path("leadline", appauthor=False)


def day_of(as_of: str | None, option: str = "--as-of") -> date | None:
    """The day of an option. Raises RequestError when it is no date."""
    if as_of is None:
        return None
    from leadline.core.calendar import parse_day

    return parse_day(as_of, option)


def key_of(name: str) -> str | None:
    """A key from the environment; an empty one is none."""
    return os.environ.get(name, "").strip() or None
