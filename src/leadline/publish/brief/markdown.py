"""The brief as Markdown to paste into a newsletter, with links to the charts beside it."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.core.units import MISSING, number, percent
from leadline.core.version import __version__
from leadline.judgement.playbook.evidence import Evidence
from leadline.publish.brief import leading, sides, telling, words
from leadline.publish.brief.compare import Comparison
from leadline.publish.brief.measures import PERIODS
from leadline.publish.brief.record import Brief, Row, by_strength
from leadline.publish.evidence.words import times
from leadline.publish.look.drawing import Chart


def text(brief: Brief, drawn: tuple[Chart, ...], undrawn: tuple[str, ...] = (), folder: str = "charts") -> str:
    """The brief as Markdown; charts are linked as `folder`/NAME.png. Ends with a newline."""
    card, state = brief.card, brief.data_hash
    blocks = [
        f"*{_safe(brief.banner)}*",
        f"# {_safe(brief.headline)}",
        *([] if brief.findings["lead"] == brief.headline else [_safe(brief.findings["lead"])]),
        *_card(brief),
        *_changed(brief.compare),
        "## For",
        _lines(card.in_favour),
        "## Against",
        _lines(card.against),
        *([f"Groups of stocks. {_safe(members)}"] if (members := sides.members(card)) else []),
        f"Silent: {times(len(card.silent), 'line')}; missing: {times(len(card.missing), 'line')}.",
        *([_lines(card.missing)] if card.missing else []),
        *(["## Charts"] if drawn or undrawn else []),
        *_charts(drawn, folder),
        *(_safe(sentence) for sentence in undrawn),
        *_followed(brief),
        f"## {_safe(words.ratio_title(brief.ratio))}",
        _ratio(brief),
        "## Strength board",
        _board(brief),
        "## What this rests on",
        _safe(telling.coverage(card)),
        *_notices(brief),
        "## Method",
        "\n".join(f"- {_safe(sentence)}" for sentence in words.method(brief)),
        f"Leadline {__version__}; playbook {_safe(brief.playbook)} `{brief.playbook_hash[:8]}`; data `{state}`.",
    ]
    return "\n\n".join(blocks) + "\n"


def _card(brief: Brief) -> Iterator[str]:
    card, pair = brief.card, (brief.ratio.numerator_label, brief.ratio.denominator_label)
    yield f"## {_safe(telling.regime(card))}"
    yield f"**{_safe(card.recommendation)}**"
    rows = [f"| {name} | {_safe(said)} |" for name, said in telling.rating(card)]
    rows += [f"| {_safe(telling.chance_name(one, pair))} | {_safe(telling.chance(one))} |" for one in card.chances]
    yield "\n".join(["| | |", "|---|---|", *rows])
    yield from (f"*{_safe(one.sentence)}*" for one in card.chances)
    if card.would_change:
        changes = "\n".join(f"- {_safe(one.sentence)}" for one in card.would_change)
        yield f"What would change it:\n\n{changes}"
    yield f"Lasting, or a bounce? {_safe(telling.durability(card))}"


def _changed(compared: Comparison | None) -> Iterator[str]:
    if compared is None:
        return
    yield f"## What changed since {compared.since}"
    yield _safe(compared.sentence)
    rows = [f"| {name} | {then} | {now} |" for name, then, now in telling.chance_shift(compared)]
    rows += [
        f"| {_safe(one.topic)} | {one.before} | {one.after}: {_safe(one.said_after)} |"
        for one in telling.turned(compared)
    ]
    for name, (then, now) in (("No data now", telling.lost(compared)), ("Places", telling.places(compared))):
        rows += [f"| {name} | {then} | {_safe(now)} |"] if now else []
    if rows:
        yield "\n".join([f"| | {compared.since} | {compared.as_of} |", "|---|---|---|", *rows])


def _lines(lines: tuple[Evidence, ...]) -> str:
    return "\n".join(dict.fromkeys(f"- {_safe(sides.short(line))}" for line in lines)) or "- none"


def _charts(drawn: tuple[Chart, ...], folder: str) -> Iterator[str]:
    for chart in drawn:
        note = f"\n\n*{_safe(chart.note)}*" if chart.note else ""
        yield f"![{_safe(chart.title)}]({folder}/{chart.name}.png){note}"


def _followed(brief: Brief) -> Iterator[str]:
    yield "## What followed"
    if brief.rarity is not None:
        yield _safe(telling.rarity(brief.rarity))
    yield from _leads(brief)
    if not brief.followed:
        yield "The playbook asks nothing."
    for study in brief.followed:
        yield f"**{_safe(telling.asked(study))}**"
        if study.answer is not None:
            yield _study_rows(telling.told(study))


def _leads(brief: Brief) -> Iterator[str]:
    if not brief.led:
        return
    yield f"Leads: {_safe(leading.summary(brief.led))}"
    heads = "first | then | over | slope | 95 % interval | separate spans | adjusted p | verdict"
    lines = [f"| {heads} |", "|---|---|---|---:|---:|---:|---:|---|"]
    for row in (row for one in brief.led for row in leading.rows(one)):
        cells = (row.first, row.then, row.over, row.slope, row.between, row.spans, row.adjusted, row.verdict)
        lines.append(f"| {' | '.join(_safe(cell) for cell in cells)} |")
    if lines[2:]:
        yield "\n".join(lines)
    yield f"*{_safe('; '.join(leading.rests(one) for one in brief.led))}.*"


def _study_rows(rows: tuple[telling.Told, ...]) -> str:
    heads = "over | mean | always | difference | 95 % interval | higher | 95 % interval | always | episodes | tries"
    lines = [f"| {heads} | adjusted p | verdict |", f"|---|{'---:|' * 10}---|"]
    for row in rows:
        cells = (row.horizon, row.mean, row.base, row.difference, row.between, row.hit, row.hit_between, row.base_hit)
        lines.append(f"| {' | '.join(cells)} | {row.episodes} | {row.tries} | {_safe(row.adjusted)} | {row.verdict} |")
    return "\n".join(lines)


def _ratio(brief: Brief) -> str:
    ratio = brief.ratio
    lines = ["| | | formula |", "|---|---:|---|"]
    lines += [f"| {said} | {percent(figure.value)} | `{figure.formula}` |" for said, figure in words.ratio_rows(brief)]
    lines.append(f"| From its record | {percent(ratio.drawdown.value)} | `{ratio.drawdown.formula}` |")
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
    return ["## Notes on the data", "\n".join(f"- {_safe(notice)}" for notice in brief.notices)]


def _safe(words_: str) -> str:
    """Text that Markdown takes as it is."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in words_)
