"""Expressions that several families share: tolerant comparison, safe division, positions, Wilder's smoothing."""

from __future__ import annotations

from typing import Final

import polars as pl

TOLERANCE: Final = 1e-9


def position() -> pl.Expr:
    """The row number, from 0, on the axis or within one member."""
    return pl.int_range(pl.len(), dtype=pl.Int64)


def ratio(over: pl.Expr, under: pl.Expr) -> pl.Expr:
    """`over / under`, missing where `under` is zero."""
    return over / pl.when(under != 0).then(under)


def margin(expr: pl.Expr) -> pl.Expr:
    """How far from `expr` still counts as equal to it: 1e-9 of its size."""
    return expr.abs() * TOLERANCE


def at_least(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """`left >= right` but for rounding."""
    return left - right >= -margin(right)


def last_true(condition: pl.Expr) -> pl.Expr:
    """The row number where `condition` last held, this row included; missing before the first time."""
    return pl.when(condition).then(position()).forward_fill()


def previous(expr: pl.Expr) -> pl.Expr:
    """The last value before this row that is not missing."""
    return expr.forward_fill().shift(1)


def smoothed(expr: pl.Expr, n: int, alpha: float) -> pl.Expr:
    """Recursive average of weight `alpha` over the values there are, seeded with the mean of the first `n`.

    Missing rows are skipped and stay missing; the first value is on the n-th value.
    """
    seen = expr.is_not_null().cum_sum()
    seed = expr.drop_nulls().head(n).mean()
    seeded = pl.when(seen > n).then(expr).when(seen == n).then(seed)
    average = seeded.ewm_mean(alpha=alpha, adjust=False, ignore_nulls=True, min_samples=1)
    return pl.when(expr.is_not_null() & (seen >= n)).then(average)
