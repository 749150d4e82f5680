"""The probability: the fit against scipy, Brier by hand, no look-ahead, honesty on noise, skill when planted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from leadline.core.seeds import generator
from leadline.judgement.walkforward.logistic import fit, probability
from leadline.judgement.walkforward.probability import (
    Schedule,
    Walk,
    base_rate_at,
    chance_at,
    score_at,
    walk,
)

NAN = math.nan
SMALL = Schedule(train=4, refit=2, horizons=(1,))
WHO = ("Small caps", "Large caps")


def test_the_fit_is_that_of_a_plain_search() -> None:
    rng = generator("logistic against a plain search")
    x = rng.normal(size=(400, 3))
    y = (rng.random(400) < 1 / (1 + np.exp(-(0.3 + x @ [0.8, -0.5, 0.0])))).astype(float)

    def loss(b: np.ndarray) -> float:
        reach = b[0] + x @ b[1:]
        return float(-0.25 * np.sum(y * reach - np.log1p(np.exp(reach))) + 4.0 / 2 * np.sum(b[1:] ** 2))

    plain = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x
    found = fit(x, y, weight=0.25, ridge=4.0)
    assert found is not None
    np.testing.assert_allclose(found, plain, atol=1e-5)
    warm = fit(x, y, weight=0.25, ridge=4.0, start=plain + 0.1)
    np.testing.assert_allclose(warm, found, atol=1e-9)


def test_the_constant_alone_is_the_log_odds_of_the_share() -> None:
    found = fit(np.zeros((4, 1)), np.array([1.0, 1.0, 1.0, 0.0]))
    assert found is not None
    np.testing.assert_allclose(found, [math.log(3), 0.0], atol=1e-9)
    np.testing.assert_allclose(probability(np.array([[1.0, 0.0]]), found), [0.75])
    assert fit(np.zeros((3, 1)), np.ones(3)) is None
    assert fit(np.zeros((0, 1)), np.zeros(0)) is None


def test_a_walk_by_hand() -> None:
    """One step ahead, a feature that says nothing: every prediction is the share of wins in its window.

    Moves: up up down up up down up. Outcomes of rows 0-6: 1 1 0 1 1 0 1. The first fit is at row 4 (the outcomes of
    rows 0 to 3 are over: 3 of 4), the next at row 6 (rows 0 to 5: 4 of 6).
    """
    ratio = np.array([1.0, 2, 3, 2, 3, 4, 3, 4])
    found = walk(ratio, np.zeros((8, 1)), 1, SMALL)
    np.testing.assert_array_equal(found.won, [1, 1, 0, 1, 1, 0, 1, NAN])
    np.testing.assert_allclose(found.base, [NAN, 1, 1, 2 / 3, 3 / 4, 4 / 5, 4 / 6, 5 / 7])
    np.testing.assert_allclose(found.predicted, [NAN] * 4 + [0.75, 0.75, 4 / 6, 4 / 6])


def test_brier_and_skill_by_hand() -> None:
    """Three predictions are over at row 3: 0.8 of a win, 0.6 of a loss, 0.5 of a win; the base rate is 0.5."""
    walked = Walk(1, np.array([1.0, 0, 1, 1, NAN]), np.array([0.8, 0.6, 0.5, 0.9, 0.9]), np.full(5, 0.5))
    found = score_at(walked, 3)
    assert found.n == 3
    assert found.effective_n == 3.0
    assert found.brier == pytest.approx((0.04 + 0.36 + 0.25) / 3)
    assert found.climatology == pytest.approx(0.25)
    assert found.skill == pytest.approx(1 - 0.65 / 0.75)
    bins = [(one.n, one.predicted, one.happened) for one in found.calibration]
    assert bins == [(0, None, None), (0, None, None), (1, 0.5, 1.0), (1, 0.6, 0.0), (1, 0.8, 1.0)]
    assert score_at(walked, 0).n == 0


def test_the_base_rate_and_its_separate_outcomes() -> None:
    won = np.tile([1.0, 1.0, 0.0, 1.0], 10)
    found = base_rate_at(Walk(1, won, won, won), 39)
    assert (found.n, found.effective_n, found.rate) == (39, 39.0, pytest.approx(29 / 39))
    assert found.low is not None
    assert found.high is not None
    assert found.low < 29 / 39 < found.high <= 1
    few = base_rate_at(Walk(10, won, won, won), 39)
    assert (few.rate, few.low) == (None, None)
    assert few.effective_n < 8


def test_rows_with_a_missing_feature_are_left_out_and_predict_nothing() -> None:
    rng = generator("missing features")
    ratio = np.exp(np.cumsum(rng.normal(0, 0.01, 60)))
    features = rng.normal(size=(60, 2))
    holes = features.copy()
    holes[[10, 20, 50], [0, 1, 0]] = NAN
    found = walk(ratio, holes, 1, Schedule(20, 5, (1,)))
    assert np.isnan(found.predicted[[10, 20, 50]]).all()
    kept = np.delete(np.arange(60), [10, 20, 50])
    assert not np.isnan(found.predicted[kept][25:]).any()


def test_nothing_rests_on_a_later_row() -> None:
    rng = generator("no look-ahead")
    ratio = np.exp(np.cumsum(rng.normal(0, 0.01, 700)))
    features = rng.normal(size=(700, 3))
    schedule = Schedule(200, 21, (5,))
    whole = walk(ratio, features, 5, schedule)
    for row in (330, 331, 500, 699):
        cut = walk(ratio[: row + 1], features[: row + 1], 5, schedule)
        np.testing.assert_array_equal(cut.predicted, whole.predicted[: row + 1])
        assert chance_at(cut, row, "session", WHO) == chance_at(whole, row, "session", WHO)


def _simulated(stream: str, effect: float, rows: int = 3_000) -> tuple[np.ndarray, np.ndarray]:
    """A ratio whose daily drift follows a slow feature by `effect` daily standard deviations; two more say nothing."""
    rng = generator(stream)
    slow = np.zeros(rows)
    noise = rng.normal(size=rows)
    for row in range(1, rows):
        slow[row] = 0.98 * slow[row - 1] + 0.2 * noise[row]
    steps = rng.normal(0, 0.01, rows)
    steps[1:] += 0.01 * effect * slow[:-1]
    return np.exp(np.cumsum(steps)), np.column_stack([slow, rng.normal(size=(rows, 2))])


def test_on_noise_the_model_is_not_believed_in_most_seeds() -> None:
    schedule = Schedule(1260, 126, (21,))
    verdicts = []
    for seed in range(20):
        ratio, features = _simulated(f"noise {seed}", 0.0)
        verdicts.append(chance_at(walk(ratio, features, 21, schedule), 2_999, "session", WHO).verdict)
    assert verdicts.count("no better than the base rate") >= 18


def test_a_planted_effect_is_found() -> None:
    schedule = Schedule(1260, 126, (21,))
    found = []
    for seed in range(5):
        ratio, features = _simulated(f"planted {seed}", 0.25)
        found.append(chance_at(walk(ratio, features, 21, schedule), 2_999, "session", WHO))
    assert [one.verdict for one in found].count("skill") >= 4
    best = next(one for one in found if one.verdict == "skill")
    assert best.said == best.model
    assert best.score.low is not None
    assert best.score.low > 0
    assert "by the model (Brier skill +" in best.sentence


def test_without_skill_the_base_rate_is_said() -> None:
    ratio, features = _simulated("noise 0", 0.0)
    found = chance_at(walk(ratio, features, 21, Schedule(1260, 126, (21,))), 2_999, "session", WHO)
    assert found.said == found.base_rate.rate
    assert found.model is not None
    assert found.model != found.said
    assert found.sentence.startswith("Small caps beat large caps over 21 sessions in ")
    assert "the model is no better than the base rate (Brier skill " in found.sentence
    assert f"about {found.base_rate.effective_n:.0f} separate ones" in found.sentence


def test_a_missing_feature_leaves_the_base_rate_and_says_why() -> None:
    ratio, features = _simulated("noise 1", 0.0)
    found = chance_at(walk(ratio, features, 21, Schedule(1260, 126, (21,))), 2_999, "session", WHO, "DGS2 has no value")
    assert (found.model, found.verdict, found.why) == (None, "not available", "DGS2 has no value")
    assert found.said == found.base_rate.rate
    young = chance_at(walk(ratio[:30], features[:30], 21, SMALL), 29, "session", WHO)
    assert (young.said, young.verdict) == (None, "too few to say")
    assert young.sentence == "No probability over 21 sessions: too little has happened yet."
