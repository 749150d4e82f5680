"""Making the brief from a panel and a playbook.

1. `judged.begin_judged` begins what takes longest: studies, rarity, leads
2. `measures.read` judges each series of the playbook at the cut (present, missing, stale)
3. `_board` measures strength and ranks; `_ratio` the ratio, its changes and its record
4. card, rotation map, macro strip and what the charts draw are those of `judged`
5. `_coverage` and `_notices` say what was used and what was left out
6. `words` and `findings` decide the sentences from these facts alone
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from types import MappingProxyType

import polars as pl

from leadline.core.aside import Aside, here
from leadline.data.panel.panel import Axis, Panel
from leadline.formula.names import Names
from leadline.formula.usual import resolved
from leadline.judgement.playbook.attendance import notices_of
from leadline.judgement.playbook.choose import names_of, ratio_field
from leadline.judgement.playbook.measured import Measured
from leadline.judgement.playbook.model import Playbook, Series
from leadline.publish.brief import findings, inputs, macro, measures, words
from leadline.publish.brief.judged import WAY, Judged, Way, begin_judged
from leadline.publish.brief.macro import YEAR
from leadline.publish.brief.measures import PERIODS, RATIO_SPANS, Field, Reading
from leadline.publish.brief.record import Brief, Coverage, Figure, Kind, RatioFacts, Record, Row

#: from the strongest claim on a reader's caution to the weakest: a brief stands as its least real series
STANDINGS = ("simulated", "sample", "files", "live")


def build(panel: Panel, playbook: Playbook, names: Names | None = None, *, aside: Aside = here) -> Brief:
    """The brief of a panel by a playbook. Pure; what is missing or stale is named and has no numbers.

    names: what words mean, None for those of the playbook (`choose.names_of`). aside: where studies are made
    (`core.aside`).
    """
    return begin(panel, playbook, names, Way(aside))()


def begin(panel: Panel, playbook: Playbook, names: Names | None = None, way: Way = WAY) -> Callable[[], Brief]:
    """`build` in two steps: what takes longest is begun now; calling makes the rest, waits for it, and tells."""
    meaning = resolved(names_of(playbook, None, panel) if names is None else names, panel)
    return partial(_told, panel, playbook, names, begin_judged(panel, playbook, meaning, way))


def _told(panel: Panel, playbook: Playbook, names: Names | None, judging: Callable[[], Judged]) -> Brief:
    axis = _axis(panel, playbook)
    members: list[tuple[Series, Kind]] = [(series, "size") for series in playbook.board_sizes]
    members += [(series, "sector") for series in playbook.sectors]
    readings = [measures.read(panel, series.name, _board_field(panel, series), axis) for series, _ in members]
    board = _board(members, readings, axis)
    field = ratio_field(panel, playbook)
    above, below = (measures.read(panel, side.name, field, axis) for side in (playbook.numerator, playbook.denominator))
    pair = (above, below)
    ratio = _ratio(panel, playbook, (field, axis), pair)
    judged = judging()
    coverage = _coverage(panel, [*readings, *pair])
    standing = _standing(coverage)
    ranked = {span: sum(row.rank[span] is not None for row in board) for span in PERIODS}
    state = inputs.data_hash(panel, inputs.wanted(playbook, names), inputs.stock_state(judged.measured))
    lead = words.lead(board, ranked, ratio, axis)
    said = {"lead": lead, "ratio": words.ratio_finding(ratio), "board": words.board_finding(board, ranked, ratio)}
    return Brief(
        title=playbook.title,
        as_of=panel.cut,
        standing=standing,
        data_hash=state,
        playbook=playbook.title,
        playbook_hash=judged.card.playbook_hash,
        axis=axis,
        banner=words.banner(standing, panel.cut, state),
        headline=words.headline(judged.card, lead),
        findings=MappingProxyType({**said, **_findings(judged, ratio)}),
        board=board,
        ranked=MappingProxyType(ranked),
        ratio=ratio,
        coverage=coverage,
        notices=_notices([*readings, *pair], coverage, judged.measured),
        card=judged.card,
        followed=judged.followed,
        rarity=judged.rarity,
        led=judged.led,
        rotation=judged.rotation,
        macro=judged.macro,
        traces=MappingProxyType(judged.traces),
    )


def _findings(judged: Judged, ratio: RatioFacts) -> dict[str, str]:
    """The titles of the charts that judgement and formulas give; fan and distribution word their own."""
    made = judged.traces
    equal = made.get("equal")
    change = None if equal is None else measures.change(pl.Series(equal.values), YEAR[equal.axis])
    return {
        "levels": findings.levels(ratio.name, made, ratio.value.value),
        "rotation": findings.rotation(judged.rotation, ratio.numerator),
        "drawdowns": findings.drawdowns(made["small_drawdown"], made["large_drawdown"]),
        "participation": findings.participation(judged.card, made, change),
        "macro": macro.finding(judged.macro),
    }


def _axis(panel: Panel, playbook: Playbook) -> Axis:
    facts = (panel.series.get(series.name) for series in (playbook.numerator, playbook.denominator))
    found = next((fact.frequency for fact in facts if fact is not None), "session")
    return "month" if found == "month" else "session"


def _board_field(panel: Panel, series: Series) -> Field:
    fact = panel.series.get(series.name)
    return "total" if series.total_only or fact is None or "total" in fact.fields else "close"


def _board(members: list[tuple[Series, Kind]], readings: list[Reading], axis: Axis) -> tuple[Row, ...]:
    spans = measures.board_spans(axis)
    strength = [
        {
            span.key: Figure(measures.change(reading.values, span.steps), f"change({reading.formula}, {span.text})")
            for span in spans
        }
        for reading in readings
    ]
    places = {
        span.key: measures.ranks(
            {reading.name: row[span.key].value for reading, row in zip(readings, strength, strict=True)}
        )
        for span in spans
    }
    return tuple(
        Row(
            symbol=reading.name,
            label=series.label,
            kind=kind,
            basis=reading.field,
            strength=MappingProxyType(row),
            rank=MappingProxyType({span.key: places[span.key][reading.name] for span in spans}),
        )
        for (series, kind), reading, row in zip(members, readings, strength, strict=True)
    )


def _ratio(panel: Panel, playbook: Playbook, basis: tuple[Field, Axis], pair: tuple[Reading, Reading]) -> RatioFacts:
    field, axis = basis
    above, below = pair
    formula = f"{above.formula}/{below.formula}"
    usable = above.state == below.state == "present"
    path = measures.ratio_path(panel, above.name, below.name, field, axis) if usable else None
    here = path is not None and len(path) > 0 and path["step"][-1] == len(panel.axis(axis)) - 1
    values = _spread(path, len(panel.axis(axis))) if path is not None and here else None
    used = {span.key: span for span in measures.ratio_spans(axis)}
    changes = {
        key: Figure(measures.change(values, used[key].steps) if key in used else None, f"change({formula}, {key})")
        for key in RATIO_SPANS
    }
    value = None if values is None else float(values[-1])
    record = _record(panel, path, axis, formula) if path is not None and here else _no_record(formula)
    top = record.value.value
    return RatioFacts(
        numerator=above.name,
        denominator=below.name,
        numerator_label=playbook.numerator.label,
        denominator_label=playbook.denominator.label,
        basis=field,
        first=path["session"][0] if path is not None and here else None,
        value=Figure(value, formula),
        change=MappingProxyType(changes),
        drawdown=Figure(None if value is None or top is None else value / top - 1, f"drawdown({formula})"),
        record=record,
        path=path if path is not None and here else pl.DataFrame(schema=measures.PATH),
    )


def _spread(path: pl.DataFrame, length: int) -> pl.Series:
    """The path's values back on the whole axis, null where the ratio does not exist."""
    axis = pl.DataFrame({"step": pl.Series(range(length), dtype=path.schema["step"])})
    return axis.join(path, on="step", how="left", maintain_order="left")["value"]


def _record(panel: Panel, path: pl.DataFrame, axis: Axis, formula: str) -> Record:
    session, _, top = measures.last_record(path)
    to, made = (_session_of(panel, day, axis) for day in (path["session"][-1], session))
    since = panel.sessions.filter((panel.sessions > made) & (panel.sessions <= to))
    return Record(
        value=Figure(top, f"highest({formula})"),
        session=session,
        sessions_since=len(since),
        distance=Figure(top / float(path["value"][-1]) - 1, f"highest({formula}) / ({formula}) - 1"),
    )


def _session_of(panel: Panel, label: date, axis: Axis) -> date:
    if axis == "session":
        return label
    found: date = panel.months.filter(pl.col("label") == label)["session"][0]
    return found


def _no_record(formula: str) -> Record:
    distance = Figure(None, f"highest({formula}) / ({formula}) - 1")
    return Record(Figure(None, f"highest({formula})"), None, None, distance)


def _coverage(panel: Panel, readings: list[Reading]) -> tuple[Coverage, ...]:
    """One entry a series, in the order of first use; `last` is the earliest last of the fields used."""
    by_name: dict[str, list[Reading]] = {}
    for reading in readings:
        by_name.setdefault(reading.name, []).append(reading)
    return tuple(_covered(panel, name, used) for name, used in by_name.items())


def _covered(panel: Panel, name: str, used: list[Reading]) -> Coverage:
    fact = panel.series.get(name)
    firsts = [reading.first for reading in used if reading.first is not None]
    lasts = [reading.last for reading in used if reading.last is not None]
    return Coverage(
        name=name,
        title=fact.title if fact else "",
        source=fact.source if fact else "",
        standing=fact.standing if fact else "",
        fields=tuple(dict.fromkeys(reading.field for reading in used)),
        first=min(firsts, default=None),
        last=min(lasts, default=None),
        stale=any(reading.state == "stale" for reading in used),
        missing=any(reading.state == "missing" for reading in used),
        assumed=_then(fact.assumed, panel.cut) if fact else "",
        note=fact.note if fact else "",
    )


def _then(note: str, cut: date) -> str:
    """A note of the ledger, unless it speaks of a day after the cut: that was not known then."""
    days = re.findall(r"\b\d{4}-\d\d-\d\d\b", note)
    return "" if any(day > cut.isoformat() for day in days) else note


def _standing(coverage: tuple[Coverage, ...]) -> str:
    there = {entry.standing for entry in coverage if not entry.missing}
    return next((standing for standing in STANDINGS if standing in there), "nothing")


def _together(whys: list[str]) -> list[str]:
    """The sentences, those of series that end on one day as one: their names, then what is the same of all."""
    shared: dict[str, list[str]] = {}
    for why in whys:
        name, ends, rest = why.partition(" ends ")
        shared.setdefault(f"{ends}{rest}", []).append(name)
    said = []
    for rest, names in shared.items():
        every = list(dict.fromkeys(names))
        if not rest or not every[1:]:
            said += [f"{name}{rest}" for name in every]
            continue
        plural = rest.replace(" ends ", " end ", 1).replace("; its numbers", "; their numbers")
        said.append(f"{', '.join(every[:-1])} and {every[-1]}{plural}")
    return said


def _notices(readings: list[Reading], coverage: tuple[Coverage, ...], measured: Measured) -> tuple[str, ...]:
    """What was left out and why, a mix of standings, what must be known of stocks and series; each sentence once."""
    panel = measured.panel
    said = _together([reading.why for reading in readings if reading.why])
    there = [standing for standing in STANDINGS if any(entry.standing == standing for entry in coverage)]
    if len(there) > 1:
        said.append(f"The series stand differently ({', '.join(there)}); the brief is marked by the first of these.")
    told = [notice for notice in panel.notices if _then(notice, panel.cut)]
    return tuple(dict.fromkeys([*said, *notices_of(panel, measured.names, inputs.stock_groups(measured)), *told]))
