"""Published numbers that the statistics must give again. Each test names where the number comes from."""

from __future__ import annotations

import ast
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels

from leadline.inference.markov import fit_switching
from leadline.inference.multiple import deflated_sharpe
from leadline.inference.outcomes import outcomes
from leadline.inference.rarity import occurrences
from leadline.inference.robust import hac_mean
from leadline.inference.sigma import normal_tail
from leadline.inference.tails import Pareto, exceedance, fit_pareto, size_of

from .danish import LOSSES_OVER_TEN


def lists_of(module: Path) -> dict[str, list[float]]:
    """The plain lists that a module assigns, read without running it."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@pytest.mark.parametrize(
    ("skew", "kurtosis", "trials", "expected"),
    [(-3.0, 10.0, 100, 0.9004), (-3.0, 10.0, 46, 0.9505), (0.0, 3.0, 88, 0.9505)],
)
def test_deflated_sharpe_ratio(skew: float, kurtosis: float, trials: int, expected: float) -> None:
    """Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", The Journal of Portfolio Management 40(5)
    an annual Sharpe ratio of 2.5 over 1,250 days of 250 a year, variance of the trials' annual ratios 1/2; with N = 100
    trials .9004, with 46 .9505; with normal returns .9505 is reached at N = 88."""
    found = deflated_sharpe(2.5 / math.sqrt(250), 1_250, skew, kurtosis, 0.5 / 250, trials)
    assert found.probability == pytest.approx(expected, abs=5e-5)


def test_expected_best_of_a_hundred_trials() -> None:
    """The same example: with N = 100 and a variance of 1/2 a year the threshold is about .1132 a day."""
    assert deflated_sharpe(2.5 / math.sqrt(250), 1_250, -3.0, 10.0, 0.5 / 250, 100).expected_best == pytest.approx(
        0.1132, abs=5e-5
    )


def test_size_factor_of_fama_and_french() -> None:
    """Fama and French (1993), Journal of Financial Economics 33, table 2: SMB 1963-07 to 1991-12, 342 months, mean
    .27 % a month, t 1.73; the data library has been revised since. Data: shipped with linearmodels."""
    from linearmodels.datasets import french

    frame = french.load().set_index("dates")
    smb = frame["SMB"]["1963-07":"1991-12"].to_numpy()
    found = hac_mean(smb, 0)
    assert found is not None
    assert found.n == 342
    assert found.mean * 100 == pytest.approx(0.27, abs=0.005)
    assert found.t == pytest.approx(1.7, abs=0.05)


def test_hamilton_1989() -> None:
    """Hamilton (1989), Econometrica 57, table 1, as refitted by EViews and kept in statsmodels' tests: growth of US GNP
    1951Q2-1984Q4, AR(4); p00 .7547, p10 .0959, log-likelihood -181.263, means -.3588 and 1.1635."""
    kept = lists_of(Path(statsmodels.__file__).parent / "tsa/regime_switching/tests/test_markov_autoregression.py")
    found = fit_switching(np.array(kept["rgnp"]), order=4)
    assert found.stay_low == pytest.approx(0.754673, abs=5e-4)
    assert found.fall == pytest.approx(0.095915, abs=5e-4)
    assert found.means == pytest.approx((-0.358811, 1.163516), abs=2e-3)
    assert found.log_likelihood == pytest.approx(-181.26339, abs=1e-3)
    assert np.isnan(found.filtered[:4]).all()
    assert found.filtered[4:] == pytest.approx(1 - np.array(kept["hamilton_ar4_filtered"]), abs=5e-3)


def test_pareto_tail_of_a_published_law() -> None:
    """Coles (2001), An Introduction to Statistical Modeling of Extreme Values, section 4.4.1, daily rain over 30 mm:
    scale 7.44, shape .184, 152 of 17,531 days over; the 100-year level is 106.3 mm with 365 days a year (equation
    4.13)."""
    law = Pareto(0.184, 7.44, 152, 0.0)
    rate = 152 / 17_531 * 365
    assert 30 + size_of(law, 1 / (100 * rate)) == pytest.approx(106.3, abs=0.3)
    assert 1 / (rate * exceedance(law, 106.3 - 30)) == pytest.approx(100, rel=0.02)


def test_sigma_table() -> None:
    """The 68-95-99.7 rule to more digits: 1, 2, 3 sigma hold 68.27, 95.45 and 99.73 % of a normal law."""
    assert [round(normal_tail(sigma).inside * 100, 2) for sigma in (1.0, 2.0, 3.0)] == [68.27, 95.45, 99.73]


@pytest.mark.parametrize("other", ["_GSPC", "IWB"])
def test_days_when_small_beat_large_by_four_points(other: str) -> None:
    """Russell 2000 less S&P 500, or less the Russell 1000 by its fund, by more than four points in a day: 2008-10-10,
    2011-10-04, 2020-03-19 and 2024-07-11, as the market press named them in July 2024; no other day since 1993."""
    folder = os.environ.get("LEADLINE_MARKET_DATA")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA is not set: no index closes to compare")

    def closes(name: str) -> pl.DataFrame:
        frame = pl.read_csv(Path(folder) / "prices" / f"{name}.csv", try_parse_dates=True)
        return frame.select("date", pl.col("close").alias(name)).drop_nulls()

    both = closes("_RUT").join(closes(other), on="date").sort("date")
    small, large = (outcomes(both[name].to_numpy(), 1)[:-1] for name in ("_RUT", other))
    found = occurrences(small - large, 0.04, 32.0, gap=1)
    said = [str(both["date"][row + 1]) for row in found.rows]
    assert said == ["2008-10-10", "2011-10-04", "2020-03-19", "2024-07-11"]


def test_danish_fire_losses() -> None:
    """McNeil (1997): losses over 10, n = 109, generalised Pareto shape .50 and scale 6.98."""
    excesses = np.array(LOSSES_OVER_TEN) - 10.0
    fit = fit_pareto(excesses)
    assert fit.n == 109
    assert fit.shape == pytest.approx(0.50, abs=0.005)
    assert fit.scale == pytest.approx(6.98, abs=0.01)
