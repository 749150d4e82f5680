"""The brief as Markdown to paste into a newsletter, with links to the charts beside it."""

from __future__ import annotations

from leadline.core.units import MISSING, number, percent
from leadline.publish.brief import words
from leadline.publish.brief.measures import PERIODS
from leadline.publish.brief.record import Brief, Row, by_strength
from leadline.publish.look.drawing import Chart


def text(brief: Brief, drawn: tuple[Chart, ...], folder: str = "charts") -> str:
    """The brief as Markdown; charts are linked as `folder`/NAME.png. Ends with a newline."""
    blocks = [
        f"*{_safe(brief.banner)}*",
        f"# {_safe(brief.headline)}",
        *(f"![{_safe(chart.title)}]({folder}/{chart.name}.png)" for chart in drawn),
        *(_safe(sentence) for sentence in words.undrawn(brief)),
        f"## {_safe(words.ratio_title(brief.ratio))}",
        _ratio(brief),
        "## Strength board",
        _board(brief),
        *_notices(brief),
        "## Method",
        "\n".join(f"- {_safe(sentence)}" for sentence in words.method(brief)),
    ]
    return "\n\n".join(blocks) + "\n"


def _ratio(brief: Brief) -> str:
    ratio = brief.ratio
    lines = ["| | | formula |", "|---|---:|---|"]
    lines += [f"| {said} | {percent(figure.value)} | `{figure.formula}` |" for said, figure in words.ratio_rows(brief)]
    lines.append(f"| Below its record | {percent(ratio.drawdown.value)} | `{ratio.drawdown.formula}` |")
    lines.append(f"| Value | {number(ratio.value.value, 4)} | `{ratio.value.formula}` |")
    lines.append(
        f"| Record, {ratio.record.session or MISSING} | {number(ratio.record.value.value, 4)} "
        f"| `{ratio.record.value.formula}` |"
    )
    return "\n".join(lines)


def _board(brief: Brief) -> str:
    heads = " | ".join(f"{period} | #" for period in PERIODS)
    lines = [f"| | series | basis | {heads} |", f"|---|---|---|{'---:|---:|' * len(PERIODS)}"]
    lines += [_line(row) for kind in ("size", "sector") for row in by_strength(brief.board, kind)]
    return "\n".join(lines)


def _line(row: Row) -> str:
    label = f"**{_safe(row.label)}**" if row.kind == "size" else _safe(row.label)
    cells = " | ".join(f"{percent(row.strength[period].value)} | {row.rank[period] or MISSING}" for period in PERIODS)
    return f"| {label} | {_safe(row.symbol)} | {words.BASIS_WORDS[row.basis]} | {cells} |"


def _notices(brief: Brief) -> list[str]:
    if not brief.notices:
        return []
    return ["## Left out, and why", "\n".join(f"- {_safe(notice)}" for notice in brief.notices)]


def _safe(words_: str) -> str:
    """Text that Markdown takes as it is."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in words_)
