"""Which series a brief needs, and the state of their data at the cut as a short hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import polars as pl

from leadline.data.panel.panel import PRICE_FIELDS, Panel
from leadline.formula.names import Names
from leadline.judgement.playbook.choose import names_of
from leadline.judgement.playbook.inputs import inputs_of
from leadline.judgement.playbook.model import Playbook
from leadline.publish.brief.macro import STRIPS

HASH_LETTERS = 8


def wanted(playbook: Playbook, names: Names | None = None) -> frozenset[str]:
    """The names of every series that a brief by this playbook looks at: what a panel for it is read with.

    Board, evidence, regimes, triggers, features, studies, rotation map and macro strip. The ledger need not have all.
    """
    meaning = names_of(playbook, names)
    asked = list(playbook.formulas)
    for line in playbook.evidence:
        asked += [] if line.study is None else [line.study.event, line.study.then]
    asked += [option[0] for options in STRIPS.values() for option in options]
    found = {one.name for formula in asked for one in inputs_of(formula, meaning).all}
    found |= {series.name for series in (*playbook.roles.values(), *playbook.sectors)}
    groups = [] if playbook.rotation is None else [meaning.groups[group] for group in playbook.rotation.of]
    return frozenset(found | {member.removesuffix(".total") for group in groups for member in group})


def data_hash(panel: Panel, series: Iterable[str]) -> str:
    """Eight letters that stand for the values of these series as known at the cut: the same for the same data.

    Series are taken by name, with every session (or release) and field; what the panel does not have is left out.
    A ledger that also holds later data, other series or an older reading of the same facts gives the same letters.
    """
    wanted_ = sorted({name for name in series if name in panel.series})
    digest = hashlib.sha256(f"{panel.cut} {' '.join(wanted_)}".encode())
    for part in _parts(panel, wanted_):
        digest.update(part)
    return digest.hexdigest()[:HASH_LETTERS]


def _parts(panel: Panel, names: list[str]) -> Iterator[bytes]:
    if names:
        bars = panel.bars.filter(pl.col("series").is_in(names)).sort("series", "session")
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
