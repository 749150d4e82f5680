"""How long a question takes, and how many times longer the same statistics take by plain loops over arch and pandas.

Run: pytest benchmarks/bench_inference.py -s
Targets, 26 years of daily data, three horizons, 10,000 draws: under .6 s warm, under 2.5 s as a whole process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from leadline.core.seeds import generator
from leadline.inference.rarity import rarity, window_penalty
from leadline.inference.study import Options, study

N, HORIZONS, DRAWS = 6_600, (21, 63, 126), 10_000
WARM, WHOLE = 0.6, 2.5

PROCESS = """
import numpy as np
from leadline.inference.{module} import {name}
rng = np.random.default_rng(1)
prices = np.exp(np.cumsum(rng.normal(0, .01, 6600)))
labels = np.busday_offset("2000-01-03", np.arange(6600), roll="forward")
move = np.concatenate([np.full(6, np.nan), prices[6:] / prices[:-6] - 1])
{call}
"""
ASK = PROCESS.format(
    module="study",
    name="study",
    call="study(labels, np.where(np.isnan(move), np.nan, move > .05), prices, (21, 63, 126))",
)
RARE = PROCESS.format(module="rarity", name="rarity", call="rarity(labels.astype('datetime64[D]'), move)")


def market() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Session labels, an event with warm-up, prices, and the six-session move."""
    prices = np.exp(np.cumsum(generator("benchmark inference").normal(0, 0.01, N)))
    labels = np.busday_offset("2000-01-03", np.arange(N), roll="forward").astype("datetime64[D]")
    move = np.concatenate([np.full(6, np.nan), prices[6:] / prices[:-6] - 1])
    return labels, np.where(np.isnan(move), np.nan, move > 0.05), prices, move


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median time of a call, after one to warm up."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def plain_ask() -> list[object]:
    """The same statistics as a careful analyst writes them today: pandas, arch, statsmodels, a loop over shifts."""
    import statsmodels.api as sm
    from arch.bootstrap import StationaryBootstrap, optimal_block_length
    from statsmodels.stats.proportion import proportion_confint

    labels, event, prices, _ = market()
    series = pd.Series(prices, index=pd.DatetimeIndex(labels))
    true = pd.Series(event, index=series.index) == 1
    said: list[object] = []
    for horizon in HORIZONS:
        followed = series.shift(-horizon) / series - 1
        rows = np.flatnonzero(true.to_numpy())
        starts = [row for before, row in zip([-10_000, *rows], rows, strict=False) if row - before >= 126]
        flag = np.zeros(N)
        flag[starts] = 1
        known = followed.notna().to_numpy() & (np.arange(N) >= 6)
        y, d = followed.to_numpy()[known], flag[known]
        block = max(float(optimal_block_length(y)["stationary"].iloc[0]), horizon)

        def means(y: np.ndarray, d: np.ndarray) -> np.ndarray:
            hit = d > 0
            return np.array([y[hit].mean() - y.mean(), (y[hit] > 0).mean() - (y > 0).mean()])

        def medians(y: np.ndarray, d: np.ndarray) -> float:
            return float(np.median(y[d > 0]) - np.median(y))

        said.append(
            StationaryBootstrap(block, y, d, seed=generator("plain")).conf_int(means, DRAWS, method="percentile")
        )
        said.append(
            StationaryBootstrap(block, y, d, seed=generator("plain")).conf_int(medians, 1_000, method="percentile")
        )
        said.append(
            np.mean([abs(y[np.roll(d, k) > 0].mean() - y.mean()) >= abs(means(y, d)[0]) for k in range(len(y))])
        )
        design = sm.add_constant(event[known])
        said.append(sm.OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": horizon - 1}).tvalues)
        said.append(proportion_confint(int((y[d > 0] > 0).sum()), int(d.sum()), method="beta"))
        said.append([means(y[keep], d[keep]) for keep in decades_left_out(labels[known])])
    return said


def decades_left_out(labels: np.ndarray) -> list[np.ndarray]:
    """Masks of all sessions but those of one decade."""
    decade = pd.DatetimeIndex(labels).year // 10
    return [np.asarray(decade != one) for one in decade.unique()]


def plain_rarity() -> list[object]:
    """Rank and z by pandas, the tail by scipy, its interval by a search at each of 60 waiting times."""
    from scipy.optimize import minimize
    from scipy.stats import genpareto

    _, _, _, move = market()
    series = pd.Series(move).dropna()
    said: list[object] = [series.rank(pct=True).iloc[-1], (series.iloc[-1] - series.mean()) / series.std()]
    threshold = float(series.quantile(0.95))
    rows = np.flatnonzero(series.to_numpy() > threshold)
    groups = np.split(rows, np.flatnonzero(np.diff(rows) >= 21) + 1)
    excesses = np.array([series.to_numpy()[group].max() - threshold for group in groups])
    size, years, n = float(excesses.max()), N / 252, len(excesses)
    said.append(genpareto.fit(excesses, floc=0))

    def minus(parameters: np.ndarray, wait: float) -> float:
        log_rate, shape = parameters
        p = 1 / (wait * np.exp(log_rate))
        if p >= 1 or abs(shape) < 1e-6:
            return 1e9
        scale = shape * size / (p**-shape - 1)
        inside = 1 + shape * excesses / scale
        if scale <= 0 or (inside <= 0).any():
            return 1e9
        total = -n * np.log(scale) - (1 + 1 / shape) * np.log(inside).sum()
        return float(-(n * log_rate - np.exp(log_rate) * years + total))

    waits = np.geomspace(0.5, 5_000, 60)
    said.append([minimize(minus, (np.log(n / years), 0.1), (wait,), method="Nelder-Mead").fun for wait in waits])
    return said


def ask() -> object:
    """The question as the library answers it."""
    labels, event, prices, _ = market()
    return study(labels, event, prices, HORIZONS, Options(draws=DRAWS))


def rare() -> object:
    """The rarity, with the penalty for the window."""
    labels, _, prices, move = market()
    return rarity(labels, move), window_penalty(labels, prices, 6)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("name", "ours", "plain"), [("ask", ask, plain_ask), ("rarity", rare, plain_rarity)])
def test_warm_call_against_plain_loops(name: str, ours: Callable[[], object], plain: Callable[[], object]) -> None:
    mine, theirs = seconds(ours), seconds(plain, 1)
    print(f"\n{name}: {mine:.3f} s warm; plain loops over arch and pandas {theirs:.2f} s: {theirs / mine:.1f} x")
    assert mine < WARM


@pytest.mark.parametrize(("name", "script"), [("ask", ASK), ("rarity", RARE)])
def test_whole_process(name: str, script: str) -> None:
    def work() -> object:
        return subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - a script of this file

    taken = seconds(work)
    print(f"\n{name}: {taken:.2f} s as a whole process")
    assert taken < WHOLE


@pytest.mark.parametrize("work", [ask, rare], ids=["ask", "rarity"])
def test_record(benchmark: Callable[[Callable[[], object]], object], work: Callable[[], object]) -> None:
    benchmark(work)
