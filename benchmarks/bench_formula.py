"""How fast formulas are: pytest benchmarks/bench_formula.py --benchmark-only -s, with LEADLINE_MARKET_DATA set.

The last two measure the same thing in the same run, a share over all stocks from the file on disk: in the formula
language and with a pass written by hand in numba; their ratio is printed.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from leadline.core.seeds import generator
from leadline.data.facts import FACTS
from leadline.data.panel.panel import Panel, SeriesFact
from leadline.formula import evaluate, evaluate_many
from leadline.formula.stocks import stock_sets

SERIES = tuple(f"S{at:02}" for at in range(40))
SESSIONS = 26 * 252
TWENTY = (
    "change({a} / {b}, 6d)",
    "change({a} / {b}, 6d) > 5%",
    "change({a}, 63d) - change({b}, 63d)",
    "{a} / sma({a}, 200d) - 1",
    "{a} > sma({a}, 50d)",
    "zscore(change({a} / {b}, 21d), 252d)",
    "rsi({a}, 14d)",
    "drawdown({a}, 252d)",
    "{a} >= highest({a}, 252d)",
    "streak(change({a}, 1d) > 0)",
    "count(change({a}, 1d) > 0, 20d)",
    "stdev(change({a}, 1d), 63d)",
    "beta(change({a}, 1d), change({b}, 1d), 63d)",
    "corr(change({a}, 1d), change({b}, 1d), 63d)",
    "change({a}, ytd)",
    "percentile(change({a} / {b}, 63d), 252d)",
    "crosses_above({a}, sma({a}, 200d))",
    "sessions_since({a} >= highest({a}))",
    "ema({a}, 21d) / ema({a}, 63d) - 1",
    "advance({a}, 126d)",
)
STOCKS = "us_stocks_adjclose_2002_2026"
SHARE = f"share({STOCKS}, total > sma(total, 200d))"
TIMES: dict[str, float] = {}


@cache
def forty() -> Panel:
    """Forty random walks over 26 years."""
    rng = generator("formula benchmark")
    days = np.busday_offset("2000-01-03", np.arange(SESSIONS)).astype("datetime64[D]")
    sessions = pl.Series("session", days)
    bars, facts = [], {}
    for name in SERIES:
        close = 100 * np.exp(np.cumsum(rng.normal(0.0003, 0.012, SESSIONS)))
        nothing = pl.lit(None, pl.Float64)
        bars.append(
            pl.DataFrame({"series": name, "session": sessions, "close": close}).select(
                "series",
                "session",
                *(nothing.alias(of) for of in ("open", "high", "low")),
                "close",
                total="close",
                volume=nothing,
            )
        )
        facts[name] = SeriesFact(
            name,
            name,
            "bars",
            "session",
            "price",
            "simulated",
            "bench",
            ("close", "total"),
            sessions[0],
            sessions[-1],
            SESSIONS,
        )
    return _panel(sessions, facts, pl.concat(bars), None)


def _panel(sessions: pl.Series, facts: dict[str, SeriesFact], bars: pl.DataFrame, stocks: pl.LazyFrame | None) -> Panel:
    ends = sessions.to_frame().group_by(pl.col("session").dt.month_end().alias("label"), maintain_order=True).last()
    cut: date = sessions[-1]
    orders = {
        "observations": ("series", "describes", "known_at", "session", "value", "known_by"),
        "events": ("calendar", "session", "describes", "kind", "reference"),
        "members": ("group", "symbol", "describes", "session", "change", "weight"),
    }
    empty = {
        table: pl.DataFrame(schema={name: FACTS[table].get(name, pl.Date) for name in order})
        for table, order in orders.items()
    }
    return Panel(
        cut=cut,
        instant=datetime(cut.year, cut.month, cut.day, 21, tzinfo=UTC),
        version=1,
        sessions=sessions,
        months=ends.select("label", "session"),
        series=facts,
        bars=bars,
        stocks=stocks,
        **empty,
    )


def _limit(benchmark: Any, milliseconds: float) -> None:
    """The median against its target, with room for a busy machine."""
    median = benchmark.stats.stats.median * 1000
    print(f"\nmedian {median:.1f} ms, target {milliseconds:.0f} ms")
    assert median < milliseconds * 2


def test_two_series_over_26_years(benchmark: Any) -> None:
    panel = forty()
    benchmark(evaluate, "change(S00 / S01, 6d) > 5%", panel)
    _limit(benchmark, 10)


@pytest.mark.parametrize("formula", ["percentile(change(S00 / S01, 6d))", "rsi(S00 / S01, 14d)", "retest(S00 / S01)"])
def test_heavier_formulas_of_two_series(benchmark: Any, formula: str) -> None:
    panel = forty()
    benchmark(evaluate, formula, panel)
    _limit(benchmark, 30)


def test_twenty_lines_over_forty_series(benchmark: Any) -> None:
    panel = forty()
    formulas = [one.format(a=SERIES[2 * at], b=SERIES[2 * at + 1]) for at, one in enumerate(TWENTY)]
    benchmark(evaluate_many, formulas, panel)
    _limit(benchmark, 150)


def test_twenty_lines_for_each_of_forty_series(benchmark: Any) -> None:
    """Eight hundred columns: more than was asked, to see how it grows."""
    panel = forty()
    formulas = [one.format(a=name, b="S00" if name != "S00" else "S01") for name in SERIES for one in TWENTY]
    benchmark.pedantic(evaluate_many, args=(formulas, panel), rounds=3)
    print(f"\n{len(formulas)} lines: {benchmark.stats.stats.median * 1000:.0f} ms")


def _universe() -> Path:
    named = os.environ.get("LEADLINE_MARKET_DATA")
    path = Path(named or ".") / "universe" / f"{STOCKS}.parquet"
    if not named or not path.is_file():
        pytest.skip("LEADLINE_MARKET_DATA names no folder with the real market data")
    return path


def _scan(path: Path) -> pl.LazyFrame:
    missing = [pl.lit(None, pl.Float64).alias(name) for name in ("close", "change", "volume", "shares")]
    kept = [
        pl.lit(STOCKS).alias("dataset"),
        "symbol",
        pl.col("date").alias("session"),
        pl.col("adj_close").cast(pl.Float64),
    ]
    return pl.scan_parquet(path).select(*kept, *missing)


@cache
def all_stocks() -> Panel:
    path = _universe()
    days = pl.scan_parquet(path).select(pl.col("date").unique().sort()).collect()["date"].alias("session")
    return _panel(days, {}, forty().bars.clear(), _scan(path))


def by_hand(path: Path) -> np.ndarray:
    """The same share in one numba pass: read, number the sessions, one running mean a stock, counts by session."""
    rows = (
        pl.scan_parquet(path)
        .select(pl.col("symbol").to_physical(), "date", pl.col("adj_close").cast(pl.Float64))
        .collect()
    )
    sessions = rows["date"].unique().sort()
    days = rows["date"].to_physical().to_numpy()
    first = int(days.min())
    place = np.full(int(days.max()) - first + 1, -1, dtype=np.int32)
    place[sessions.to_physical().to_numpy() - first] = np.arange(len(sessions), dtype=np.int32)
    held, seen = _kernel()(
        rows["symbol"].to_numpy(), place[days - first], rows["adj_close"].to_numpy(), len(sessions), 200
    )
    with np.errstate(invalid="ignore"):
        return np.asarray(held / seen)


@cache
def _kernel() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    import numba

    @numba.njit(cache=False)
    def run(symbol: Any, session: Any, price: Any, sessions: int, n: int) -> Any:
        held, seen = np.zeros(sessions), np.zeros(sessions)
        start, total = 0, 0.0
        for at in range(len(price)):
            if at == 0 or symbol[at] != symbol[at - 1]:
                start, total = at, 0.0
            total += price[at]
            if at - start >= n:
                total -= price[at - n]
            if at - start >= n - 1:
                mean = total / n
                seen[session[at]] += 1
                if price[at] - mean > 1e-9 * mean:
                    held[session[at]] += 1
        return held, seen

    return run  # type: ignore[no-any-return]


def test_a_share_over_all_stocks_by_hand(benchmark: Any) -> None:
    path = _universe()
    _kernel()(np.array([1, 1]), np.array([0, 1]), np.array([1.0, 2.0]), 2, 1)
    benchmark.pedantic(by_hand, args=(path,), rounds=3)
    TIMES["by hand"] = benchmark.stats.stats.median


def test_a_share_over_all_stocks(benchmark: Any) -> None:
    panel = all_stocks()
    stock_sets(panel)  # warm: looked up once a panel
    found = benchmark.pedantic(evaluate, args=(SHARE, panel), rounds=3)
    TIMES["formula"] = benchmark.stats.stats.median
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    reference = by_hand(_universe())
    value = found.frame["value"].to_numpy()
    print(f"\nformula {TIMES['formula']:.2f} s, peak of the process {peak:.1f} GiB")
    assert np.nanmax(np.abs(value - reference)) < 0.005  # stocks that were away start anew
    assert peak < 6
    if "by hand" in TIMES:
        ratio = TIMES["formula"] / TIMES["by hand"]
        print(f"formula / by hand in numba: {ratio:.2f}")
        assert ratio < 2.5 * 1.3
