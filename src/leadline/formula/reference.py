"""The reference of the language as Markdown, made from the catalogue alone."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.formula.catalogue import CATALOGUE
from leadline.formula.entry import KINDS, FunctionEntry

BEGIN, END = "<!-- functions: begin (made from the catalogue) -->", "<!-- functions: end -->"


def function_table(entries: Iterable[FunctionEntry] = tuple(CATALOGUE.values())) -> str:
    """One table a family: signature, what it is, unit, example.

    >>> function_table().splitlines()[0]
    '### moves'
    """
    lines: list[str] = []
    family = ""
    for entry in entries:
        if entry.family != family:
            family = entry.family
            lines += [
                "",
                f"### {family.replace('_', ' ')}",
                "",
                "| function | what | unit | example |",
                "|---|---|---|---|",
            ]
        unit = entry.unit if entry.unit != "same" else "as its argument"
        lines.append(f"| {_code(entry.signature())} | {_cell(entry.what)} | {unit} | {_code(entry.example)} |")
    return "\n".join(lines[1:])


def function_text(entry: FunctionEntry) -> str:
    """Everything about one function, as lines of text: for help.

    >>> print(function_text(CATALOGUE["sma"]))
    sma(x, n)
      the simple average of the last n values
      x: what is measured (a number for each session)
      n: the window (a span such as 6d, 3w, 3mo or 1y)
      unit: as its argument
      warm-up: n - 1 rows
      gaps: missing where any value of the window is missing
      source: arithmetic mean; equals TA-Lib SMA
      example: IWM / sma(IWM, 200d) - 1
    """
    lines = [entry.signature(), f"  {entry.what}"]
    for one in entry.arguments:
        kinds = " or ".join(" | ".join(one.words) if kind == "word" else KINDS[kind] for kind in one.kinds)
        default = f"; {one.default} when left out" if one.default is not None else ""
        lines.append(f"  {one.name}: {one.what} ({kinds}{default})")
    unit = entry.unit if entry.unit != "same" else "as its argument"
    lines += [f"  unit: {unit}", f"  warm-up: {entry.warm_up}", f"  gaps: {entry.gaps}", f"  source: {entry.source}"]
    return "\n".join([*lines, f"  example: {entry.example}"])


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
