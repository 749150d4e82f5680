"""The study as a whole: hand-computed, hard cases, months, holes, real prices."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.study import Options, episode_outcomes, study

X = float("nan")
QUICK = Options(draws=300)


def sessions(n: int, first: str = "1998-01-01") -> np.ndarray:
    """Weekdays from a date on."""
    found: np.ndarray = np.busday_offset(first, np.arange(n), roll="forward").astype("datetime64[D]")
    return found


def walk(n: int, stream: str = "study") -> np.ndarray:
    return np.asarray(np.exp(np.cumsum(generator(f"test {stream}").normal(0, 0.01, n))))


def test_typed_by_hand() -> None:
    prices = np.array([100.0, 110, 99, 100, 120, 60, 66, 66])
    event = [False, True, True, False, False, True, False, None]
    (found,) = study(sessions(8), event, prices, (2,), Options(gap=2, draws=50))
    # outcomes: -.01, -1/11, 21/99, -.4, -.45, .1, 0 (row 6 has no session two later), so 6 of them: rows 0..5
    always = [-0.01, 100 / 110 - 1, 120 / 99 - 1, -0.4, 66 / 120 - 1, 0.1]
    assert found.base.mean == pytest.approx(sum(always) / 6)
    assert found.base.n == 6
    assert found.episodes == 2  # rows 1 and 5; row 2 is next to row 1
    assert found.after.mean == pytest.approx((100 / 110 - 1 + 0.1) / 2)
    assert (found.hit.hits, found.hit.rate) == (1, 0.5)
    assert found.difference.mean.estimate == pytest.approx((100 / 110 - 1 + 0.1) / 2 - sum(always) / 6)
    assert found.worst == pytest.approx(99 / 110 - 1)
    assert found.best == pytest.approx(0.1)
    assert found.verdict == "too few to say"


def test_the_document_is_plain_json_whatever_happens() -> None:
    for event in ([False] * 60, [True] * 60, [None] * 59 + [True]):
        for one in study(sessions(60), event, walk(60), (5, 100), QUICK):
            json.dumps(one.as_json(), allow_nan=False)


def test_never_true() -> None:
    found = study(sessions(500), np.zeros(500), walk(500), (21, 63), QUICK)
    assert [one.episodes for one in found] == [0, 0]
    assert [one.verdict for one in found] == ["too few to say"] * 2
    assert found[0].base.mean is not None
    assert found[0].p is None
    assert "the event was never true" in found[0].sentence


def test_always_true_is_one_episode() -> None:
    (found,) = study(sessions(500), np.ones(500), walk(500), (21,), QUICK)
    assert (found.episodes, found.verdict) == (1, "too few to say")
    assert found.overlap.sessions == 479
    assert found.overlap.mean == pytest.approx(0.0, abs=1e-15)
    assert found.overlap.t_hac is None


def test_true_only_at_the_end_is_still_open() -> None:
    event = np.zeros(500)
    event[-3:] = 1
    (found,) = study(sessions(500), event, walk(500), (21,), QUICK)
    assert (found.episodes, found.pending, found.after.mean) == (0, 1, None)
    assert "(1 still open)" in found.sentence
    (episode,) = episode_outcomes(sessions(500), event, walk(500), (21,))
    assert episode.outcomes == {"21d": None}
    assert episode.row == 497


def test_a_horizon_longer_than_the_data() -> None:
    event = np.arange(100) % 25 == 0
    found = study(sessions(100), event, walk(100), (5, 250), QUICK)
    assert found[0].base.n == 95
    assert (found[1].base.n, found[1].difference.mean.estimate, found[1].p) == (0, None, None)
    assert "fits into the data" in found[1].sentence


def test_a_series_with_holes_uses_only_what_is_there() -> None:
    prices = walk(800, "holes")
    prices[::5] = X
    event = (np.arange(800) % 50 == 3).astype(float)
    event[100:140] = X
    (found,) = study(sessions(800), event, prices, (21,), QUICK)
    rows = [row for row in range(3, 800, 50) if row + 21 < 800 and not 100 <= row < 140]
    told = [prices[row + 21] / prices[row] - 1 for row in rows]
    there = [one for one in told if not math.isnan(one)]
    assert found.episodes == len(there)
    assert found.after.mean == pytest.approx(sum(there) / len(there))
    everyone = [prices[row + 21] / prices[row] - 1 for row in range(800 - 21)]
    assert found.base.n == sum(not math.isnan(one) for one in everyone)


def test_the_base_rate_covers_the_span_in_which_the_event_is_known() -> None:
    event = np.full(300, X)
    event[100:200] = 0
    event[150] = 1
    (found,) = study(sessions(300), event, walk(300), (10,), QUICK)
    assert found.base.n == 100


def test_months() -> None:
    months = np.arange("1980-01", "2020-01", dtype="datetime64[M]").astype("datetime64[D]")
    event = np.arange(480) % 10 < 2
    found = study(months, event, walk(480, "months"), (3, 12), Options(then="small", step="month", draws=300, gap=6))
    assert [one.horizon for one in found] == ["3mo", "12mo"]
    assert found[0].episodes == 48
    assert "3 months later" in found[0].sentence
    assert found[1].effective_n < found[1].episodes  # twelve-month outcomes of episodes ten months apart overlap


def test_months_have_a_gap_in_months() -> None:
    months = np.arange("1980-01", "2000-01", dtype="datetime64[M]").astype("datetime64[D]")
    event = np.arange(240) % 4 == 0
    by_three = study(months, event, walk(240), (3,), Options(step="month", draws=50))
    assert by_three[0].episodes == 60


def test_rates_are_measured_by_their_change() -> None:
    rates = np.array([1.0, 0.5, -0.5, 0.0, 1.0])
    (found,) = study(sessions(5), [True, False, False, True, False], rates, (1,), Options(how="difference", gap=1))
    assert found.after.mean == pytest.approx((-0.5 + 1.0) / 2)
    assert found.base.mean == pytest.approx(0.0)


def test_the_same_question_gets_the_same_answer() -> None:
    event = np.arange(900) % 70 == 5
    first, second = (study(sessions(900), event, walk(900), (21,), QUICK) for _ in range(2))
    assert first == second


def test_series_and_arrays_are_read_alike() -> None:
    event, prices, labels = np.arange(200) % 30 == 5, walk(200), sessions(200)
    from_arrays = study(labels, event, prices, (5,), QUICK)
    from_series = study(pl.Series(labels), pl.Series(event), pl.Series(prices), (5,), QUICK)
    assert from_arrays == from_series


def test_a_planted_effect_is_found_and_its_opposite_is_contrary() -> None:
    steps = generator("test planted").normal(0, 0.01, 6_000)
    event = np.arange(6_000) % 150 == 7
    for row in np.flatnonzero(event):
        steps[row + 1 : row + 22] += 0.004
    prices = np.exp(np.cumsum(steps))
    (found,) = study(sessions(6_000), event, prices, (21,), Options(draws=1_000))
    assert found.verdict == "supported"
    (against,) = study(sessions(6_000), event, prices, (21,), Options(draws=1_000, expects="lower"))
    assert against.verdict == "contrary"
    many = Options(draws=1_000, earlier=(0.9,) * 5_000)
    (tried,) = study(sessions(6_000), event, prices, (21,), many)
    assert (tried.tries, tried.verdict) == (5_001, "not distinguishable")


def test_overlapping_windows_change_a_naive_verdict() -> None:
    """A year-long spell of true sessions in a driftless walk: hundreds of facts to the naive eye, a few in truth."""
    naive_finds, honest_finds = 0, 0
    event = (np.arange(3_000) // 250) % 3 == 0
    for draw in range(40):
        (found,) = study(sessions(3_000), event, walk(3_000, f"naive {draw}"), (63,), Options(draws=100, gap=63))
        assert found.overlap.t_naive is not None
        naive_finds += abs(found.overlap.t_naive) > 1.96
        honest_finds += found.verdict in {"supported", "contrary"}
    assert naive_finds >= 20
    assert honest_finds <= 4


@pytest.mark.parametrize(
    ("horizons", "match"),
    [((), "horizons: found"), ((0,), "each at least 1")],
)
def test_horizons_are_checked(horizons: tuple[int, ...], match: str) -> None:
    with pytest.raises(RequestError, match=match):
        study(sessions(10), [True] * 10, np.ones(10), horizons)


def test_shapes_and_emptiness_are_checked() -> None:
    with pytest.raises(RequestError, match="event: found shape"):
        study(sessions(10), [True] * 9, np.ones(10), (1,))
    with pytest.raises(DataError, match="its truth is not known in any of 10 sessions"):
        study(sessions(10), [None] * 10, np.ones(10), (1,))
    with pytest.raises(DataError, match="no value in any of 10 sessions"):
        study(sessions(10), [True] * 10, np.full(10, X), (1,))
    with pytest.raises(RequestError, match="gap: found 0"):
        study(sessions(10), [True] * 10, np.ones(10), (1,), Options(gap=0))


def real(name: str) -> pl.DataFrame:
    folder = os.environ.get("LEADLINE_MARKET_DATA")
    if not folder:
        pytest.skip("LEADLINE_MARKET_DATA is not set: no real prices to ask")
    frame = pl.read_csv(Path(folder) / "prices" / f"{name}.csv", try_parse_dates=True)
    return frame.select("date", pl.col("close").alias(name)).drop_nulls()


def test_small_over_large_on_real_prices_equals_a_loop() -> None:
    """change(IWM/SPY, 6d) > 4.98 %, then IWM/SPY over 126 sessions: dates, outcomes, base rate by a loop."""
    both = real("IWM").join(real("SPY"), on="date").sort("date")
    ratio = [a / b for a, b in zip(both["IWM"], both["SPY"], strict=True)]
    event = [None] * 6 + [ratio[s] / ratio[s - 6] - 1 > 0.0498 for s in range(6, len(ratio))]
    (found,) = study(both["date"], event, ratio, (126,), Options(then="IWM/SPY", draws=500))

    starts: list[int] = []
    last = -1_000
    for s, true in enumerate(event):
        if true:
            if s - last >= 126:
                starts.append(s)
            last = s
    done = [ratio[s + 126] / ratio[s] - 1 for s in starts if s + 126 < len(ratio)]
    always = [ratio[s + 126] / ratio[s] - 1 for s in range(6, len(ratio) - 126)]
    assert [str(one.session) for one in episode_outcomes(both["date"], event, ratio, (126,))] == [
        str(both["date"][s]) for s in starts
    ]
    assert str(both["date"][starts[0]]) == "2000-06-06"
    assert found.episodes == len(done)
    assert found.after.mean == pytest.approx(sum(done) / len(done))
    assert found.base.mean == pytest.approx(sum(always) / len(always))
    assert found.base.hit_rate == pytest.approx(sum(one > 0 for one in always) / len(always))
    assert found.hit.hits == sum(one > 0 for one in done)
