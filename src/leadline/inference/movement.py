"""How a group moved: the part that is the market's, its sectors', and single stocks' own, session by session.

For any weights, with m the weighted mean return of all members and m_s that of a sector,

    sum w r^2  =  m^2  +  sum w_s (m_s - m)^2  +  sum w (r - m_s)^2

holds exactly: market, sector and own part of what moved. It is the decomposition of Campbell, Lettau, Malkiel and Xu
(2001), Journal of Finance 56, without betas, for one session. With a benchmark b in place of m the sector part is
sum w_s (m_s - b)^2 and the market part m^2 - (m - b)^2, which may be below zero where the benchmark went the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: sessions of the windows over which correlations are taken
CORRELATION_ROWS: Final = 63
TOP: Final = 0.01

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """What moved in a window, as shares of the whole: market + sector + own = 1. sector is None without sectors."""

    market: float
    sector: float | None
    own: float


def daily_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """The parts of each session: session, mean, total, market, sector, own (squared returns, weights summing to one).

    rows: session, r, w, sector (null: one bucket of its own), and benchmark where there is one. Ascending sessions.
    Sums are taken in the order of the rows: the same rows give the same bytes.
    """
    w, r = pl.col("w"), pl.col("r")
    sums = (w.sum().alias("w"), (w * r).sum().alias("wr"), (w * r * r).sum().alias("wrr"))
    beside = (pl.col("benchmark").first(),) if "benchmark" in rows.columns else ()
    sectors = rows.group_by("session", "sector", maintain_order=True).agg(*sums, *beside)
    whole = sectors.group_by("session", maintain_order=True).agg(
        mean=pl.col("wr").sum() / pl.col("w").sum(), all=pl.col("w").sum()
    )
    joined = sectors.join(whole, on="session", maintain_order="left").with_columns(at=pl.col("wr") / pl.col("w"))
    centre = pl.col("benchmark") if beside else pl.col("mean")
    own = pl.col("wrr") - pl.col("w") * pl.col("at") ** 2
    parts = joined.group_by("session", maintain_order=True).agg(
        pl.col("mean").first(),
        total=pl.col("wrr").sum() / pl.col("all").first(),
        sector=(pl.col("w") * (pl.col("at") - centre) ** 2).sum() / pl.col("all").first(),
        own=own.sum() / pl.col("all").first(),
        centre=centre.first(),
    )
    market = pl.col("mean") ** 2 - (pl.col("mean") - pl.col("centre")) ** 2
    return parts.with_columns(market=market).drop("centre").sort("session")


def windows(sessions: pl.Series, length: int) -> pl.DataFrame:
    """Windows of `length` sessions that do not overlap, counted back from the last: session, window (0 is the last)."""
    back = pl.int_range(pl.len(), dtype=pl.Int64).reverse()
    frame = sessions.sort().alias("session").to_frame().with_columns(window=back // length)
    return frame.filter(pl.len().over("window") == length)


def top_shares(rows: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """What the most moving hundredth of the names has of the variance over the members: window, top, names.

    rows: session, key, r, w, mean; a name's part is the sum of w (r - mean)^2 over its sessions of the window, each
    session's weights summing to one.
    """
    weighted = rows.with_columns(w=pl.col("w") / pl.col("w").sum().over("session"))
    apart = (pl.col("w") * (pl.col("r") - pl.col("mean")) ** 2).sum()
    inside = weighted.join(placed, on="session", maintain_order="left")
    names = inside.group_by("window", "key", maintain_order=True).agg(apart=apart)
    few = (pl.len() * TOP).ceil().cast(pl.Int64)
    whole = pl.col("apart").sum()
    top = pl.col("apart").top_k(few).sum() / pl.when(whole > 0).then(whole)
    return names.group_by("window", maintain_order=True).agg(top=top, names=pl.len()).sort("window")


def mean_correlation(returns: Matrix) -> float | None:
    """The average correlation over all pairs of columns, without looking at any pair.

    returns: (sessions, stocks), without gaps. Standardised, the variance of the mean of N columns is
    1/N + (1 - 1/N) times the average correlation. None below two columns that vary or three sessions.

    >>> a = np.array([1.0, 2.0, 4.0, 3.0]); round(mean_correlation(np.stack([a, 2 * a, -a], axis=1)), 6)
    -0.333333
    """
    spread = returns.std(axis=0, ddof=1) if len(returns) > 2 else np.zeros(returns.shape[1])
    varies = returns[:, spread > 0]
    n = varies.shape[1]
    if n < 2:
        return None
    standard = (varies - varies.mean(axis=0)) / spread[spread > 0]
    return float((n * standard.mean(axis=1).var(ddof=1) - 1) / (n - 1))


def correlations(rows: pl.DataFrame) -> dict[int, tuple[float, int]]:
    """The average correlation in windows of CORRELATION_ROWS sessions that do not overlap, and of how many stocks.

    rows: session, key, r. By window, 0 the last. Only stocks with a return on every session of a window count.
    """
    placed = windows(rows["session"].unique(), CORRELATION_ROWS)
    joined = rows.drop_nulls("r").join(placed, on="session", maintain_order="left")
    full = joined.filter(pl.len().over("window", "key") == CORRELATION_ROWS).sort("window", "key", "session")
    found = {}
    for (window,), part in full.partition_by("window", as_dict=True, maintain_order=True).items():
        matrix = part["r"].to_numpy().reshape(-1, CORRELATION_ROWS).T
        mean = mean_correlation(matrix)
        if mean is not None:
            found[int(str(window))] = (mean, matrix.shape[1])
    return found
