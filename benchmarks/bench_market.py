"""Breadth of thousands of stocks: pytest benchmarks/bench_market.py -p no:randomly -p no:xdist -s.

One pass, nine measures a session, from Parquet to the last number, three ways in the same run: in the formula language,
in a numba kernel written for these measures alone, and in plain pandas. The ratios are printed and held. By default on
a part of the symbols of the real universe (LEADLINE_MARKET_DATA) and of a simulated market; FULL=1 takes all, 21.8 and
33 million rows. Then one more session of 8,000 stocks: appended to a ledger (FULL=1: of 25 years, with the stocks that
ended since), and today's breadth told again. With FULL=1 the ratios are held as promised, else with some slack.

The three take turns and the best time of each counts: on a machine that others use, all else measures the others.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from leadline.data.facts import FACTS
from leadline.data.feeds.contract import Answer, Part, SeriesInfo
from leadline.data.feeds.simulated import Simulated
from leadline.data.ledger.write import pull
from leadline.data.panel.build import read
from leadline.data.panel.panel import PRICE_FIELDS, Panel
from leadline.formula import evaluate_many
from leadline.inference.breadth import ENOUGH, LINES, breadth

FULL = bool(os.environ.get("FULL"))
REAL = "us_stocks_adjclose_2002_2026"
AGAINST_NUMBA, AGAINST_PANDAS, SLACK = 2.5, 4.0, 1.0 if FULL else 1.3
KEYS = tuple(line.key for line in LINES if not line.fields and not line.key.startswith("zweig"))


def _source(tmp: Path, which: str) -> Path:
    """A Parquet file, symbol-major: symbol, session, price."""
    path = tmp / f"{which}.parquet"
    if which == "real":
        named = os.environ.get("LEADLINE_MARKET_DATA")
        universe = Path(named or ".") / "universe" / f"{REAL}.parquet"
        if not named or not universe.is_file():
            pytest.skip("LEADLINE_MARKET_DATA names no folder with the real market data")
        rows = pl.scan_parquet(universe).select(
            pl.col("symbol").cast(pl.String), session="date", price=pl.col("adj_close").cast(pl.Float64)
        )
        symbols = rows.select(pl.col("symbol").unique().sort()).collect()["symbol"]
        kept = symbols if FULL else symbols.gather_every(3)
        rows.filter(pl.col("symbol").is_in(kept.implode())).sink_parquet(path, compression="zstd")
        return path
    market = Simulated("bench", date(1999, 1, 4), date(2023, 12, 29), 8_000 if FULL else 2_000)
    parts = []
    for year in range(1999, 2024):
        rows = market.stock_year(year).select("symbol", "describes", pl.col("change").fill_null(0.0))
        parts.append(rows.with_columns(pl.col("symbol").cast(pl.Categorical)))
    whole = pl.concat(parts).sort("symbol", "describes", maintain_order=True)
    price = (100 * (1 + pl.col("change")).cum_prod()).over("symbol")
    whole.select(pl.col("symbol").cast(pl.String), session="describes", price=price).write_parquet(path)
    return path


def _panel(path: Path) -> Panel:
    days = pl.scan_parquet(path).select(pl.col("session").unique().sort()).collect()["session"]
    cut: date = days[-1]
    missing = [pl.lit(None, pl.Float64).alias(name) for name in ("close", "change", "volume", "shares")]
    stocks = pl.scan_parquet(path).select(
        pl.lit("bench").alias("dataset"), "symbol", "session", *missing, adj_close="price"
    )
    orders = {
        "observations": ("series", "describes", "known_at", "session", "value", "known_by"),
        "events": ("calendar", "session", "describes", "kind", "reference"),
        "members": ("group", "symbol", "describes", "session", "change", "weight"),
    }
    empty = {
        table: pl.DataFrame(schema={name: FACTS[table].get(name, pl.Date) for name in order})
        for table, order in orders.items()
    }
    bars = pl.DataFrame(schema={"series": pl.String, "session": pl.Date, **dict.fromkeys(PRICE_FIELDS, pl.Float64)})
    months = days.to_frame().group_by(pl.col("session").dt.month_end().alias("label"), maintain_order=True).last()
    return Panel(
        cut=cut,
        instant=datetime(cut.year, cut.month, cut.day, 21, tzinfo=UTC),
        version=1,
        sessions=days,
        months=months.select("label", "session"),
        series={},
        bars=bars,
        stocks=stocks,
        **empty,
    )


def by_formula(path: Path) -> dict[str, np.ndarray]:
    found = evaluate_many([line.of("bench", "total") for line in LINES if line.key in KEYS], _panel(path))
    return {key: _floats(values.frame["value"]) for key, values in zip(KEYS, found, strict=True)}


def _floats(values: pl.Series) -> np.ndarray:
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()


def by_hand(path: Path) -> dict[str, np.ndarray]:
    """The same measures in one numba pass over the rows; medians by session afterwards."""
    rows = pl.read_parquet(path).select(
        pl.col("symbol").cast(pl.Categorical).to_physical().cast(pl.UInt32), "session", "price"
    )
    sessions = rows["session"].unique().sort()
    days = rows["session"].to_physical().to_numpy()
    first = int(days.min())
    place = np.full(int(days.max()) - first + 1, -1, dtype=np.int32)
    place[sessions.to_physical().to_numpy() - first] = np.arange(len(sessions), dtype=np.int32)
    run, medians = _kernel()
    sums, moves, rank, at = run(
        rows["symbol"].to_numpy(), place[days - first], days, rows["price"].to_numpy(), len(sessions)
    )
    median = medians(moves, rank, at, sums[9].astype(np.int64))
    with np.errstate(invalid="ignore", divide="ignore"):
        n = sums[9]
        variance = (sums[11] - sums[10] ** 2 / n) / (n - 1)
        have = sums[5] > 0
        return {
            "above_50": sums[0] / sums[1],
            "above_200": sums[2] / sums[3],
            "new_highs": np.where(have, sums[4], np.nan),
            "new_lows": np.where(have, sums[6], np.nan),
            "highs_less_lows": (sums[4] - sums[6]) / sums[5],
            "advancers": np.where(sums[12] > 0, sums[7], np.nan),
            "decliners": np.where(sums[12] > 0, sums[8], np.nan),
            "median_change_21d": median,
            "dispersion_21d": np.sqrt(np.maximum(variance, 0)),
        }


@cache
def _kernel() -> tuple[Callable[..., Any], Callable[..., Any]]:  # noqa: C901, PLR0915 - one fused pass
    import numba

    @numba.njit(cache=False)
    def run(symbol: Any, session: Any, day: Any, price: Any, sessions: int) -> Any:  # noqa: C901, PLR0912, PLR0915
        sums = np.zeros((13, sessions))
        rows = len(price)
        moves, rank = np.empty(rows), np.empty(rows, dtype=np.int32)
        at = np.full(rows, -1, dtype=np.int32)
        high, low = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
        start, fifty, two_hundred = 0, 0.0, 0.0
        h0 = h1 = l0 = l1 = 0
        for row in range(rows):
            if row == 0 or symbol[row] != symbol[row - 1] or day[row] - day[row - 1] > 30:
                start, fifty, two_hundred = row, 0.0, 0.0
                h0 = h1 = l0 = l1 = 0
            now, s, seen = price[row], session[row], row - start + 1
            fifty += now
            two_hundred += now
            if seen > 50:
                fifty -= price[row - 50]
            if seen > 200:
                two_hundred -= price[row - 200]
            if seen >= 50:
                sums[1, s] += 1
                mean = fifty / 50
                sums[0, s] += now - mean > 1e-9 * mean
            if seen >= 200:
                sums[3, s] += 1
                mean = two_hundred / 200
                sums[2, s] += now - mean > 1e-9 * mean
            while h1 > h0 and price[high[h1 - 1]] <= now:
                h1 -= 1
            high[h1] = row
            h1 += 1
            if high[h0] <= row - 252:
                h0 += 1
            while l1 > l0 and price[low[l1 - 1]] >= now:
                l1 -= 1
            low[l1] = row
            l1 += 1
            if low[l0] <= row - 252:
                l0 += 1
            if seen >= 252:
                sums[5, s] += 1
                sums[4, s] += now >= price[high[h0]] * (1 - 1e-9)
                sums[6, s] += now <= price[low[l0]] * (1 + 1e-9)
            if seen > 1:
                sums[12, s] += 1
                sums[7, s] += now > price[row - 1]
                sums[8, s] += now < price[row - 1]
            if seen > 21:
                move = now / price[row - 21] - 1
                moves[row], at[row] = move, s
                rank[row] = np.int32(sums[9, s])
                sums[9, s] += 1
                sums[10, s] += move
                sums[11, s] += move * move
        return sums, moves, rank, at

    @numba.njit(cache=False)
    def medians(moves: Any, rank: Any, at: Any, counts: Any) -> Any:
        starts = np.zeros(len(counts) + 1, dtype=np.int64)
        starts[1:] = np.cumsum(counts)
        laid = np.empty(starts[-1])
        for row in range(len(moves)):
            if at[row] >= 0:
                laid[starts[at[row]] + rank[row]] = moves[row]
        found = np.full(len(counts), np.nan)
        for s in range(len(counts)):
            if counts[s] > 0:
                found[s] = np.median(laid[starts[s] : starts[s + 1]])
        return found

    return run, medians


def by_pandas(path: Path) -> dict[str, np.ndarray]:
    """What users write: groupby and rolling on the long table."""
    import pandas as pd

    frame = pd.read_parquet(path)
    price = frame.groupby("symbol", sort=False)["price"]

    def rolled(n: int, how: str) -> Any:
        return getattr(price.rolling(n), how)().reset_index(level=0, drop=True)

    x = frame["price"]
    fifty, two_hundred, high, low = (
        rolled(n, how) for n, how in ((50, "mean"), (200, "mean"), (252, "max"), (252, "min"))
    )
    frame["above_50"] = (x > fifty).where(fifty.notna())
    frame["above_200"] = (x > two_hundred).where(two_hundred.notna())
    frame["new_highs"] = (x >= high).where(high.notna())
    frame["new_lows"] = (x <= low).where(low.notna())
    day = price.pct_change()
    frame["advancers"], frame["decliners"] = (day > 0).where(day.notna()), (day < 0).where(day.notna())
    frame["move"] = price.pct_change(21)
    for name in ("above_50", "above_200", "new_highs", "new_lows", "advancers", "decliners"):
        frame[name] = frame[name].astype("float64")
    days = frame.groupby("session")
    found = {name: days[name].mean().to_numpy() for name in ("above_50", "above_200")}
    found |= {name: days[name].sum().to_numpy() for name in ("new_highs", "new_lows", "advancers", "decliners")}
    found["highs_less_lows"] = (days["new_highs"].mean() - days["new_lows"].mean()).to_numpy()
    return found | {
        "median_change_21d": days["move"].median().to_numpy(),
        "dispersion_21d": days["move"].std().to_numpy(),
    }


Work = Callable[[Path], dict[str, np.ndarray]]


def _timed(work: Work, path: Path) -> tuple[float, dict[str, np.ndarray]]:
    begun = time.perf_counter()
    found = work(path)
    return time.perf_counter() - begun, found


@pytest.mark.parametrize("which", ["real", "simulated"])
def test_breadth_three_ways(which: str, tmp_path: Path) -> None:
    path = _source(tmp_path, which)
    rows = pl.scan_parquet(path).select(pl.len()).collect().item()
    run, medians = _kernel()  # compiled before the clock runs
    tiny = np.array([1, 1], dtype=np.uint32), np.array([0, 1], dtype=np.int32), np.array([0, 1], dtype=np.int32)
    made = run(*tiny, np.array([1.0, 2.0]), 2)
    medians(*made[1:], made[0][9].astype(np.int64))
    ways: tuple[Work, ...] = (by_hand, by_formula, by_pandas)
    times: list[list[float]] = [[], [], []]
    peak = 0.0
    for turn in range(2 if FULL else 3):
        for at, work in enumerate(ways):
            seconds, _ = _timed(work, path)
            times[at].append(seconds)
            if turn == 0 and work is by_formula:
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    hand, ours, theirs = (min(one) for one in times)
    kernel, formula, plain = (work(path) for work in ways)
    print(f"\n{which}: {rows / 1e6:.1f} million rows, {len(KEYS)} measures; peak before pandas {peak:.1f} GiB")
    print(f"formulas {ours:.2f} s, numba by hand {hand:.2f} s, pandas {theirs:.2f} s")
    print(f"formulas / numba {ours / hand:.2f}, pandas / formulas {theirs / ours:.1f}")
    for key in KEYS:
        np.testing.assert_allclose(formula[key], kernel[key], rtol=1e-6, atol=2e-3 if "bove" in key else 1e-6)
        assert np.nanmean(np.abs(formula[key] - plain[key])) < 0.02 * max(1.0, float(np.nanmean(np.abs(plain[key]))))
    assert ours / hand < AGAINST_NUMBA * SLACK
    assert theirs / ours > AGAINST_PANDAS / SLACK
    assert peak < 6


class OneSession:
    """A source that tells of one more session: the stocks' rows, and one bar that says the session is over."""

    def __init__(self, rows: pl.DataFrame, day: date) -> None:
        self.rows, self.day = rows, day

    @property
    def name(self) -> str:
        return "bench"

    def plan(self) -> tuple[str, ...]:
        return (f"{self.day}",)

    def fetch(self, part: str, seen: str | None) -> Answer:
        del seen
        closed = datetime(self.day.year, self.day.month, self.day.day, 21, tzinfo=UTC)
        stocks = self.rows.with_columns(
            describes=pl.lit(self.day), known_at=pl.lit(closed, pl.Datetime("us", "UTC")), change=pl.lit(0.001)
        )
        bar = pl.DataFrame({"series": ["BENCH"], "describes": [self.day], "close": [1.0], "adjusted_to": [self.day]})
        bars = bar.with_columns(known_at=pl.lit(closed, pl.Datetime("us", "UTC")))
        facts = {"stocks": stocks, "bars": _conform("bars", bars)}
        info = SeriesInfo("BENCH", "one session", "session", "index", "simulated")
        return Part("bench", part, facts, (info,))


def _conform(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    from leadline.data.facts import conform

    return conform(table, frame)


def test_one_more_session_and_todays_breadth(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = date(1999, 1, 4) if FULL else date(2022, 1, 3)
    market = Simulated("bench", first, date(2023, 12, 29), 16_000 if FULL else 8_000)  # in 25 years half of them end
    pull(home, market, datetime(2024, 1, 1, tzinfo=UTC))
    year = market.stock_year(2023)
    rows = year.filter(pl.col("describes") == year["describes"].max())
    times = []
    for day in (2, 3, 4, 5):
        begun = time.perf_counter()
        pull(home, OneSession(rows, date(2024, 1, day)), datetime(2024, 1, day, 22, tzinfo=UTC))
        stored = time.perf_counter()
        found = breadth(read(home, series=()), "simulated", sessions=ENOUGH)
        times.append((stored - begun, time.perf_counter() - stored))
        assert found.as_of == date(2024, 1, day)
        assert found.members is not None
        assert found.members > 0.99 * len(rows)
    append, refresh = (min(part) for part in zip(*times, strict=True))
    print(f"\n{len(rows):,} stocks: one session appended in {append:.2f} s, breadth in {refresh:.2f} s")
    assert append + refresh < 2 * SLACK
