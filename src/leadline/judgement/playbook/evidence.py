"""The evidence of a playbook at a session: each line for, against, silent or missing, with its number and its sentence.

A line is missing when any input it rests on is missing or stale at that session, and says which; it has no number then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from leadline.core.units import MISSING, percent
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.judgement.playbook.attendance import said_of
from leadline.judgement.playbook.freshness import Place
from leadline.judgement.playbook.inputs import Input
from leadline.judgement.playbook.lines import Line
from leadline.judgement.playbook.measured import NO_VALUE, Measured, Past, Read, measure, reasons
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.said import form_of, ranked, written
from leadline.judgement.playbook.topics import TOPICS

Reading = Literal["for", "against", "silent", "missing"]


@dataclass(frozen=True)
class Evidence:
    """One line of evidence at a session.

    value in unit (a word of `core.units`), written as `form` says; percentile, rank, n, since, surprise: how it stands
    in its own past as known then (`measured.Past`), None with too few values. formulas: those of value, for, against,
    and where there are any of date and level. left_out: members of its groups that have no value yet. stocks: as of
    when the members of its groups of stocks are, and since when the ended are among them. why: what is wrong
    when the reading is missing, else "". headline: whether it may be the card's headline.
    """

    key: str
    topic: str
    reading: Reading
    value: float | None
    unit: str
    form: str
    percentile: float | None
    rank: int | None
    n: int | None
    since: date | None
    surprise: float | None
    day: date | None
    level: float | None
    formulas: tuple[str, ...]
    sentence: str
    durability: bool
    headline: bool
    left_out: tuple[str, ...] = ()
    stocks: str = ""
    why: str = ""


def read_evidence(panel: Panel, playbook: Playbook, names: Names | None = None) -> tuple[Evidence, ...]:
    """Every evidence line of the playbook at the panel's cut, in the order of the file.

    names as in `measured.measure`. What cannot be answered is missing and says why; nothing is raised for it.
    """
    measured = measure(panel, playbook, names)
    return evidence_at(measured, measured.place(panel.cut))


def evidence_at(measured: Measured, place: Place) -> tuple[Evidence, ...]:
    """Every evidence line at one session of what was measured."""
    return tuple(_line_at(measured, line, place) for line in measured.playbook.evidence)


def surprising(lines: tuple[Evidence, ...], reading: Reading) -> tuple[Evidence, ...]:
    """The lines of one reading, the most surprising first; those without a surprise last, in the order of the file."""
    of_it = [line for line in lines if line.reading == reading]
    return tuple(sorted(of_it, key=lambda line: -1.0 if line.surprise is None else line.surprise, reverse=True))


def _line_at(measured: Measured, line: Line, place: Place) -> Evidence:
    reads = {formula: measured.read(formula, place) for formula in line.formulas}
    value = reads[line.value]
    why = reasons(reads[formula] for formula in (line.value, line.in_favour, line.against))
    reading: Reading = "missing"
    if not why:
        reading, why = _reading(reads[line.in_favour].truth, reads[line.against].truth)
    there = reading != "missing"
    past = measured.past(line.value, place) if there else None
    day = reads[line.date].day if line.date and there else None
    level = reads[line.level] if line.level and there else Read(None)
    form = form_of(line.form, value.unit if there else None)
    absent = dict.fromkeys(name for formula in line.formulas for name in measured.absent(formula, place))
    stocks = said_of(measured.panel, measured.names, _groups(measured, line), place.session) if there else ""
    said = _sentence(line, reading, value, past, (day, level)) if there else f"Missing: {why}."
    more = [said, *([f"Left out, without a value yet: {', '.join(absent)}."] if there and absent else [])]
    return Evidence(
        key=line.key,
        topic=TOPICS[line.topic],
        reading=reading,
        value=value.value if there else None,
        unit=str(value.unit) if there and value.unit is not None else "",
        form=form,
        percentile=past.percentile if past else None,
        rank=past.rank if past else None,
        n=past.n if past else None,
        since=past.since if past else None,
        surprise=past.surprise if past else None,
        day=day,
        level=level.value,
        formulas=line.formulas,
        sentence=" ".join([*more, *([stocks] if stocks else [])]),
        durability=line.durability,
        headline=line.headline,
        left_out=tuple(absent),
        stocks=stocks,
        why=why,
    )


def _groups(measured: Measured, line: Line) -> tuple[Input, ...]:
    """The groups of stocks that a line rests on, each once."""
    return tuple(dict.fromkeys(one for formula in line.formulas for one in measured.inputs[formula].of_stocks))


def _reading(in_favour: bool | None, against: bool | None) -> tuple[Reading, str]:  # noqa: FBT001 - truths of data
    if in_favour is None or against is None:
        return "missing", NO_VALUE
    if in_favour and against:
        return "missing", "both of its conditions hold, which the playbook must not let happen"
    return ("for" if in_favour else "against" if against else "silent"), ""


def _sentence(line: Line, reading: Reading, value: Read, past: Past | None, more: tuple[date | None, Read]) -> str:
    if reading == "missing":
        return ""
    day, level = more
    places = {
        "value": written(value.value, form_of(line.form, value.unit)),
        "amount": written(None if value.value is None else abs(value.value), form_of(line.form, value.unit)).lstrip(
            "+"
        ),
        "percentile": MISSING if past is None else percent(past.percentile, 1, signed=False),
        "rank": ranked(past),
        "since": MISSING if past is None else past.since.isoformat(),
        "date": MISSING if day is None else day.isoformat(),
        "level": written(level.value, form_of(line.level_form, level.unit)),
    }
    return line.says.of(reading).format_map(places)
