"""What followed past hits of a scan: their return less the group's median, horizon by horizon.

1. `run.scanned` evaluates the filters for every member and session, and what each stock did afterwards (`_ahead`)
2. hits of one stock nearer than the longest horizon are one episode, dated by its first session (`_episodes`)
3. sessions with all their episodes are drawn in blocks for the interval (`_estimate`): hits come in crowds
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
import polars as pl

from leadline.core.seeds import generator
from leadline.data.panel.panel import Panel
from leadline.formula.names import Names
from leadline.formula.stocks import AWAY, StockSet
from leadline.inference.ask import horizon_rows
from leadline.inference.block_length import block_length
from leadline.inference.bootstrap import Interval, draw_blocks, resampled_sums
from leadline.inference.finding import LEAST_EPISODES
from leadline.judgement.scans.model import Scan
from leadline.judgement.scans.run import scanned

Verdict = Literal["supported", "not distinguishable", "contrary", "too few to say"]
DRAWS: Final = 2_000


@dataclass(frozen=True)
class Followed:
    """What followed over one horizon. Decimals; None where there is no episode.

    episodes: with an outcome; pending: without one yet; ended: whose stock left the data on the way, its last price
    counting. mean: of the hits; group: the mean, over the same episodes, of the group's median; excess: hits less group
    median, with its 95 % interval; over_mean: hits less group mean, likewise: a mean lies above the median by itself
    where a few stocks rise a lot. beat: the share of episodes above the group's median. verdict: supported or contrary
    only when both intervals leave out zero on the same side.
    """

    horizon: str
    episodes: int
    pending: int
    ended: int
    mean: float | None
    group: float | None
    excess: Interval
    over_mean: Interval
    beat: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Following:
    """What followed all past hits: first and last episode, stocks that ever hit, and a finding a horizon."""

    scan: str
    as_of: date
    group: str
    dataset: str
    since: date | None
    stocks: int
    findings: tuple[Followed, ...]
    warnings: tuple[str, ...]


def followed(panel: Panel, scan: Scan, names: Names | None = None, *, draws: int = DRAWS) -> Following:
    """What followed the hits of a scan up to the cut. Raises as `run_scan`."""
    horizons = {text: horizon_rows(text, "session") for text in scan.over}
    found = scanned(panel, scan, names, lambda stocks, price: _ahead(horizons, stocks.last, price))
    filters = [name for name in scan.formulas if name.startswith("filter: ")]
    medians = found.frame.group_by("session", maintain_order=True).agg(
        *(pl.col(name).median().alias(f"group {name}") for name in horizons),
        *(pl.col(name).mean().alias(f"mean {name}") for name in horizons),
    )
    hits = found.frame.filter(pl.all_horizontal(filters))
    episodes = (
        _episodes(hits, max(horizons.values()))
        .join(medians, on="session", maintain_order="left")
        .sort("session", "key")
    )
    sessions = found.frame["session"].unique().sort()
    made = tuple(_one(scan.title, episodes, sessions, (text, rows), draws) for text, rows in horizons.items())
    return Following(
        scan.title,
        panel.cut,
        found.group,
        found.stocks.name,
        episodes["session"][0] if len(episodes) else None,
        episodes["key"].n_unique(),
        made,
        (*found.warnings, *_said(found.stocks, found.warnings)),
    )


def _ahead(horizons: Mapping[str, int], last: date, price: str) -> dict[str, pl.Expr]:
    """What each row's stock did afterwards, over its own rows; to its last price where it left the data on the way.

    last: the last session of its set of stocks; price: the field whose changes are the outcome.
    """
    close, place = pl.col(price), pl.int_range(pl.len(), dtype=pl.Int64)
    left = pl.col("session").last() < pl.lit(last) - timedelta(days=AWAY)
    made = {"place": place}
    for text, rows in horizons.items():
        inside = place + rows < pl.len()
        end = pl.when(inside).then(close.shift(-rows)).when(left).then(close.drop_nulls().last())
        made[text] = end / close - 1
        made[f"ended {text}"] = left & ~inside
    return made


def _episodes(hits: pl.DataFrame, gap: int) -> pl.DataFrame:
    """The first hit of each run of hits of a stock; hits less than `gap` rows after the last one belong to its run."""
    since = pl.col("place") - pl.col("place").shift(1).over("key")
    return hits.sort("key", "session").filter((since >= gap).fill_null(value=True))


def _one(title: str, episodes: pl.DataFrame, sessions: pl.Series, horizon: tuple[str, int], draws: int) -> Followed:
    text, rows = horizon
    done = episodes.filter(pl.col(text).is_not_null() & pl.col(f"group {text}").is_not_null())
    excess = done.select("session", excess=pl.col(text) - pl.col(f"group {text}"))
    estimate = _estimate(f"{title} {text}", excess, sessions, (rows, draws))
    beyond = done.select("session", excess=pl.col(text) - pl.col(f"mean {text}"))
    over_mean = _estimate(f"{title} {text} mean", beyond, sessions, (rows, draws))
    n = len(done)
    return Followed(
        text,
        n,
        len(episodes) - n,
        int(done[f"ended {text}"].sum()),
        _mean(done[text]),
        _mean(done[f"group {text}"]),
        estimate,
        over_mean,
        float((excess["excess"] > 0).sum()) / n if n else None,
        _verdict(n, (estimate, over_mean)),
    )


def _mean(values: pl.Series) -> float | None:
    return float(values.to_numpy().mean()) if len(values) else None


def _estimate(stream: str, excess: pl.DataFrame, sessions: pl.Series, drawing: tuple[int, int]) -> Interval:
    """The mean over episodes, every one with equal weight, with a stationary-bootstrap interval over sessions."""
    if not len(excess):
        return Interval(None, None, None)
    rows, draws = drawing
    by_session = excess.group_by("session", maintain_order=True).agg(pl.col("excess").sum(), count=pl.len())
    whole = sessions.to_frame("session").join(by_session, on="session", how="left", maintain_order="left")
    sums = whole["excess"].fill_null(0.0).to_numpy()
    counts = whole["count"].fill_null(0).cast(pl.Float64).to_numpy()
    mean = float(sums.sum() / counts.sum())
    if len(excess) < LEAST_EPISODES:
        return Interval(mean, None, None)
    block = min(max(block_length(sums), float(rows)), float(len(sums)))
    blocks = draw_blocks(len(sums), block, draws, generator(f"scan {stream}"))
    drawn = resampled_sums(np.stack([sums, counts], axis=1), blocks)
    usable = drawn[drawn[:, 1] > 0]
    low, high = np.quantile(usable[:, 0] / usable[:, 1], [0.025, 0.975])
    return Interval(mean, float(low), float(high))


def _verdict(episodes: int, intervals: Sequence[Interval]) -> Verdict:
    lows = [one.low for one in intervals if one.low is not None]
    highs = [one.high for one in intervals if one.high is not None]
    if episodes < LEAST_EPISODES or len(lows) < len(intervals):
        return "too few to say"
    if min(lows) > 0:
        return "supported"
    return "contrary" if max(highs) < 0 else "not distinguishable"


def _said(stocks: StockSet, warnings: Sequence[str]) -> list[str]:
    fate = "stocks that ended are in it; their last price counts as the outcome, what holders got later is not known"
    if any("it holds survivors only cannot be told" in one for one in warnings):
        fate = "whether stocks that ended are in it is not known; without them what followed looks better than it was"
    elif any("survivors only" in one for one in warnings):
        fate = "it holds survivors only for a part of the time, so what followed looks better than it was"
    return [
        f"{stocks.name}: {fate}",
        "costs, and the price at which a hit could have been bought, are not in what followed",
    ]
