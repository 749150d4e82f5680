"""What commands print: results on stdout, everything else on stderr; colour only on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from leadline.core.units import MISSING, Unit, number, percent
from leadline.publish.look.terminal import WIDEST

if TYPE_CHECKING:
    from leadline.data.ledger.write import Progress

_WHOLE = (Unit.COUNT, Unit.SESSIONS, Unit.RANK, Unit.SHARES)


def print_json(document: object) -> None:
    """One JSON document: decimals, ISO dates, null for what is missing."""
    from leadline.publish.look.plain import plain

    sys.stdout.write(json.dumps(plain(document), ensure_ascii=False, allow_nan=False) + "\n")


def say(text: str) -> None:
    """A line for people on stdout."""
    sys.stdout.write(text.rstrip("\n") + "\n")


def said(value: float | bool | date | None, unit: Unit) -> str:
    """A value of a formula for people: percent for returns and shares, `-` for what is missing.

    >>> said(0.1013, Unit.RETURN), said(None, Unit.PRICE), said(True, Unit.TRUTH), said(5.0, Unit.COUNT)
    ('+10.13 %', '-', 'true', '5')
    """
    if value is None or isinstance(value, date):
        return MISSING if value is None else value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if unit in (Unit.RETURN, Unit.SHARE):
        return percent(value, 2, signed=unit is Unit.RETURN)
    return number(value, 0 if float(value).is_integer() and unit in _WHOLE else 4)


def table(rows: Sequence[tuple[str, ...]], right: tuple[bool, ...]) -> list[str]:
    """Aligned columns, to the right where `right` says so."""
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(len(right))]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def note(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(text.rstrip("\n") + "\n")


def columns() -> int:
    """How wide text may be: the terminal's width, never over 100; 100 where stdout is none."""
    import shutil

    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST) if sys.stdout.isatty() else WIDEST


def on_terminal() -> bool:
    """Whether stdout is a terminal that may be coloured."""
    import os

    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def waiting() -> bool:
    """Whether somebody watches stderr while work goes on."""
    return sys.stderr.isatty()


@contextmanager
def progress(source: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, a line a batch otherwise; both on stderr, both of what is already safe in the ledger."""
    if not sys.stderr.isatty():
        yield lambda done: note(f"{source}: {done.done} of {done.total} parts in version {done.version}")
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(source, total=None)
        yield lambda done: bar.update(task, completed=done.done, total=done.total)
