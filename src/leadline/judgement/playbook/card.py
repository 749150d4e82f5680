"""The card: one session's judgement, with everything it rests on. Pure; fails closed.

1. `prepare` measures the playbook's formulas once (`measured.measure`) and walks the probability model over them
2. `_regime` takes the first regime whose condition holds; a condition that cannot be judged makes it "not available"
3. `evidence.evidence_at`, `triggers.watched`, `probability.chance_at` and `_coverage` give the other parts
4. without the ratio's inputs there is no regime, no probability and no action, and the card says why
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

import numpy as np

from leadline.core.aside import Aside, here
from leadline.data.panel.panel import Axis, Panel
from leadline.formula.names import Names
from leadline.judgement.playbook.attendance import NO_STOCKS
from leadline.judgement.playbook.evidence import Evidence, evidence_at, surprising
from leadline.judgement.playbook.freshness import Place, Standing
from leadline.judgement.playbook.lines import Regime
from leadline.judgement.playbook.measured import Floats, Measured, measure, reasons
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.schema import playbook_hash
from leadline.judgement.playbook.triggers import Watched, watched
from leadline.judgement.walkforward.probability import SCHEDULES, Chance, Walk, chance_at, walk

NOT_AVAILABLE: Final = "not available"
NO_ACTION: Final = "none: inputs missing"
#: the evidence line that would say something of short covering; without it that is unknown
SHORT_COVERING: Final = "short_covering"
#: how the groups of stocks of a playbook are named together where the ledger has no stocks
STOCKS: Final = "stocks"


@dataclass(frozen=True)
class Condition:
    """One regime's condition: its formula ("" for the rest) and whether it holds; None when it cannot be judged."""

    regime: str
    formula: str
    holds: bool | None
    why: str = ""


@dataclass(frozen=True)
class Durability:
    """Does it last, or is it a bounce? Sentences for either side, what is unknown, and the plain count."""

    lasting: tuple[str, ...]
    bounce: tuple[str, ...]
    unknown: tuple[str, ...]
    leaning: Literal["lasting", "bounce", "open"]
    sentence: str


@dataclass(frozen=True)
class Coverage:
    """What the playbook rests on, by input: present; stale with its last day; missing; of assumed release dates."""

    present: tuple[str, ...]
    stale: tuple[tuple[str, date], ...]
    missing: tuple[str, ...]
    assumed: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Card:
    """What is said at a session's close. Regime, action, recommendation, timeframe and risk are the playbook's words.

    headline: the sentence of the most surprising evidence; leans: whose side the action takes; chances: by horizon,
    none without the ratio; would_change: the regime's own triggers; in_favour, against: sorted by surprise; watch: the
    playbook's triggers; version: of the ledger; playbook, playbook_hash: by what rules.
    why: what is missing when the regime is "not available", else "".
    """

    as_of: date
    headline: str
    regime: str
    conditions: tuple[Condition, ...]
    action: str
    recommendation: str
    timeframe: str
    risk: str
    leans: Literal["numerator", "denominator"] | None
    chances: tuple[Chance, ...]
    would_change: tuple[Watched, ...]
    in_favour: tuple[Evidence, ...]
    against: tuple[Evidence, ...]
    silent: tuple[Evidence, ...]
    missing: tuple[Evidence, ...]
    durability: Durability
    watch: tuple[Watched, ...]
    coverage: Coverage
    ratio: str
    ratio_value: float | None
    playbook: str
    playbook_hash: str
    version: int
    why: str = ""


@dataclass(frozen=True)
class Prepared:
    """A playbook measured over a panel, and its model walked over it: cards of any session can be read off it."""

    measured: Measured
    axis: Axis
    walking: tuple[Callable[[], Walk], ...]

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The walks of the model, one a horizon, waited for where they are still going on: the last to begin first."""
        return tuple(one() for one in self.walking[::-1])[::-1]


def read_card(panel: Panel, playbook: Playbook, names: Names | None = None) -> Card:
    """The card at the panel's cut. names as in `measured.measure`; missing data are named on it, never raised."""
    return card_at(prepare(panel, playbook, names), panel.cut)


def prepare(panel: Panel, playbook: Playbook, names: Names | None = None, aside: Aside = here) -> Prepared:
    """Everything that cards of the panel's sessions need, computed once. aside: where the model walks."""
    measured = measure(panel, playbook, names)
    ratio = measured.column(playbook.ratio_formula)
    if ratio is None:
        return Prepared(measured, "session", ())
    schedule = SCHEDULES[ratio.axis]
    features = _features(measured, ratio.axis)
    walking = tuple(aside(walk, ratio.values, features, horizon, schedule) for horizon in schedule.horizons)
    return Prepared(measured, ratio.axis, walking)


def card_at(prepared: Prepared, session: date) -> Card:
    """The card of one session. Raises RequestError for a day that is no session of the panel."""
    measured = prepared.measured
    playbook = measured.playbook
    place = measured.place(session)
    ratio = measured.read(playbook.ratio_formula, place)
    conditions = _conditions(measured, place)
    regime, why = _regime(playbook, conditions, ratio.why)
    evidence = evidence_at(measured, place)
    in_favour, against = surprising(evidence, "for"), surprising(evidence, "against")
    silent, missing = surprising(evidence, "silent"), surprising(evidence, "missing")
    return Card(
        as_of=session,
        headline=_headline((*in_favour, *against), silent, why),
        regime=NOT_AVAILABLE if regime is None else regime.name,
        conditions=conditions,
        action=NO_ACTION if regime is None else regime.action,
        recommendation=NO_ACTION if regime is None else regime.recommendation,
        timeframe=NOT_AVAILABLE if regime is None else regime.timeframe,
        risk=NOT_AVAILABLE if regime is None else regime.risk,
        leans=None if regime is None else regime.leans,
        chances=_chances(prepared, place, ratio.why),
        would_change=() if regime is None else tuple(watched(measured, one, place) for one in regime.changes),
        in_favour=in_favour,
        against=against,
        silent=silent,
        missing=missing,
        durability=_durability(evidence),
        watch=tuple(watched(measured, one, place) for one in playbook.watch),
        coverage=_coverage(measured, place),
        ratio=playbook.ratio_formula,
        ratio_value=ratio.value,
        playbook=playbook.title,
        playbook_hash=playbook_hash(playbook),
        version=measured.panel.version,
        why=why,
    )


def _conditions(measured: Measured, place: Place) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for regime in measured.playbook.regimes:
        if regime.when is None:
            rest = None if any(one.holds is None for one in found) else not any(one.holds for one in found)
            found.append(Condition(regime.name, "", rest))
            continue
        read = measured.read(regime.when, place)
        found.append(Condition(regime.name, regime.when, read.truth, read.why))
    return tuple(found)


def _regime(playbook: Playbook, conditions: tuple[Condition, ...], why: str) -> tuple[Regime | None, str]:
    """The first regime that holds, unless one before it cannot be judged; and why there is none."""
    if why or not playbook.regimes:
        return None, why or "the playbook has no regimes"
    for regime, condition in zip(playbook.regimes, conditions, strict=True):
        if condition.holds is None:
            return None, condition.why
        if condition.holds:
            return regime, ""
    return None, "no regime holds"


def _headline(speaking: tuple[Evidence, ...], silent: tuple[Evidence, ...], why: str) -> str:
    """The sentence of the most surprising line that speaks and may be a headline; of a silent one where none does."""
    if why:
        return f"No judgement: {why}."
    lines = [line for line in speaking if line.headline] or [line for line in silent if line.headline]
    if not lines:
        return "No evidence can be read at this session."
    return max(lines, key=lambda line: -1.0 if line.surprise is None else line.surprise).sentence


def _chances(prepared: Prepared, place: Place, why: str) -> tuple[Chance, ...]:
    measured, axis = prepared.measured, prepared.axis
    if why:
        return ()
    playbook = measured.playbook
    reads = [measured.read(formula, place) for formula in playbook.features.values()]
    wrong = reasons(reads)
    wrong = wrong or ("" if playbook.features else "the playbook has no features")
    who = (playbook.numerator.label, playbook.denominator.label)
    row = place.row_on(axis)
    return tuple(chance_at(walked, row, axis, who, wrong) for walked in prepared.walks)


def _features(measured: Measured, axis: Axis) -> Floats:
    """(rows, features) on the ratio's axis; NaN where a value is missing or rests on a stale input."""
    rows = len(measured.panel.axis(axis))
    columns = [_feature(measured, formula, axis) for formula in measured.playbook.features.values()]
    return np.column_stack(columns) if columns else np.full((rows, 1), np.nan)


def _feature(measured: Measured, formula: str, axis: Axis) -> Floats:
    column = measured.column(formula)
    if column is None:
        return np.full(len(measured.panel.axis(axis)), np.nan)
    values = _on(measured.panel, column.values, column.axis, axis)
    for one in measured.inputs[formula].direct:
        reach = measured.reaches[one]
        there = _on(measured.panel, reach.present().astype(np.float64), reach.axis, axis)
        values = np.where(there == 1.0, values, np.nan)
    return values


def _on(panel: Panel, values: Floats, of: Axis, to: Axis) -> Floats:
    """Values of one axis on the other: a month stands until the next is over, and takes its last session's value."""
    if of == to:
        return values
    months, sessions = panel.months["session"], panel.sessions
    at = months.search_sorted(sessions, side="right") if to == "session" else sessions.search_sorted(months, "right")
    rows = at.to_numpy().astype(np.int64) - 1
    return np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan)


def _durability(evidence: tuple[Evidence, ...]) -> Durability:
    bearing = tuple(line for line in evidence if line.durability or line.key == SHORT_COVERING)
    lasting = tuple(line.sentence for line in surprising(bearing, "for"))
    bounce = tuple(line.sentence for line in surprising(bearing, "against"))
    unknown = tuple(dict.fromkeys(f"{line.topic}: {line.why}" for line in bearing if line.reading == "missing"))
    if not any(line.key == SHORT_COVERING for line in evidence):
        unknown = (*unknown, "short covering: unknown, as no short-interest data are given")
    leaning: Literal["lasting", "bounce", "open"] = "open"
    if len(lasting) != len(bounce):
        leaning = "lasting" if len(lasting) > len(bounce) else "bounce"
    said = (
        f"{len(lasting)} of {len(bearing)} lines that bear on it speak for a lasting change, {len(bounce)} for a bounce"
    )
    unsaid = f"; unknown: {'; '.join(unknown)}" if unknown else ""
    return Durability(lasting, bounce, unknown, leaning, f"{said}{unsaid}.")


def _coverage(measured: Measured, place: Place) -> Coverage:
    standings = sorted((reach.at(place) for reach in measured.reaches.values()), key=lambda one: str(one.input))
    present = tuple(dict.fromkeys(str(one.input) for one in standings if one.state == "present"))
    stale = tuple(dict.fromkeys((str(one.input), one.last) for one in standings if one.state == "stale" and one.last))
    missing = tuple(dict.fromkeys(_absent(one) for one in standings if one.state == "missing"))
    assumed = tuple(dict.fromkeys(one.input.name for one in standings if one.state == "present" and one.assumed))
    parts = [f"{len(present)} of {len(present) + len(stale) + len(missing)} inputs present"]
    parts += [f"stale: {', '.join(f'{name} (ends {last})' for name, last in stale)}"] if stale else []
    named = [f"{name} (none in the ledger)" if name == STOCKS else name for name in missing]
    parts += [f"missing: {', '.join(named)}"] if missing else []
    parts += [f"assumed release dates: {', '.join(assumed)}"] if assumed else []
    return Coverage(present, stale, missing, assumed, f"{'; '.join(parts)}.")


def _absent(one: Standing) -> str:
    """The name of a missing input; all groups of stocks are one where the ledger has no stocks at all."""
    return STOCKS if one.input.stocks and one.absent == NO_STOCKS else str(one.input)
