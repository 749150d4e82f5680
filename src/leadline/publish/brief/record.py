"""The brief as a record: facts and sentences, decided before anything is drawn. Renderings tell it, and add nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from leadline.data.panel.panel import Axis
from leadline.judgement.playbook.card import Card
from leadline.judgement.playbook.document import as_json as card_json
from leadline.judgement.playbook.rotation import Tail
from leadline.publish.brief import telling
from leadline.publish.brief.compare import Comparison
from leadline.publish.brief.followed import Followed, Rare
from leadline.publish.brief.led import Led
from leadline.publish.brief.macro import Strip
from leadline.publish.brief.measures import Field
from leadline.publish.brief.traces import Trace
from leadline.publish.look.plain import plain

Kind = Literal["size", "sector"]


@dataclass(frozen=True)
class Figure:
    """A number and the formula it comes from; None where the data cannot say."""

    value: float | None
    formula: str


@dataclass(frozen=True)
class Row:
    """One line of the strength board. strength: return by period (decimal); rank: 1 is strongest; both by `PERIODS`."""

    symbol: str
    label: str
    kind: Kind
    basis: Field
    strength: Mapping[str, Figure]
    rank: Mapping[str, int | None]


@dataclass(frozen=True)
class Record:
    """The highest value of the ratio so far. distance: what it must gain to be there again (decimal).

    session: the last one at the record (on a monthly axis the month's label); sessions_since counts to the cut.
    """

    value: Figure
    session: date | None
    sessions_since: int | None
    distance: Figure


@dataclass(frozen=True)
class RatioFacts:
    """Small over large: value, change by `RATIO_SPANS` (those of the other axis have no value), drawdown, record.

    path: session, step, value, record where both sides have a value; empty where the ratio cannot be measured.
    """

    numerator: str
    denominator: str
    numerator_label: str
    denominator_label: str
    basis: Field
    first: date | None
    value: Figure
    change: Mapping[str, Figure]
    drawdown: Figure
    record: Record
    path: pl.DataFrame

    @property
    def name(self) -> str:
        """The ratio as one reads it, such as IWM/SPY."""
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True)
class Coverage:
    """One series used, over the fields that were used: from when, to when, and what a reader must know of it."""

    name: str
    title: str
    source: str
    standing: str
    fields: tuple[Field, ...]
    first: date | None
    last: date | None
    stale: bool
    missing: bool
    assumed: str
    note: str


@dataclass(frozen=True)
class Brief:
    """The record. data_hash: of the inputs' values at the cut (`inputs.data_hash`); it stands in place of a version.

    ranked: how many rows have a value in a period; findings: a sentence for each chart, by its name, and "lead" for the
    board and the ratio in one. followed, rarity: the playbook's studies and the rarity of its thrust; led: whether one
    number leads another. rotation: none where the playbook has no map. traces: the values that
    charts draw, by what they show (`traces.NAMES`). compare: what changed since an earlier brief, where one was given.
    """

    title: str
    as_of: date
    standing: str
    data_hash: str
    playbook: str
    playbook_hash: str
    axis: Axis
    banner: str
    headline: str
    findings: Mapping[str, str]
    board: tuple[Row, ...]
    ranked: Mapping[str, int]
    ratio: RatioFacts
    coverage: tuple[Coverage, ...]
    notices: tuple[str, ...]
    card: Card
    followed: tuple[Followed, ...]
    rarity: Rare | None
    rotation: tuple[Tail, ...]
    macro: tuple[Strip, ...]
    traces: Mapping[str, Trace]
    led: tuple[Led, ...] = ()
    compare: Comparison | None = None


def by_strength(board: tuple[Row, ...], kind: Kind | None = None, period: str = "3mo") -> tuple[Row, ...]:
    """The rows of a kind (or all), strongest over `period` first, those without a value last."""
    rows = [row for row in board if kind in (None, row.kind)]
    return tuple(sorted(rows, key=lambda row: row.rank[period] or len(board) + 1))


def as_json(brief: Brief) -> dict[str, Any]:
    """The record as plain values under stable keys: decimals, ISO dates, None where missing; keys may be added."""
    return {
        "title": brief.title,
        "as_of": brief.as_of.isoformat(),
        "standing": brief.standing,
        "version": brief.data_hash,
        "data_hash": brief.data_hash,
        "playbook": {"title": brief.playbook, "hash": brief.playbook_hash},
        "axis": brief.axis,
        "banner": brief.banner,
        "headline": brief.headline,
        "findings": dict(brief.findings),
        "board": [_row(row) for row in brief.board],
        "ranked": dict(brief.ranked),
        "ratio": _ratio(brief.ratio),
        "coverage": [_coverage(entry) for entry in brief.coverage],
        "notices": list(brief.notices),
        "card": _card(brief),
        "evidence": _evidence(brief.card),
        "followed": [entry.as_json() for entry in brief.followed],
        "leads": [entry.as_json() for entry in brief.led],
        "rarity": None if brief.rarity is None else brief.rarity.as_json(),
        "rotation": [plain(tail) for tail in brief.rotation],
        "macro": [strip.as_json() for strip in brief.macro],
        "participation": [_trace(brief, name) for name in ("breadth", "stocks", "equal") if name in brief.traces],
        "compare": None if brief.compare is None else plain(brief.compare),
    }


def _card(brief: Brief) -> dict[str, Any]:
    """The card's own document, in the words of the page; for the ledger's version the state of the data it rests on."""
    found = card_json(brief.card)
    found["durability"]["sentence"] = telling.durability(brief.card)
    found["coverage"]["sentence"] = telling.coverage(brief.card)
    return {**found, "version": brief.data_hash}


def _evidence(card: Card) -> dict[str, int]:
    """How many lines speak on either side; the lines themselves are the card's."""
    sides = {"for": card.in_favour, "against": card.against, "silent": card.silent, "missing": card.missing}
    return {side: len(lines) for side, lines in sides.items()}


def _trace(brief: Brief, name: str) -> dict[str, Any]:
    trace = brief.traces[name]
    return {"key": name, "label": trace.label, "formula": trace.formula, "value": plain(trace.last), "why": trace.why}


def _row(row: Row) -> dict[str, Any]:
    return {
        "symbol": row.symbol,
        "label": row.label,
        "kind": row.kind,
        "basis": row.basis,
        "strength": {period: figure.value for period, figure in row.strength.items()},
        "rank": dict(row.rank),
        "formula": {period: figure.formula for period, figure in row.strength.items()},
    }


def _ratio(ratio: RatioFacts) -> dict[str, Any]:
    record = ratio.record
    return {
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "basis": ratio.basis,
        "first": _iso(ratio.first),
        "value": ratio.value.value,
        "change": {span: figure.value for span, figure in ratio.change.items()},
        "drawdown": ratio.drawdown.value,
        "record": {
            "value": record.value.value,
            "session": _iso(record.session),
            "sessions_since": record.sessions_since,
            "distance": record.distance.value,
        },
        "formula": {
            "value": ratio.value.formula,
            "change": {span: figure.formula for span, figure in ratio.change.items()},
            "drawdown": ratio.drawdown.formula,
            "record": record.value.formula,
            "distance": record.distance.formula,
        },
    }


def _coverage(entry: Coverage) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "source": entry.source,
        "standing": entry.standing,
        "fields": list(entry.fields),
        "first": _iso(entry.first),
        "last": _iso(entry.last),
        "stale": entry.stale,
        "missing": entry.missing,
        "assumed": entry.assumed,
        "note": entry.note,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
