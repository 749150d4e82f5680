"""What happened after the author's close. It is told beside the rulings, marked as such, and changes none of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from leadline.core.units import Unit, change
from leadline.formula.evaluate import Values
from leadline.inference.ask import RETURNS, horizon_rows
from leadline.judgement.claims import words
from leadline.judgement.claims.ground import Gap, Ground, known, measured
from leadline.judgement.claims.model import Claim, StudyClaim, UntestableClaim
from leadline.judgement.claims.rulings import Since

HORIZONS: Final = {"session": ("21d", "63d", "126d", "252d"), "month": ("1mo", "3mo", "6mo", "12mo")}


def since(claim: Claim, close: date, ground: Ground) -> tuple[Since, ...]:
    """What became of a claim: a study's outcomes over its horizons, else what the formula is worth now.

    Nothing is told of a claim that speaks of one session.
    """
    if isinstance(claim, UntestableClaim):
        return ()
    if isinstance(claim, StudyClaim):
        asked = dict.fromkeys(one.then for one in claim.studies().values())
        said = [_moved(then, claim.over, close, ground) for then in asked]
        return tuple(one for one in said if one is not None)
    if claim.at is not None:
        return ()
    return tuple(_now(label, one.formula, ground) for label, one in claim.measures().items())


def followed(formulas: Sequence[str], close: date, ground: Ground) -> tuple[Since, ...]:
    """What each followed formula did after the close, over 1, 3, 6 and 12 months and to the end of its data."""
    said = [_moved(formula, None, close, ground) for formula in formulas]
    return tuple(one for one in said if one is not None)


def _now(label: str, formula: str, ground: Ground) -> Since:
    values = measured(ground, formula)
    cut = ground.panel.cut
    if isinstance(values, Gap):
        return Since(cut, formula, None, words.labelled(label, f"not measured: {values.reason}"))
    truth = isinstance(values.last, bool)
    value = words.held(true=bool(values.last)) if truth else words.said(values.last, values.unit)
    return Since(cut, formula, values.last, words.labelled(label, f"{value} at {values.frame['session'][-1]}"))


def _moved(formula: str, over: Sequence[str] | None, close: date, ground: Ground) -> Since | None:
    values = known(ground, formula)
    if isinstance(values, Gap) or values.unit in (Unit.TRUTH, Unit.DATE):
        return None
    rows = values.frame.with_row_index("row").drop_nulls("value")
    start = rows.filter(pl.col("session") <= close).tail(1)
    if not len(start) or start["row"][0] == rows["row"][-1]:
        return None
    first, base = start["row"][0], float(start["value"][0])
    spans = over or HORIZONS[values.axis]
    parts = [_over(rows, first + horizon_rows(text, values.axis), base, text, values) for text in spans]
    end = rows.tail(1)
    total = _change(float(end["value"][0]), base, values)
    told = "; ".join([*(part for part in parts if part), f"{_said(total, values)} to {end['session'][0]}"])
    return Since(ground.panel.cut, formula, total, f"{formula} after {start['session'][0]}: {told}")


def _over(rows: pl.DataFrame, at: int, base: float, text: str, values: Values) -> str:
    there = rows.filter(pl.col("row") == at)
    return f"{_said(_change(float(there['value'][0]), base, values), values)} over {text}" if len(there) else ""


def _change(now: float, base: float, values: Values) -> float:
    return now / base - 1 if values.unit in RETURNS and base else now - base


def _said(move: float, values: Values) -> str:
    return change(move, relative=values.unit in RETURNS)
