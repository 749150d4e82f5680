"""`leadline value` and `leadline functions`: what a formula is worth, and which functions there are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.completion import complete_function
from leadline.cli.options import AsJson, AsOf, Home, OnCluster, day_of, home_of
from leadline.cli.output import note, print_json, said, say, table

if TYPE_CHECKING:
    from leadline.formula.entry import FunctionEntry

Formula = Annotated[str, typer.Argument(help="Such as 'change(IWM/SPY, 6d)'. Quote it for the shell.")]
Tail = Annotated[int, typer.Option("--tail", min=1, help="How many of the last sessions to show.")]
Function = Annotated[
    str | None, typer.Argument(help="One function only.", show_default="all", autocompletion=complete_function)
]


def value(
    formula: Formula,
    *,
    tail: Tail = 1,
    cluster: OnCluster = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What a formula is worth: `leadline value 'change(IWM/SPY, 6d)' --as-of 2024-07-17 --tail 5`."""
    from leadline import api

    found = api.value(formula, home=home_of(home), as_of=day_of(as_of), cluster=cluster)
    rows = found.frame.tail(tail).rows()
    cut: date = found.frame["session"][-1]
    if as_json:
        document = {"formula": found.formula, "as_of": cut, "unit": found.unit, "axis": found.axis}
        print_json({**document, "values": [{"session": s, "value": v} for s, v in rows], "warnings": found.warnings})
        return
    say(f"{found.formula}  ({found.unit}, as of {cut})")
    say("\n".join(table([(str(session), said(one, found.unit)) for session, one in rows], right=(False, True))))
    for warning in found.warnings:
        note(f"note: {warning}")


def functions(name: Function = None, as_json: AsJson = False) -> None:
    """The formula catalogue: `leadline functions`, or `leadline functions rsi` for one function."""
    from leadline import api

    entries = api.functions(name)
    if as_json:
        print_json({"functions": [_document(entry) for entry in entries]})
    elif name:
        say(_page(entries[0]))
    else:
        say(_list(entries))


def _document(entry: FunctionEntry) -> dict[str, object]:
    arguments = [{"name": a.name, "kinds": a.kinds, "what": a.what, "default": a.default} for a in entry.arguments]
    return {
        "name": entry.name,
        "family": entry.family,
        "signature": entry.signature(),
        "what": entry.what,
        "arguments": arguments,
        "unit": entry.unit,
        "warm_up": entry.warm_up,
        "gaps": entry.gaps,
        "source": entry.source,
        "example": entry.example,
        "outcome": entry.outcome,
    }


def _page(entry: FunctionEntry) -> str:
    rows = [("  " + argument.said(), argument.what) for argument in entry.arguments]
    facts = [("unit", str(entry.unit)), ("warm-up", entry.warm_up), ("gaps", entry.gaps), ("source", entry.source)]
    lines = [entry.signature(), f"  {entry.what}", "", *table(rows, right=(False, False)), ""]
    return "\n".join([*lines, *table(facts, right=(False, False)), "", f"leadline value '{entry.example}'"])


def _list(entries: tuple[FunctionEntry, ...]) -> str:
    lines = []
    for family in dict.fromkeys(entry.family for entry in entries):
        lines += ["", family]
        lines += table([(f"  {e.signature()}", e.what) for e in entries if e.family == family], right=(False, False))
    return "\n".join([*lines[1:], "", "leadline functions NAME shows one of them."])
