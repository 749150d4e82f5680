"""Lead and lag over a panel, against loops over its sessions and months."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from leadline.core.errors import DataError, RequestError
from leadline.core.seeds import generator
from leadline.inference.leads import LeadAnswer, lead

from ..formula.panels import Maker, weekdays  # noqa: TID252 - tests are no package


def follower(rows: int, after: int, share: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """Returns of a leader, and of one that repeats a share of them `after` rows later."""
    rng = generator(f"test leads {rows} {after} {share}")
    first = rng.normal(0, 0.01, rows)
    second = share * np.concatenate([np.zeros(after), first[: rows - after]]) + rng.normal(0, 0.005, rows)
    return first, second


def prices(returns: np.ndarray) -> list[float | None]:
    return [float(one) for one in 100 * np.cumprod(1 + returns)]


def two(first: np.ndarray, second: np.ndarray) -> Maker:
    return Maker(weekdays(len(first))).price("AA", close=prices(first)).price("BB", close=prices(second))


def naive_slope(first: np.ndarray, second: np.ndarray, ahead: int) -> float:
    """Least squares of the follower's mean over the next rows on both at the row."""
    rows = range(len(first) - ahead)
    target = [second[row + 1 : row + 1 + ahead].mean() for row in rows]
    design = np.array([[1.0, first[row], second[row]] for row in rows])
    return float(np.linalg.lstsq(design, np.array(target), rcond=None)[0][1])


def r_at(answer: LeadAnswer, lag: int) -> float:
    return next(one.r for one in answer.found.correlations if one.lag == lag)


def test_levels_become_changes_and_both_ways_are_the_loops() -> None:
    first, second = follower(400, 2)
    answer = lead(two(first, second).panel(), "AA", "BB", "3d", 4)
    assert answer.measured == ("change(AA, 1d)", "change(BB, 1d)")
    assert (answer.axis, answer.rows, answer.horizon) == ("session", 399, "3d")
    assert answer.forward.prediction.slope == pytest.approx(naive_slope(first[1:], second[1:], 3))
    assert answer.backward.prediction.slope == pytest.approx(naive_slope(second[1:], first[1:], 3))
    assert [one.lag for one in answer.found.correlations] == list(range(-4, 5))
    assert r_at(answer, 2) == pytest.approx(np.corrcoef(first[1:-2], second[3:])[0, 1])
    assert answer.strongest.lag == 2
    assert (answer.forward.verdict, answer.backward.verdict) == ("supported", "not distinguishable")
    assert answer.forward.separate == 396 // 3


def test_one_that_falls_after_the_other_is_contrary() -> None:
    first, second = follower(400, 1, share=-0.8)
    assert lead(two(first, second).panel(), "AA", "BB", "1d", 2).forward.verdict == "contrary"


def test_a_change_a_score_and_a_rate_are_taken_as_they_should_be() -> None:
    first, second = follower(200, 1)
    maker = two(first, second)
    days = maker.sessions
    maker.macro("FRED:DGS10", [(day, day, 2 + 0.01 * at) for at, day in enumerate(days)], "day", "lag")
    panel = maker.panel()
    assert lead(panel, "change(AA, 5d)", "rsi(BB, 14d)", "5d", 1).measured == ("change(AA, 5d)", "rsi(BB, 14d)")
    with pytest.raises(DataError, match="never changes"):  # its difference is .01 every day
        lead(panel, "AA", "FRED:DGS10", "5d", 1)


def months(count: int) -> tuple[Maker, list[date]]:
    maker = Maker(weekdays(count * 22 + 30, date(2004, 1, 1)))
    return maker, maker.months()["session"].to_list()


def test_a_monthly_series_brings_both_to_month_ends_as_first_released() -> None:
    """Every release also revises the month before by +7: the change that counts is inside one release."""
    maker, ends = months(60)
    rng = generator("test leads macro")
    daily = rng.normal(0, 0.01, len(maker.sessions))
    maker.price("AA", close=prices(daily))
    level, rows = 1000.0, []
    values: list[float] = []
    describes = [date(2003 + (11 + at) // 12, (11 + at) % 12 + 1, 1) for at in range(len(ends))]
    for at, day in enumerate(describes):
        level += float(rng.normal(0, 5))
        values.append(level)
        out = next(one for one in maker.sessions if one >= day + timedelta(days=36))
        if at:
            values[at - 1] += 7
            rows.append((describes[at - 1], out, values[at - 1]))
        rows.append((day, out, level))
    maker.macro("FRED:PAYEMS", sorted(rows, key=lambda row: (row[1], row[0])))
    panel = maker.panel()
    answer = lead(panel, "AA", "FRED:PAYEMS", "63d", 2)
    assert (answer.axis, answer.horizon) == ("month", "3mo")
    assert any("63d is taken as 3mo" in said for said in answer.warnings)
    assert answer.measured[0] == "change(monthly(AA), 1mo)"
    macro = []
    for end in ends:
        known = {day: value for day, out, value in sorted(rows, key=lambda row: row[1]) if out <= end}
        newest = sorted(known)[-2:]
        macro.append(None if len(newest) < 2 else known[newest[1]] - known[newest[0]])
    closes = [prices(daily)[maker.sessions.index(end)] for end in ends]
    moves = [None, *(b / a - 1 for a, b in pairwise(closes))]  # type: ignore[operator]
    both = [(x, y) for x, y in zip(moves, macro, strict=True) if x is not None and y is not None]
    a, b = (np.array(side) for side in zip(*both, strict=True))
    assert answer.measured[1] == "diff(FRED:PAYEMS, 1mo)"
    assert answer.rows == len(both)
    assert r_at(answer, 0) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert r_at(answer, 1) == pytest.approx(np.corrcoef(a[:-1], b[1:])[0, 1])
    assert answer.forward.prediction.slope == pytest.approx(naive_slope(a, b, 3))


def test_monthly_prices_meet_daily_ones_at_month_ends() -> None:
    maker, ends = months(40)
    rng = generator("test leads months")
    daily, monthly = rng.normal(0, 0.01, len(maker.sessions)), rng.normal(0, 0.04, len(ends))
    maker.price("AA", close=prices(daily)).price("MM", "month", total=prices(monthly))
    answer = lead(maker.panel(), "MM.total", "AA", "3mo", 1)
    closes = np.array([prices(daily)[maker.sessions.index(end)] for end in ends], dtype=float)
    assert answer.measured == ("change(MM.total, 1mo)", "change(monthly(AA), 1mo)")
    assert r_at(answer, 0) == pytest.approx(np.corrcoef(monthly[1:], closes[1:] / closes[:-1] - 1)[0, 1])
    assert answer.rows == len(ends) - 1


@pytest.mark.parametrize(
    ("a", "b", "horizon", "most", "error", "match"),
    [
        ("AA > 1", "BB", "5d", 1, RequestError, "a truth"),
        ("AA", "BB", "5d", -1, RequestError, "0 or more"),
        ("AA", "BB", "never", 1, RequestError, "horizon never"),
        ("AA", "MM", "5d", 1, RequestError, "meet at month ends"),
        ("AA", "MM", "1mo", 1, DataError, "20 or more"),
        ("AA", "change(BB, 195d)", "1d", 1, DataError, "sessions on which both have a value"),
    ],
)
def test_what_cannot_be_asked_is_said(
    a: str, b: str, horizon: str, most: int, error: type[Exception], match: str
) -> None:
    maker = two(*follower(200, 1))
    maker.price("MM", "month", close=[float(at + 1) for at in range(len(maker.months()))])
    with pytest.raises(error, match=match):
        lead(maker.panel(), a, b, horizon, most)


def test_few_separate_horizons_say_so() -> None:
    first, second = follower(120, 1)
    answer = lead(two(first, second).panel(), "AA", "BB", "21d", 1)
    assert {answer.forward.verdict, answer.backward.verdict} == {"too few to say"}
