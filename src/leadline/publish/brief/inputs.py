"""Which series a brief needs, and the state of their data at the cut as a short hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from leadline.data.panel.panel import PRICE_FIELDS, Panel
from leadline.formula.kept import once
from leadline.formula.names import Names
from leadline.formula.usual import resolved
from leadline.judgement.playbook.attendance import attendance, stock_set
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.inputs import Input, inputs_of
from leadline.judgement.playbook.measured import Measured
from leadline.judgement.playbook.model import Playbook
from leadline.judgement.playbook.schema import playbook_hash
from leadline.publish.brief.macro import STRIPS

HASH_LETTERS = 8


def wanted(playbook: Playbook, names: Names | None = None) -> frozenset[str]:
    """The names of every series that a brief by this playbook looks at: what a panel for it is read with.

    Board, evidence, regimes, triggers, features, studies, leads, rotation map and macro strip; not all need be there.
    """
    owner = playbook if names is None else names
    return once(owner, ("wanted", playbook_hash(playbook)), lambda: _wanted(playbook, names_of(playbook, names)))


def _wanted(playbook: Playbook, meaning: Names) -> frozenset[str]:
    asked = list(playbook.formulas)
    for line in playbook.evidence:
        asked += [] if line.study is None else [line.study.event, line.study.then]
    asked += [formula for one in playbook.leads for formula in (one.first, one.second)]
    asked += [option[0] for options in STRIPS.values() for option in options]
    found = {one.name for formula in asked for one in inputs_of(formula, meaning).all if not one.stocks}
    found |= {series.name for series in (*playbook.roles.values(), *playbook.sectors)}
    groups = [] if playbook.rotation is None else [meaning.groups[group] for group in playbook.rotation.of]
    return frozenset(found | {member.removesuffix(".total") for group in groups for member in group})


def stock_groups(measured: Measured) -> tuple[Input, ...]:
    """The groups of stocks that the playbook's formulas rest on, each once."""
    return tuple(dict.fromkeys(one for found in measured.inputs.values() for one in found.of_stocks))


def without_stocks(playbook: Playbook) -> Playbook:
    """The playbook without lines, studies, triggers and leads that rest on groups of stocks; it has another hash."""
    meaning = names_of(playbook, None)

    def plain(formulas: Iterable[str]) -> bool:
        return not any(inputs_of(formula, meaning).of_stocks for formula in formulas)

    lines = (line for line in playbook.evidence if plain(line.formulas))
    kept = tuple(
        line.model_copy(update={"study": None})
        if line.study is not None and not plain((line.study.event, line.study.then))
        else line
        for line in lines
    )
    watch = tuple(trigger for trigger in playbook.watch if plain(trigger.formulas))
    leads = tuple(one for one in playbook.leads if plain((one.first, one.second)))
    return playbook.model_copy(update={"evidence": kept, "watch": watch, "leads": leads})


def stocks_ahead(panel: Panel, playbook: Playbook) -> tuple[str, ...]:
    """A sentence for each set of stocks that a brief by this playbook reads: for those who wait."""
    meaning = resolved(names_of(playbook, None, panel), panel)
    groups = dict.fromkeys(one for formula in playbook.formulas for one in inputs_of(formula, meaning).of_stocks)
    sets = dict.fromkeys(stock_set(panel, meaning, one) for one in groups)
    names = [one.name for one in sets if one is not None]
    return tuple(f"Reading {attendance(panel, name).stocks(panel.cut):,} stocks of {name}" for name in names)


def stock_state(measured: Measured) -> Iterator[bytes]:
    """What the lines on stocks rest on: each set by name, last session, rows and stocks, and each formula's values.

    Rows themselves are not hashed: a row that changes no value of any formula changes no letter.
    """
    panel = measured.panel
    found = (stock_set(panel, measured.names, one) for one in stock_groups(measured))
    for name in sorted({one.name for one in found if one is not None}):
        seen = attendance(panel, name)
        last = panel.sessions.gather(np.flatnonzero(seen.rows)[-1:]).to_list()
        yield f"{name} {last} {int(seen.rows.sum())} {seen.stocks(panel.cut)}".encode()
    for formula in sorted(text for text, one in measured.inputs.items() if one.of_stocks):
        column = measured.column(formula)
        if column is not None:
            yield formula.encode() + (column.values + 0.0).tobytes()


def data_hash(panel: Panel, series: Iterable[str], more: Iterable[bytes] = ()) -> str:
    """Eight letters that stand for the values of these series as known at the cut: the same for the same data.

    Series are taken by name, with every session (or release) and field; what the panel does not have is left out.
    A total return counts by its path: its level is that of the first pull, and moves with later splits and dividends.
    more: what else the brief rests on (`stock_state`).
    A ledger that also holds later data, other series or an older reading of the same facts gives the same letters.
    """
    wanted_ = sorted({name for name in series if name in panel.series})
    digest = hashlib.sha256(f"{panel.cut} {' '.join(wanted_)}".encode())
    for part in (*_parts(panel, wanted_), *more):
        digest.update(part)
    return digest.hexdigest()[:HASH_LETTERS]


def _parts(panel: Panel, names: list[str]) -> Iterator[bytes]:
    if names:
        bars = panel.bars.filter(pl.col("series").is_in(names)).sort("series", "session")
        path = pl.col("total") / pl.col("total").drop_nulls().last().over("series")
        bars = bars.with_columns(total=path)
        yield from _bytes(bars, ("session", *PRICE_FIELDS))
    if names and len(panel.observations):
        seen = panel.observations.filter(pl.col("series").is_in(names))
        yield from _bytes(seen.sort("series", "known_at", "describes"), ("describes", "known_at", "value", "known_by"))


def _bytes(frame: pl.DataFrame, columns: tuple[str, ...]) -> Iterator[bytes]:
    spans = frame.group_by("series", maintain_order=True).len()
    yield " ".join(f"{name} {count}" for name, count in spans.iter_rows()).encode()
    for name in columns:
        column = frame[name]
        if column.dtype == pl.String:
            yield "|".join(column.fill_null("").to_list()).encode()
        else:
            number = (column if column.dtype.is_float() else column.to_physical()).cast(pl.Float64)
            yield (number.fill_null(float("nan")) + 0.0).to_numpy().tobytes()
